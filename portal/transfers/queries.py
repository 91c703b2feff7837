"""Reading hand-overs: one with its report, those of a report, those that are out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Exists, Row, Select, and_, exists, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from portal.accounts.models import Account
from portal.casework.queries.board import days_left, viewpoint
from portal.casework.queries.filters import Viewpoint
from portal.casework.queries.lines import Facts
from portal.evidence.queries import FileLine, list_files
from portal.infra.config import settings
from portal.infra.keyset import in_window
from portal.intake import queries as reports
from portal.intake.models import Clock, Report, ReportFile
from portal.intake.states import ReportAction
from portal.jurisdiction.directory import Partner, find_partner, partner_of
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import Way
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.transfers.models import HAND_OVER_IS_OPEN, HandOver, HandOverFile
from portal.transfers.rules import (
    SENDING,
    acts_on,
    files_allowed,
    is_in_the_house,
    is_kept_wholly,
    may_keep,
    may_pass_on,
    why_kept,
)
from portal.transfers.said import Said, said_of
from portal.transfers.states import (
    OPEN_HAND_OVERS,
    WITH_PARTNER,
    Carrier,
    HandOverResult,
    HandOverState,
)
from portal.triage.rules.conflict import is_named

_IS_OPEN: Final = text(f"hand_over.{HAND_OVER_IS_OPEN}")
_Rows = Select[HandOver, Report, Clock, str, bool]

LIST_KEY: Final = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class HandOverLine:
    """A hand-over as the desk reads it; `said` is decrypted for this reader only.

    `kept` is the code of why what was chosen must not leave the house any more.
    """

    id: UUID
    number: int
    reference: str
    category: str
    department: str
    leading: str | None
    way: Way
    state: HandOverState
    version: int
    made_at: datetime
    made_by: str | None
    carrier: Carrier | None
    by_mail: bool
    failure: str | None
    sent_on: date | None
    received_on: date | None
    result: HandOverResult | None
    ended_on: date | None
    has_bundle: bool
    kept: str | None
    due_on: date | None
    days_left: int
    silent: bool
    ends_report: bool
    acts: tuple[str, ...]
    said: Said = field(repr=False)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What the page of a report says of its hand-overs, and whether another may be made."""

    lines: tuple[HandOverLine, ...]
    offered: bool


@dataclass(frozen=True, slots=True)
class Passable:
    """A report that is about to be passed on: to whom it can go, and which files it has."""

    id: UUID
    reference: str
    version: int
    flags: tuple[str, ...]
    partners: tuple[Partner, ...]
    files: tuple[FileLine, ...] = field(repr=False)


