"""Drafting a decision, and having another person approve it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select

from portal.accounts.queries import own_accounts
from portal.audit.trail import advance, record
from portal.cases.models import Case, CaseReport
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_head
from portal.cases.service.in_hand import begin_round, take_open, today, touch
from portal.casework.models import Verification
from portal.casework.states import Finding
from portal.decisions.models import Decision, DecisionMeasure
from portal.decisions.queries.hearings import owed_in
from portal.decisions.queries.notices import approval_of, told_in
from portal.decisions.queries.ordered import ordered_drafts
from portal.decisions.queries.parts import parts_in
from portal.decisions.rules import (
    OWN_WAIVER,
    demand_finding,
    demand_ground,
    demand_offered,
    every_notice,
    takes_two,
)
from portal.decisions.service.access import party_of
from portal.decisions.states import (
    STANDING,
    DecisionAction,
    DecisionSource,
    DecisionState,
)
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken

WORDS: Final = ("article", "facts", "objection_to", "court")
CONTENT, DETAIL = "decision.content", "decision_measure.body"


@dataclass(frozen=True, slots=True)
class DraftDecision:
    """A decision as it is proposed: what a statement of reasons says, but for the measures."""

    number: str
    source: DecisionSource
    basis: str
    article: str = field(repr=False)
    facts: str = field(repr=False)
    objection_to: str = field(repr=False)
    court: str = field(repr=False)
    automated: bool = False
    replaces: int | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddMeasure:
    """A measure of a draft, addressed to one party."""

    number: str
    decision: int
    party: UUID
    measure: str
    detail: str = field(repr=False)
    last_on: date | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a measure orders of whom."""

    party: UUID
    measure: str
    detail: str = field(repr=False)
    last_on: date | None = None


@dataclass(frozen=True, slots=True)
class DropMeasure:
    """Taking a measure out of a draft again."""

    number: str
    decision: int
    measure: UUID
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class SettleDecision:
    """Approving a draft, or giving a decision up before it is served."""

    number: str
    decision: int
    action: DecisionAction
    seen_version: int | None = None


def draft_decision(command: DraftDecision, *, actor: Actor) -> int:
    """Draft a decision; return its number within the case.

    Raises RuleBroken without a provision, for a closed case, and for replacing what is not in
    force.
    """
    demand_ground(current_place(), command.basis, command.article)
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        before = _in_force(uow, case, command.replaces) if command.replaces else None
        made = Decision(
            case_id=case.id,
            number=0,
            source=command.source,
            automated=command.automated,
            basis=command.basis or None,
            content=b"",
            drafted_at=uow.now,
            drafted_by=actor.id,
            replaces_id=before.id if before else None,
        )
        _put_draft(uow, case, made, {name: getattr(command, name) for name in WORDS})
        return made.number


def draft_change(uow: UnitOfWork, case: Case, before: Decision) -> Decision:
    """Draft what replaces a decision, inside somebody's transaction: its words and its measures.

    Measures that have ended or end before today are left out. Raises RuleBroken for a decision
    that is in force no more.
    """
    if before.state is not DecisionState.IN_FORCE:
        raise RuleBroken("replaced-not-in-force")
    made = Decision(
        case_id=case.id,
        number=0,
        source=before.source,
        automated=before.automated,
        basis=before.basis,
        content=b"",
        drafted_at=uow.now,
        drafted_by=uow.actor.id,
        replaces_id=before.id,
    )
    said = key_of(case).decrypt_json(before.content, context_of(CONTENT, before.id))
    _put_draft(uow, case, made, said)
    uow.session.flush()
    for one in uow.session.scalars(
        select(DecisionMeasure)
        .where(DecisionMeasure.decision_id == before.id)
        .order_by(DecisionMeasure.added_at, DecisionMeasure.id)
    ).all():
        if one.ended_on is None and (one.last_on is None or one.last_on >= today(uow)):
            detail = key_of(case).decrypt_text(one.body, context_of(DETAIL, one.id))
            _put_measure(uow, case, made, Ordered(one.party_id, one.code, detail, one.last_on))
    return made


