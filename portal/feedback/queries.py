"""What the reporter may know of the report: an allow-list, made for that page and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.casework.queries.dossier import find_erasing
from portal.evidence.queries import list_files
from portal.infra.visits import Ticket, VisitPurpose, find_visit
from portal.intake import queries as reports
from portal.intake.models import (
    Author,
    Clock,
    Message,
    MessageKind,
    Report,
    ReporterIdentity,
    ReportFile,
)
from portal.intake.rules import local_date
from portal.intake.states import PublicStage, ReportAction, ReportState, public_stage
from portal.jurisdiction.models import RoutingRuleRow
from portal.jurisdiction.place import Reason, Stage, Text
from portal.jurisdiction.queries import current_place
from portal.kernel.errors import NotFound
from portal.triage.models import RoutingDecision
from portal.triage.relations import find_leading

# An internal note is for the desk; everything else of the thread is for the reporter too.
FOR_REPORTER = frozenset(MessageKind) - {MessageKind.NOTE}
# Not yet answered: how far a merged report is can be seen from the report it is worked on with.
_UNDER_WAY = frozenset({ReportState.ROUTED, ReportState.ACCEPTED, ReportState.VERIFIED})


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One message as the reporter reads it; no name of an officer is in it."""

    kind: MessageKind
    own: bool
    at: datetime
    text: str
    files: int


