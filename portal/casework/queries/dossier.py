"""One report as its page shows it: all that was said and done, in a fixed few statements.

What comes out are plain values, so that nothing is read again while the page is made.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.casework.models import (
    HandedOut,
    Instruction,
    Verification,
    instruction_context,
    summary_context,
)
from portal.casework.queries.board import viewpoint
from portal.casework.queries.clocks import clock_line
from portal.casework.queries.contested import contests_result_of
from portal.casework.queries.events import list_events
from portal.casework.queries.filters import Viewpoint
from portal.casework.queries.holders import is_spoken_for
from portal.casework.queries.leads import list_leads, list_own_leads
from portal.casework.queries.lines import (
    ClockLine,
    DecisionLine,
    Dossier,
    EventLine,
    Facts,
    Heading,
    InstructionLine,
    LeadFile,
    MessageLine,
    VerificationLine,
)
from portal.casework.queries.neighbours import (
    MOST_NEIGHBOURS,
    count_merged,
    followers_among,
    list_neighbours,
    list_telling,
)
from portal.evidence.queries import list_files
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.infra.vault import ContentKey, vault
from portal.intake import queries as reports
from portal.intake.content import message_context
from portal.intake.models import Author, Message, Report, ReportFile
from portal.intake.rules import local_date
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage, Text
from portal.jurisdiction.queries import current_place, find_unit_names
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.triage.models import RoutingDecision

MOST_OF_MERGED: Final = 200
# What would tell a unit that only has a lead something about the source.
ABOUT_THE_REPORTER: Final = frozenset(
    {
        "confidentiality_high",
        "contact_inbox_only",
        "evidence_offered",
        "has_ownership_proof",
        "has_poa",
        "insider",
        "repeat_contact",
        "reported_party",
        "reporter_fear",
        "rightsholder",
        "small_group_identifiability",
        "will_assist",
    }
)


def get_heading(session: Session, reference: str, actor: Actor) -> Heading:
    """What a report is and who has it; NotFound outside the actor's scope."""
    report, handler, in_scope = _find(session, reference, actor)
    if not in_scope:
        raise NotFound("report")
    view = viewpoint(actor)
    return Heading(
        facts=_facts(report),
        handler=handler,
        merged=count_merged(session, report),
        clocks=_clocks(session, report, view),
        own_result_contested=contests_result_of(session, report, actor),
        spoken_for=is_spoken_for(session, report, view),
    )


def get_file_heading(session: Session, reference: str, evidence_id: UUID, actor: Actor) -> Heading:
    """The heading of the report that a file is of; NotFound for a file of any other."""
    report, handler, in_scope = _find(session, reference, actor)
    link = session.get(ReportFile, evidence_id)
    if not in_scope or link is None or link.report_id != report.id:
        raise NotFound("file")
    return Heading(_facts(report), handler)


def is_in_sight(session: Session, reference: str, actor: Actor) -> bool:
    """Whether the actor may read something of a report with this reference."""
    wanted = select(Report.id).where(Report.reference == reference, reports.in_sight(actor))
    return session.scalar(wanted) is not None


def get_dossier(session: Session, reference: str, actor: Actor) -> Dossier | LeadFile:
    """Everything about a report in the actor's scope; what was reported, if a lead opens it.

    NotFound for any other.
    """
    view = viewpoint(actor)
    report, handler, in_scope = _find(session, reference, actor)
    key = reports.key_of(report) if report.content_key is not None else None
    if not in_scope:
        return _lead_file(session, report, key, view)
    events, opened = list_events(session, report, view)
    decisions = _decisions(session, report, key)
    neighbours = list_neighbours(session, report, actor)
    merged = followers_among(neighbours)
    many = merged == MOST_NEIGHBOURS  # there are more perhaps, and a task for them
    return Dossier(
        facts=_facts(report),
        handler=handler,
        content=reports.content_of(report) if report.content is not None else None,
        clocks=_clocks(session, report, view),
        messages=_messages(session, report, actor),
        files=tuple(list_files(session, _files_of(report))),
        decisions=decisions,
        verifications=_verifications(session, report, key),
        instructions=_instructions(session, report, key),
        leads=list_leads(session, report, key, view),
        neighbours=neighbours,
        merged=count_merged(session, report) if many else merged,
        spoken_for=is_spoken_for(session, report, view),
        telling=list_telling(session, report) if many else (),
        events=events,
        units=find_unit_names(session, _units_named(report, decisions, events)),
        opened_lately=opened,
        erased_on=find_erasing(session, report),
    )


def _lead_file(
    session: Session, report: Report, key: ContentKey | None, view: Viewpoint
) -> LeadFile:
    _, opened = list_events(session, report, view)
    return LeadFile(
        id=report.id,
        reference=report.reference,
        category=report.category,
        region=report.region,
        department=report.department_code,
        urgency=report.urgency,
        received_at=report.received_at,
        flags=tuple(flag for flag in report.flags if flag not in ABOUT_THE_REPORTER),
        content=reports.content_of(report) if report.content is not None else None,
        files=tuple(list_files(session, _files_of(report))),
        leads=list_own_leads(session, report, key, view),
        opened_lately=opened,
    )


def _units_named(
    report: Report, decisions: Iterable[DecisionLine], events: Iterable[EventLine]
) -> frozenset[str]:
    """Every unit the page calls by name: who has it now, and who had it once."""
    codes = {report.department_code, *(made.department for made in decisions)}
    for event in events:
        codes |= {event.details.get("department"), event.details.get("department_before")}
    return frozenset(code for code in codes if code)