def add_measure(command: AddMeasure, *, actor: Actor) -> None:
    """Put a measure into a draft.

    Raises RuleBroken while no check of a report of the case has confirmed it (E2), for a measure
    that the place does not have or not for this grade (D22), and for a last day that is over.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        decision = _draft(uow, case, command.decision)
        party = party_of(uow, case, command.party)
        demand_finding(_findings(uow, case))
        demand_offered(current_place(), command.measure, case.severity)
        if command.last_on is not None and command.last_on < today(uow):
            raise RuleBroken("measure-ends-before")
        ordered = Ordered(party.id, command.measure, command.detail, command.last_on)
        _put_measure(uow, case, decision, ordered)
        touch(uow, case)


def drop_measure(command: DropMeasure, *, actor: Actor) -> None:
    """Take a measure out of a draft; NotFound for one of another decision."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        decision = _draft(uow, case, command.decision)
        gone = uow.session.scalar(
            delete(DecisionMeasure)
            .where(
                DecisionMeasure.id == command.measure, DecisionMeasure.decision_id == decision.id
            )
            .returning(DecisionMeasure.code)
        )
        if gone is None:
            raise NotFound("measure")
        record(uow, "decision.drop-measure", "decision", decision.id, measure=gone)
        touch(uow, case)


def settle_decision(command: SettleDecision, *, actor: Actor) -> None:
    """Approve a draft, or give up what has not been served.

    Approving, and giving up what is approved, are the head's. Where the place asks for a second
    person to decide, whoever drafted it, changed its measures or has or had the case does not
    approve it, nor does whoever waived the notice that would have told its party (E5). Raises
    RuleBroken for approving what orders nothing, or something of a party that asked for a hearing
    or was told its day and was neither heard nor refused it, and for giving up the last that
    changes what a review wants changed.
    """
    if command.action not in {DecisionAction.APPROVE, DecisionAction.WITHDRAW}:
        raise RuleBroken("not-by-hand")
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        decision = get_decision(uow, case, command.decision)
        if (decision.state, command.action) != (DecisionState.DRAFTED, DecisionAction.WITHDRAW):
            demand_head(actor, case.department_code)
        if command.action is DecisionAction.APPROVE:
            _demand_second_person(uow, case, decision)
            _demand_heard(uow, case, decision)
            decision.approved_at, decision.approved_by = uow.now, actor.id
        else:
            _demand_not_ordered(uow, case, decision)
        advance(uow, decision, command.action)
        record(uow, f"case.{command.action}-decision", "case", case.id, decision=decision.number)
        note_standing(uow, case)
        touch(uow, case)


def note_standing(uow: UnitOfWork, case: Case) -> None:
    """Keep on the case whether an approved decision stands: its next step asks for that.

    Once none does any more, what was put in for the last one proves no step either.
    """
    uow.session.flush()
    before = case.decision_stands
    standing = select(Decision.id).where(Decision.case_id == case.id, Decision.state.in_(STANDING))
    case.decision_stands = uow.session.scalar(standing.limit(1)) is not None
    if before and not case.decision_stands:
        begin_round(case)


def get_decision(uow: UnitOfWork, case: Case, number: int) -> Decision:
    """A decision of the case by its number, locked; NotFound if there is none."""
    wanted = select(Decision).where(Decision.case_id == case.id, Decision.number == number)
    decision = uow.session.scalar(wanted.with_for_update())
    if decision is None:
        raise NotFound("decision")
    return decision


def begin_measures_again(uow: UnitOfWork, decision: Decision) -> None:
    """Have the measures of a decision run on that is in force again."""
    decision.ended_at = None
    resting = DecisionMeasure.decision_id == decision.id
    for one in uow.session.scalars(select(DecisionMeasure).where(resting)):
        one.ended_on = None


