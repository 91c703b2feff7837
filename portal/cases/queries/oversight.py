"""What an office above has to do with a case: for its page, and the board of that office."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.oversight_models import (
    CaseDirective,
    FlashReport,
    Milestone,
    ProgressReport,
    Supervision,
)
from portal.cases.queries.access import context_of, get_case, in_scope, key_of
from portal.cases.queries.inside import Inside, inside_of
from portal.cases.queries.lists import title_of
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint
from portal.infra.vault import ContentKey
from portal.intake.nearest import NO_CLOCK
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

MOST_AWAITED = 50


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    id: UUID
    text: str = field(repr=False)
    due_on: date
    overdue: bool
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProgressLine:
    id: UUID
    text: str = field(repr=False)
    due_on: date | None
    sent_at: datetime
    name: str | None = field(repr=False)
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class SupervisionLine:
    """One supervision with what it wants and was told; a released one says what came of it."""

    unit: str
    reason: str = field(repr=False)
    placed_at: datetime
    report_every: int | None
    next_report_on: date | None
    report_overdue: bool
    released_at: datetime | None
    outcome: str = field(repr=False)
    milestones: tuple[MilestoneLine, ...]
    progress: tuple[ProgressLine, ...]


@dataclass(frozen=True, slots=True)
class FlashLine:
    id: UUID
    grounds: tuple[str, ...]
    demanded_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    read_at: datetime | None
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DirectiveLine:
    author: str = field(repr=False)
    text: str = field(repr=False)
    given_on: date
    entered_at: datetime
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Oversight:
    """What the page of a case shows of the offices above."""

    supervisions: tuple[SupervisionLine, ...]
    flashes: tuple[FlashLine, ...]
    directives: tuple[DirectiveLine, ...]

    @property
    def live(self) -> SupervisionLine | None:
        """The supervision that holds now."""
        return next((one for one in self.supervisions if one.released_at is None), None)


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A supervised case on the board; `due_on` is the nearest date that is waited for."""

    number: str
    title: str = field(repr=False)
    department: str
    unit: str
    placed_at: datetime
    due_on: date | None
    days_left: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class AwaitedFlash:
    """A flash report that the office above has not confirmed yet."""

    id: UUID
    number: str
    department: str
    grounds: tuple[str, ...]
    sent_at: datetime | None


# --- The page of a case --------------------------------------------------------------------------


def oversight_of(case: Case, inside: Inside, today: date) -> Oversight:
    """What offices above have to do with a case."""
    key = key_of(case)
    return Oversight(
        _supervisions(inside, key, today), _flashes(inside, key), _directives(inside, key)
    )


def get_flash(session: Session, number: str, which: UUID, actor: Actor) -> FlashLine:
    """One flash report that was sent; NotFound for any other."""
    case = get_case(session, number, actor)
    for one in _flashes(inside_of(session, case), key_of(case)):
        if one.id == which and one.sent_at is not None:
            return one
    raise NotFound("flash")


def _supervisions(inside: Inside, key: ContentKey, today: date) -> tuple[SupervisionLine, ...]:
    placed = inside.of(Supervision, by=lambda one: one.placed_at)
    wanted = inside.of(Milestone, by=lambda one: one.due_on)
    told = inside.of(ProgressReport, by=lambda one: one.sent_at)
    return tuple(
        SupervisionLine(
            unit=one.unit_code,
            reason=key.decrypt_text(one.reason, context_of("case_supervision.reason", one.id)),
            placed_at=one.placed_at,
            report_every=one.report_every,
            next_report_on=one.next_report_on,
            report_overdue=one.next_report_on is not None and one.next_report_on < today,
            released_at=one.released_at,
            outcome=_opened(key, one.outcome, context_of("case_supervision.outcome", one.id)),
            milestones=tuple(
                _milestone(each, key, today) for each in wanted if each.supervision_id == one.id
            ),
            progress=tuple(
                _progress(each, inside.names.get(each.sent_by), key)
                for each in told
                if each.supervision_id == one.id
            ),
        )
        for one in placed
    )


def _milestone(one: Milestone, key: ContentKey, today: date) -> MilestoneLine:
    text = key.decrypt_text(one.body, context_of("case_milestone.body", one.id))
    return MilestoneLine(
        one.id, text, one.due_on, one.met_at is None and one.due_on < today, one.met_at
    )


