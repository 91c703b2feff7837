"""One case as its page shows it: all that is in it, in a fixed few statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import (
    THROUGHOUT,
    Case,
    CaseNote,
    CasePaper,
    CaseParty,
    CaseReport,
    CaseTask,
)
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.going import is_closed_to_others
from portal.cases.queries.steps import barred, lacking
from portal.cases.rules import Proof, may_head
from portal.cases.states import (
    Audience,
    CaseAction,
    CaseEnding,
    CaseState,
    PartyRole,
    Severity,
    SeverityFactor,
)
from portal.casework.queries.board import days_left, viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.evidence.queries import FileLine, list_files
from portal.infra.vault import ContentKey
from portal.intake.models import Report, Stream
from portal.intake.queries import in_scope as reports_in_scope
from portal.intake.states import OPEN_STATES, ReportState
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What stands on the case itself, and its words."""

    id: UUID
    number: str
    version: int
    state: CaseState
    title: str = field(repr=False)
    summary: str = field(repr=False)
    category: str
    region: str
    department: str
    handler_id: UUID | None
    handler: str | None = field(repr=False)
    opened_at: datetime
    due_on: date | None
    days_left: int
    overdue: bool
    paused: bool
    severity: Severity | None
    factors: tuple[SeverityFactor, ...]
    ending: CaseEnding | None
    amount: int | None
    copies: int | None
    restricted: bool
    conflict: bool
    supervised: bool
    referred: bool
    held_at: datetime | None
    offered: bool
    open_actions: tuple[CaseAction, ...]
    decision_stands: bool


@dataclass(frozen=True, slots=True)
class PartyLine:
    id: UUID
    role: PartyRole
    name: str = field(repr=False)
    address: str = field(repr=False)
    contact: str = field(repr=False)
    struck_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper: its file, or the reason why it was waived."""

    id: UUID
    form: str
    dated: date
    file: FileLine | None
    waiver: str = field(repr=False)
    by: UUID | None
    name: str | None = field(repr=False)
    struck_at: datetime | None
    round: int


@dataclass(frozen=True, slots=True)
class CaseTaskLine:
    id: UUID
    text: str = field(repr=False)
    owner_id: UUID
    owner: str = field(repr=False)
    due_on: date | None
    overdue: bool
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteLine:
    audience: Audience
    text: str = field(repr=False)
    at: datetime
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseReportLine:
    """A report of the case in the reader's scope."""

    reference: str
    state: ReportState
    received_at: datetime
    answered: bool
    patrol: bool

    @property
    def waits(self) -> bool:
        """Whether it has no result yet: of a report its reporter waits for that."""
        return not self.answered and self.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class UnseenLine:
    """A report of the case out of the reader's scope: that there is one, and since when."""

    link_id: UUID
    added_at: datetime


@dataclass(frozen=True, slots=True)
class CasePage:
    """The whole page; `lacking` are the papers each open move still asks for.

    `barred` are the moves that another person than the reader has to make; nothing goes to another
    unit of what is `closed_to_others`.
    """

    facts: CaseFacts
    reports: tuple[CaseReportLine, ...]
    unseen: tuple[UnseenLine, ...]
    parties: tuple[PartyLine, ...]
    papers: tuple[PaperLine, ...]
    tasks: tuple[CaseTaskLine, ...]
    notes: tuple[NoteLine, ...]
    lacking: Mapping[CaseAction, tuple[tuple[str, ...], ...]]
    barred: frozenset[CaseAction]
    closed_to_others: bool


def get_facts(session: Session, number: str, actor: Actor) -> CaseFacts:
    """What a case is and who has it; NotFound outside the actor's scope."""
    case = get_case(session, number, actor)
    handler = session.get(Account, case.handler_id) if case.handler_id else None
    return _facts(case, handler.display_name if handler else None, viewpoint(actor))


def get_page(session: Session, number: str, actor: Actor) -> CasePage:
    """What is in a case in the actor's scope; NotFound for any other."""
    return contents_of(session, get_case(session, number, actor), viewpoint(actor))


def contents_of(session: Session, case: Case, view: Viewpoint) -> CasePage:
    """What is in a case, for whoever may read it."""
    actor, key = view.actor, key_of(case)
    names = _names(session, case)
    reports, unseen = _reports(session, case, actor)
    papers = _papers(session, case, key, names)
    proofs = tuple(
        Proof(one.form, one.round, one.by if one.waiver else None)
        for one in papers
        if one.struck_at is None
    )
    return CasePage(
        facts=_facts(case, names.get(case.handler_id), view),
        reports=reports,
        unseen=unseen,
        parties=_parties(session, case, key),
        papers=papers,
        tasks=_tasks(session, case, key, names, view),
        notes=_notes(session, case, key, names, actor),
        lacking={move: lacking(case, move, proofs) for move in case.open_actions},
        barred=barred(session, case, proofs, actor),
        closed_to_others=is_closed_to_others(session, case),
    )


def list_unanswered(session: Session, number: str, actor: Actor) -> tuple[CaseReportLine, ...]:
    """The open reports of a case whose reporters have no answer yet; NotFound outside the scope."""
    lines, _unseen = _reports(session, get_case(session, number, actor), actor)
    return tuple(one for one in lines if one.waits)


