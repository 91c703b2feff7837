"""What every act on a case starts and ends with."""

from datetime import date
from uuid import UUID

from portal.accounts.absences import find_present
from portal.accounts.models import Account
from portal.accounts.queries import find_actor
from portal.cases.models import Case, CaseNote
from portal.cases.queries.access import (
    context_of,
    demand_version,
    get_case,
    is_in_scope,
    key_of,
)
from portal.cases.rules import can_own, demand_work, time_from
from portal.cases.states import Audience, CaseState
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.deadline import Deadline
from portal.kernel.errors import RuleBroken


def take(uow: UnitOfWork, number: str, seen: int | None) -> Case:
    """The case, locked, if the actor works on it and has seen it as it is.

    Raises NotFound outside the actor's scope, NotPermitted for whoever only oversees it, and
    MoveRefused when somebody changed it since `seen`.
    """
    case = get_case(uow.session, number, uow.actor, for_update=True)
    demand_work(uow.actor, case.department_code)
    demand_version(case, seen)
    return case


def take_open(uow: UnitOfWork, number: str, seen: int | None) -> Case:
    """The case as `take` gives it; RuleBroken for a closed one, which is reopened first."""
    case = take(uow, number, seen)
    if case.state is CaseState.CLOSED:
        raise RuleBroken("case-is-closed")
    return case


def touch(uow: UnitOfWork, case: Case) -> None:
    """Note that something changed, which moves the version on."""
    case.changed_at = max(uow.now, case.changed_at)


def rank_again(uow: UnitOfWork, case: Case, cause: UUID | None = None) -> None:
    """Have the order of its reports looked at again, where the place rewards what it is about.

    `cause` tells several of one transaction apart.
    """
    schemes = current_place().schemes.values()
    if any(case.category in one.categories for one in schemes):
        uow.task(TaskKind.RANK_REPORTS, case.id, cause=str(cause or uow.now.isoformat()))


def begin_round(case: Case) -> None:
    """Have what was put in so far prove no step any more, but for what carries over (B6)."""
    case.round += 1


def today(uow: UnitOfWork) -> date:
    """The day it is at the place."""
    return local_date(current_place(), uow.now)


def write_note(uow: UnitOfWork, case: Case, audience: Audience, text: str) -> None:
    """Put a note into the file."""
    note = CaseNote(case_id=case.id, audience=audience, body=b"", at=uow.now, by=uow.actor.id)
    note.body = key_of(case).encrypt_text(text, context_of("case_note.body", note.id))
    uow.session.add(note)


def next_date(uow: UnitOfWork, case: Case, move: str, before: date) -> date:
    """Until when the step after `move` is due; as `before` where the place sets no time."""
    return next_end(uow, case, move, before).on


def next_end(uow: UnitOfWork, case: Case, move: str, before: date) -> Deadline:
    """The same, and whether it runs into a year that is not announced."""
    end = time_from(current_place(), case.department_code, move, today(uow))
    return end or Deadline(before, provisional=False)


def owner(uow: UnitOfWork, case: Case, officer: UUID) -> UUID:
    """Who gets what is given to this officer: they themselves, or whoever stands in today.

    Raises RuleBroken if they are unknown, cannot have it or must not know of the case, or are away
    without anybody in their place.
    """
    here = find_present(uow.session, officer, today(uow))
    if here is None:
        raise RuleBroken("officer-away")
    # The account stays as it is until the work is theirs.
    uow.session.get(Account, here, with_for_update={"read": True})
    theirs = find_actor(uow.session, here)
    if theirs is None or not can_own(theirs.roles, theirs.department, case.department_code):
        raise RuleBroken("officer-not-available")
    if not is_in_scope(uow.session, case, theirs):
        raise RuleBroken("officer-not-available")
    return here
