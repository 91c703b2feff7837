"""Who may do what in a case, and what a step still asks for: pure decisions."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from portal.access.permissions import GRANTS, Permission, may
from portal.cases.states import CaseAction, CaseEnding, CaseState, Severity, SeverityFactor
from portal.intake.states import ReportState
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import CaseStep, MajorRule
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.deadline import Deadline, due_on
from portal.kernel.errors import NotPermitted, RuleBroken

# Without a step of the pack a move asks for nothing, and the handler makes it.
PLAIN: Final = CaseStep("")
# A report must have been taken on before it is in a case, and must not be over.
MAY_JOIN: Final = frozenset({ReportState.ACCEPTED, ReportState.VERIFIED, ReportState.CONTESTED})
# A case that ends with these has nothing to punish.
DROPPED: Final = frozenset(CaseEnding) - {CaseEnding.PENALTY_CARRIED_OUT}
# The moves that end a case.
ENDS: Final = frozenset({CaseAction.CLOSE, CaseAction.DROP})
# A reopened case is taken up again by whoever heads the unit.
_BY_THE_HEAD: Final = frozenset({CaseAction.REOPEN})

# So many working days has a unit to take a lead of another place on or to send it back; a service
# standard of the product, no pack differs yet.
ANSWER_DAYS: Final = 5
# So many working days after that has the head, who is told first, to answer the offer of a case.
HEAD_DAYS: Final = 2
# So many working days before its day somebody is reminded of a task.
REMIND_DAYS: Final = 2
# After how many working days without a step a case counts as standing still (C23), by state.
STANDS_AFTER: Final[Mapping[CaseState, int]] = {
    CaseState.PROPOSED: 5,
    CaseState.FILED: 15,
    CaseState.INVESTIGATED: 10,
    CaseState.NOTIFIED: 15,
    CaseState.DECIDED: 20,
    CaseState.EXECUTED: 10,
}
# What would leave a decision that stands behind.
UNDOES: Final = frozenset({CaseAction.RESUME, CaseAction.DROP})

# What ends a case without a penalty, or goes back, is not done without a word why.
NEEDS_REASON: Final = frozenset({CaseAction.DROP, CaseAction.RESUME, CaseAction.REOPEN})


def step_of(place: Place, move: str) -> CaseStep:
    """What the place asks for before a move."""
    return place.case_steps.get(move, PLAIN)


def time_from(place: Place, unit: str, move: str, start: date) -> Deadline | None:
    """When a time of the place ends that runs from `start`, by the days of a unit.

    None where the place sets none.
    """
    step, calendar = step_of(place, move), place.calendar_of(unit)
    return None if step.days is None else due_on(start, step.days, step.unit, calendar)


def last_day(place: Place, unit: str, move: str, start: date) -> date | None:
    """The last day of such a time."""
    end = time_from(place, unit, move, start)
    return end.on if end else None


def notices_of(place: Place) -> frozenset[str]:
    """The kinds of paper that tell a party what will be decided, before it is."""
    named = (step.notice.split("|") for step in place.case_steps.values())
    return frozenset(form for forms in named for form in forms if form)


def why_kept(
    place: Place, form: str, *, served: bool, waived: bool, decision_stands: bool
) -> str | None:
    """The code of what keeps a paper or a waiver from being struck out; None if nothing does."""
    if served:
        return "paper-was-served"
    rests = waived and decision_stands and form in notices_of(place)
    return "decision-rests-on-notice" if rests else None


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper or waiver that counts: its kind, the round it was put in, and who waived it."""

    form: str
    round: int
    waived_by: UUID | None = None


def proving(step: CaseStep, proofs: Iterable[Proof], now: int) -> tuple[Proof, ...]:
    """What was put in for this step: in the round of now, or of a kind that carries over."""
    own = (one for one in proofs if one.form in step.forms)
    return tuple(one for one in own if one.round == now or one.form in step.carries)


def resting_on(step: CaseStep, proofs: Iterable[Proof], now: int) -> tuple[Proof, ...]:
    """What a step rests on: what proves it, and the notice of whichever round before it."""
    given, notices = tuple(proofs), step.notice.split("|")
    return (*proving(step, given, now), *(one for one in given if one.form in notices))


