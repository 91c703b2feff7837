"""Who may do what with a report at its desk, and when: pure decisions."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.access.permissions import GRANTS, Permission, may
from portal.casework.states import BulkAct, Finding
from portal.intake.states import (
    OPEN_STATES,
    REPORT_LIFECYCLE,
    LeadAction,
    LeadState,
    ReportAction,
    ReportState,
)
from portal.jurisdiction.place import RECEPTION, Extension, Reason, ReasonKind, Suspension
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotPermitted, RuleBroken

# What each move asks for. A contest is the reporter's alone.
PERMISSIONS: Final[Mapping[ReportAction, Permission]] = {
    ReportAction.ROUTE: Permission.ROUTE_REPORTS,
    ReportAction.ACCEPT: Permission.WORK_REPORTS,
    ReportAction.DECLINE: Permission.WORK_REPORTS,
    ReportAction.RETURN: Permission.WORK_REPORTS,
    ReportAction.VERIFY: Permission.WORK_REPORTS,
    ReportAction.ANSWER: Permission.WORK_REPORTS,
    ReportAction.CLOSE: Permission.CLOSE_REPORTS,
    ReportAction.CLOSE_UNROUTED: Permission.CLOSE_UNROUTED_REPORTS,
}
# The acts that decide whether a report is taken on, and by whom.
TAKES_ON: Final = frozenset({ReportAction.ACCEPT, ReportAction.DECLINE, ReportAction.RETURN})
# The acts that lead to a result or end with one.
GIVES_RESULT: Final = frozenset(
    {
        ReportAction.VERIFY,
        ReportAction.ANSWER,
        ReportAction.CLOSE,
        ReportAction.DECLINE,
        ReportAction.CLOSE_UNROUTED,
    }
)
_AT_OWN_DESK: Final = frozenset({Permission.WORK_REPORTS, Permission.CLOSE_REPORTS})
_NEEDS_ANSWER: Final = frozenset(
    {ReportState.ACCEPTED, ReportState.VERIFIED, ReportState.CONTESTED}
)
_ASKABLE: Final = _NEEDS_ANSWER | {ReportState.ROUTED}


# After how many working days without a step work counts as standing still (C23), by state; in the
# order in which a report goes through them. One place: no pack differs yet.
STANDS_AFTER: Final[Mapping[ReportState, int]] = {
    ReportState.RECEIVED: 2,
    ReportState.ROUTED: 3,
    ReportState.ACCEPTED: 10,
    ReportState.VERIFIED: 5,
    ReportState.ANSWERED: 10,
    ReportState.CONTESTED: 5,
}


def at_reception(department: str | None) -> bool:
    """Whether a report is with the reception centre: not routed, or sent to it by a rule."""
    return department is None or department.partition("@")[0] == RECEPTION


def works_at(actor: Actor, department: str | None) -> bool:
    """Whether a report of this unit is the actor's to work on, and not only to read."""
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR} or Role.SUPERVISOR in actor.roles:
        return True
    return department is not None and actor.department == department


def demand_own_desk(actor: Actor, department: str | None) -> None:
    """Raise NotPermitted unless a report of this unit is the actor's to work on."""
    if not works_at(actor, department):
        raise NotPermitted("not-your-desk")


def may_take(actor: Actor, action: ReportAction, department: str | None) -> bool:
    """Whether the actor may take this action on a report of this unit, its state left aside."""
    permission = PERMISSIONS.get(action)
    if permission is None or not may(actor, permission):
        return False
    if action is ReportAction.CLOSE_UNROUTED:
        return at_reception(department)
    return permission not in _AT_OWN_DESK or works_at(actor, department)


def demand_action(actor: Actor, action: ReportAction, department: str | None) -> None:
    """Raise NotPermitted or RuleBroken, as the pages hide the button, unless `may_take`."""
    if may_take(actor, action, department):
        return
    permission = PERMISSIONS[action]
    if not may(actor, permission):
        raise NotPermitted("not-permitted", permission=permission)
    if action is ReportAction.CLOSE_UNROUTED:
        raise RuleBroken("only-reception-closes-unrouted")
    raise NotPermitted("not-your-desk")


