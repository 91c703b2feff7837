"""Supervision of a case by an office above: placed with a reason, dated, reported on, released."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.oversight_models import CaseDirective, Milestone, ProgressReport, Supervision
from portal.cases.queries.access import context_of, is_ordinary, key_of
from portal.cases.queries.release import ReleasedBy, released_by, releases
from portal.cases.queries.steps import hand_of
from portal.cases.rules import demand_supervision
from portal.cases.service.in_hand import take, take_open, today, touch
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.nearest import NO_CLOCK
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, due_on
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken


@dataclass(frozen=True, slots=True)
class Supervise:
    """Putting a case under supervision, and every how many calendar days it is reported on."""

    number: str
    reason: str = field(repr=False)
    report_every: int | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class SetMilestone:
    """What the supervising office wants done by a day."""

    number: str
    due_on: date
    text: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class MeetMilestone:
    """That what was wanted is done."""

    number: str
    which: UUID


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """How far the case is, for the supervising office."""

    number: str
    text: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """That the supervising office has read a report."""

    number: str
    which: UUID


@dataclass(frozen=True, slots=True)
class Release:
    """Releasing a case from supervision, and what came of it."""

    number: str
    outcome: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordDirective:
    """An instruction from above as it was given: by whom, on which day, in which words (B3)."""

    number: str
    author: str = field(repr=False)
    given_on: date
    text: str = field(repr=False)
    seen_version: int | None = None


def supervise(command: Supervise, *, actor: Actor) -> UUID:
    """Put an open case of another unit under supervision; RuleBroken if it is already."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_supervision(actor, case.department_code)
        if case.supervised_at is not None:
            raise RuleBroken("supervised-already")
        placed = Supervision(
            case_id=case.id,
            unit_code=str(actor.department),
            reason=b"",
            placed_at=uow.now,
            placed_by=actor.id,
            next_due_on=NO_CLOCK,
            report_every=command.report_every,
        )
        placed.reason = key_of(case).encrypt_text(
            command.reason, context_of("case_supervision.reason", placed.id)
        )
        placed.next_report_on = _next_report(uow, case, placed)
        case.supervised_at = uow.now
        uow.session.add(placed)
        _keep_nearest(uow, placed)
        record(uow, "case.supervise", "case", case.id, department=placed.unit_code)
        touch(uow, case)
        return placed.id


def set_milestone(command: SetMilestone, *, actor: Actor) -> UUID:
    """Want something done by a day; RuleBroken for a day that is over."""
    with unit_of_work(actor) as uow:
        case, placed = _supervised(uow, command.number, command.seen_version, above=True)
        if command.due_on < today(uow):
            raise RuleBroken("task-day-over")
        wanted = Milestone(
            supervision_id=placed.id,
            due_on=command.due_on,
            body=b"",
            set_at=uow.now,
            set_by=actor.id,
        )
        wanted.body = key_of(case).encrypt_text(
            command.text, context_of("case_milestone.body", wanted.id)
        )
        uow.session.add(wanted)
        _keep_nearest(uow, placed)
        due = command.due_on.isoformat()
        record(uow, "case.set-milestone", "case", case.id, milestone=wanted.id.hex, due=due)
        touch(uow, case)
        return wanted.id


def meet_milestone(command: MeetMilestone, *, actor: Actor) -> None:
    """Note that it is done: by whoever works on the case; MoveRefused when it was noted already."""
    with unit_of_work(actor) as uow:
        case, placed = _supervised(uow, command.number, None, about=(Milestone, command.which))
        wanted = uow.session.get(Milestone, command.which, with_for_update=True)
        if wanted is None or wanted.supervision_id != placed.id:
            raise NotFound("milestone")
        if wanted.met_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        wanted.met_at, wanted.met_by = uow.now, actor.id
        _keep_nearest(uow, placed)
        record(uow, "case.meet-milestone", "case", case.id, milestone=wanted.id.hex)
        touch(uow, case)


def report_progress(command: ReportProgress, *, actor: Actor) -> UUID:
    """Tell the supervising office how far the case is; the next interval begins.

    Raises NotPermitted for that office itself, which would read what it has written.
    """
    with unit_of_work(actor) as uow:
        case, placed = _supervised(uow, command.number, command.seen_version)
        if actor.department == placed.unit_code:
            raise NotPermitted("reports-to-itself")
        told = ProgressReport(
            supervision_id=placed.id,
            due_on=placed.next_report_on,
            body=b"",
            sent_at=uow.now,
            sent_by=actor.id,
        )
        told.body = key_of(case).encrypt_text(
            command.text, context_of("case_progress.body", told.id)
        )
        uow.session.add(told)
        placed.next_report_on = _next_report(uow, case, placed)
        _keep_nearest(uow, placed)
        record(uow, "case.report-progress", "case", case.id, report=told.id.hex)
        touch(uow, case)
        return told.id


