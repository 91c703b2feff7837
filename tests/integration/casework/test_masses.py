"""A mass of one text: one line on the list, one page, and one act for all of it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event
from time import sleep

import pytest
from sqlalchemy import func, select

from portal.casework.models import MassAct
from portal.casework.queries import board
from portal.casework.queries.filters import Filter, Order, Section
from portal.casework.service import masses
from portal.casework.service.masses import OrderMassAct, clear_mass, order_mass_act
from portal.casework.states import MassActKind
from portal.feedback.queries import get_tracking
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.triage.relations import lock_together
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import make_report

S = ReportState
RECEPTION = "TRIAGE@320400"


def mass_of(count, department=RECEPTION, **more):
    """So many reports of one text at one desk; the first comes first."""
    reports = [make_report(state=S.ROUTED, department=department, **more) for _ in range(count)]
    for one in reports[1:]:
        one.mass_of = reports[0].id
    db.session.commit()
    return reports


def order(first, act, expected, **more):
    return OrderMassAct(first.reference, act, expected, **more)


def close(first, expected, **more):
    return order(first, MassActKind.CLOSE, expected, reason="unrouted.spam", **more)


@pytest.fixture
def clerk(app):
    return make_clerk()


@pytest.mark.parametrize("chosen", [Filter(), Filter(order=Order.NEWEST)])
def test_a_mass_is_one_line_with_its_number(clerk, chosen):
    first, *_others = mass_of(4)
    alone = make_report(state=S.ROUTED, department=RECEPTION, narrative="另外一件事情。")
    view = board.viewpoint(clerk)

    found = board.list_reports(db.session(), chosen, view, Window()).items

    assert {(line.reference, line.mass) for line in found} == {
        (first.reference, 4),
        (alone.reference, 0),
    }
    assert board.count_reports(db.session(), chosen, view) == 5


@pytest.mark.parametrize(
    "columns",
    [
        {"state": S.CLOSED, "close_reason": "close.withdrawn"},
        {"department_code": "CULTURE_ENF@320402"},
        {"restricted": True},
        {"merged_into": "set below"},
    ],
)
def test_no_report_is_lost_behind_a_first_one_that_is_not_on_the_list(clerk, columns):
    first, second, third = mass_of(3)
    for name, value in columns.items():
        setattr(first, name, second.id if name == "merged_into" else value)
    db.session.commit()
    view = board.viewpoint(clerk)

    found = board.list_reports(db.session(), Filter(), view, Window()).items

    assert {second.reference, third.reference} <= {line.reference for line in found}


def test_what_needs_a_person_is_listed_by_itself_whatever_its_first_is_like(clerk):
    first, second, third = mass_of(3)
    given_up = Task(
        kind=TaskKind.INDEX_REPORT,
        subject_id=third.id,
        dedupe=third.id.hex,
        not_before=third.received_at,
        created_at=third.received_at,
    )
    given_up.state, given_up.done_at = TaskState.DEAD, third.received_at
    db.session.add(given_up)
    db.session.commit()
    view = board.viewpoint(clerk)

    for chosen in (Filter(), Filter(stuck=True)):
        lines = board.list_reports(db.session(), chosen, view, Window()).items
        assert third.reference in {line.reference for line in lines}
        assert second.reference not in {line.reference for line in lines}
    stuck = board.list_section(db.session(), Section.STUCK, view, Window()).items
    assert [line.reference for line in stuck] == [third.reference]
    assert first.mass_of is None


def test_one_of_a_mass_that_somebody_took_is_listed_by_itself(app):
    officer = make_officer()
    first, second = mass_of(2, department="CULTURE_ENF@320412")
    second.handler_id = officer.id
    db.session.commit()

    mine = board.list_section(db.session(), Section.MINE, board.viewpoint(officer), Window())

    assert [line.reference for line in mine.items] == [second.reference]
    assert first.handler_id is None


def test_all_are_closed_with_one_reason_and_each_reporter_is_told(clerk):
    first, *others = mass_of(3)

    order_mass_act(close(first, 3, text="请勿重复提交。"), actor=clerk)

    db.session.expire_all()
    assert {one.state for one in (first, *others)} == {S.CLOSED}
    for one in others:
        said = get_tracking(db.session(), one.id).thread
        assert len(said) == 1
        assert "请勿重复提交。" in said[0].text
    made = db.session.scalars(select(MassAct)).one()
    assert (made.total, made.done, made.refused) == (3, 3, 0)


def test_all_are_merged_into_the_first(clerk):
    first, *others = mass_of(3)

    order_mass_act(order(first, MassActKind.MERGE, 3), actor=clerk)

    db.session.expire_all()
    assert {one.merged_into for one in others} == {first.id}
    assert first.merged_into is None


def test_what_a_rule_refuses_stays_as_it_is_and_is_counted(app):
    officer = make_officer()
    first, second, third = mass_of(3, department="CULTURE_ENF@320412", officer=officer)
    second.result_number = 1
    db.session.commit()

    order_mass_act(order(first, MassActKind.MERGE, 3), actor=officer)

    db.session.expire_all()
    assert (second.merged_into, third.merged_into) == (None, first.id)
    assert db.session.scalars(select(MassAct)).one().refused == 1


def test_nothing_is_done_when_there_are_others_than_the_page_said(clerk):
    first, *_others = mass_of(3)

    with pytest.raises(MoveRefused):
        order_mass_act(close(first, 2), actor=clerk)

    assert db.session.scalars(select(Report).where(Report.state == S.CLOSED)).all() == []


def test_one_alone_is_no_mass_and_a_reason_is_needed_to_close(clerk):
    first = mass_of(1)[0]

    with pytest.raises(RuleBroken, match="no-mass"):
        order_mass_act(close(first, 1), actor=clerk)
    with pytest.raises(RuleBroken, match="reason-unknown"):
        order_mass_act(order(first, MassActKind.CLOSE, 1), actor=clerk)


def test_an_officer_closes_nothing_unrouted(app):
    first, *_others = mass_of(2, department="CULTURE_ENF@320412")

    with pytest.raises(NotPermitted):
        order_mass_act(close(first, 2), actor=make_officer())


def test_many_are_a_task_that_shows_how_far_it_is_and_may_run_twice(clerk, monkeypatch):
    monkeypatch.setattr(masses, "AT_ONCE", 2)
    monkeypatch.setattr(masses, "TOGETHER", 2)
    first, *others = mass_of(5)

    left = order_mass_act(close(first, 5), actor=clerk)

    made = db.session.scalars(select(MassAct)).one()
    assert (left, made.done, made.ended_at) == (5, 0, None)
    assert db.session.scalar(
        select(func.count()).where(Task.kind == TaskKind.CLEAR_MASS, Task.subject_id == made.id)
    )
    for _twice in range(2):
        clear_mass(made.id, actor=Actor.system("test"))
    db.session.expire_all()
    assert {one.state for one in (first, *others)} == {S.CLOSED}
    assert (made.done, made.refused) == (5, 0)
    assert made.ended_at is not None


def test_what_comes_in_after_an_act_was_ordered_is_left_alone_and_nothing_else_is_ordered(
    clerk, monkeypatch
):
    monkeypatch.setattr(masses, "AT_ONCE", 2)
    first, *others = mass_of(5)
    order_mass_act(close(first, 5), actor=clerk)
    made = db.session.scalars(select(MassAct)).one()
    late = make_report(state=S.ROUTED, department=RECEPTION)
    late.mass_of, late.entered_at = first.id, made.asked_at + timedelta(seconds=1)
    db.session.commit()

    with pytest.raises(MoveRefused):
        order_mass_act(close(first, 6), actor=clerk)
    clear_mass(made.id, actor=Actor.system("test"))

    db.session.expire_all()
    assert {one.state for one in (first, *others)} == {S.CLOSED}
    assert (late.state, made.done) == (S.ROUTED, 5)


def test_nothing_is_done_when_as_many_others_wait_once_it_is_their_turn(clerk, monkeypatch):
    first, second, third = mass_of(3)
    other = make_report(state=S.ROUTED, department=RECEPTION)

    def lock_late(uow, *ids):
        third.mass_of, other.mass_of = None, first.id
        return lock_together(uow, *ids)

    monkeypatch.setattr(masses, "lock_together", lock_late)
    with pytest.raises(MoveRefused):
        order_mass_act(close(first, 3), actor=clerk)

    db.session.expire_all()
    assert {one.state for one in (first, second, third, other)} == {S.ROUTED}


def test_what_goes_to_a_task_locks_the_first_only(clerk, monkeypatch):
    locked = []
    monkeypatch.setattr(masses, "AT_ONCE", 2)
    monkeypatch.setattr(masses, "lock_together", lambda _uow, *ids: locked.append(ids))
    first, *_others = mass_of(4)

    assert order_mass_act(close(first, 4), actor=clerk) == 4

    assert locked == [(first.id,)]


def test_a_task_does_once_more_those_that_still_wait_when_one_was_parted(clerk, monkeypatch):
    tries = []

    def refuse_once(uow, *ids):
        tries.append(len(ids) - 1)
        if len(tries) == 1:
            with unit_of_work(clerk):
                parted.mass_of = None
            raise MoveRefused("changed-meanwhile", subject="report", state="merged")
        return lock_together(uow, *ids)

    first, second, parted = mass_of(3)
    monkeypatch.setattr(masses, "AT_ONCE", 1)
    order_mass_act(close(first, 3), actor=clerk)
    made = db.session.scalars(select(MassAct)).one()
    monkeypatch.setattr(masses, "lock_together", refuse_once)

    clear_mass(made.id, actor=Actor.system("test"))

    db.session.expire_all()
    assert tries == [3, 2]
    assert [one.state for one in (first, second, parted)] == [S.CLOSED, S.CLOSED, S.ROUTED]
    assert (made.done, made.refused) == (2, 0)


def test_a_task_does_nothing_for_somebody_whose_account_is_closed(clerk, monkeypatch):
    monkeypatch.setattr(masses, "AT_ONCE", 1)
    first, second = mass_of(2)
    order_mass_act(close(first, 2), actor=clerk)
    made = db.session.scalars(select(MassAct)).one()
    from portal.accounts.models import Account  # noqa: PLC0415

    db.session.get_one(Account, clerk.id).disabled_at = made.asked_at
    db.session.commit()

    clear_mass(made.id, actor=Actor.system("test"))

    db.session.expire_all()
    assert {first.state, second.state} == {S.ROUTED}
    assert made.done == 0
    assert made.ended_at is not None


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_a_mass_says_what_would_be_touched_and_does_it(desk, language):
    pages, _clerk = desk(
        Role.TRIAGE_CLERK, department=RECEPTION, region="320400", language=language
    )
    first, *others = mass_of(3)

    page = pages.get("/desk/reports")
    assert page.one(f"main a[href=/desk/reports/{first.reference}/mass]").text
    page = pages.get(f"/desk/reports/{first.reference}/mass")
    assert "3" in page.text("main")
    refused = pages.post(page, {"act": "close", "reason": ""})
    assert refused.status == 422
    page = pages.post(page, {"act": "merge"})

    assert page.status == 200
    db.session.expire_all()
    assert {one.merged_into for one in others} == {first.id}


def test_somebody_elses_mass_is_unknown(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    first, *_others = mass_of(2, department="CULTURE_ENF@320402")

    assert pages.get(f"/desk/reports/{first.reference}/mass").status == 404


def test_an_act_on_a_mass_and_one_on_two_of_it_do_not_wait_for_each_other(office, monkeypatch):
    under_way, join = Event(), masses.join
    with office.app_context():
        clerk = make_clerk()
        first, *pair = mass_of(3)
        earlier, later = sorted(pair, key=lambda one: one.id, reverse=True)
        earlier.received_at = first.received_at + timedelta(seconds=1)
        later.received_at = first.received_at + timedelta(seconds=2)
        db.session.commit()
        command = order(first, MassActKind.MERGE, 3)
        first_id, both = first.id, (later.id, earlier.id)
        db.session.remove()

    def join_slowly(*given, **more):
        join(*given, **more)
        under_way.set()
        sleep(0.5)

    def act():
        with office.app_context():
            order_mass_act(command, actor=clerk)
            db.session.remove()

    def hold_both():
        under_way.wait(10)
        with office.app_context():
            with suppress(MoveRefused), unit_of_work(clerk) as uow:
                lock_together(uow, *both)
            db.session.remove()

    monkeypatch.setattr(masses, "join", join_slowly)
    with ThreadPoolExecutor(2) as threads:
        for one in (threads.submit(act), threads.submit(hold_both)):
            one.result()

    with office.app_context():
        assert {db.session.get_one(Report, one).merged_into for one in both} == {first_id}
        db.session.remove()