def get_hand_over(
    session: Session, hand_over_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[HandOver, Report]:
    """A hand-over with its report; NotFound unless that report is in the actor's scope.

    Both are locked together, so that what ends the report waits.
    """
    wanted = (
        select(HandOver, Report)
        .join(Report, Report.id == HandOver.report_id)
        .where(HandOver.id == hand_over_id, reports.in_scope(actor))
    )
    row = session.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        raise NotFound("hand-over")
    return row[0], row[1]


def get_line(session: Session, hand_over_id: UUID, actor: Actor) -> HandOverLine:
    """One hand-over as the desk reads it; NotFound out of the actor's scope."""
    wanted = _lines().where(HandOver.id == hand_over_id, reports.in_scope(actor))
    row = session.execute(wanted).first()
    if row is None:
        raise NotFound("hand-over")
    return _line(row, viewpoint(actor))


def passed_on(session: Session, facts: Facts, actor: Actor) -> PassedOn:
    """The hand-overs of a report that the actor reads, oldest first, in one statement."""
    found = _lines().where(HandOver.report_id == facts.id, reports.in_scope(actor))
    view = viewpoint(actor)
    rows = session.execute(found.order_by(HandOver.number)).all()
    lines = tuple(_line(row, view) for row in rows)
    return PassedOn(lines, _is_passable(facts, lines, actor))


def _is_passable(facts: Facts, lines: Sequence[HandOverLine], actor: Actor) -> bool:
    """Whether another hand-over would be accepted: some body is there that has it not yet."""
    if facts.merged_into is not None or is_kept_wholly(facts.flags):
        return False
    if not may_pass_on(actor, facts.state, facts.department_code):
        return False
    having = {line.department for line in lines if line.state in OPEN_HAND_OVERS}
    at_hand = partners_for(current_place(), facts)
    return any(one.code not in having for one in at_hand)


def partners_for(place: Place, matter: Report | Facts) -> tuple[Partner, ...]:
    """The bodies a report can be passed on to: the one it is with, or of each kind the nearest.

    None that the report names as the wrongdoer, or that is too near to it (F13).
    """
    there = find_partner(place, matter.department_code)
    kinds = [kind.kind for kind in place.department_kinds.values() if kind.outside]
    nearest = (place.department_for(kind, matter.region) for kind in kinds)
    units = [place.departments[there.code]] if there else [one for one in nearest if one]
    return tuple(
        partner_of(place, unit)
        for unit in units
        if not is_named(place, matter.excluded_units, matter.region, unit)
    )


def get_passable(session: Session, reference: str, actor: Actor) -> Passable:
    """A report in scope with what can go with it; NotFound for any other."""
    report = reports.get_report(session, reference, actor)
    links = select(ReportFile.evidence_id).where(ReportFile.report_id == report.id)
    return Passable(
        id=report.id,
        reference=report.reference,
        version=report.version,
        flags=tuple(report.flags),
        partners=partners_for(current_place(), report),
        files=tuple(list_files(session, links)) if files_allowed(report.flags) else (),
    )


def is_at_its_desk(made: HandOver, report: Report) -> bool:
    """Whether the report itself lies with the body that it was passed on to.

    Then that body decides on it, and what it says is the end of the report.
    """
    passed = ReportAction.CLOSE_UNROUTED in report.open_actions
    there = report.department_code == made.department_code
    return passed and there and current_place().is_outside(report.department_code)


def has_open(session: Session, report_id: UUID, department: str) -> bool:
    """Whether a body has a report already, or is about to."""
    wanted = select(HandOver.id).where(
        HandOver.report_id == report_id,
        HandOver.department_code == department,
        _IS_OPEN,
    )
    return session.scalar(wanted.limit(1)) is not None


def find_kept(session: Session, made: HandOver, report: Report) -> str | None:
    """Why what was chosen must not leave the house any more, as the report is marked now."""
    return _kept(made, report, files=bool(session.scalar(select(_with_files(made.id)))))


def _with_files(hand_over_id: UUID | InstrumentedAttribute[UUID]) -> Exists:
    return exists().where(HandOverFile.hand_over_id == hand_over_id)


def _kept(made: HandOver, report: Report, *, files: bool) -> str | None:
    if not is_in_the_house(made.state, by_mail=made.by_mail):
        return None
    return why_kept(made.parts, report.flags, files=files)


def next_number(session: Session, report_id: UUID) -> int:
    """The number of the next hand-over of a report."""
    counted = select(func.max(HandOver.number)).where(HandOver.report_id == report_id)
    return (session.scalar(counted) or 0) + 1


def can_announce() -> bool:
    """Whether this installation can send mail."""
    return bool(settings().mail_url)


# --- What is out --------------------------------------------------------------------------------


def list_open(
    session: Session, actor: Actor, window: Window, *, silent: bool = False
) -> Page[HandOverLine]:
    """The hand-overs that are not over, in the actor's scope, the oldest first.

    `silent` leaves those whose time to answer is over.
    """
    view = viewpoint(actor)
    asked = _lines().where(_IS_OPEN, reports.in_scope(actor))
    if silent:
        asked = asked.where(Clock.met_at.is_(None), Clock.due_on < view.today)
    rows = session.execute(in_window(asked, window, HandOver.made_at, HandOver.id)).all()
    page = page_of(rows, window, lambda row: (row[0].made_at, row[0].id))
    return Page(tuple(_line(row, view) for row in page.items), page.after, page.before)


def _lines() -> _Rows:
    of_it = and_(
        Clock.report_id == HandOver.report_id,
        Clock.stage == Stage.TRANSFER,
        Clock.round == HandOver.number,
    )
    return (
        select(HandOver, Report, Clock, Account.display_name, _with_files(HandOver.id))
        .join(Report, Report.id == HandOver.report_id)
        .outerjoin(Clock, of_it)
        .outerjoin(Account, Account.id == HandOver.made_by)
        .options(defer(Report.content))
    )


def _line(row: Row[HandOver, Report, Clock | None, str, bool], view: Viewpoint) -> HandOverLine:
    made, report, clock, name, files = row
    kept = _kept(made, report, files=files)
    due_on = clock.due_on if clock is not None and made.state in WITH_PARTNER else None
    keeps = may_keep(view.actor, report.department_code)
    return HandOverLine(
        id=made.id,
        number=made.number,
        reference=report.reference,
        category=report.category,
        department=made.department_code,
        leading=report.department_code,
        way=made.way,
        state=made.state,
        version=made.version,
        made_at=made.made_at,
        made_by=name,
        carrier=made.carrier,
        by_mail=made.by_mail,
        failure=made.failure,
        sent_on=made.sent_on,
        received_on=made.received_on,
        result=made.result,
        ended_on=made.ended_on,
        has_bundle=made.bundle_id is not None and kept is None,
        kept=kept,
        due_on=due_on,
        days_left=days_left(view.today, clock.due_on, clock.territory) if clock and due_on else 0,
        silent=due_on is not None and due_on < view.today,
        acts=_acts(made, kept) if keeps else (),
        ends_report=is_at_its_desk(made, report),
        said=said_of(made),
    )


def _acts(made: HandOver, kept: str | None) -> tuple[str, ...]:
    """What a person may do next; a message is offered where the installation can send one."""
    announce = made.state is HandOverState.READY and can_announce()
    waits = announce and made.by_mail
    offered = (*(("announce",) if announce and not waits else ()), *acts_on(made.open_actions))
    return tuple(act for act in offered if kept is None or act not in SENDING)


# --- What the reporter may know ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WhoHasIt:
    """A body that has or had a matter, by days only: an allow-list for the reporter's page."""

    department: str
    state: HandOverState
    sent_on: date
    received_on: date | None
    answer_by: date | None
    late: bool
    result: HandOverResult | None
    ended_on: date | None


def list_for_reporter(session: Session, report_id: UUID, today: date) -> tuple[WhoHasIt, ...]:
    """Who has a matter, or had it, in order; not what was only prepared."""
    rows = session.execute(
        select(HandOver, Clock)
        .outerjoin(
            Clock,
            and_(
                Clock.report_id == HandOver.report_id,
                Clock.stage == Stage.TRANSFER,
                Clock.round == HandOver.number,
            ),
        )
        .where(HandOver.report_id == report_id, HandOver.sent_on.is_not(None))
        .order_by(HandOver.number)
    )
    return tuple(_told(made, clock, today) for made, clock in rows)


def _told(made: HandOver, clock: Clock | None, today: date) -> WhoHasIt:
    by = clock.promised_on if clock and made.state in WITH_PARTNER else None
    return WhoHasIt(
        department=made.department_code,
        state=made.state,
        sent_on=made.sent_on or today,
        received_on=made.received_on,
        answer_by=by,
        late=by is not None and by < today,
        result=made.result,
        ended_on=made.ended_on,
    )