def read_progress(command: ReadProgress, *, actor: Actor) -> None:
    """Note that the supervising office has read it; MoveRefused when that was noted already."""
    with unit_of_work(actor) as uow:
        about = (ProgressReport, command.which)
        case, placed = _supervised(uow, command.number, None, above=True, about=about)
        told = uow.session.get(ProgressReport, command.which, with_for_update=True)
        if told is None or told.supervision_id != placed.id:
            raise NotFound("progress")
        if told.read_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        told.read_at, told.read_by = uow.now, actor.id
        record(uow, "case.read-progress", "case", case.id, report=told.id.hex)
        touch(uow, case)


def release(command: Release, *, actor: Actor) -> None:
    """Release a case: it may be closed from then on.

    Where the supervising office is complained of itself, or everybody of it who might has a part
    in the case or must not know of it, an office above that one does; where nobody above may know
    of it any more, its head, and the trail says so. Raises NotPermitted for anybody else, and
    RuleBroken for whoever has the case or had it, by whichever account.
    """
    with unit_of_work(actor) as uow:
        case, placed = _supervised(uow, command.number, command.seen_version)
        ordinary = is_ordinary(uow.session, case)
        by = released_by(uow.session, case, placed.unit_code, actor, ordinary=ordinary)
        if not releases(by, case.department_code, placed.unit_code, actor):
            raise NotPermitted("head-only" if by is ReleasedBy.HEAD else "superior-only")
        if hand_of(uow.session, case, actor).had_it:
            raise RuleBroken("handler-does-not-release")
        placed.outcome = key_of(case).encrypt_text(
            command.outcome, context_of("case_supervision.outcome", placed.id)
        )
        placed.released_at, placed.released_by = uow.now, actor.id
        case.supervised_at = None
        record(uow, "case.release", "case", case.id, department=placed.unit_code, by=by)
        touch(uow, case)


def record_directive(command: RecordDirective, *, actor: Actor) -> UUID:
    """Put an instruction from above into the file; it moves nothing and opens nothing (B3).

    Raises RuleBroken for a day that has not come yet.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        if command.given_on > today(uow):
            raise RuleBroken("day-in-the-future")
        given = CaseDirective(
            case_id=case.id,
            given_on=command.given_on,
            body=b"",
            entered_at=uow.now,
            entered_by=actor.id,
        )
        said = {"author": command.author, "text": command.text}
        given.body = key_of(case).encrypt_json(said, context_of("case_directive.body", given.id))
        uow.session.add(given)
        record(uow, "case.direct", "case", case.id, directive=given.id.hex)
        touch(uow, case)
        return given.id


def _supervised(
    uow: UnitOfWork,
    number: str,
    seen: int | None,
    *,
    above: bool = False,
    about: tuple[type[Milestone | ProgressReport], UUID] | None = None,
) -> tuple[Case, Supervision]:
    """The case and its supervision; with `above` for members of the supervising office only.

    Raises NotFound where what it is about is of no supervision of the case, RuleBroken for a case
    that nobody supervises, NotPermitted for another office.
    """
    case = take(uow, number, seen)
    if about is not None:
        kind, which = about
        wanted = select(kind.id).join(Supervision, Supervision.id == kind.supervision_id)
        if (
            uow.session.scalar(wanted.where(kind.id == which, Supervision.case_id == case.id))
            is None
        ):
            raise NotFound("supervision")
    placed = uow.session.scalar(
        select(Supervision)
        .where(Supervision.case_id == case.id, Supervision.released_at.is_(None))
        .with_for_update()
    )
    if placed is None:
        raise RuleBroken("not-supervised")
    if above:
        demand_supervision(uow.actor, case.department_code)
        if uow.actor.department != placed.unit_code:
            raise NotPermitted("superior-only")
    return case, placed


def _next_report(uow: UnitOfWork, case: Case, placed: Supervision) -> date | None:
    if placed.report_every is None:
        return None
    calendar = current_place().calendar_of(case.department_code)
    return due_on(today(uow), placed.report_every, DayUnit.CALENDAR, calendar).on


def _keep_nearest(uow: UnitOfWork, placed: Supervision) -> None:
    """Keep the nearest date that is waited for, which the board sorts by."""
    uow.session.flush()
    open_ = select(func.min(Milestone.due_on)).where(
        Milestone.supervision_id == placed.id, Milestone.met_at.is_(None)
    )
    dates = (uow.session.scalar(open_), placed.next_report_on)
    placed.next_due_on = min((one for one in dates if one is not None), default=NO_CLOCK)
