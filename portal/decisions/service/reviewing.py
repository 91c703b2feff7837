"""Reviews (F11): filed by a party or a reporter, decided by somebody who had no part before."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import own_accounts
from portal.audit.trail import advance, record
from portal.cases.limits import demand_more_time
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_head, step_of
from portal.cases.service import clocks
from portal.cases.service.in_hand import begin_round, next_end, take, today, touch, write_note
from portal.cases.states import Audience, CaseAction, CaseState
from portal.decisions.models import Decision, Review
from portal.decisions.queries.parts import parts_in
from portal.decisions.rules import (
    REVIEW_TIMES,
    demand_fitting,
    event_of,
    review_look_on,
    time_of,
)
from portal.decisions.service.drafting import draft_change, end_measures, note_standing
from portal.decisions.service.telling import tell
from portal.decisions.states import (
    UNDER_REVIEW,
    DecisionAction,
    DecisionState,
    ReviewAction,
    ReviewOutcome,
)
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.jurisdiction.pack_tables import CaseMove
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import NoticeEvent
from portal.kernel.actor import Actor
from portal.kernel.deadline import days_before, due_on
from portal.kernel.errors import NotFound, RuleBroken

# Where the place sets no time for a review.
USUAL_DAYS: Final = {CaseMove.EXAMINE: timedelta(days=7), CaseMove.REVIEW: timedelta(days=60)}


@dataclass(frozen=True, slots=True)
class AdmitReview:
    """Whether a review is admissible; a refusal says why."""

    number: str
    review: UUID
    admissible: bool
    reasons: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecideReview:
    """The outcome of a review, with its reasons."""

    number: str
    review: UUID
    outcome: ReviewOutcome
    reasons: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class ExtendReview:
    """So many days more for a review, and why: whoever asked for it reads that."""

    number: str
    review: UUID
    days: int
    reason: str = field(repr=False)
    seen_version: int | None = None


def file_review(
    uow: UnitOfWork,
    case: Case,
    *,
    party: UUID | None = None,
    decision: UUID | None = None,
    report: UUID | None = None,
) -> Review:
    """File a review inside somebody's transaction; the time to say if it is admissible runs."""
    made = Review(
        case_id=case.id,
        decision_id=decision,
        party_id=party,
        report_id=report,
        filed_at=uow.now,
        due_on=today(uow),
    )
    start_clock(uow, case, made, CaseMove.EXAMINE)
    uow.session.add(made)
    record(uow, "review.file", "review", made.id, case=case.number)
    record(uow, "case.file-review", "case", case.id, review=made.id.hex)
    event = NoticeEvent.REVIEW_ASKED if report else NoticeEvent.OBJECTION_FILED
    tell(uow, case, event, party=party, report=report)
    touch(uow, case)
    return made


def lock_case_of(uow: UnitOfWork, report_id: UUID) -> Case | None:
    """The case of a report, locked, as whoever works on the case does: before its reports."""
    return uow.session.scalar(
        select(Case)
        .join(CaseReport, CaseReport.case_id == Case.id)
        .where(CaseReport.report_id == report_id, CaseReport.left_at.is_(None))
        .with_for_update(of=Case)
    )


def ask_for_review(uow: UnitOfWork, case: Case | None, report: Report) -> None:
    """A reporter contests what came of it: where the case has ended, or a decision is in force.

    Elsewhere the report itself is looked at again, and nothing is filed here. What is under review
    already stays so.
    """
    if case is None or not (case.state is CaseState.CLOSED or _in_force(uow, case)):
        return
    under_way = select(Review.id).where(
        Review.report_id == report.id, Review.state.in_(UNDER_REVIEW)
    )
    if uow.session.scalar(under_way) is None:
        file_review(uow, case, report=report.id)