def can_hold(roles: AbstractSet[Role], own: str | None, department: str | None) -> bool:
    """Whether somebody with these roles in the unit `own` can have a report of `department`.

    At reception those who sort reports out have them, elsewhere those who work on them.
    """
    wanted = {Permission.WORK_REPORTS}
    if at_reception(department):
        wanted.add(Permission.ROUTE_REPORTS)
    here = department is not None and own == department
    return here and any(wanted & GRANTS[role] for role in roles)


def demand_can_hold(roles: AbstractSet[Role], own: str | None, department: str | None) -> None:
    """Raise NotPermitted, as the pages hide the button, unless `can_hold`."""
    if not can_hold(roles, own, department):
        raise NotPermitted("not-your-desk")


def keeps_work(
    open_: bool,  # noqa: FBT001  # whether the account is
    roles: AbstractSet[Role],
    own: str | None,
    department: str | None,
) -> bool:
    """Whether an account may go on with a report it has: supervisors work in other units too."""
    above = Role.SUPERVISOR in roles and department is not None
    return open_ and (above or can_hold(roles, own, department))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a report stands: what decides whether an act on it is open."""

    state: ReportState
    department: str | None
    handler: UUID | None
    merged: bool = False


def why_not(act: BulkAct, actor: Actor, desk: Desk) -> str | None:
    """The code with which the act would be refused on a report as it stands; None if it is open."""
    if desk.merged and act is not BulkAct.NOTE:
        return "report-is-merged"
    if act in _MOVES:
        return _why_not_move(_MOVES[act], actor, desk)
    if act is BulkAct.NOTE:
        sorts_out = at_reception(desk.department) and may(actor, Permission.ROUTE_REPORTS)
        return None if sorts_out or may(actor, Permission.WORK_REPORTS) else "not-permitted"
    if desk.state not in OPEN_STATES or desk.department is None:
        return "nothing-to-assign"
    return _why_not_held(act, actor, desk)


_MOVES: Final = {
    BulkAct.ROUTE: ReportAction.ROUTE,
    BulkAct.CLOSE_UNROUTED: ReportAction.CLOSE_UNROUTED,
}


def may_bulk(act: BulkAct, actor: Actor) -> bool:
    """Whether the actor may do this to any report at all."""
    roles = {
        BulkAct.CLAIM: (Permission.WORK_REPORTS, Permission.ROUTE_REPORTS),
        BulkAct.ASSIGN: (Permission.ASSIGN_REPORTS,),
        BulkAct.HAND_OVER: (Permission.WORK_REPORTS, Permission.ROUTE_REPORTS),
        BulkAct.RELEASE: (Permission.WORK_REPORTS, Permission.ROUTE_REPORTS),
        BulkAct.ROUTE: (Permission.ROUTE_REPORTS,),
        BulkAct.CLOSE_UNROUTED: (Permission.CLOSE_UNROUTED_REPORTS,),
        BulkAct.NOTE: (Permission.WORK_REPORTS, Permission.ROUTE_REPORTS),
    }
    return any(may(actor, permission) for permission in roles[act])


def _why_not_move(move: ReportAction, actor: Actor, desk: Desk) -> str | None:
    if move not in REPORT_LIFECYCLE.actions_from(desk.state):
        return "not-in-this-state"
    if may_take(actor, move, desk.department):
        return None
    allowed = may(actor, PERMISSIONS[move])
    return "only-reception-closes-unrouted" if allowed else "not-permitted"


def _why_not_held(act: BulkAct, actor: Actor, desk: Desk) -> str | None:
    heads = may(actor, Permission.ASSIGN_REPORTS) and works_at(actor, desk.department)
    if act is BulkAct.ASSIGN:
        allowed = may(actor, Permission.ASSIGN_REPORTS)
        return None if heads else "not-your-desk" if allowed else "not-permitted"
    if act is BulkAct.CLAIM:
        if not can_hold(actor.roles, actor.department, desk.department):
            return "not-your-desk"
        return "has-somebody" if desk.handler is not None else None
    if not heads and desk.handler != actor.id:
        return "not-yours"
    return "has-nobody" if desk.handler is None and act is BulkAct.RELEASE else None


def leads_reception(actor: Actor) -> bool:
    """Whether the actor leads a reception: closes what goes nowhere, and gives out its work."""
    here = actor.department is not None and at_reception(actor.department)
    closes = may(actor, Permission.CLOSE_UNROUTED_REPORTS)
    return here and closes and may(actor, Permission.ASSIGN_REPORTS)


def permission_to_ask(department: str | None) -> Permission:
    """What asking the reporter takes: working on reports, or at reception sorting them out."""
    if at_reception(department):
        return Permission.CLOSE_UNROUTED_REPORTS
    return Permission.WORK_REPORTS


def may_ask(actor: Actor, state: ReportState, department: str | None) -> bool:
    """Whether the actor may ask the reporter something while a report is in this state."""
    if state not in _ASKABLE or not may(actor, permission_to_ask(department)):
        return False
    return at_reception(department) or works_at(actor, department)


def may_send_leads(actor: Actor, state: ReportState, department: str | None) -> bool:
    """Whether the actor may ask other units about an open report of this unit (A7)."""
    if state not in OPEN_STATES or department is None:
        return False
    return may(actor, Permission.ROUTE_REPORTS) or (
        may(actor, Permission.WORK_REPORTS) and works_at(actor, department)
    )


def may_follow_lead(actor: Actor, state: LeadState, department: str | None) -> bool:
    """Whether the actor, who looks into a lead of this unit, may follow it elsewhere."""
    followable = state in {LeadState.TAKEN, LeadState.REPORTED}
    return followable and _has_lead(actor, department)


def may_take_lead(actor: Actor, action: LeadAction, department: str | None) -> bool:
    """Whether the actor may take this action on a lead of this unit, its state left aside.

    Sending it on is for those who lead the report; ending it is for nobody by itself.
    """
    at_the_lead = action in {LeadAction.TAKE, LeadAction.REPORT, LeadAction.RETURN}
    return at_the_lead and _has_lead(actor, department)


def _has_lead(actor: Actor, department: str | None) -> bool:
    at_unit = department is not None and actor.department == department
    return at_unit and may(actor, Permission.WORK_REPORTS)


def demand_answer_first(state: ReportState) -> None:
    """Refuse to close what was not answered: the reporter must be told first (B2, F10)."""
    if state in _NEEDS_ANSWER:
        raise RuleBroken("close-needs-answer")


def demand_leads_answered(not_waiting: str) -> None:
    """Refuse to answer a report whose leads are open without a reason for not waiting (A7)."""
    if not not_waiting.strip():
        raise RuleBroken("leads-are-open")


def listed_reason(reasons: Mapping[str, Reason], code: str, kind: ReasonKind) -> Reason:
    """The reason of the pack with this code; RuleBroken if it is not one for this."""
    reason = reasons.get(code)
    if reason is None or reason.kind is not kind:
        raise RuleBroken("reason-unknown")
    return reason


def suspension_of(reason: Reason) -> Suspension:
    """What the clocks stand still for; waiting for the reporter begins with a question only."""
    for cause in Suspension:
        if cause.reason == reason.code and cause is not Suspension.REPORTER:
            return cause
    raise RuleBroken("reason-unknown")


def demand_extension(extension: Extension | None, taken: int, days: int, *, is_late: bool) -> None:
    """Refuse more time where the rule allows none, no more, or not so much, and once it is late."""
    if extension is None:
        raise RuleBroken("no-extension")
    if taken >= extension.times:
        raise RuleBroken("extension-used-up")
    if not 1 <= days <= extension.n:
        raise RuleBroken("extension-too-long", days=extension.n)
    if is_late:
        raise RuleBroken("extension-too-late")


def told(sentence: str, text: str) -> str:
    """What the reporter reads: the pack's sentence, and under it what the officer added."""
    return f"{sentence}\n\n{text}" if text else sentence


# Of fewer reports than these a share says more of chance than of a unit (F20).
LEAST_SAMPLE: Final = 10


def share(part: int, whole: int) -> int | None:
    """So many of a hundred; None where there are too few to say."""
    return round(100 * part / whole) if whole >= LEAST_SAMPLE else None


def is_overturned(findings: Sequence[tuple[int, Finding]], contested: int) -> bool:
    """Whether looking again at a contested result found something else.

    `findings` are what was found, in order, each with the number of the result that followed. What
    was not looked into before counts as changed once it is confirmed.
    """
    before = [finding for number, finding in findings if number <= contested]
    again = [finding for number, finding in findings if number > contested]
    if not again:
        return False
    return again[-1] is not before[-1] if before else again[-1] is Finding.CONFIRMED
