"""One case as its page shows it: all that is in it, in a fixed few statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

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
from portal.cases.oversight_models import Supervision
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.inside import Inside, inside_of
from portal.cases.queries.release import ReleasedBy, released_by
from portal.cases.queries.steps import NO_HAND, Hand, barred, hand_of, lacking
from portal.cases.rules import Proof, may_head, may_supervise, why_kept
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
from portal.jurisdiction.queries import current_place
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
    """A paper: its file, or the reason why it was waived; what is `kept` is not to be struck."""

    id: UUID
    form: str
    dated: date
    file: FileLine | None
    waiver: str = field(repr=False)
    by: UUID | None
    name: str | None = field(repr=False)
    struck_at: datetime | None
    round: int
    kept: bool


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

    `barred` are the moves that another person than the reader has to make, and `hand` says of a
    head or an office above whether the reader has or had the case by whichever account;
    `released_by`, of a supervised case, who releases it;
    nothing goes to another unit of what is `closed_to_others`; `seen_above` says that offices
    above, and units that take part, may know of it.
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
    hand: Hand
    released_by: ReleasedBy | None
    closed_to_others: bool
    seen_above: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """What is in a case that another entry in it can be about, and the version one sees."""

    version: int
    parties: tuple[PartyLine, ...]
    papers: tuple[PaperLine, ...]


def get_facts(session: Session, number: str, actor: Actor) -> CaseFacts:
    """What a case is and who has it; NotFound outside the actor's scope."""
    case = get_case(session, number, actor)
    named = select(Account.display_name).where(Account.id == case.handler_id)
    return _facts(case, session.scalar(named) if case.handler_id else None, viewpoint(actor))


def facts_of(case: Case, handler: str | None, actor: Actor) -> CaseFacts:
    """What a case is that was read for this reader, and what its handler is called."""
    return _facts(case, handler, viewpoint(actor))


def get_page(session: Session, number: str, actor: Actor) -> CasePage:
    """What is in a case in the actor's scope; NotFound for any other."""
    case = get_case(session, number, actor)
    return contents_of(session, case, inside_of(session, case), viewpoint(actor))


def contents_of(session: Session, case: Case, inside: Inside, view: Viewpoint) -> CasePage:
    """What is in a case, for whoever may read it."""
    actor, key = view.actor, key_of(case)
    reports, hand = _reports(session, case, actor), _hand(session, case, actor)
    papers = _papers(session, case, inside, key)
    ordinary = not (case.restricted or case.conflict) and reports.ordinary
    live = (one for one in inside.of(Supervision, by=lambda one: one.placed_at))
    office = next((one.unit_code for one in live if one.released_at is None), None)
    proofs = tuple(
        Proof(one.form, one.round, one.by if one.waiver else None)
        for one in papers
        if one.struck_at is None
    )
    return CasePage(
        facts=_facts(case, inside.names.get(case.handler_id), view),
        reports=reports.seen,
        unseen=reports.unseen,
        parties=_parties(inside, key),
        papers=papers,
        tasks=_tasks(inside, key, view),
        notes=_notes(case, inside, key, actor),
        lacking={move: lacking(case, move, proofs) for move in case.open_actions},
        barred=barred(case, proofs, hand),
        hand=hand,
        released_by=released_by(session, case, office, actor, ordinary=ordinary)
        if office is not None
        else None,
        closed_to_others=case.restricted or case.conflict or reports.closed,
        seen_above=ordinary,
    )


def _hand(session: Session, case: Case, actor: Actor) -> Hand:
    """The hand that a head or an office above has in a case; nobody else is asked."""
    unit = case.department_code
    asked = may_head(actor, unit) or may_supervise(actor, unit)
    return hand_of(session, case, actor) if asked else NO_HAND


def list_unanswered(session: Session, number: str, actor: Actor) -> tuple[CaseReportLine, ...]:
    """The open reports of a case whose reporters have no answer yet; NotFound outside the scope."""
    reports = _reports(session, get_case(session, number, actor), actor)
    return tuple(one for one in reports.seen if one.waits)