def find_erasing(session: Session, report: Report) -> date | None:
    """The day on which the words of a closed report are erased, unless it is contested before."""
    if report.state is not ReportState.CLOSED:
        return None
    at = session.scalar(
        select(func.min(Task.not_before)).where(
            Task.subject_id == report.id,
            Task.kind == TaskKind.ERASE_WORDS,
            Task.state == TaskState.PENDING,
        )
    )
    return local_date(current_place(), at) if at else None


def _find(session: Session, reference: str, actor: Actor) -> tuple[Report, str | None, bool]:
    """A report in sight, who has it, and whether it is in scope or known by a lead only."""
    row = session.execute(
        select(Report, Account.display_name, reports.in_scope(actor).label("in_scope"))
        .outerjoin(Account, Account.id == Report.handler_id)
        .where(Report.reference == reference, reports.in_sight(actor))
    ).first()
    if row is None:
        raise reports.missing(session, reference, actor)
    return row[0], row[1], bool(row[2])


def _facts(report: Report) -> Facts:
    return Facts(**{one.name: getattr(report, one.name) for one in fields(Facts)})


def _read(key: ContentKey | None, envelope: bytes | None, context: str) -> str:
    """A decrypted text; nothing once the key is gone."""
    return key.decrypt_text(envelope, context) if key and envelope else ""


def _clocks(session: Session, report: Report, view: Viewpoint) -> tuple[ClockLine, ...]:
    found = reports.list_clocks(session, report.id)
    in_order = sorted(found, key=lambda clock: (clock.round, tuple(Stage).index(clock.stage)))
    return tuple(clock_line(clock, view.today) for clock in in_order)


def _messages(session: Session, report: Report, reader: Actor) -> tuple[MessageLine, ...]:
    """The thread of the report, and in it what the reporters of those merged into it wrote last."""
    same = select(Account.person_id).where(Account.id == reader.id).scalar_subquery()
    merged = (
        select(Message.id)
        .join(Report, Report.id == Message.report_id)
        .where(
            Report.merged_into == report.id,
            Message.author == Author.REPORTER,
            reports.in_scope(reader),
        )
        .order_by(Message.sent_at.desc(), Message.id)
        .limit(MOST_OF_MERGED)
    )
    rows = session.execute(
        select(
            Message,
            Account.display_name,
            (Account.person_id == same).label("by_reader"),
            Report.id,
            Report.reference,
            Report.content_key,
        )
        .join(Report, Report.id == Message.report_id)
        .outerjoin(Account, Account.id == Message.account_id)
        .where(or_(Message.report_id == report.id, Message.id.in_(merged)))
        .order_by(Message.sent_at, Message.id)
    ).all()
    keys = {row.id: _key(row.content_key) for row in rows}
    return tuple(
        MessageLine(
            id=row.Message.id,
            kind=row.Message.kind,
            author=row.Message.author,
            name=row.display_name,
            at=row.Message.sent_at,
            text=_read(keys[row.id], row.Message.body, message_context(row.Message.id)),
            read_at=row.Message.read_at,
            result_number=row.Message.result_number,
            by_reader=bool(row.by_reader),
            of=row.reference if row.id != report.id else None,
        )
        for row in rows
    )


def _key(wrapped: bytes | None) -> ContentKey | None:
    return vault().open_key(wrapped) if wrapped is not None else None


def _files_of(report: Report) -> Select[UUID]:
    return select(ReportFile.evidence_id).where(ReportFile.report_id == report.id)


def _decisions(
    session: Session, report: Report, key: ContentKey | None
) -> tuple[DecisionLine, ...]:
    rows = session.execute(
        select(RoutingDecision, Account.display_name, HandedOut.name)
        .outerjoin(Account, Account.id == RoutingDecision.decided_by)
        .outerjoin(
            HandedOut,
            and_(
                HandedOut.report_id == RoutingDecision.report_id,
                HandedOut.routing_version == RoutingDecision.version,
            ),
        )
        .where(RoutingDecision.report_id == report.id)
        .order_by(RoutingDecision.version.desc())
    )
    return tuple(
        DecisionLine(
            version=made.version,
            at=made.decided_at,
            department=made.department_code,
            pack_version=made.pack_version,
            support=tuple(made.support),
            rule=made.rule_id,
            name=name,
            reason=_read(key, made.reason, f"routing_decision.reason:{made.id}"),
            explanation=tuple(Text(line["zh"], line["en"]) for line in made.explanation),
            split=tuple(made.split),
            handed_out_by=rule,
        )
        for made, name, rule in rows
    )


def _verifications(
    session: Session, report: Report, key: ContentKey | None
) -> tuple[VerificationLine, ...]:
    rows = session.execute(
        select(Verification, Account.display_name)
        .outerjoin(Account, Account.id == Verification.officer_id)
        .where(Verification.report_id == report.id)
        .order_by(Verification.at)
    )
    return tuple(
        VerificationLine(
            method=made.method,
            finding=made.finding,
            round=made.round,
            summary=_read(key, made.summary, summary_context(made.id)),
            name=name,
            at=made.at,
        )
        for made, name in rows
    )


def _instructions(
    session: Session, report: Report, key: ContentKey | None
) -> tuple[InstructionLine, ...]:
    rows = session.execute(
        select(Instruction, Account.display_name)
        .outerjoin(Account, Account.id == Instruction.entered_by)
        .where(Instruction.report_id == report.id)
        .order_by(Instruction.entered_at)
    ).all()
    if key is None:
        return ()
    opened = [key.decrypt_json(made.body, instruction_context(made.id)) for made, _name in rows]
    return tuple(
        InstructionLine(said["author"], said["text"], made.given_on, made.entered_at, name)
        for said, (made, name) in zip(opened, rows, strict=True)
    )