def end_measures(uow: UnitOfWork, decision: Decision) -> None:
    """End the measures of a decision that is in force no more."""
    decision.ended_at = decision.ended_at or uow.now
    resting = DecisionMeasure.decision_id == decision.id
    for one in uow.session.scalars(select(DecisionMeasure).where(resting)):
        if one.ended_on is None:
            one.ended_on = min(one.last_on or today(uow), today(uow))


def _put_draft(uow: UnitOfWork, case: Case, made: Decision, said: Mapping[str, str]) -> None:
    """Give a draft the next number of its case, and put it into the file."""
    last = select(func.max(Decision.number)).where(Decision.case_id == case.id)
    made.number = (uow.session.scalar(last) or 0) + 1
    made.content = key_of(case).encrypt_json(dict(said), context_of(CONTENT, made.id))
    uow.session.add(made)
    record(uow, "decision.draft", "decision", made.id, case=case.number)
    record(uow, "case.draft-decision", "case", case.id, decision=made.number)
    touch(uow, case)


def _put_measure(uow: UnitOfWork, case: Case, decision: Decision, ordered: Ordered) -> None:
    made = DecisionMeasure(
        decision_id=decision.id,
        party_id=ordered.party,
        code=ordered.measure,
        body=b"",
        added_at=uow.now,
        last_on=ordered.last_on,
    )
    made.body = key_of(case).encrypt_text(ordered.detail, context_of(DETAIL, made.id))
    uow.session.add(made)
    details = {"measure": made.code, "party": made.party_id.hex}
    record(uow, "decision.add-measure", "decision", decision.id, **details)


def _draft(uow: UnitOfWork, case: Case, number: int) -> Decision:
    """A decision that is still a draft; MoveRefused once it is more."""
    decision = get_decision(uow, case, number)
    if decision.state is not DecisionState.DRAFTED:
        raise MoveRefused("draft-is-over", subject="decision", state=decision.state)
    return decision


def _in_force(uow: UnitOfWork, case: Case, number: int) -> Decision:
    decision = get_decision(uow, case, number)
    if decision.state is not DecisionState.IN_FORCE:
        raise RuleBroken("replaced-not-in-force")
    return decision


def _demand_second_person(uow: UnitOfWork, case: Case, decision: Decision) -> None:
    if not takes_two(current_place()):
        return
    made_it = parts_in(uow.session, case, [decision]).in_draft(decision.id)
    if made_it & own_accounts(uow.session, uow.actor.id):
        raise RuleBroken("drafter-does-not-approve")
    ordered = DecisionMeasure.decision_id == decision.id
    parties = uow.session.scalars(select(DecisionMeasure.party_id).where(ordered)).all()
    told = told_in(uow.session, case, every_notice(current_place()))
    if told.rests_on_own_waiver(parties, approval_of(uow.session, uow.actor.id, uow.now)):
        raise RuleBroken(OWN_WAIVER)


def _demand_not_ordered(uow: UnitOfWork, case: Case, decision: Decision) -> None:
    """A review that wants a decision changed is not undone by giving up what changes it."""
    own = uow.session.scalars(select(Decision).where(Decision.case_id == case.id)).all()
    if decision.id in ordered_drafts(uow.session, case, own):
        raise RuleBroken("review-wants-a-change")


def _demand_heard(uow: UnitOfWork, case: Case, decision: Decision) -> None:
    """It orders something, and of nobody who is still to be heard in person."""
    ordered = DecisionMeasure.decision_id == decision.id
    parties = frozenset(uow.session.scalars(select(DecisionMeasure.party_id).where(ordered)))
    if not parties:
        raise RuleBroken("decision-without-measure")
    if parties & owed_in(uow.session, case, today(uow)):
        raise RuleBroken("hearing-owed")


def _findings(uow: UnitOfWork, case: Case) -> frozenset[Finding]:
    """What the checks of the reports in the case found."""
    wanted = select(Verification.finding).join(
        CaseReport, CaseReport.report_id == Verification.report_id
    )
    inside = wanted.where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
    return frozenset(uow.session.scalars(inside))
