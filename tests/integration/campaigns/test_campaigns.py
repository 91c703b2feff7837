"""Plans of a year: put on the desk, given to units as tasks, and ended as they stand."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from portal.campaigns.models import CampaignPlan, CampaignTask
from portal.campaigns.reminding import remind_of_plan_tasks
from portal.campaigns.service import (
    AddCampaign,
    GivePlanTask,
    MakePlan,
    NameAccountable,
    SettlePlanTask,
    add_campaign,
    end_plan,
    give_plan_task,
    make_plan,
    name_accountable,
    settle_plan_task,
)
from portal.campaigns.states import PlanState, PlanTaskAction, PlanTaskState
from portal.evidence.service import IncomingFile, keep_files
from portal.infra.database import db
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from tests.factories.casework import make_head, make_officer, make_supervisor

pytestmark = pytest.mark.usefixtures("app")
CITY, OWN, NEXT_DOOR = "CULTURE_ENF@320400", "CULTURE_ENF@320412", "CULTURE_ENF@320402"
PDF = b"%PDF-1.4\n%%EOF\n"
FINISH, DROP = PlanTaskAction.FINISH, PlanTaskAction.DROP


def today():
    return local_date(current_place(), datetime.now(UTC))


def put_plan(head, year=None):
    [file] = keep_files([IncomingFile(io.BytesIO(PDF), "规划.pdf")], actor=head)
    return make_plan(MakePlan(year or today().year, file, head.id), actor=head)


def put_task(head, plan, unit=OWN, days=0):
    first = today()
    campaign = add_campaign(AddCampaign(plan, "暑期专项整治", first, first, head.id), actor=head)
    day = first + timedelta(days=days)
    return give_plan_task(GivePlanTask(campaign, unit, day, "检查学校周边书店"), actor=head)


@pytest.mark.requirement("B28")
@pytest.mark.requirement("A22")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_plan_is_put_on_the_desk_its_task_done_by_a_unit_and_the_year_shows_both(desk, language):
    head, who = desk(Role.DEPARTMENT_HEAD, department=CITY, region="320400", language=language)
    unit, _officer = desk(Role.CASE_OFFICER, language=language)
    fields = {
        "year": str(today().year),
        "accountable": str(who.id),
        "files": (io.BytesIO(PDF), "规划.pdf"),
    }
    plan = head.post(head.get("/desk/plans/new"), fields)
    day, me = today().isoformat(), str(who.id)
    first = {"name": "暑期专项整治", "starts_on": day, "ends_on": day, "accountable": me}
    plan = head.post(head.get(f"{plan.path}/campaigns/new"), first)
    [give] = [one for one in plan.links() if one.endswith("/tasks/new")]
    for text in ("检查学校周边书店", "检查印刷厂"):
        plan = head.post(head.get(give), {"text": text, "other": OWN, "due_on": day})

    theirs = unit.get(plan.path)
    settle = [one for one in theirs.links() if one.endswith("/settle")]
    said = {"action": "finish", "outcome": "检查二十家，查处两家。"}
    after = unit.post(unit.get(settle[0]), said)

    assert len(settle) == 2
    assert "检查二十家" in after.text("main")
    figures = "已完成 1 项，未完成 1 项" if language == "zh-Hans" else "done 1, open 1"
    assert figures in after.text("main")
    assert figures in head.get("/desk/plans").text("main")
    assert unit.get(f"{plan.path}/paper").response.data == PDF
    assert not after.has("form[action$=/end]")


@pytest.mark.requirement("B28")
def test_a_year_is_ended_on_its_last_day_and_nothing_changes_any_more():
    head = make_head(CITY)
    plan = put_plan(head)
    done, left = put_task(head, plan), put_task(head, plan)
    settle_plan_task(SettlePlanTask(done, FINISH, "已检查。"), actor=make_officer(OWN))
    last = datetime(today().year, 12, 31, 4, tzinfo=UTC)
    next_year = put_plan(head, today().year + 1)
    with pytest.raises(RuleBroken, match="year-not-over"):
        end_plan(next_year, actor=head)
    if today() < last.date():
        with pytest.raises(RuleBroken, match="year-not-over"):
            end_plan(plan, actor=head)

    with time_machine.travel(last):
        end_plan(plan, actor=head)
        with pytest.raises(MoveRefused):
            settle_plan_task(SettlePlanTask(left, FINISH, "晚了。"), actor=make_officer(OWN))
        with pytest.raises(MoveRefused):
            put_task(head, plan)

    states = [db.session.get_one(CampaignTask, one).state for one in (done, left)]
    assert states == [PlanTaskState.DONE, PlanTaskState.OPEN]
    assert db.session.get_one(CampaignPlan, plan).state is PlanState.ENDED


@pytest.mark.requirement("B28")
def test_a_territory_has_one_plan_a_year_kept_by_the_head_of_the_unit():
    head = make_head(CITY)
    plan = put_plan(head)

    with pytest.raises(RuleBroken, match="plan-is-there"):
        put_plan(head)
    for other in (make_head(OWN), make_supervisor("320400")):
        with pytest.raises(NotPermitted):
            put_task(other, plan)
    with pytest.raises(NotPermitted):
        make_plan(MakePlan(today().year, plan, head.id), actor=make_officer(CITY))
    with pytest.raises(RuleBroken, match="department-unknown"):
        put_task(head, plan, unit="CULTURE_ENF@110105")


def test_only_the_unit_says_that_it_is_done_only_the_keeper_drops_it_and_nobody_twice():
    head, officer = make_head(CITY), make_officer(OWN)
    task = put_task(head, put_plan(head))

    with pytest.raises(NotPermitted):
        settle_plan_task(SettlePlanTask(task, FINISH, "不是我。"), actor=make_officer(NEXT_DOOR))
    with pytest.raises(NotPermitted):
        settle_plan_task(SettlePlanTask(task, DROP, "不做了。"), actor=officer)
    settle_plan_task(SettlePlanTask(task, FINISH, "已检查。"), actor=officer)
    with pytest.raises(MoveRefused):
        settle_plan_task(SettlePlanTask(task, DROP, "不做了。"), actor=head)


def test_a_plan_of_elsewhere_is_not_there():
    head = make_head(CITY)
    plan = put_plan(head)
    task = put_task(head, plan)
    stranger = make_head("CULTURE_ENF@110105")
    below = make_head(OWN)
    theirs = db.session.get_one(CampaignTask, task).campaign_id

    with pytest.raises(NotFound):
        settle_plan_task(SettlePlanTask(task, FINISH, "编的。"), actor=stranger)
    with pytest.raises(NotFound):
        name_accountable(NameAccountable(plan, stranger.id), actor=stranger)
    with pytest.raises(NotFound):
        name_accountable(NameAccountable(plan, stranger.id), actor=head)
    with pytest.raises(NotFound):
        name_accountable(NameAccountable(put_plan(below), below.id, theirs), actor=below)


def test_pages_of_plans_cost_the_same_however_many_there_are(desk, counted):
    pages, head = desk(Role.DEPARTMENT_HEAD, department=CITY, region="320400")
    plan = put_plan(head)
    put_task(head, plan)
    costs = []
    for _round in range(2):
        with counted() as seen:
            pages.get("/desk/plans")
            pages.get(f"/desk/plans/{plan}")
        costs.append(sum("campaign" in statement for statement in seen))
        put_plan(head, today().year + 1) if not costs[1:] else None
        put_task(head, plan)

    assert costs[0] == costs[1]
    assert costs[0] <= 6


@pytest.mark.requirement("B28")
def test_no_task_is_due_after_the_year_of_its_plan():
    head = make_head(CITY)
    plan = put_plan(head)
    last = date(today().year, 12, 31)

    put_task(head, plan, days=(last - today()).days)
    with pytest.raises(RuleBroken, match="task-after-the-year"):
        put_task(head, plan, days=(last - today()).days + 1)


@pytest.mark.requirement("B28")
def test_a_unit_is_reminded_once_of_a_task_whose_day_is_near_in_office_hours_only(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    head, place = make_head(CITY), current_place()
    plan = put_plan(head)
    near, _later = put_task(head, plan), put_task(head, plan, days=30)
    settle_plan_task(SettlePlanTask(put_task(head, plan), FINISH, "已检查。"), actor=officer)
    working = next(day for day in days_from(today()) if place.calendar.is_working_day(day))
    clock, said = Actor.system("clock"), "检查学校周边书店"

    with time_machine.travel(at_hour(working, 22), tick=False):
        assert remind_of_plan_tasks(actor=clock) == 0
    with time_machine.travel(at_hour(working, 10), tick=False):
        found = [remind_of_plan_tasks(actor=clock) for _twice in range(2)]

    assert found == [1, 0]
    assert db.session.get_one(CampaignTask, near).reminded_at is not None
    assert "/desk/plans/due" in pages.get("/desk").links()
    due = pages.get("/desk/plans/due")
    assert due.text("main").count(said) == 2  # the task, and the link that says of what
    assert said not in desk(Role.CASE_OFFICER, department=NEXT_DOOR, region="320402")[0].get(
        "/desk/plans/due"
    ).text("main")
    settle_plan_task(SettlePlanTask(near, FINISH, "已检查。"), actor=officer)
    assert said not in pages.get("/desk/plans/due").text("main")


def test_the_list_of_tasks_due_soon_takes_few_statements(desk, counted):
    pages, _officer = desk(Role.CASE_OFFICER)
    head = make_head(CITY)
    plan = put_plan(head)
    costs = []
    for _round in range(2):
        put_task(head, plan)
        db.session.execute(db.update(CampaignTask).values(reminded_at=datetime.now(UTC)))
        db.session.commit()
        with counted() as seen:
            pages.get("/desk/plans/due")
        costs.append(len(seen))

    assert costs[0] == costs[1]
    assert costs[0] <= 4


def days_from(first):
    return (first + timedelta(days=n) for n in range(20))


def at_hour(day, hour):
    return datetime.combine(day, time(hour), ZoneInfo(current_place().zone))
