"""Reviews (F11): filed by a party or a reporter, decided by somebody who had no part before."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from portal.accounts.queries import own_accounts
from portal.audit.models import AuditEvent
from portal.audit.trail import advance, record
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.cases.queries.steps import handlers_of
from portal.cases.rules import DROPPED, demand_head
from portal.cases.service import clocks
from portal.cases.service.in_hand import begin_round, next_date, take, today, touch
from portal.cases.states import CaseAction, CaseState
from portal.decisions.models import Decision, Review
from portal.decisions.rules import event_of
from portal.decisions.service.drafting import end_measures, note_standing, who_changed
from portal.decisions.service.telling import tell
from portal.decisions.states import UNDER_REVIEW, DecisionAction, ReviewAction, ReviewOutcome
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.jurisdiction.tables import NoticeEvent
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken

# Where the place sets no time for a review.
USUAL_DAYS = timedelta(days=60)


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


def file_review(
    uow: UnitOfWork,
    case: Case,
    *,
    party: UUID | None = None,
    decision: UUID | None = None,
    report: UUID | None = None,
) -> Review:
    """File a review inside somebody's transaction; its clock starts now."""
    made = Review(
        case_id=case.id,
        decision_id=decision,
        party_id=party,
        report_id=report,
        filed_at=uow.now,
        due_on=next_date(uow, "review", today(uow) + USUAL_DAYS),
    )
    uow.session.add(made)
    record(uow, "review.file", "review", made.id, case=case.number)
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
    """A reporter contests that nothing is done: where a case ended without a penalty, review that.

    Elsewhere the report itself is looked at again, and nothing is filed here. What is under review
    already stays so.
    """
    if case is None or case.state is not CaseState.CLOSED or case.ending not in DROPPED:
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
        review.admitted_by = actor.id
        _give_reasons(case, review, command.reasons)
        admitted = NoticeEvent.OBJECTION_ADMITTED, NoticeEvent.REVIEW_ADMITTED
        refused = NoticeEvent.OBJECTION_REFUSED, NoticeEvent.REVIEW_REFUSED
        event = (admitted if command.admissible else refused)[review.report_id is not None]
        tell(uow, case, event, party=review.party_id, report=review.report_id)
        touch(uow, case)


def decide_review(command: DecideReview, *, actor: Actor) -> None:
    """Decide a review; what is overturned ends, and its case is taken up again.

    Raises NotFound outside the actor's scope, which leaves out whoever is behind the wall (F13),
    NotPermitted for whoever does not head the unit or oversee it, and RuleBroken for whoever had a
    part in what is reviewed, without reasons, for an outcome that does not fit, and for overturning
    that nothing was done while a decision of the case stands.
    """
    if not command.reasons.strip():
        raise RuleBroken("review-without-reasons")
    with unit_of_work(actor) as uow:
        case, review = _take(uow, command.number, command.review, command.seen_version)
        event = event_of(command.outcome, of_reporter=review.report_id is not None)
        review.outcome = command.outcome
        review.decided_at, review.decided_by = uow.now, actor.id
        _give_reasons(case, review, command.reasons)
        advance(uow, review, ReviewAction.DECIDE, outcome=command.outcome)
        if command.outcome is ReviewOutcome.OVERTURNED:
            _overturn(uow, case, review)
        tell(uow, case, event, party=review.party_id, report=review.report_id)
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


def _had_a_part(uow: UnitOfWork, case: Case, review: Review) -> set[UUID | None]:
    """Who made, approved or carried out the decision, or ended the case; and who had the case."""
    moves = (CaseAction.DECIDE, CaseAction.DECIDE_ON_THE_SPOT, CaseAction.DROP, CaseAction.CLOSE)
    moved = select(AuditEvent.actor_id).where(
        AuditEvent.subject_id == case.id, AuditEvent.action.in_([f"case.{one}" for one in moves])
    )
    decided = {*handlers_of(uow.session, case), *uow.session.scalars(moved)}
    if review.decision_id is not None:
        decision = uow.session.get_one(Decision, review.decision_id)
        decided |= {decision.drafted_by, decision.approved_by, *who_changed(uow, decision)}
    return decided


def _give_reasons(case: Case, review: Review, reasons: str) -> None:
    if reasons.strip():
        place = context_of("review.reasons", review.id)
        review.reasons = key_of(case).encrypt_text(reasons, place)


def _overturn(uow: UnitOfWork, case: Case, review: Review) -> None:
    """End the decision and its measures; where none stands then, take the case up again."""
    if review.decision_id is None:
        if case.decision_stands:
            raise RuleBroken("something-was-done")
    else:
        decision = uow.session.get_one(Decision, review.decision_id, with_for_update=True)
        advance(uow, decision, DecisionAction.SET_ASIDE)
        end_measures(uow, decision)
        note_standing(uow, case)
    if case.decision_stands:
        return
    again = (CaseAction.RESUME, CaseAction.REOPEN)
    move = next((one for one in again if one in case.open_actions), None)
    if move is not None:
        case.ending = None
        advance(uow, case, move)
        clocks.follow(uow, case, move)
        begin_round(case)