def admit_review(command: AdmitReview, *, actor: Actor) -> None:
    """Take a review on, or refuse it with reasons; see `decide_review` for who may."""
    if not command.admissible and not command.reasons.strip():
        raise RuleBroken("review-without-reasons")
    with unit_of_work(actor) as uow:
        case, review = _take(uow, command.number, command.review, command.seen_version)
        action = ReviewAction.ADMIT if command.admissible else ReviewAction.REFUSE
        advance(uow, review, action)
        record(uow, f"case.{action}-review", "case", case.id, review=review.id.hex)
        review.admitted_by = actor.id
        start_clock(uow, case, review, CaseMove.REVIEW if command.admissible else None)
        _give_reasons(case, review, command.reasons)
        admitted = NoticeEvent.OBJECTION_ADMITTED, NoticeEvent.REVIEW_ADMITTED
        refused = NoticeEvent.OBJECTION_REFUSED, NoticeEvent.REVIEW_REFUSED
        event = (admitted if command.admissible else refused)[review.report_id is not None]
        _tell(uow, case, review, event, command.reasons)
        touch(uow, case)


def decide_review(command: DecideReview, *, actor: Actor) -> None:
    """Decide a review; what is overturned ends, and its case is taken up again.

    What is to be changed stays in force until the decision that replaces it, of which there is a
    draft then, with the measures taken over. Raises NotFound outside the actor's scope, which
    leaves out whoever is behind the wall (F13), NotPermitted for whoever does not head the unit or
    oversee it, and RuleBroken for whoever had a part in what is reviewed, without reasons, for an
    outcome that does not fit (see `demand_fitting`), and for changing what has ended.
    """
    if not command.reasons.strip():
        raise RuleBroken("review-without-reasons")
    with unit_of_work(actor) as uow:
        case, review = _take(uow, command.number, command.review, command.seen_version)
        of_reporter = review.report_id is not None
        demand_fitting(command.outcome, of_reporter=of_reporter, stands=case.decision_stands)
        review.outcome = command.outcome
        review.decided_at, review.decided_by = uow.now, actor.id
        _give_reasons(case, review, command.reasons)
        advance(uow, review, ReviewAction.DECIDE, outcome=command.outcome)
        record(uow, "case.decide-review", "case", case.id, review=review.id.hex)
        start_clock(uow, case, review, None)
        if command.outcome is ReviewOutcome.OVERTURNED:
            _overturn(uow, case, review)
        elif command.outcome is ReviewOutcome.CHANGED:
            _change(uow, case, review)
        event = event_of(command.outcome, of_reporter=of_reporter)
        _tell(uow, case, review, event, command.reasons)
        touch(uow, case)


def extend_review(command: ExtendReview, *, actor: Actor) -> None:
    """Give a review more time, once, and tell whoever asked for it why; the first day stays beside.

    See `decide_review` for who may, and `demand_more_time` for what is refused.
    """
    if not command.reason.strip():
        raise RuleBroken("review-without-reasons")
    with unit_of_work(actor) as uow:
        case, review = _take(uow, command.number, command.review, command.seen_version)
        before = review.due_on
        _add_days(uow, case, review, command.days)
        due = {"due_before": before.isoformat(), "due": review.due_on.isoformat()}
        record(uow, "review.extend", "review", review.id, days=command.days, **due)
        record(uow, "case.extend-review", "case", case.id, review=review.id.hex, **due)
        write_note(uow, case, Audience.DEPARTMENT, command.reason)
        asked = review.report_id is not None
        event = NoticeEvent.REVIEW_EXTENDED if asked else NoticeEvent.OBJECTION_EXTENDED
        party, report = review.party_id, review.report_id
        tell(uow, case, event, party=party, report=report, words=command.reason)
        touch(uow, case)


def _take(uow: UnitOfWork, number: str, review_id: UUID, seen: int | None) -> tuple[Case, Review]:
    """The case and its review, locked, if the actor may review it and had no part before."""
    case = take(uow, number, seen)
    demand_head(uow.actor, case.department_code)
    review = uow.session.get(Review, review_id, with_for_update=True)
    if review is None or review.case_id != case.id:
        raise NotFound("review")
    if _had_a_part(uow, case, review) & own_accounts(uow.session, uow.actor.id):
        raise RuleBroken("decider-does-not-review")
    return case, review


def _had_a_part(uow: UnitOfWork, case: Case, review: Review) -> frozenset[UUID]:
    decisions = uow.session.scalars(select(Decision).where(Decision.case_id == case.id)).all()
    return parts_in(uow.session, case, decisions).in_result(review.decision_id)


