"""Staff at their desks: actors that stand on saved accounts."""

from itertools import count

from portal.accounts.service.administration import CreateAccount, create_account
from portal.kernel.actor import Actor, ActorKind, Role

_numbers = count(1)


def make_actor(
    *roles: Role,
    department: str | None = None,
    region: str | None = None,
    display_name: str | None = None,
) -> Actor:
    """A saved account with these roles, as the services see it."""
    number = next(_numbers)
    name = display_name or f"示例{number}"
    account_id = create_account(
        CreateAccount(f"staff{number}", name, frozenset(roles), department, region),
        actor=Actor.operator(),
    )
    return Actor(ActorKind.STAFF, account_id, frozenset(roles), department, region, name)


def make_officer(department: str = "CULTURE_ENF@320412", **more: str | None) -> Actor:
    """An officer of a unit."""
    region = department.partition("@")[2]
    return make_actor(Role.CASE_OFFICER, department=department, region=region, **more)


def make_head(department: str = "CULTURE_ENF@320412", **more: str | None) -> Actor:
    """The head of a unit."""
    region = department.partition("@")[2]
    return make_actor(Role.DEPARTMENT_HEAD, department=department, region=region, **more)


def make_clerk(department: str = "TRIAGE@320400", **more: str | None) -> Actor:
    """A clerk of reception."""
    region = department.partition("@")[2]
    return make_actor(Role.TRIAGE_CLERK, department=department, region=region, **more)


def make_supervisor(region: str = "320000", **more: str | None) -> Actor:
    """A supervisor who answers for a region."""
    return make_actor(Role.SUPERVISOR, department=f"SUPERVISION@{region}", region=region, **more)
