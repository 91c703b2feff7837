"""Where many reports follow one, a task does for each what was done on it; none is left out."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from sqlalchemy import func, select, update

from portal.accounts.service.administration import disable_account
from portal.audit.models import AuditEvent
from portal.casework.models import FollowAct
from portal.casework.queries.dossier import get_dossier
from portal.casework.service import each_follower, following
from portal.casework.service.acceptance import (
    DeclineReport,
    ReturnReport,
    decline_report,
    return_report,
)
from portal.casework.service.closing import (
    CloseReport,
    CloseUnrouted,
    close_report,
    close_unrouted,
)
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.casework.service.following import tell_followers
from portal.casework.service.merging import MergeReports, UndoRelation, merge_reports, undo_relation
from portal.casework.service.routing import route_report
from portal.casework.service.timekeeping import ExtendTime, extend_time
from portal.casework.service.verification import AnswerReport, answer_report
from portal.casework.states import FollowActKind
from portal.feedback.service import WriteToDesk, write_to_desk
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.clocks import refresh_due
from portal.intake.models import Author, Clock, Message, MessageKind, Notice, Report
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage, Suspension
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken
from portal.triage.relations import find_merge
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_head, make_officer
from tests.factories.intake import make_report

S = ReportState
SYSTEM = Actor.system("test")

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def few(monkeypatch):
    """Two are many here, and one is done in each transaction."""
    monkeypatch.setattr(following, "AT_ONCE", 1)
    monkeypatch.setattr(following, "TOGETHER", 1)


def group(officer, count=3, state=S.VERIFIED):
    """A leading report, and so many merged into it."""
    leading = make_report(state=state, officer=officer)
    others = [make_report(state=S.ROUTED) for _one in range(count)]
    for one in others:
        merge_reports(MergeReports(leading.reference, one.reference), actor=officer)
    db.session.expire_all()
    return leading, others


def answers(report):
    wanted = (Message.report_id == report.id, Message.kind == MessageKind.ANSWER)
    return len(db.session.scalars(select(Message).where(*wanted)).all())


def acts():
    return db.session.scalars(select(FollowAct).order_by(FollowAct.asked_at, FollowAct.id)).all()


def run_all():
    kind = Task.kind == TaskKind.TELL_FOLLOWERS
    for act_id in db.session.scalars(select(Task.subject_id).where(kind)).all():
        tell_followers(act_id, actor=SYSTEM)
    db.session.expire_all()


def answer(report, officer):
    answer_report(AnswerReport(report.reference, "我们去过了。"), actor=officer)
    db.session.expire_all()


@pytest.mark.requirement("U34")
def test_an_answer_to_many_is_given_by_a_task_to_each_reporter_once(few):
    officer = make_officer()
    leading, others = group(officer)

    answer(leading, officer)
    assert (leading.state, [answers(one) for one in others]) == (S.ANSWERED, [0, 0, 0])
    run_all()
    run_all()

    assert [(one.state, answers(one)) for one in others] == [(S.ANSWERED, 1)] * 3
    [made] = acts()
    assert (made.act, made.total, made.done, made.ended_at is not None) == ("answer", 3, 3, True)
    assert made.said == b"", "its words stand in the threads only"
    said = db.session.scalars(select(Message).where(Message.report_id == others[0].id)).all()
    assert said[-1].account_id == officer.id


def test_few_are_told_while_the_officer_waits():
    officer = make_officer()
    leading, others = group(officer, 2)

    answer(leading, officer)

    assert [answers(one) for one in others] == [1, 1]
    assert acts() == []


def test_a_run_that_dies_in_the_middle_goes_on_where_it_was(few, monkeypatch):
    officer = make_officer()
    leading, others = group(officer)
    answer(leading, officer)
    [made] = acts()
    real, calls = each_follower._answer, []  # noqa: SLF001

    def dies(uow, one, *rest):
        calls.append(one.id)
        real(uow, one, *rest)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setitem(each_follower._EACH, FollowActKind.ANSWER, dies)  # noqa: SLF001
    with pytest.raises(KeyboardInterrupt):
        tell_followers(made.id, actor=SYSTEM)
    db.session.expire_all()
    assert (made.done, made.ended_at) == (1, None)
    run_all()

    assert sorted(answers(one) for one in others) == [1, 1, 1]
    assert acts()[0].done == 3


def test_what_was_ordered_first_is_done_first_whichever_task_runs(few):
    officer = make_officer()
    leading, others = group(officer)
    ask_reporter(AskReporter(leading.reference, "几点开门？"), actor=officer)
    answer(leading, officer)
    close_report(CloseReport(leading.reference, "close.measures-taken"), actor=officer)
    last = acts()[-1]

    tell_followers(last.id, actor=SYSTEM)
    db.session.expire_all()

    assert [one.act for one in acts()] == ["ask", "answer", "close"]
    assert all(one.ended_at for one in acts())
    assert {one.state for one in others} == {S.CLOSED}
    kinds = select(Message.kind).where(Message.report_id == others[0].id).order_by(Message.sent_at)
    assert list(db.session.scalars(kinds))[:2] == [MessageKind.QUESTION, MessageKind.ANSWER]
    seqs = db.session.scalars(
        select(AuditEvent.seq).where(AuditEvent.action == "report.followers-told")
    ).all()
    assert all(one < other for one, other in pairwise(seqs))


def test_an_act_waits_for_those_before_it_even_where_few_are_left(few, monkeypatch):
    officer = make_officer()
    leading, others = group(officer, 2)
    ask_reporter(AskReporter(leading.reference, "几点开门？"), actor=officer)
    monkeypatch.setattr(following, "AT_ONCE", 50)

    answer(leading, officer)

    assert [answers(one) for one in others] == [0, 0]
    run_all()
    assert [answers(one) for one in others] == [1, 1]


def test_reporters_are_told_also_when_the_account_of_the_officer_was_closed(few):
    officer = make_officer()
    leading, others = group(officer)
    answer(leading, officer)
    disable_account(officer.id, actor=Actor.operator())

    run_all()

    assert [answers(one) for one in others] == [1, 1, 1]
    authors = select(Message.author).where(Message.report_id == others[0].id)
    assert set(db.session.scalars(authors)) == {Author.SYSTEM}


def test_what_left_the_merge_meanwhile_is_told_nothing(few):
    officer = make_officer()
    leading, others = group(officer)
    answer(leading, officer)
    gone = others[1]
    merge = find_merge(db.session(), gone.id)
    undo_relation(UndoRelation(gone.reference, merge.id), actor=officer)

    run_all()

    assert [answers(one) for one in others] == [1, 0, 1]
    assert gone.state is S.ROUTED
    assert acts()[0].done == 2


def test_those_that_are_still_told_are_not_led_away(few):
    officer = make_officer()
    leading, _others = group(officer, state=S.ROUTED)
    other = make_report(state=S.ROUTED)
    ask_reporter(AskReporter(leading.reference, "几点开门？"), actor=officer)
    order = MergeReports(other.reference, leading.reference, other.reference, "更全")

    with pytest.raises(RuleBroken, match="followers-being-told"):
        merge_reports(order, actor=officer)
    run_all()
    merge_reports(order, actor=officer)

    assert leading.merged_into == other.id


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_says_how_far_it_has_come(few, monkeypatch, language):
    officer = make_officer()
    leading, _others = group(officer)
    monkeypatch.setattr("portal.casework.queries.dossier.MOST_NEIGHBOURS", 3)
    answer(leading, officer)

    [line] = get_dossier(db.session(), leading.reference, officer).telling

    assert (line.act, line.done, line.total) == (FollowActKind.ANSWER, 0, 3)


# --- More time ------------------------------------------------------------------------------------


def clock_of(report):
    wanted = (Clock.report_id == report.id, Clock.stage == Stage.VERIFY)
    return db.session.scalars(select(Clock).where(*wanted)).one()


@pytest.mark.requirement("U34")
def test_more_time_for_a_leading_report_is_more_time_for_each_that_follows():
    officer = make_officer()
    leading, [follows] = group(officer, 1, S.ACCEPTED)
    before, promised = clock_of(follows).due_on, clock_of(follows).promised_on

    extend_time(ExtendTime(leading.reference, Stage.VERIFY, 5, "等检测报告"), actor=make_head())
    db.session.expire_all()

    clock = clock_of(follows)
    assert clock.due_on > before
    assert (clock.extensions, clock.promised_on) == (1, promised)
    notices = select(func.count()).where(
        Message.report_id == follows.id, Message.kind == MessageKind.NOTICE
    )
    assert db.session.scalar(notices) == 1
    assert leading.next_due_on == min(clock_of(leading).due_on, clock.due_on)


def test_whoever_has_had_more_time_already_gets_no_more_by_another_report():
    officer = make_officer()
    leading, [follows] = group(officer, 1, S.ACCEPTED)
    used_up = clock_of(follows)
    used_up.extensions = 99
    due = used_up.due_on
    db.session.commit()

    extend_time(ExtendTime(leading.reference, Stage.VERIFY, 5, "等检测报告"), actor=make_head())
    db.session.expire_all()

    assert clock_of(follows).due_on == due
    assert db.session.get_one(Report, follows.id).merged_into == leading.id


# --- What a large group costs -------------------------------------------------------------------


@pytest.mark.requirement("P12")
def test_joining_parting_and_dating_a_group_cost_the_same_however_many_follow(counted):
    officer = make_officer()
    costs = {}
    for size in (2, 12):
        leading, others = group(officer, size, S.ROUTED)
        one = make_report(state=S.ROUTED)
        with counted() as joining:
            merge_reports(MergeReports(leading.reference, one.reference), actor=officer)
        merge = find_merge(db.session(), one.id)
        with counted() as parting:
            undo_relation(UndoRelation(one.reference, merge.id), actor=officer)
        with counted() as dating, unit_of_work(officer) as uow:
            refresh_due(uow, uow.session.get_one(Report, leading.id))
        costs[size] = [len(seen) for seen in (joining, parting, dating)]
        assert {other.merged_into for other in others} == {leading.id}

    assert costs[12] == costs[2]
    assert costs[12][2] <= 5


def test_a_leading_report_is_due_by_the_nearest_date_of_all_that_run():
    officer = make_officer()
    leading, others = group(officer, 3, S.ACCEPTED)
    days = [date(2027, 3, 1), date(2027, 2, 1), date(2027, 1, 4)]
    for one, day in zip(others, days, strict=True):
        db.session.execute(update(Clock).where(Clock.report_id == one.id).values(due_on=day))
    standing = {"paused_at": datetime.now(UTC), "paused_for": Suspension.EXPERT}
    running = Clock.met_at.is_(None)
    db.session.execute(
        update(Clock).where(Clock.report_id == others[2].id, running).values(**standing)
    )
    db.session.execute(
        update(Clock).where(Clock.report_id == others[0].id).values(notice=Notice.TOLD)
    )
    db.session.execute(
        update(Clock).where(Clock.report_id == leading.id).values(due_on=date(2027, 5, 3))
    )
    db.session.commit()

    with unit_of_work(officer) as uow:
        report = uow.session.get_one(Report, leading.id)
        refresh_due(uow, report)

    assert (report.next_due_on, report.paused, report.notice) == (days[1], False, Notice.TOLD)


def test_of_many_merged_reports_the_last_messages_are_shown_and_the_page_says_so(desk, monkeypatch):
    for name in ("queries.dossier", "views.record"):
        monkeypatch.setattr(f"portal.casework.{name}.MOST_OF_MERGED", 2)
    pages, officer = desk(Role.CASE_OFFICER, language="en")
    leading, others = group(officer, 3)
    for number, one in enumerate(others):
        write_to_desk(WriteToDesk(one.id, f"补充第{number}条"), actor=Actor.public())

    page = pages.get(f"/desk/reports/{leading.reference}").text("main")

    assert "the last 2 messages are shown" in page
    assert [f"补充第{number}条" in page for number in range(3)] == [False, True, True]


def test_what_is_declined_is_declined_for_many_by_a_task_and_nobody_is_lost(few):
    officer = make_officer()
    leading, others = group(officer, 3, S.ROUTED)
    others[2].state = S.CONTESTED
    db.session.commit()

    decline_report(
        DeclineReport(leading.reference, "decline.too-long-ago", "两年前的事。"), actor=officer
    )
    db.session.expire_all()
    assert (leading.state, others[0].state) == (S.DECLINED, S.ROUTED)
    run_all()
    run_all()

    assert [one.state for one in others] == [S.DECLINED, S.DECLINED, S.CONTESTED]
    assert [one.merged_into for one in others] == [leading.id, leading.id, None]
    assert [answers(one) for one in others[:2]] == [1, 1]
    assert acts()[0].said == b""


def test_what_is_sent_back_takes_many_along_by_a_task_unless_it_was_routed_again(few):
    officer = make_officer()
    leading, others = group(officer, 2, S.ROUTED)

    return_report(ReturnReport(leading.reference, "不归我们管。"), actor=officer)
    db.session.expire_all()
    assert (leading.state, others[0].state) == (S.RECEIVED, S.ROUTED)
    run_all()

    assert [(one.state, one.department_code) for one in others] == [(S.RECEIVED, None)] * 2


def test_what_reception_closes_is_closed_for_many_by_a_task(few):
    clerk = make_clerk()
    leading, *others = (make_report(state=S.ROUTED, department="TRIAGE@320400") for _ in range(3))
    for one in others:
        merge_reports(MergeReports(leading.reference, one.reference), actor=clerk)

    close_unrouted(CloseUnrouted(leading.reference, "unrouted.spam"), actor=clerk)
    db.session.expire_all()
    assert (leading.state, others[0].state) == (S.CLOSED, S.ROUTED)
    run_all()

    assert [one.state for one in others] == [S.CLOSED, S.CLOSED]
    assert {one.close_reason for one in others} == {"unrouted.spam"}


def test_what_was_routed_again_before_the_task_ran_is_not_sent_back(few):
    officer = make_officer()
    leading, others = group(officer, 2, S.ROUTED)
    return_report(ReturnReport(leading.reference, "不归我们管。"), actor=officer)

    order = RouteReport(leading.reference, "MARKET@320412", "按职责分工")
    route_report(order, actor=make_clerk())
    run_all()

    assert {(one.state, one.department_code) for one in (leading, *others)} == {
        (S.ROUTED, "MARKET@320412")
    }


@pytest.mark.requirement("U34")
def test_a_matter_sent_to_another_unit_takes_along_the_many_that_follow_by_a_task(few):
    clerk = make_clerk()
    leading, others = group(make_officer(), state=S.ROUTED)
    return_report(ReturnReport(leading.reference, "不在本区。"), actor=make_officer())

    route_report(RouteReport(leading.reference, "CULTURE_ENF@320402", "在天宁区"), actor=clerk)
    db.session.expire_all()
    before = [one.department_code for one in others]
    run_all()

    assert "CULTURE_ENF@320402" not in before, "they go as a task, in the order of what was ordered"
    assert {one.department_code for one in (leading, *others)} == {"CULTURE_ENF@320402"}
    assert {one.state for one in others} == {S.ROUTED}
    assert [one.act for one in acts()] == ["return", "route"]