def missing(step: CaseStep, papers: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The groups of papers of which not one is there (B6)."""
    have = set(papers)
    return tuple(group for group in step.groups if not have & set(group))


def works_at(actor: Actor, department: str) -> bool:
    """Whether a case of this unit is the actor's to work on, and not only to oversee."""
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR} or Role.SUPERVISOR in actor.roles:
        return True
    return actor.department == department


def may_work(actor: Actor, department: str) -> bool:
    """Whether the actor may change a case of this unit."""
    return may(actor, Permission.WORK_CASES) and works_at(actor, department)


def may_head(actor: Actor, department: str) -> bool:
    """Whether the actor answers for the cases of this unit: confirms, waives, gives out work."""
    return may(actor, Permission.HEAD_CASES) and works_at(actor, department)


def may_supervise(actor: Actor, department: str) -> bool:
    """Whether the actor may supervise a case of this unit, which is never the actor's own."""
    return may(actor, Permission.SUPERVISE_CASES) and actor.department != department


def demand_supervision(actor: Actor, department: str) -> None:
    """Raise NotPermitted unless `may_supervise`."""
    if not may_supervise(actor, department):
        raise NotPermitted("superior-only")


@dataclass(frozen=True, slots=True)
class Weight:
    """What decides whether a case is a major one."""

    amount: int | None
    copies: int | None
    factors: Collection[str]
    police: bool


def major_grounds(rules: Iterable[MajorRule], weight: Weight) -> tuple[str, ...]:
    """The codes of the rules that make a case a major one (A9)."""
    return tuple(rule.code for rule in rules if _holds(rule, weight))


def _holds(rule: MajorRule, weight: Weight) -> bool:
    return (
        (rule.amount is None or (weight.amount or 0) >= rule.amount)
        and (rule.copies is None or (weight.copies or 0) >= rule.copies)
        and (not rule.factors or bool(set(rule.factors) & set(weight.factors)))
        and (not rule.police or weight.police)
    )


def may_move(actor: Actor, action: CaseAction, step: CaseStep, department: str) -> bool:
    """Whether a move is this actor's to make, persons and papers left aside."""
    if step.confirmed or action in _BY_THE_HEAD:
        return may_head(actor, department)
    return may_work(actor, department)


def demand_work(actor: Actor, department: str) -> None:
    """Raise NotPermitted unless `may_work`."""
    if not may_work(actor, department):
        raise NotPermitted("not-your-case")


def demand_head(actor: Actor, department: str) -> None:
    """Raise NotPermitted unless `may_head`."""
    if not may_head(actor, department):
        raise NotPermitted("head-only")


def can_own(roles: AbstractSet[Role], own: str | None, department: str) -> bool:
    """Whether somebody with these roles in the unit `own` can have a case or task of this unit."""
    works = any(Permission.WORK_CASES in GRANTS[role] for role in roles)
    return works and own == department


def keeps_case(
    open_: bool,  # noqa: FBT001  # whether the account is
    roles: AbstractSet[Role],
    own: str | None,
    department: str,
) -> bool:
    """Whether an account may go on with a case or task it has: supervisors do in other units."""
    return open_ and (Role.SUPERVISOR in roles or can_own(roles, own, department))


def demand_ending(action: CaseAction, ending: CaseEnding | None) -> None:
    """Raise RuleBroken for an ending that does not belong to the move, or that is left out."""
    belongs: Mapping[CaseAction, Collection[CaseEnding | None]] = {
        CaseAction.CLOSE: (CaseEnding.PENALTY_CARRIED_OUT,),
        CaseAction.DROP: DROPPED,
    }
    if ending not in belongs.get(action, (None,)):
        raise RuleBroken("ending-does-not-fit")


def demand_reason(action: CaseAction, reason: str) -> None:
    """Raise RuleBroken for a move that goes back or ends a case without a word why."""
    if action in NEEDS_REASON and not reason.strip():
        raise RuleBroken("move-without-reason")


def demand_decision(action: CaseAction, step: CaseStep, *, decision_stands: bool) -> None:
    """Raise RuleBroken for a step that rests on a decision while none stands, and the reverse.

    What was decided is taken up again only after a review has set the decision aside.
    """
    if step.decision and not decision_stands:
        raise RuleBroken("decision-missing")
    if decision_stands and action in UNDOES:
        raise RuleBroken("decision-stands")


def demand_factors(grade: Severity, factors: Collection[SeverityFactor]) -> None:
    """Raise RuleBroken for a grade that states no factor it rests on (D22)."""
    if not factors:
        raise RuleBroken("grade-without-factors", grade=grade)
