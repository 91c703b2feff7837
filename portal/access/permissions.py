"""Who may do what: one table, read by the guard on the view and by the service."""

from collections.abc import Mapping
from enum import StrEnum

from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotPermitted


class Permission(StrEnum):
    """What an act is called when somebody asks whether they may do it."""

    USE_DESK = "use-desk"
    KEEP_ACCOUNT = "keep-account"
    FILE_COMPLAINTS = "file-complaints"
    VERIFY_ORGANISATIONS = "verify-organisations"
    READ_REPORTS = "read-reports"
    SEARCH_REPORTS = "search-reports"
    ENTER_REPORTS = "enter-reports"
    ROUTE_REPORTS = "route-reports"
    PREVIEW_ROUTING = "preview-routing"
    READ_SUGGESTIONS = "read-suggestions"
    CLOSE_UNROUTED_REPORTS = "close-unrouted-reports"
    WORK_REPORTS = "work-reports"
    CLOSE_REPORTS = "close-reports"
    ASSIGN_REPORTS = "assign-reports"
    RELATE_REPORTS = "relate-reports"
    EXTEND_TIME = "extend-time"
    OPEN_ORIGINALS = "open-originals"
    READ_PLACE = "read-place"
    MANAGE_PLACE = "manage-place"
    READ_TRAIL = "read-trail"
    READ_HEALTH = "read-health"
    MANAGE_TASKS = "manage-tasks"
    MANAGE_ACCOUNTS = "manage-accounts"
    CONFIRM_ACCOUNTS = "confirm-accounts"
    ASK_FOR_IDENTITY = "ask-for-identity"
    APPROVE_OPENING = "approve-opening"
    BE_CUSTODIAN = "be-custodian"
    OVERSEE_INTERESTS = "oversee-interests"
    WORK_CASES = "work-cases"
    HEAD_CASES = "head-cases"
    SUPERVISE_CASES = "supervise-cases"
    DISPOSE_RECORDS = "dispose-records"
    READ_PLANS = "read-plans"
    KEEP_PLANS = "keep-plans"
    READ_AWARDS = "read-awards"
    PROPOSE_AWARDS = "propose-awards"
    CONFIRM_AWARDS = "confirm-awards"
    APPROVE_AWARDS = "approve-awards"
    READ_FUNDS = "read-funds"
    KEEP_FUNDS = "keep-funds"
    PAY_AWARDS = "pay-awards"
    PAY_CASH_CODES = "pay-cash-codes"
    AUDIT_PAYMENTS = "audit-payments"
    MANAGE_PARTNERS = "manage-partners"


_READING = frozenset(
    {
        Permission.USE_DESK,
        Permission.READ_PLACE,
        Permission.READ_REPORTS,
        Permission.SEARCH_REPORTS,
        Permission.READ_PLANS,
    }
)
_WORKING = _READING | {
    Permission.ENTER_REPORTS,
    Permission.WORK_REPORTS,
    Permission.CLOSE_REPORTS,
    Permission.RELATE_REPORTS,
    Permission.OPEN_ORIGINALS,
    Permission.WORK_CASES,
    Permission.READ_AWARDS,
    Permission.PROPOSE_AWARDS,
}

_HEADING = _WORKING | {
    Permission.ROUTE_REPORTS,
    Permission.ASSIGN_REPORTS,
    Permission.EXTEND_TIME,
    Permission.READ_SUGGESTIONS,
    Permission.VERIFY_ORGANISATIONS,
    Permission.HEAD_CASES,
    Permission.DISPOSE_RECORDS,
    Permission.KEEP_PLANS,
    Permission.CONFIRM_AWARDS,
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.TRIAGE_CLERK: _READING
    | {
        Permission.ENTER_REPORTS,
        Permission.ROUTE_REPORTS,
        Permission.CLOSE_UNROUTED_REPORTS,
        Permission.RELATE_REPORTS,
        Permission.PREVIEW_ROUTING,
        Permission.READ_SUGGESTIONS,
        Permission.VERIFY_ORGANISATIONS,
    },
    Role.CASE_OFFICER: _WORKING,
    Role.DEPARTMENT_HEAD: _HEADING,
    Role.SUPERVISOR: _HEADING
    | {
        Permission.CONFIRM_ACCOUNTS,
        Permission.MANAGE_PLACE,
        Permission.PREVIEW_ROUTING,
        Permission.OVERSEE_INTERESTS,
        Permission.SUPERVISE_CASES,
    },
    Role.CUSTODIAN_R: frozenset(
        {
            Permission.USE_DESK,
            Permission.READ_PLACE,
            Permission.ASK_FOR_IDENTITY,
            Permission.BE_CUSTODIAN,
        }
    ),
    Role.CUSTODIAN_A: frozenset(
        {
            Permission.USE_DESK,
            Permission.READ_PLACE,
            Permission.APPROVE_OPENING,
            Permission.BE_CUSTODIAN,
        }
    ),
    Role.FINANCE: frozenset(
        {
            Permission.USE_DESK,
            Permission.READ_PLACE,
            Permission.READ_FUNDS,
            Permission.KEEP_FUNDS,
            Permission.PAY_AWARDS,
            Permission.PAY_CASH_CODES,
        }
    ),
    # The committee reads what an award rests on, and no report.
    Role.REWARD_COMMITTEE: frozenset(
        {
            Permission.USE_DESK,
            Permission.READ_PLACE,
            Permission.READ_AWARDS,
            Permission.APPROVE_AWARDS,
            Permission.READ_FUNDS,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.USE_DESK,
            Permission.READ_PLACE,
            Permission.READ_TRAIL,
            Permission.READ_HEALTH,
            Permission.READ_AWARDS,
            Permission.READ_FUNDS,
            Permission.AUDIT_PAYMENTS,
        }
    ),
    # An administrator keeps the machine running and reads no report: of a preview the numbers.
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.USE_DESK,
            Permission.READ_PLACE,
            Permission.MANAGE_PLACE,
            Permission.PREVIEW_ROUTING,
            Permission.READ_HEALTH,
            Permission.READ_SUGGESTIONS,
            Permission.MANAGE_TASKS,
            Permission.MANAGE_ACCOUNTS,
            Permission.MANAGE_PARTNERS,
            Permission.CONFIRM_ACCOUNTS,
        }
    ),
}


# What goes with having an account: staff have a desk besides, people of rights-holders nothing.
_OF_STAFF = frozenset({Permission.KEEP_ACCOUNT})
_OF_OUTSIDERS = frozenset({Permission.KEEP_ACCOUNT, Permission.FILE_COMPLAINTS})


def permissions_of(actor: Actor) -> frozenset[Permission]:
    """Everything the actor's roles allow, and what goes with the account itself."""
    if actor.kind is ActorKind.PUBLIC:
        return _OF_OUTSIDERS if actor.id is not None else frozenset()
    return (_OF_STAFF if actor.roles else frozenset()).union(
        *(GRANTS[role] for role in actor.roles)
    )


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor may do this at all; a record's own scope is asked apart."""
    return actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR} or permission in permissions_of(
        actor
    )


def demand(actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless the actor may do this; a new account may wait for its roles."""
    if not may(actor, permission):
        waits = actor.kind is ActorKind.STAFF and not actor.roles
        raise NotPermitted("no-role-yet" if waits else "not-permitted", permission=permission)