def _progress(one: ProgressReport, name: str | None, key: ContentKey) -> ProgressLine:
    text = key.decrypt_text(one.body, context_of("case_progress.body", one.id))
    return ProgressLine(one.id, text, one.due_on, one.sent_at, name, one.read_at)


def _flashes(inside: Inside, key: ContentKey) -> tuple[FlashLine, ...]:
    return tuple(
        FlashLine(
            one.id,
            tuple(one.grounds),
            one.demanded_at,
            one.sent_at,
            one.received_at,
            one.read_at,
            _opened(key, one.body, context_of("case_flash.body", one.id)),
        )
        for one in inside.of(FlashReport, by=lambda one: (one.demanded_at, one.id))
    )


def directives_of(session: Session, case: Case) -> tuple[DirectiveLine, ...]:
    """The instructions from above about a case, in the order in which they were entered."""
    return _directives(inside_of(session, case), key_of(case))


def _directives(inside: Inside, key: ContentKey) -> tuple[DirectiveLine, ...]:
    found = []
    for one in inside.of(CaseDirective, by=lambda one: one.entered_at):
        said = key.decrypt_json(one.body, context_of("case_directive.body", one.id))
        name = inside.names.get(one.entered_by)
        line = DirectiveLine(said["author"], said["text"], one.given_on, one.entered_at, name)
        found.append(line)
    return tuple(found)


def _opened(key: ContentKey, envelope: bytes | None, context: str) -> str:
    return key.decrypt_text(envelope, context) if envelope is not None else ""


# --- The board of the office above ---------------------------------------------------------------


def list_supervised(
    session: Session, view: Viewpoint, window: Window, *, others: bool = False
) -> Page[BoardLine]:
    """What the reader's office supervises, or has under supervision; nearest date first.

    `others`, for an office above: what other offices supervise of what it oversees (A8).
    """
    own = view.actor.department
    ours = or_(Supervision.unit_code == own, Case.department_code == own)
    asked = (
        select(Supervision, Case)
        .join(Case, Case.id == Supervision.case_id)
        .where(
            Supervision.released_at.is_(None),
            ~ours if others else ours,
            in_scope(view.actor),
        )
        .limit(window.fetch)
    )
    rows = session.execute(_by_due(asked, window)).all()
    page = page_of(rows, window, lambda row: (row[0].next_due_on.toordinal(), row[0].id))
    return Page(
        tuple(_board_line(placed, case, view) for placed, case in page.items),
        page.after,
        page.before,
    )


def list_awaited(session: Session, view: Viewpoint) -> Sequence[AwaitedFlash]:
    """The flash reports to the reader's office that nobody has confirmed, the oldest first."""
    rows = session.execute(
        select(FlashReport, Case)
        .join(Case, Case.id == FlashReport.case_id)
        .where(
            FlashReport.sent_at.is_not(None),
            FlashReport.received_at.is_(None),
            Case.department_code != view.actor.department,
            in_scope(view.actor),
        )
        .order_by(FlashReport.sent_at, FlashReport.id)
        .limit(MOST_AWAITED)
    )
    return [
        AwaitedFlash(one.id, case.number, case.department_code, tuple(one.grounds), one.sent_at)
        for one, case in rows
    ]


def _by_due(asked: Select[Supervision, Case], window: Window) -> Select[Supervision, Case]:
    due, own = Supervision.next_due_on, Supervision.id
    if window.key is not None:
        number, last = window.key
        day = date.fromordinal(min(max(int(str(number)), 1), date.max.toordinal()))
        if window.backwards:
            asked = asked.where(due <= day, or_(due < day, own < last))
        else:
            asked = asked.where(due >= day, or_(due > day, own > last))
    if window.backwards:
        return asked.order_by(due.desc(), own.desc())
    return asked.order_by(due, own)


def _board_line(placed: Supervision, case: Case, view: Viewpoint) -> BoardLine:
    waits = placed.next_due_on != NO_CLOCK
    return BoardLine(
        number=case.number,
        title=title_of(case),
        department=case.department_code,
        unit=placed.unit_code,
        placed_at=placed.placed_at,
        due_on=placed.next_due_on if waits else None,
        days_left=days_left(view.today, placed.next_due_on, case.department_code) if waits else 0,
        overdue=placed.next_due_on < view.today,
    )
