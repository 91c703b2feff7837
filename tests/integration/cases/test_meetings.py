"""What a meeting about a case decided is done by somebody until a day (C15, B16, B19)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.cases.joint_models import CaseMeeting, MemberTask
from portal.cases.models import CaseTask
from portal.cases.queries.joint import get_part
from portal.cases.queries.lists import DUE_TASKS, list_tasks
from portal.cases.queries.meetings import get_meeting
from portal.cases.queries.whole import get_whole
from portal.cases.service.joint import AddMember, add_member
from portal.cases.service.meetings import AddPoint, RecordMeeting, add_point, record_meeting
from portal.cases.service.reminding import remind_of_tasks
from portal.cases.service.tasks import FinishTask, GiveTask, finish_task, give_task
from portal.cases.states import MeetingKind
from portal.casework.queries.board import viewpoint
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer

THERE = "CULTURE_ENF@320402"
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def held(number, officer, *, days_ago=0, minutes="会上议定分头取证。"):
    day = today() - timedelta(days=days_ago)
    order = RecordMeeting(number, MeetingKind.JOINT, day, "联席会议", "三个单位", minutes)
    return record_meeting(order, actor=officer)


def point(number, meeting, by, **more):
    given = {"officer": by.id, "member": None, "due_on": today(), "text": "调取进货单"}
    return add_point(AddPoint(number, meeting, **(given | more)), actor=by)


@pytest.mark.requirement("C15")
@pytest.mark.requirement("B16")
def test_each_point_is_a_task_with_an_owner_and_a_day():
    officer = make_officer()
    number = make_case(officer=officer)
    meeting = held(number, officer)

    task = point(number, meeting, officer)

    row = db.session.get_one(CaseTask, task)
    assert (row.owner_id, row.due_on, row.meeting_id) == (officer.id, today(), meeting)
    [line] = get_meeting(db.session(), number, meeting, officer).points
    assert (line.text, line.done_at) == ("调取进货单", None)
    finish_task(FinishTask(number, task), actor=officer)
    assert get_meeting(db.session(), number, meeting, officer).points[0].done_at is not None


@pytest.mark.requirement("C15")
def test_a_unit_that_takes_part_has_its_point_and_nothing_else_of_the_meeting():
    officer, head, there = make_officer(), make_head(), make_officer(THERE)
    number = make_case(officer=officer)
    until = today() + timedelta(days=30)
    member = add_member(AddMember(number, THERE, "查仓库", "有人卖盗版", until), actor=head)
    meeting = held(number, officer, minutes=CANARY)

    point(number, meeting, officer, officer=None, member=member, text="查封仓库")

    part = get_part(db.session(), member, there)
    [task] = part.own.tasks
    assert (task.text, task.decided_on) == ("查封仓库", today())
    assert CANARY not in repr([getattr(part, one) for one in part.__slots__])
    with pytest.raises(NotFound):
        get_meeting(db.session(), number, meeting, there)
    assert db.session.scalars(select(MemberTask)).one().meeting_id == meeting


@pytest.mark.requirement("B19")
def test_what_was_decided_and_not_done_is_listed_at_the_next_meeting():
    officer = make_officer()
    number = make_case(officer=officer)
    first, second = held(number, officer, days_ago=7), held(number, officer)
    done, left = (point(number, first, officer, text=text) for text in ("已办", "未办"))
    finish_task(FinishTask(number, done), actor=officer)
    assert left

    shown = get_meeting(db.session(), number, second, officer)

    assert [one.text for one in shown.left_over] == ["未办"]
    assert get_meeting(db.session(), number, first, officer).left_over == ()
    assert [one.id for one in get_whole(db.session(), number, officer).meetings] == [second, first]


def test_a_point_needs_an_owner_a_day_to_come_and_a_meeting_of_this_case():
    officer = make_officer()
    number, other = make_case(officer=officer), make_case(officer=officer)
    meeting = held(number, officer)

    with pytest.raises(RuleBroken, match="point-without-owner"):
        point(number, meeting, officer, officer=None)
    with pytest.raises(RuleBroken, match="task-day-over"):
        point(number, meeting, officer, due_on=today() - timedelta(days=1))
    with pytest.raises(RuleBroken, match="officer-not-available"):
        point(number, meeting, officer, officer=make_officer(THERE).id)
    for wrong in (uuid4(), held(other, officer)):
        with pytest.raises(NotFound):
            point(number, wrong, officer)
    with pytest.raises(NotFound):
        point(number, meeting, officer, officer=None, member=uuid4())
    with pytest.raises(RuleBroken, match="not-held-yet"):
        held(number, officer, days_ago=-1)
    assert db.session.scalars(select(CaseTask)).all() == []


def test_minutes_stand_nowhere_readable():
    officer = make_officer()
    number = make_case(officer=officer)
    held(number, officer, minutes=CANARY)

    row = db.session.scalars(select(CaseMeeting)).one()

    assert CANARY.encode() not in row.words


@pytest.mark.requirement("C15")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_minutes_and_points_are_entered_on_the_pages(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    home = f"/desk/cases/{number}"
    said = {
        "kind": "joint",
        "held_on": today().isoformat(),
        "subject": "三方联席会议",
        "present": "文化、公安",
        "minutes": "分头取证",
    }

    page = pages.post(pages.get(f"{home}/record-meeting"), said)
    [link] = [one for one in page.links() if one.endswith("/add-point")]
    decided = {"owner": str(officer.id), "due_on": today().isoformat(), "text": "调取进货单"}
    assert pages.post(pages.get(link), decided | {"owner": ""}).status == 422
    page = pages.post(pages.get(link), decided)

    assert "调取进货单" in page.text("main")
    assert "三方联席会议" in pages.get(home).text("main")
    assert "调取进货单" in pages.get("/desk/cases/tasks").text("main")


@pytest.mark.requirement("B19")
def test_of_two_meetings_on_one_day_the_later_one_takes_up_what_the_earlier_left_open():
    officer = make_officer()
    number = make_case(officer=officer)
    first, second = held(number, officer), held(number, officer)
    point(number, first, officer)
    point(number, second, officer)

    earlier, later = (get_meeting(db.session(), number, one, officer) for one in (first, second))

    assert (len(earlier.points), len(earlier.left_over)) == (1, 0)
    assert (len(later.points), [one.meeting_id for one in later.left_over]) == (1, [first])


# --- Reminders -----------------------------------------------------------------------------------


def at_desk_hours(monkeypatch, *, open_: bool) -> None:
    """As if it were an hour at which people are at their desks, or not."""
    desks = frozenset({""}) if open_ else frozenset()
    monkeypatch.setattr("portal.intake.desks.at_their_desks", lambda *_: desks)


@pytest.mark.requirement("C15")
@pytest.mark.requirement("B16")
def test_tasks_due_soon_are_counted_on_the_desk_once_and_in_office_hours_only(monkeypatch, desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    near = give_task(GiveTask(number, officer.id, today(), CANARY), actor=officer)
    give_task(GiveTask(number, officer.id, today() + timedelta(days=30), "以后"), actor=officer)
    give_task(GiveTask(number, officer.id, None, "全程"), actor=officer)

    at_desk_hours(monkeypatch, open_=False)
    assert remind_of_tasks(actor=Actor.system("clock")) == 0
    at_desk_hours(monkeypatch, open_=True)
    assert remind_of_tasks(actor=Actor.system("clock")) == 1
    assert remind_of_tasks(actor=Actor.system("clock")) == 0

    [line] = list_tasks(db.session(), viewpoint(officer), Window(), DUE_TASKS).items
    assert line.id == near
    board = pages.get("/desk")
    assert "/desk/cases/tasks/due" in board.links()
    assert CANARY not in board.response.text
    assert CANARY in pages.get("/desk/cases/tasks/due").text("main")
    finish_task(FinishTask(number, near), actor=officer)
    assert CANARY not in pages.get("/desk/cases/tasks/due").text("main")


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 7])
def test_the_page_of_a_meeting_and_the_due_tasks_take_few_statements(
    monkeypatch, desk, counted, stored
):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    meeting = held(number, officer)
    for _one in range(stored):
        point(number, meeting, officer)
    at_desk_hours(monkeypatch, open_=True)
    remind_of_tasks(actor=Actor.system("clock"))

    for path, most in (
        (f"/desk/cases/{number}/meetings/{meeting}", 9),
        ("/desk/cases/tasks/due", 4),
    ):
        pages.get(path)
        with counted() as statements:
            assert pages.get(path).status == 200
        assert len(statements) <= most, statements
