"""No case and no task of one is owned by a closed account: it goes on with somebody else (U14)."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select, text, union

from portal.accounts.absences import find_present, list_colleagues
from portal.accounts.models import Account
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.cases.models import IS_OPEN_CASE, IS_TO_DO, Case, CaseTask
from portal.cases.queries.access import is_in_scope
from portal.cases.rules import can_own, keeps_case, may_head
from portal.cases.service.in_hand import today, touch
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor

AT_ONCE: Final = 200


def give_cases_away(account_id: UUID, *, actor: Actor) -> None:
    """Give the open cases and tasks that an account may not work on any more to somebody who may.

    A case goes to whoever stands in, or to nobody; a task, which always has an owner, goes on to
    whoever has the case, or to a head of the unit. Where a unit has nobody left at all a task
    stays as it is until it has. Safe to run twice: what has somebody else by now is left alone.
    """
    for batch in _batches(account_id):
        with unit_of_work(actor, more_to_come=True) as uow:
            for case_id in batch:
                _let_go(uow, uow.session.get_one(Case, case_id, with_for_update=True), account_id)
    with unit_of_work(actor):
        pass  # the task is done


def give_lost_cases_away(*, actor: Actor) -> int:
    """Do so for every closed account that has anything open still; return how many had."""
    closed = select(Account.id).where(Account.disabled_at.is_not(None))
    cases = select(Case.handler_id).where(text(IS_OPEN_CASE), Case.handler_id.in_(closed))
    tasks = _open_tasks().with_only_columns(CaseTask.owner_id).where(CaseTask.owner_id.in_(closed))
    owners = list(db.session.scalars(union(cases, tasks)))
    for owner in owners:
        give_cases_away(owner, actor=actor)
    return len(owners)


def _open_tasks() -> Select[CaseTask]:
    """What is to be done in cases that are open."""
    return (
        select(CaseTask)
        .join(Case, Case.id == CaseTask.case_id)
        .where(Case.ending.is_(None), text(IS_TO_DO))
    )


def _batches(account_id: UUID) -> Iterator[list[UUID]]:
    """The open cases that an account has or has tasks in; each is looked at once."""
    last: UUID | None = None
    in_tasks = select(CaseTask.case_id).where(CaseTask.owner_id == account_id, text(IS_TO_DO))
    owned = or_(Case.handler_id == account_id, Case.id.in_(in_tasks))
    while True:
        wanted = select(Case.id).where(text(IS_OPEN_CASE), owned)
        if last is not None:
            wanted = wanted.where(Case.id > last)
        batch = list(db.session.scalars(wanted.order_by(Case.id).limit(AT_ONCE)))
        if not batch:
            return
        yield batch
        last = batch[-1]


def _let_go(uow: UnitOfWork, case: Case, account_id: UUID) -> None:
    gone = uow.session.get_one(Account, account_id)
    open_ = gone.disabled_at is None
    if keeps_case(open_, gone.roles, gone.department, case.department_code):
        return
    stand_in = _stand_in(uow, case, account_id)
    if case.handler_id == account_id:
        case.handler_id = stand_in
        after = stand_in.hex if stand_in else None
        before = account_id.hex
        record(uow, "case.let-go", "case", case.id, handler_before=before, handler=after)
        touch(uow, case)
    own = _open_tasks().where(CaseTask.case_id == case.id, CaseTask.owner_id == account_id)
    tasks = uow.session.scalars(own.order_by(CaseTask.id)).all()
    heir = stand_in or case.handler_id or somebody_who_heads(uow, case) if tasks else None
    if heir is None:
        return
    for task in tasks:
        task.owner_id = heir
        record(uow, "case.hand-task-on", "case", case.id, task=task.id.hex, owner=heir.hex)
        touch(uow, case)


def _stand_in(uow: UnitOfWork, case: Case, account_id: UUID) -> UUID | None:
    """Whoever stands in for somebody who is away, if they can have the case."""
    here = find_present(uow.session, account_id, today(uow))
    return here if here != account_id and _can_have(uow, case, here) else None


def somebody_who_heads(uow: UnitOfWork, case: Case) -> UUID | None:
    """A head of the unit, the first by name, who may know of the case."""
    unit = case.department_code
    for one in list_colleagues(uow.session, unit, today(uow)):
        theirs = find_actor(uow.session, one.id)
        if theirs is not None and may_head(theirs, unit) and _can_have(uow, case, one.id):
            return one.id
    return None


def _can_have(uow: UnitOfWork, case: Case, account_id: UUID | None) -> bool:
    theirs = find_actor(uow.session, account_id) if account_id else None
    if theirs is None or not can_own(theirs.roles, theirs.department, case.department_code):
        return False
    return is_in_scope(uow.session, case, theirs)
