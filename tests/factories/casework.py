"""Staff at their desks: actors that stand on saved accounts."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from portal.accounts.models import Account
from portal.accounts.service.administration import CreateAccount, create_account
from portal.infra.database import db
from portal.intake.lead_models import ExclusionCause, ReportExclusion
from portal.kernel.actor import Actor, ActorKind, Role

_numbers = count(1)


def make_actor(
    *roles: Role,
    department: str | None = None,
    region: str | None = None,
    display_name: str | None = None,
    same_person: Actor | None = None,
) -> Actor:
    """A saved account with these roles, as the services see it."""
    number = next(_numbers)
    name = display_name or f"示例{number}"
    account_id = create_account(
        CreateAccount(
            f"staff{number}",
            name,
            frozenset(roles),
            department,
            region,
            same_person_as=same_person and db.session.get_one(Account, same_person.id).name,
        ),
        actor=Actor.operator(),
    )
    person = db.session.get_one(Account, account_id).person_id
    return Actor(ActorKind.STAFF, account_id, frozenset(roles), department, region, name, person)


def make_officer(department: str = "CULTURE_ENF@320412", **more: Any) -> Actor:
    """An officer of a unit."""
    region = department.partition("@")[2]
    return make_actor(Role.CASE_OFFICER, department=department, region=region, **more)


def make_head(department: str = "CULTURE_ENF@320412", **more: Any) -> Actor:
    """The head of a unit."""
    region = department.partition("@")[2]
    return make_actor(Role.DEPARTMENT_HEAD, department=department, region=region, **more)


def make_clerk(department: str = "TRIAGE@320400", **more: Any) -> Actor:
    """A clerk of reception."""
    region = department.partition("@")[2]
    return make_actor(Role.TRIAGE_CLERK, department=department, region=region, **more)


def make_supervisor(region: str = "320000", **more: Any) -> Actor:
    """A supervisor who answers for a region."""
    return make_actor(Role.SUPERVISOR, department=f"SUPERVISION@{region}", region=region, **more)


def keep_out(account_id: UUID | None, report_id: UUID) -> None:
    """A saved exclusion of the person behind this account from a report."""
    person = db.session.get_one(Account, account_id).person_id
    row = ReportExclusion(
        person_id=person,
        report_id=report_id,
        cause=ExclusionCause.DECLARED,
        made_at=datetime.now(UTC),
    )
    db.session.add(row)
    db.session.commit()