@dataclass(frozen=True, slots=True)
class Why:
    """Why a report is with its unit: the sentence of a rule, or a person's decision."""

    by_person: bool
    sentence: Text | None


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where a report is, who has it, until when, and what the reporter can do now."""

    reference: str
    stage: PublicStage
    received_at: datetime
    category: Text | None
    department: Text | None
    why: Why | None
    due_on: date | None
    due_stage: Stage | None
    overdue: bool
    paused: bool
    thread: tuple[ThreadEntry, ...]
    filenames: tuple[str, ...]
    file_sizes: tuple[int, ...]
    outcome: Reason | None
    may_contest: bool
    contested: bool
    may_rate: bool
    rating: tuple[int, int] | None
    identity_fields: tuple[str, ...]
    identity_openings: int
    takes_files: bool
    erased_on: date | None
    has_unread: bool


def get_tracked(session: Session, ticket: Ticket) -> UUID:
    """The report this ticket opens; NotFound for an expired or unknown one."""
    state = find_visit(session, ticket, VisitPurpose.TRACKING)
    if state is None:
        raise NotFound("receipt")
    return UUID(state["report"])


def get_tracking(session: Session, report_id: UUID) -> Tracking:
    """Everything the tracking page shows; NotFound for a report that is erased."""
    report = session.get(Report, report_id)
    if report is None or report.content_key is None:
        raise NotFound("report")
    place = current_place()
    links = reports.list_file_links(session, report.id)
    messages = [
        message
        for message in reports.list_messages(session, report.id)
        if message.kind in FOR_REPORTER
    ]
    files = list_files(session, [link.evidence_id for link in links])
    clock = _nearest(reports.list_clocks(session, report.id))
    identity = session.get(ReporterIdentity, report.id)
    category = place.categories.get(report.category)
    unit = place.departments.get(report.department_code or "")
    today = local_date(place, datetime.now(UTC))
    outcome = place.reasons.get(report.close_reason or report.decline_reason or "")
    rated = report.rating_answered is not None and report.rating_treated is not None
    return Tracking(
        reference=report.reference,
        stage=_stage(session, report),
        received_at=report.received_at,
        category=category.name if category and category.offered else None,
        department=unit.name if unit else None,
        why=_find_why(session, report) if unit else None,
        due_on=_told(clock),
        due_stage=clock.stage if clock else None,
        overdue=bool(clock and not clock.paused_at and clock.due_on < today),
        paused=bool(clock and clock.paused_at),
        thread=_thread(report, messages, links),
        filenames=tuple(file.filename for file in files),
        file_sizes=tuple(file.size for file in files),
        outcome=outcome,
        may_contest=_may_contest(report),
        contested=report.result_number > 0 and report.contested_result == report.result_number,
        may_rate=report.result_number > 0,
        rating=(report.rating_answered or 0, report.rating_treated or 0) if rated else None,
        identity_fields=tuple(identity.fields) if identity else (),
        identity_openings=_openings(session, report.id),
        takes_files=takes_files(report),
        erased_on=find_erasing(session, report),
        has_unread=any(_is_unread(message) for message in messages),
    )


def _stage(session: Session, report: Report) -> PublicStage:
    """How far it is: a merged report is as far as the work on its matter, as if it were alone."""
    state, leading = report.state, find_leading(session, report)
    if leading is not None and state in _UNDER_WAY and leading.state in _UNDER_WAY:
        state = leading.state
    return public_stage(state, waiting_for_reporter=report.waiting_since is not None)


def _is_unread(message: Message) -> bool:
    """Whether a message to the reporter was never on the tracking page."""
    return message.read_at is None and message.author is not Author.REPORTER


def _find_why(session: Session, report: Report) -> Why | None:
    """The newest decision, with the sentence that its rule had on that day."""
    made, rule = RoutingDecision, RoutingRuleRow
    of_its_day = and_(
        rule.code == made.rule_id,
        rule.since_version <= made.pack_version,
        or_(rule.until_version.is_(None), rule.until_version > made.pack_version),
    )
    row = session.execute(
        select(made.rule_id, rule.sentence_zh, rule.sentence_en)
        .outerjoin(rule, of_its_day)
        .where(made.report_id == report.id, made.version == report.routing_version)
    ).first()
    if row is None:
        return None
    sentence = Text(row.sentence_zh, row.sentence_en) if row.sentence_zh else None
    return Why(row.rule_id is None, sentence)


def takes_files(report: Report) -> bool:
    """Whether files may come with it: none may once it is, or looks like, a link-only matter."""
    if "csam_suspected" in report.flags:
        return False
    categories = current_place().categories
    codes = (report.category, report.chosen_category or "")
    return not any(code in categories and categories[code].link_only for code in codes)


def _nearest(clocks: Sequence[Clock]) -> Clock | None:
    running = [
        clock for clock in clocks if clock.met_at is None and clock.stage is not Stage.TRIAGE
    ]
    return min(running, key=lambda clock: clock.due_on, default=None)


def _told(clock: Clock | None) -> date | None:
    """The date the reporter reads: what was promised, unless waiting for them has moved it."""
    if clock is None:
        return None
    return clock.due_on if clock.paused_days else min(clock.promised_on, clock.due_on)


def _may_contest(report: Report) -> bool:
    return (
        ReportAction.CONTEST in report.open_actions
        and report.contested_result < report.result_number
        and report.department_code is not None
    )


def _thread(
    report: Report, messages: Sequence[Message], links: Sequence[ReportFile]
) -> tuple[ThreadEntry, ...]:
    entries = (_entry(report, message, links) for message in messages)
    # Words that were erased leave an empty message behind, which tells the reporter nothing.
    return tuple(entry for entry in entries if entry.text or entry.files)


def _entry(report: Report, message: Message, links: Sequence[ReportFile]) -> ThreadEntry:
    return ThreadEntry(
        kind=message.kind,
        own=message.author is Author.REPORTER,
        at=message.sent_at,
        text=reports.body_of(report, message),
        files=sum(link.message_id == message.id for link in links),
    )


def _openings(session: Session, report_id: UUID) -> int:
    """How often the sealed identity was opened (U16, F14)."""
    return (
        session.scalar(
            select(func.count())
            .select_from(AuditEvent)
            .where(AuditEvent.subject_id == report_id, AuditEvent.action == "identity.open")
        )
        or 0
    )
