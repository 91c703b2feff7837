"""What the reporter may know of the report: an allow-list, made for that page and no other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.casework.queries.dossier import find_erasing
from portal.evidence.queries import list_files
from portal.feedback.contest_time import Contesting, contesting_of
from portal.feedback.tickets import get_tracked
from portal.identities.news import do_letters_arrive
from portal.identities.queries import ToldOpening, list_told
from portal.infra.visits import Ticket
from portal.intake import queries as reports
from portal.intake.lead_models import Lead
from portal.intake.models import (
    Author,
    Clock,
    Message,
    MessageKind,
    Receipt,
    Report,
    ReporterIdentity,
    ReportFile,
)
from portal.intake.rules import local_date
from portal.intake.states import (
    LEADS_AT_WORK,
    OPEN_STATES,
    LeadState,
    PublicStage,
    ReportState,
    public_stage,
)
from portal.jurisdiction.models import DepartmentRow, RoutingRuleRow, Versioned
from portal.jurisdiction.place import Place, Reason, Stage, Text
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import Disposed, NotFound
from portal.rights_holders.models import Complaint
from portal.transfers.queries import WhoHasIt, list_for_reporter
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
    """Where a report is, who has it, until when, and what the reporter can do now.

    `said` is what the place wants read at this stage. `department` has the name of its day once
    the report is over; it is `outside` if it is a body of its own (B27).
    """

    reference: str
    stage: PublicStage
    said: Text | None
    received_at: datetime
    category: Text | None
    department: Text | None
    outside: bool
    passed_on: tuple[WhoHasIt, ...]
    why: Why | None
    due_on: date | None
    due_stage: Stage | None
    promised_on: date | None
    extended: bool
    provisional: bool
    overdue: bool
    paused: Reason | None
    thread: tuple[ThreadEntry, ...]
    filenames: tuple[str, ...]
    file_sizes: tuple[int, ...]
    outcome: Reason | None
    contesting: Contesting
    contested: bool
    may_rate: bool
    rating: tuple[int, int] | None
    identity_fields: tuple[str, ...]
    identity_openings: tuple[ToldOpening, ...]
    # Whether letters go out that there is news; None where none are wanted.
    letters_arrive: bool | None
    # Whether a member of staff has seen the code that opens the report now.
    heard_by_staff: bool
    # Whether somebody was given a code; the page of an own complaint is opened without.
    has_code: bool
    takes_files: bool
    erased_on: date | None
    has_unread: bool
    places: int


@dataclass(frozen=True, slots=True)
class DisposedReport:
    """A report of which nothing is left but that it was there."""

    reference: str
    received_at: datetime
    disposed_at: datetime


def get_tracking(session: Session, report_id: UUID) -> Tracking:
    """Everything the tracking page shows; NotFound for a report that is erased."""
    report, heard_by_staff, has_code = _find_report(session, report_id)
    place = current_place()
    links = reports.list_file_links(session, report.id)
    messages = _for_reporter(reports.list_messages(session, report.id))
    files = list_files(session, [link.evidence_id for link in links])
    clock = _nearest(reports.list_clocks(session, report.id))
    identity = session.get(ReporterIdentity, report.id)
    category = place.categories.get(report.category)
    routed = _find_routed(session, report)
    stage = _stage(session, report)
    today = local_date(place, datetime.now(UTC))
    return Tracking(
        reference=report.reference,
        stage=stage,
        said=place.status_text(stage, report.category),
        received_at=report.received_at,
        category=category.name if category and category.offered else None,
        department=_unit_name(place, report, routed),
        outside=place.is_outside(report.department_code),
        passed_on=list_for_reporter(session, _worked_on(session, report), today),
        why=routed.why if routed else None,
        due_on=_told(clock) if clock else None,
        due_stage=clock.stage if clock else None,
        promised_on=clock.promised_on if clock and _told(clock) != clock.promised_on else None,
        extended=bool(clock and clock.extensions),
        provisional=bool(clock and clock.provisional),
        overdue=bool(clock and not clock.paused_at and _told(clock) < today),
        paused=place.reasons.get(clock.paused_for.reason) if clock and clock.paused_for else None,
        thread=_thread(report, messages, links),
        filenames=tuple(file.filename for file in files),
        file_sizes=tuple(file.size for file in files),
        outcome=_outcome(place, report),
        contesting=contesting_of(report, messages),
        contested=report.result_number > 0 and report.contested_result == report.result_number,
        may_rate=report.result_number > 0,
        rating=_rating(report),
        identity_fields=tuple(identity.fields) if identity else (),
        identity_openings=list_told(session, report.id) if identity else (),
        letters_arrive=do_letters_arrive(session, report.id) if identity else None,
        heard_by_staff=heard_by_staff,
        has_code=has_code,
        takes_files=takes_files(report),
        erased_on=find_erasing(session, report),
        has_unread=any(_is_unread(message) for message in messages),
        places=_count_places(session, report),
    )


def _outcome(place: Place, report: Report) -> Reason | None:
    """How it ended; what was contested and is looked at again has no result for the time being."""
    ended = report.state not in OPEN_STATES and (report.close_reason or report.decline_reason)
    return place.reasons.get(ended or "")


def _rating(report: Report) -> tuple[int, int] | None:
    """What the reporter thinks of the answer and of how they were treated, once both are said."""
    if report.rating_answered is None or report.rating_treated is None:
        return None
    return report.rating_answered, report.rating_treated


def _stage(session: Session, report: Report) -> PublicStage:
    """How far it is: a merged report is as far as the work on its matter, as if it were alone."""
    state, leading = report.state, find_leading(session, report)
    if leading is not None and state in _UNDER_WAY and leading.state in _UNDER_WAY:
        state = leading.state
    return public_stage(state, waiting_for_reporter=report.waiting_since is not None)


def _worked_on(session: Session, report: Report) -> UUID:
    """The report in which the matter is worked on: itself, or the one that leads it."""
    leading = find_leading(session, report)
    return leading.id if leading is not None else report.id


def gone(report: Report | None) -> NotFound:
    """Why there is nothing to show: Disposed where the schedule says so, else as if never."""
    if report is None or report.disposed_at is None:
        return NotFound("report")
    return Disposed("disposed", record=report.id.hex)


def get_disposed(session: Session, ticket: Ticket, actor: Actor) -> DisposedReport:
    """What the reporter may know of a report that was disposed of; NotFound for any other."""
    report = session.get_one(Report, get_tracked(session, ticket, actor))
    if report.disposed_at is None:
        raise NotFound("report")
    return DisposedReport(report.reference, report.received_at, report.disposed_at)


def _find_report(session: Session, report_id: UUID) -> tuple[Report, bool, bool]:
    """The report, whether staff entered it and know its code, and whether there is one at all.

    NotFound once it is erased.
    """
    complaint = exists().where(Complaint.report_id == Report.id)
    found = session.execute(
        select(Report, Receipt.replaced_at, complaint.label("complaint"))
        .join(Receipt, Receipt.report_id == Report.id)
        .where(Report.id == report_id)
    ).first()
    if found is None or found.Report.content_key is None:
        raise gone(found.Report if found else None)
    report: Report = found.Report
    heard = report.entered_by is not None and found.replaced_at is None
    return report, heard, not found.complaint


def _for_reporter(messages: Sequence[Message]) -> list[Message]:
    """What of a thread is for the reporter."""
    return [message for message in messages if message.kind in FOR_REPORTER]


def _count_places(session: Session, report: Report) -> int:
    """In how many places somebody looks into an open report: that of its unit, and of its leads."""
    if report.state not in OPEN_STATES or report.department_code is None:
        return 0
    looked_into = (*LEADS_AT_WORK, LeadState.REPORTED)
    wanted = select(func.count(Lead.region.distinct()))
    leads = session.scalar(wanted.where(Lead.report_id == report.id, Lead.state.in_(looked_into)))
    return 1 + (leads or 0)


def _is_unread(message: Message) -> bool:
    """Whether a message to the reporter was never on the tracking page."""
    return message.read_at is None and message.author is not Author.REPORTER


@dataclass(frozen=True, slots=True)
class _Routed:
    """The newest decision: why, and the name that the unit had on that day."""

    why: Why
    unit: Text | None


def _find_routed(session: Session, report: Report) -> _Routed | None:
    """The decision by which the report is where it is, in the words of its day."""
    if report.department_code is None:
        return None
    made, rule, unit = RoutingDecision, RoutingRuleRow, DepartmentRow
    row = session.execute(
        select(
            made.rule_id,
            made.explanation,
            *(rule.sentence_zh, rule.sentence_en),
            *(unit.name_zh, unit.name_en),
        )
        .outerjoin(rule, and_(rule.code == made.rule_id, _of_its_day(rule)))
        .outerjoin(unit, and_(unit.code == made.department_code, _of_its_day(unit)))
        .where(made.report_id == report.id, made.version == report.routing_version)
    ).first()
    if row is None:
        return None
    sentence = _sentence(row, row.explanation) if row.sentence_zh else None
    name = Text(row.name_zh, row.name_en) if row.name_zh else None
    return _Routed(Why(row.rule_id is None, sentence), name)


def _sentence(rule: Any, explanation: Iterable[Mapping[str, str]]) -> Text:  # noqa: ANN401
    """What the rule says, and who acts for whom where it was delegated."""
    handed = [line for line in explanation if line["code"] == "route.delegated"]
    return Text(
        "".join((rule.sentence_zh, *(line["zh"] for line in handed))),
        " ".join((rule.sentence_en, *(line["en"] for line in handed))),
    )


def _of_its_day(row: type[Versioned]) -> ColumnElement[bool]:
    """That the row held in the version of the place in which the decision was made."""
    version = RoutingDecision.pack_version
    begun = row.since_version <= version
    return and_(begun, or_(row.until_version.is_(None), row.until_version > version))


def _unit_name(place: Place, report: Report, routed: _Routed | None) -> Text | None:
    """Who has the report as it is called today; who had it, as it was called then (C21)."""
    unit = place.departments.get(report.department_code or "")
    if unit is not None and report.state in OPEN_STATES:
        return unit.name
    if routed is not None and routed.unit is not None:
        return routed.unit
    return unit.name if unit else None


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


def _told(clock: Clock) -> date:
    """The date that counts for the reporter: what was promised, unless it was moved for a reason.

    Whoever is told a later date is told the reason too, and reads what was promised beside it.
    """
    if clock.paused_days or clock.extensions:
        return clock.due_on
    return min(clock.promised_on, clock.due_on)


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