def list_ends(session: Session, number: str, actor: Actor) -> Ends:
    """The parties and papers of a case that an act on it can name; NotFound outside the scope."""
    case = get_case(session, number, actor)
    inside, key = inside_of(session, case), key_of(case)
    return Ends(case.version, _parties(inside, key), _papers(session, case, inside, key))


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


@dataclass(frozen=True, slots=True)
class _Reports:
    """The reports of a case; `closed` where few may know of one that is, was or follows one.

    `ordinary` where none that is or was in it is closed itself, so that offices above see the case.
    """

    seen: tuple[CaseReportLine, ...]
    unseen: tuple[UnseenLine, ...]
    closed: bool
    ordinary: bool


def _reports(session: Session, case: Case, actor: Actor) -> _Reports:
    merged = aliased(Report)
    follower = exists().where(
        merged.merged_into == Report.id, or_(merged.restricted, merged.conflict)
    )
    rows = session.execute(
        select(Report, CaseReport, reports_in_scope(actor).label("seen"), follower.label("closed"))
        .join(CaseReport, CaseReport.report_id == Report.id)
        .where(CaseReport.case_id == case.id)
        .order_by(Report.received_at, Report.id)
    ).all()
    held = [row for row in rows if row[1].left_at is None]
    lines = tuple(
        CaseReportLine(
            reference=report.reference,
            state=report.state,
            received_at=report.received_at,
            answered=report.result_number > report.contested_result,
            patrol=report.stream is Stream.PATROL,
        )
        for report, _link, seen, _closed in held
        if seen
    )
    unseen = tuple(UnseenLine(row[1].id, row[1].added_at) for row in held if not row.seen)
    ordinary = not any(row[0].restricted or row[0].conflict for row in rows)
    closed = not ordinary or any(row.closed for row in rows)
    return _Reports(lines, unseen, closed, ordinary)


def _parties(inside: Inside, key: ContentKey) -> tuple[PartyLine, ...]:
    rows = inside.of(CaseParty, by=lambda one: one.added_at)
    opened = (key.decrypt_json(one.body, context_of("case_party.body", one.id)) for one in rows)
    return tuple(
        PartyLine(one.id, one.role, said["name"], said["address"], said["contact"], one.struck_at)
        for one, said in zip(rows, opened, strict=True)
    )


def _is_kept(case: Case, one: CasePaper) -> bool:
    waived, stands = one.waiver is not None, case.decision_stands
    kept = {"served": one.served, "waived": waived, "decision_stands": stands}
    return why_kept(current_place(), one.form, **kept) is not None


def _papers(session: Session, case: Case, inside: Inside, key: ContentKey) -> tuple[PaperLine, ...]:
    rows = inside.of(CasePaper, by=lambda one: one.added_at)
    held = [one.evidence_id for one in rows if one.evidence_id]
    files = {one.id: one for one in list_files(session, held)} if held else {}
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
            name=inside.names.get(one.added_by),
            struck_at=one.struck_at,
            round=one.round,
            kept=_is_kept(case, one),
        )
        for one in rows
    )


def _tasks(inside: Inside, key: ContentKey, view: Viewpoint) -> tuple[CaseTaskLine, ...]:
    rows = inside.of(CaseTask, by=lambda one: (one.due_on, one.id))
    return tuple(
        CaseTaskLine(
            id=one.id,
            text=key.decrypt_text(one.body, context_of("case_task.body", one.id)),
            owner_id=one.owner_id,
            owner=inside.names[one.owner_id],
            due_on=one.due_on if one.due_on != THROUGHOUT else None,
            overdue=one.done_at is None and one.due_on < view.today,
            done_at=one.done_at,
        )
        for one in rows
    )


def _notes(case: Case, inside: Inside, key: ContentKey, actor: Actor) -> tuple[NoteLine, ...]:
    """The notes that are for this reader: the handler's own are for the handler and the head."""
    private = case.handler_id == actor.id or may_head(actor, case.department_code)
    return tuple(
        NoteLine(
            audience=one.audience,
            text=key.decrypt_text(one.body, context_of("case_note.body", one.id)),
            at=one.at,
            name=inside.names.get(one.by),
        )
        for one in inside.of(CaseNote, by=lambda one: one.at)
        if private or one.audience is not Audience.HANDLER or one.by == actor.id
    )