def _give_reasons(case: Case, review: Review, reasons: str) -> None:
    if reasons.strip():
        place = context_of("review.reasons", review.id)
        review.reasons = key_of(case).encrypt_text(reasons, place)


def _tell(uow: UnitOfWork, case: Case, review: Review, event: NoticeEvent, reasons: str) -> None:
    """Tell both sides; a reporter reads the reasons there, a party beside its objection."""
    said = reasons.strip() if review.report_id is not None else ""
    tell(uow, case, event, party=review.party_id, report=review.report_id, words=said)


def start_clock(uow: UnitOfWork, case: Case, review: Review, move: CaseMove | None) -> None:
    """Have the time of what comes next run from today, or none once the review is over."""
    review.warned_at = review.breached_at = review.look_on = review.due_before = None
    review.starts_on, review.extended_days, review.provisional = today(uow), 0, False
    if move is None:
        return
    end = next_end(uow, case, move, today(uow) + USUAL_DAYS[move])
    review.due_on, review.provisional = end.on, end.provisional
    look_again(review, case, move)


def _add_days(uow: UnitOfWork, case: Case, review: Review, days: int) -> None:
    place, before = current_place(), review.due_on
    demand_more_time(time_of(place, review.state, before, review.due_before), days, today(uow))
    move = REVIEW_TIMES[review.state]
    review.due_before, review.warned_at = before, None
    calendar = place.calendar_of(case.department_code)
    end = due_on(before, days, step_of(place, move).unit, calendar)
    review.due_on, review.provisional, review.extended_days = end.on, end.provisional, days
    look_again(review, case, move)


def look_again(review: Review, case: Case, move: CaseMove) -> None:
    """Note when somebody looks at its time next, by the days of the unit that has the case."""
    place = current_place()
    step = step_of(place, move)
    calendar = place.calendar_of(case.department_code)
    warn = days_before(review.due_on, step.warn_days, step.unit, calendar)
    warned, breached = review.warned_at is not None, review.breached_at is not None
    review.look_on = review_look_on(review.due_on, warn, warned=warned, breached=breached)


def _in_force(uow: UnitOfWork, case: Case) -> list[Decision]:
    """The decisions of the case that are in force, locked, the newest last."""
    wanted = select(Decision).where(
        Decision.case_id == case.id, Decision.state == DecisionState.IN_FORCE
    )
    return list(uow.session.scalars(wanted.order_by(Decision.number).with_for_update()))


def _change(uow: UnitOfWork, case: Case, review: Review) -> None:
    """Draft what replaces the decision; a case that was closed is taken up again for it."""
    if review.decision_id is not None:
        before = uow.session.get_one(Decision, review.decision_id, with_for_update=True)
    else:
        in_force = _in_force(uow, case)
        if not in_force:
            raise RuleBroken("replaced-not-in-force")
        before = in_force[-1]
    draft_change(uow, case, before)
    if case.state is CaseState.CLOSED:
        _take_up(uow, case, CaseAction.REOPEN)


def _overturn(uow: UnitOfWork, case: Case, review: Review) -> None:
    """End the decision and its measures; where none stands then, take the case up again.

    One that was replaced meanwhile is set aside too; what replaced it stands until a party objects
    to that.
    """
    if review.decision_id is not None:
        decision = uow.session.get_one(Decision, review.decision_id, with_for_update=True)
        # The review of another party may have set it aside before.
        if DecisionAction.SET_ASIDE in decision.open_actions:
            advance(uow, decision, DecisionAction.SET_ASIDE)
            end_measures(uow, decision)
        note_standing(uow, case)
    if case.decision_stands:
        return
    again = (CaseAction.RESUME, CaseAction.REOPEN)
    move = next((one for one in again if one in case.open_actions), None)
    if move is not None:
        _take_up(uow, case, move)


def _take_up(uow: UnitOfWork, case: Case, move: CaseAction) -> None:
    case.ending = None
    advance(uow, case, move)
    clocks.follow(uow, case, move)
    begin_round(case)
