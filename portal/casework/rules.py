"""Who may do what with a report at its desk, and when: pure decisions."""

from collections.abc import Mapping
from typing import Final

from portal.access.permissions import Permission, may
from portal.intake.states import ReportAction, ReportState
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
_AT_OWN_DESK: Final = frozenset({Permission.WORK_REPORTS, Permission.CLOSE_REPORTS})
_NEEDS_ANSWER: Final = frozenset(
    {ReportState.ACCEPTED, ReportState.VERIFIED, ReportState.CONTESTED}
)
_ASKABLE: Final = _NEEDS_ANSWER | {ReportState.ROUTED}


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


def demand_answer_first(state: ReportState) -> None:
    """Refuse to close what was not answered: the reporter must be told first (B2, F10)."""
    if state in _NEEDS_ANSWER:
        raise RuleBroken("close-needs-answer")


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