def _facts(case: Case, handler: str | None, view: Viewpoint) -> CaseFacts:
    said = key_of(case).decrypt_json(case.content, context_of("case_file.content", case.id))
    open_ = case.state is not CaseState.CLOSED
    return CaseFacts(
        id=case.id,
        number=case.number,
        version=case.version,
        state=case.state,
        title=said["title"],
        summary=said["summary"],
        category=case.category,
        region=case.region,
        department=case.department_code,
        handler_id=case.handler_id,
        handler=handler,
        opened_at=case.opened_at,
        due_on=case.next_due_on if open_ else None,
        days_left=days_left(view.today, case.next_due_on, case.department_code) if open_ else 0,
        overdue=open_ and case.paused_on is None and case.next_due_on < view.today,
        paused=open_ and case.paused_on is not None,
        severity=case.severity,
        factors=tuple(SeverityFactor(one) for one in case.factors),
        ending=case.ending,
        amount=case.amount,
        copies=case.copies,
        restricted=case.restricted,
        conflict=case.conflict,
        supervised=case.supervised_at is not None,
        referred=case.referred_at is not None,
        held_at=case.held_at,
        offered=case.offered_at is not None,
        open_actions=case.open_actions,
        decision_stands=case.decision_stands,
    )


def _names(session: Session, case: Case) -> Mapping[UUID | None, str]:
    """The display names of everybody who has done something in the case, in one statement."""
    parts = (
        select(Case.handler_id).where(Case.id == case.id),
        select(CaseTask.owner_id).where(CaseTask.case_id == case.id),
        select(CaseNote.by).where(CaseNote.case_id == case.id),
        select(CasePaper.added_by).where(CasePaper.case_id == case.id),
    )
    named = select(Account.id, Account.display_name).where(Account.id.in_(union(*parts)))
    rows = session.execute(named)
    return {row.id: row.display_name for row in rows}


def _reports(
    session: Session, case: Case, actor: Actor
) -> tuple[tuple[CaseReportLine, ...], tuple[UnseenLine, ...]]:
    rows = session.execute(
        select(Report, CaseReport, reports_in_scope(actor).label("seen"))
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
        .order_by(Report.received_at, Report.id)
    ).all()
    lines = tuple(
        CaseReportLine(
            reference=report.reference,
            state=report.state,
            received_at=report.received_at,
            answered=report.result_number > report.contested_result,
            patrol=report.stream is Stream.PATROL,
        )
        for report, _link, seen in rows
        if seen
    )
    unseen = tuple(UnseenLine(link.id, link.added_at) for _report, link, seen in rows if not seen)
    return lines, unseen


def _parties(session: Session, case: Case, key: ContentKey) -> tuple[PartyLine, ...]:
    rows = session.scalars(
        select(CaseParty).where(CaseParty.case_id == case.id).order_by(CaseParty.added_at)
    ).all()
    opened = (key.decrypt_json(one.body, context_of("case_party.body", one.id)) for one in rows)
    return tuple(
        PartyLine(one.id, one.role, said["name"], said["address"], said["contact"], one.struck_at)
        for one, said in zip(rows, opened, strict=True)
    )


def _papers(
    session: Session, case: Case, key: ContentKey, names: Mapping[UUID | None, str]
) -> tuple[PaperLine, ...]:
    rows = session.scalars(
        select(CasePaper).where(CasePaper.case_id == case.id).order_by(CasePaper.added_at)
    ).all()
    files = {one.id: one for one in list_files(session, _files_of(case))}
    return tuple(
        PaperLine(
            id=one.id,
            form=one.form,
            dated=one.dated,
            file=files.get(one.evidence_id) if one.evidence_id else None,
            waiver=key.decrypt_text(one.waiver, context_of("case_paper.waiver", one.id))
            if one.waiver
            else "",
            by=one.added_by,
            name=names.get(one.added_by),
            struck_at=one.struck_at,
            round=one.round,
        )
        for one in rows
    )


def _files_of(case: Case) -> Any:  # noqa: ANN401  # a select of ids, which mypy calls many things
    return select(CasePaper.evidence_id).where(
        CasePaper.case_id == case.id, CasePaper.evidence_id.is_not(None)
    )


def _tasks(
    session: Session,
    case: Case,
    key: ContentKey,
    names: Mapping[UUID | None, str],
    view: Viewpoint,
) -> tuple[CaseTaskLine, ...]:
    rows = session.scalars(
        select(CaseTask).where(CaseTask.case_id == case.id).order_by(CaseTask.due_on, CaseTask.id)
    )
    return tuple(
        CaseTaskLine(
            id=one.id,
            text=key.decrypt_text(one.body, context_of("case_task.body", one.id)),
            owner_id=one.owner_id,
            owner=names[one.owner_id],
            due_on=one.due_on if one.due_on != THROUGHOUT else None,
            overdue=one.done_at is None and one.due_on < view.today,
            done_at=one.done_at,
        )
        for one in rows
    )


def _notes(
    session: Session,
    case: Case,
    key: ContentKey,
    names: Mapping[UUID | None, str],
    actor: Actor,
) -> tuple[NoteLine, ...]:
    """The notes that are for this reader: the handler's own are for the handler and the head."""
    private = case.handler_id == actor.id or may_head(actor, case.department_code)
    rows = session.scalars(
        select(CaseNote).where(CaseNote.case_id == case.id).order_by(CaseNote.at)
    )
    return tuple(
        NoteLine(
            audience=one.audience,
            text=key.decrypt_text(one.body, context_of("case_note.body", one.id)),
            at=one.at,
            name=names.get(one.by),
        )
        for one in rows
        if private or one.audience is not Audience.HANDLER or one.by == actor.id
    )
