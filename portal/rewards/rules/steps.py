"""Who may take which step of an award: a role for each, and another natural person. Pure."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from portal.access.permissions import Permission, may
from portal.cases.rules import may_head, may_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted, RuleBroken
from portal.rewards.states import AwardAction, AwardState

A = AwardAction
# Steps of the committee; a refusal is one once the head has confirmed.
OF_THE_COMMITTEE: Final = frozenset({A.ENDORSE, A.APPROVE})


def may_take(actor: Actor, action: AwardAction, state: AwardState, department: str) -> bool:
    """Whether a step is this actor's by role; persons are left aside."""
    if is_of_committee(action, state):
        return may(actor, Permission.APPROVE_AWARDS)
    if action is A.PROPOSE:
        return may(actor, Permission.PROPOSE_AWARDS) and may_work(actor, department)
    return may(actor, Permission.CONFIRM_AWARDS) and may_head(actor, department)


def is_of_committee(action: AwardAction, state: AwardState) -> bool:
    """Whether the step belongs to the committee."""
    late = state not in {AwardState.PROMISED, AwardState.PROPOSED}
    return action in OF_THE_COMMITTEE or (action is A.REFUSE and late)


def demand_may_take(actor: Actor, action: AwardAction, state: AwardState, department: str) -> None:
    """Raise NotPermitted unless `may_take`."""
    if not may_take(actor, action, state, department):
        raise NotPermitted("not-your-step")


def is_apart(
    action: AwardAction, person: UUID, touched: Collection[UUID], had: Collection[UUID]
) -> bool:
    """Whether a person comes to this step from outside.

    Nobody takes two steps, whatever their role is by now; `touched` are the persons of the steps
    and those who declared a conflict. After the proposal nobody decides who `had` the case, either.
    Giving an award up is no step: it ends it.
    """
    if action is A.WITHDRAW:
        return True
    return person not in touched and (action is A.PROPOSE or person not in had)


def demand_apart(
    action: AwardAction, person: UUID, touched: Collection[UUID], had: Collection[UUID]
) -> None:
    """Raise RuleBroken unless `is_apart`."""
    if not is_apart(action, person, touched, had):
        raise RuleBroken("award-touched")


def demand_no_conflict(*, declared: bool) -> None:
    """Raise RuleBroken for a step without the declaration that there is no conflict."""
    if not declared:
        raise RuleBroken("conflict-not-denied")
