"""How a report ends: the time to close it, who may, and when its words are erased."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from portal.casework.queries.board import count_board, list_reports, list_section, viewpoint
from portal.casework.queries.filters import Filter, Section
from portal.casework.service.acceptance import (
    AcceptReport,
    DeclineReport,
    ReturnReport,
    accept_report,
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
from portal.casework.service.erasure import erase_after_waiting
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.feedback.queries import get_tracking
from portal.feedback.service import (
    ContestResult,
    WriteToDesk,
    contest_result,
    read_tracking,
    write_to_desk,
)
from portal.infra.database import db
from portal.infra.search import candidates
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake import queries as reports
from portal.intake.models import Clock, MessageKind, Report
from portal.intake.rules import local_date
from portal.intake.service import index_report
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.kernel.page import Window
from portal.operations.reconciliation import reports_without_clock
from portal.triage.models import LikenessBand
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import DEPARTMENT, make_report

pytestmark = pytest.mark.usefixtures("app")
S = ReportState
NEIGHBOUR = "CULTURE_ENF@320402"
SYSTEM = Actor.system("test")


def clock_of(report, stage, round_=1):
    wanted = (Clock.report_id == report.id, Clock.stage == stage, Clock.round == round_)
    return db.session.scalars(select(Clock).where(*wanted)).one()


def contest(report):
    told = ContestResult(report.id, "contest.still-going-on", "今天还在卖。")
    contest_result(told, actor=Actor.public())


def verify(report, officer):
    how, found = VerificationMethod.ONLINE, Finding.CONFIRMED
    record_verification(RecordVerification(report.reference, how, found, "。"), actor=officer)


# --- The time to close --------------------------------------------------------------------------


@pytest.mark.requirement("U30")
def test_an_answered_report_has_a_time_to_be_closed_in_and_is_late_after_it():
    officer = make_officer()
    report = make_report(state=S.ANSWERED, officer=officer)
    clock = clock_of(report, Stage.CLOSE)
    assert (report.next_due_on, clock.met_at) == (clock.due_on, None)
    assert reports_without_clock(db.session) == 0

    db.session.execute(update(Report).values(next_due_on=clock.starts_on.replace(year=2020)))
    db.session.commit()

    assert count_board(db.session, viewpoint(officer)).counts[Section.OVERDUE] == 1


def test_an_answered_report_on_which_no_clock_runs_is_found_at_night():
    report = make_report(state=S.ANSWERED)
    clock_of(report, Stage.CLOSE).met_at = datetime.now(UTC)
    db.session.commit()

    assert reports_without_clock(db.session) == 1


@pytest.mark.requirement("U1")
def test_an_answer_is_contested_before_the_report_is_closed():
    report = make_report(state=S.ANSWERED)

    contest(report)

    assert (report.state, report.contested_result) == (S.CONTESTED, 1)
    assert clock_of(report, Stage.CLOSE).met_at is not None
    assert report.next_due_on == clock_of(report, Stage.CONTEST).due_on


# --- Another person -----------------------------------------------------------------------------


@pytest.mark.requirement("U1")
def test_whoever_gave_the_contested_result_neither_answers_nor_closes_it_again():
    first, second = make_officer(), make_officer()
    report = make_report(state=S.CONTESTED, officer=first)
    verify(report, second)

    with pytest.raises(RuleBroken, match="own-result-contested"):
        answer_report(AnswerReport(report.reference, "还是那样。"), actor=first)
    answer_report(AnswerReport(report.reference, "这次查封了。"), actor=second)
    with pytest.raises(RuleBroken, match="own-result-contested"):
        close_report(CloseReport(report.reference, "close.measures-taken"), actor=first)
    close_report(CloseReport(report.reference, "close.measures-taken"), actor=second)

    assert (report.state, report.result_number) == (S.CLOSED, 2)


@pytest.mark.requirement("U1")
def test_what_was_declined_and_contested_is_not_declined_by_the_same_person_again():
    first = make_officer()
    report = make_report(state=S.DECLINED, officer=first)
    contest(report)
    for desk in (NEIGHBOUR, DEPARTMENT):
        route_report(RouteReport(report.reference, desk, "。"), actor=make_clerk("TRIAGE@000000"))
    again = DeclineReport(report.reference, "decline.no-breach")

    with pytest.raises(RuleBroken, match="own-result-contested"):
        decline_report(again, actor=first)

    assert report.state is S.ROUTED


@pytest.mark.requirement("U1")
def test_reception_does_not_close_its_own_contested_result_again():
    first, second = make_clerk(), make_clerk()
    report = make_report()
    close = CloseUnrouted(report.reference, "unrouted.other-body")
    close_unrouted(close, actor=first)
    contest(report)

    with pytest.raises(RuleBroken, match="own-result-contested"):
        close_unrouted(close, actor=first)
    close_unrouted(close, actor=second)

    assert (report.state, report.result_number) == (S.CLOSED, 2)
    assert reports_without_clock(db.session) == 0


@pytest.mark.requirement("U1")
def test_what_an_officer_closed_and_was_contested_is_not_closed_at_reception():
    report = make_report(state=S.CONTESTED)
    report.region = "320412"
    db.session.commit()

    with pytest.raises(RuleBroken, match="only-reception-closes-unrouted"):
        close_unrouted(CloseUnrouted(report.reference, "unrouted.other-body"), actor=make_clerk())

    assert report.state is S.CONTESTED


# --- Questions that nobody waits for any more ---------------------------------------------------


@pytest.mark.requirement("U32")
def test_a_question_ends_with_the_unit_that_asked_it():
    returned, routed = make_report(state=S.ROUTED), make_report(state=S.ROUTED)
    for report in (returned, routed):
        ask_reporter(AskReporter(report.reference, "哪一天？"), actor=make_officer())
        assert clock_of(report, Stage.ACCEPT).paused_at is not None

    return_report(ReturnReport(returned.reference, "不是我们。"), actor=make_officer())
    order = RouteReport(routed.reference, NEIGHBOUR, "。")
    route_report(order, actor=make_clerk("TRIAGE@000000"))

    for report in (returned, routed):
        assert report.waiting_since is None
        assert clock_of(report, Stage.ACCEPT).paused_at is None


# --- Erasing ------------------------------------------------------------------------------------


def flagged():
    """A report out of scope that names somebody, closed by reception."""
    report = make_report(
        narrative="同事李某在群里发牢骚，手机号是13800000004。",
        title="同事发牢骚",
        indexed=True,
    )
    triage_report(report.id, actor=SYSTEM)
    report.flags = ["purge_third_party_pii", "do_not_forward", "event_date:2026-05-01"]
    report.excluded_units = [NEIGHBOUR]
    report.department_code = "TRIAGE@320400"
    db.session.commit()
    assert candidates(db.session, "发牢骚", 5)
    close_unrouted(CloseUnrouted(report.reference, "unrouted.out-of-scope"), actor=make_clerk())
    return report


def erasing_of(report):
    wanted = (Task.subject_id == report.id, Task.kind == TaskKind.ERASE_WORDS)
    return db.session.scalars(select(Task).where(*wanted)).one()


def test_what_goes_nowhere_and_names_people_is_found_by_nobody_and_erased_after_the_contest_time():
    report = flagged()
    place = current_place()
    today = local_date(place, datetime.now(UTC))

    due = local_date(place, erasing_of(report).not_before)
    assert (due - today).days == place.contest_days + 1
    assert not candidates(db.session, "发牢骚", 5)
    assert db.session.scalar(select(func.count()).select_from(LikenessBand)) == 0
    assert "李某" in reports.content_of(report).narrative


@pytest.mark.requirement("U1")
def test_what_is_told_when_the_result_is_first_read_holds_for_the_erasing_too():
    report = flagged()
    closed, place = datetime.now(UTC), current_place()
    with time_machine.travel(closed + timedelta(days=20), tick=False):
        told = read_tracking(report.id, actor=Actor.public())
    with time_machine.travel(closed + timedelta(days=35), tick=False):
        erase_after_waiting(report.id, actor=SYSTEM)
        later = read_tracking(report.id, actor=Actor.public())

    last = local_date(place, closed + timedelta(days=20 + place.contest_days))
    for tracking in (told, later):
        assert (tracking.contesting.last_day, tracking.contesting.is_open) == (last, True)
        assert tracking.erased_on == last + timedelta(days=1)
    assert "李某" in reports.content_of(report).narrative
    with time_machine.travel(closed + timedelta(days=52), tick=False):
        erase_after_waiting(report.id, actor=SYSTEM)
    assert reports.content_of(report).narrative == ""


@pytest.mark.requirement("U1")
def test_a_result_first_read_after_its_words_were_erased_cannot_be_contested_and_says_so():
    report = flagged()
    erase_after_waiting(report.id, actor=SYSTEM)

    tracking = read_tracking(report.id, actor=Actor.public())

    assert (tracking.contesting.words_erased, tracking.contesting.is_open) == (True, False)
    with pytest.raises(RuleBroken, match="contest-words-erased"):
        contest(report)


def test_erasing_leaves_the_answer_the_excluded_units_and_no_flag():
    report = flagged()
    before = (report.content, report.content_key)

    erase_after_waiting(report.id, actor=SYSTEM)
    erase_after_waiting(report.id, actor=SYSTEM)

    sentence = current_place().reasons["unrouted.out-of-scope"].to_reporter.zh
    thread = reports.list_messages(db.session, report.id)
    assert [(one.kind, reports.body_of(report, one)) for one in thread] == [
        (MessageKind.ANSWER, sentence)
    ]
    assert (reports.content_of(report).narrative, reports.content_of(report).title) == ("", "")
    assert (report.content, report.content_key) != before
    assert (report.flags, report.excluded_units) == ([], [NEIGHBOUR])


def test_what_is_contested_in_time_is_kept_and_found_again():
    report = flagged()

    contest(report)
    erase_after_waiting(report.id, actor=SYSTEM)
    index_report(report.id, actor=SYSTEM)

    assert erasing_of(report).state is TaskState.CANCELLED
    assert "李某" in reports.content_of(report).narrative
    assert candidates(db.session, "发牢骚", 5)


def test_writing_to_a_report_that_is_to_be_erased_does_not_make_it_found_again():
    report = flagged()
    indexing = select(func.count()).where(Task.kind == TaskKind.INDEX_REPORT)
    before = db.session.scalar(indexing)

    write_to_desk(WriteToDesk(report.id, "谢谢。"), actor=Actor.public())

    assert db.session.scalar(indexing) == before


# --- Needs a person -----------------------------------------------------------------------------


def give_up(report, kind):
    of_report = (Task.subject_id == report.id, Task.kind == kind)
    given_up = {"state": TaskState.DEAD, "done_at": datetime.now(UTC)}
    db.session.execute(update(Task).where(*of_report).values(**given_up))
    db.session.commit()


@pytest.mark.requirement("G2")
def test_a_report_whose_task_was_given_up_waits_in_a_heap_of_those_who_may_see_it():
    stuck, sound, own = make_report(), make_report(), make_report(state=S.ROUTED)
    give_up(stuck, TaskKind.TRIAGE_REPORT)
    give_up(own, TaskKind.HARDEN_RECEIPT)
    clerk, officer = viewpoint(make_clerk("TRIAGE@000000")), viewpoint(make_officer())

    seen = {line.id for line in list_section(db.session, Section.STUCK, clerk, Window()).items}
    filtered = {
        line.id for line in list_reports(db.session, Filter(stuck=True), officer, Window()).items
    }

    assert seen == {stuck.id, own.id}
    assert filtered == {own.id}
    assert count_board(db.session, clerk).counts[Section.STUCK] == 2
    assert sound.id not in seen


def test_what_a_person_has_routed_does_not_need_one_for_that_any_more():
    report, clerk = make_report(), make_clerk("TRIAGE@000000")
    give_up(report, TaskKind.TRIAGE_REPORT)

    route_report(RouteReport(report.reference, DEPARTMENT, "。"), actor=clerk)
    accept_report(AcceptReport(report.reference), actor=make_officer())

    assert count_board(db.session, viewpoint(clerk)).counts[Section.STUCK] == 0


@pytest.mark.requirement("U1")
def test_what_is_declined_after_it_was_closed_and_contested_ends_as_declined():
    report = make_report(state=S.CLOSED)
    assert outcome_of(report) == "close.measures-taken"

    contest_result(contesting(report), actor=Actor.public())
    assert outcome_of(report) is None
    route_report(RouteReport(report.reference, NEIGHBOUR, "归那边管"), actor=make_clerk())
    decline = DeclineReport(report.reference, "decline.no-breach")
    decline_report(decline, actor=make_officer(NEIGHBOUR))

    assert (report.state, outcome_of(report)) == (S.DECLINED, "decline.no-breach")


@pytest.mark.requirement("U1")
def test_what_is_answered_after_it_was_declined_and_contested_does_not_read_as_declined():
    report = make_report(state=S.DECLINED)
    contest_result(contesting(report), actor=Actor.public())
    found = RecordVerification(
        report.reference, VerificationMethod.SITE_VISIT, Finding.CONFIRMED, "到店查看，情况属实。"
    )
    record_verification(found, actor=make_officer())

    answer_report(AnswerReport(report.reference, "我们又去过了，情况属实。"), actor=make_officer())

    assert (report.state, outcome_of(report)) == (S.ANSWERED, None)


def contesting(report):
    return ContestResult(report.id, "contest.still-going-on", "还在卖")


def outcome_of(report):
    """The result as the reporter reads it."""
    outcome = get_tracking(db.session(), report.id).outcome
    return outcome and outcome.code
