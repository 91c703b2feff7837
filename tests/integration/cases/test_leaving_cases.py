"""No case and no task in one is owned by a closed account (U14)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.service.administration import (
    ChangeAccount,
    change_account,
    disable_account,
)
from portal.cases.models import Case, CaseTask
from portal.cases.queries.access import get_case
from portal.cases.service.leaving import give_cases_away, give_lost_cases_away
from portal.cases.service.tasks import FinishTask, GiveTask, finish_task, give_task
from portal.casework.service.leaving import give_work_away
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.kernel.actor import Actor, Role
from portal.operations.reconciliation import owned_by_closed_account
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer, make_supervisor

SYSTEM = Actor.system("test")

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.requirement("U14")]


def case_of(number: str) -> Case:
    return get_case(db.session(), number, SYSTEM)


def task_of(number: str, owner: Actor, by: Actor) -> CaseTask:
    task_id = give_task(GiveTask(number, owner.id, today(), "取证"), actor=by)
    return db.session.get_one(CaseTask, task_id)


def close(actor: Actor) -> None:
    """Close an account and run the tasks that this leaves."""
    disable_account(actor.id, actor=Actor.operator())
    left = select(Task).where(Task.kind == TaskKind.GIVE_CASES_AWAY, Task.subject_id == actor.id)
    give_cases_away(db.session.scalars(left).one().subject_id, actor=SYSTEM)
    give_work_away(actor.id, actor=SYSTEM)


def test_the_case_of_a_closed_account_waits_for_the_head():
    officer = make_officer()
    number = make_case(officer=officer)

    close(officer)

    case = case_of(number)
    assert (case.handler_id, case.opened_by) == (None, officer.id)


def test_whoever_has_the_case_gets_the_tasks_of_a_closed_account():
    officer, colleague = make_officer(), make_officer()
    number = make_case(officer=officer)
    task, done = (task_of(number, colleague, officer) for _one in range(2))
    finish_task(FinishTask(number, done.id), actor=colleague)

    close(colleague)

    assert (task.owner_id, done.owner_id) == (officer.id, colleague.id)
    assert case_of(number).handler_id == officer.id


def test_without_anybody_on_the_case_a_head_gets_the_tasks():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    task = task_of(number, officer, officer)

    close(officer)

    assert (case_of(number).handler_id, task.owner_id) == (None, head.id)


def test_a_task_of_a_unit_in_which_nobody_is_left_is_counted_and_handed_on_later():
    officer = make_officer()
    number = make_case(officer=officer)
    task = task_of(number, officer, officer)
    close(officer)
    account = db.session.get_one(Account, officer.id)
    account.disabled_at = datetime.now(UTC) - timedelta(hours=2)
    db.session.commit()

    assert (task.owner_id, owned_by_closed_account(db.session())) == (officer.id, 1)
    head = make_head()
    assert give_lost_cases_away(actor=SYSTEM) == 1

    assert (task.owner_id, owned_by_closed_account(db.session())) == (head.id, 0)
    assert give_lost_cases_away(actor=SYSTEM) == 0


def test_whoever_moves_to_another_unit_leaves_the_cases_behind_and_doing_it_twice_changes_nothing():
    officer = make_officer()
    number = make_case(officer=officer)
    elsewhere = ChangeAccount(
        officer.id, frozenset({Role.CASE_OFFICER}), "CULTURE_ENF@320402", "320402"
    )
    change_account(elsewhere, actor=Actor.operator())

    give_cases_away(officer.id, actor=SYSTEM)
    version = case_of(number).version
    give_cases_away(officer.id, actor=SYSTEM)

    assert (case_of(number).handler_id, case_of(number).version) == (None, version)


def test_an_account_that_may_go_on_keeps_its_cases():
    officer, supervisor = make_officer(), make_supervisor()
    number, above = make_case(officer=officer), make_case(officer=supervisor)

    for one in (officer, supervisor):
        give_cases_away(one.id, actor=SYSTEM)

    assert case_of(number).handler_id == officer.id
    assert case_of(above).handler_id == supervisor.id
