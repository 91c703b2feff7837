"""The time of a case: warned of, extended by the head, stopped by a legal question."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.cases.models import CaseAnswer, CaseClock, CaseNote, CaseQuestion
from portal.cases.queries.access import get_case
from portal.cases.queries.page import get_page
from portal.cases.queries.whole import get_whole
from portal.cases.service.advice import AskAdviser, RecordAdvice, ask_adviser, record_advice
from portal.cases.service.answering import AnswerAll, answer_all, give_answers
from portal.cases.service.clocks import ExtendCase, extend_case, watch_cases
from portal.cases.service.tasks import WriteNote, write_note
from portal.cases.states import Audience, CaseAction, CaseState
from portal.casework.service.merging import MergeReports, merge_reports
from portal.casework.states import Finding, VerificationMethod
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Message, MessageKind
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from tests.factories.cases import make_case, make_move, today
from tests.factories.casework import make_clerk, make_head, make_officer
from tests.factories.intake import make_report

A, S = CaseAction, ReportState
SYSTEM = Actor.system("test")
HOW = (VerificationMethod.SITE_VISIT, Finding.CONFIRMED)

pytestmark = pytest.mark.usefixtures("app")


def case_of(number):
    return get_case(db.session(), number, SYSTEM)


def clock_of(number) -> CaseClock:
    running = select(CaseClock).where(CaseClock.met_at.is_(None))
    found = running.where(CaseClock.case_id == case_of(number).id)
    return db.session.scalars(found).one()


def move_days(number: str, **days: int) -> None:
    """Have the running clock's days lie elsewhere."""
    clock = clock_of(number)
    for name, count in days.items():
        setattr(clock, name, today() + timedelta(days=count))
    db.session.commit()


def noted(action: str) -> int:
    wanted = select(func.count()).where(AuditEvent.action == action)
    return db.session.scalar(wanted) or 0


def test_a_clock_begins_with_the_opening_and_anew_with_each_step_that_has_a_time():
    number, head = make_case(), make_head()
    opened = clock_of(number)
    assert (opened.move, opened.due_on) == ("open", case_of(number).next_due_on)

    make_move(number, A.FILE, head)

    assert opened.met_at is not None
    assert (clock_of(number).move, clock_of(number).days) == ("file", 90)
    before = clock_of(number).id
    make_move(number, A.FINISH_INVESTIGATION, head)
    assert clock_of(number).id == before


def test_no_clock_runs_in_a_closed_case_and_a_reopened_one_has_the_time_of_a_filed_one():
    officer, head = make_officer(), make_head()
    number = make_case(make_report(state=S.ACCEPTED, officer=officer), officer=officer)
    give_answers(answer_all(AnswerAll(number, "未见违法。", *HOW), actor=officer), actor=SYSTEM)
    make_move(number, A.DROP, head)
    assert get_whole(db.session(), number, head).course.clock is None

    make_move(number, A.REOPEN, head)

    assert clock_of(number).move == "file"
    assert case_of(number).next_due_on == clock_of(number).due_on


@pytest.mark.requirement("U4")
def test_the_desk_is_warned_once_and_the_end_is_noted_once():
    number = make_case()
    move_days(number, due_on=1, look_on=0)

    assert watch_cases(actor=SYSTEM) == 1
    assert watch_cases(actor=SYSTEM) == 0
    assert (noted("case.warn"), noted("case.breach")) == (1, 0)
    move_days(number, due_on=-1, look_on=0)
    watch_cases(actor=SYSTEM)
    watch_cases(actor=SYSTEM)

    assert (noted("case.warn"), noted("case.breach")) == (1, 1)
    assert get_whole(db.session(), number, make_officer()).course.clock.breached


def test_nobody_is_reminded_at_night(monkeypatch):
    number = make_case()
    move_days(number, look_on=0)
    monkeypatch.setattr("portal.intake.desks.at_their_desks", lambda *_: frozenset())

    assert watch_cases(actor=SYSTEM) == 0
    assert noted("case.warn") == 0


def test_the_head_gives_more_time_with_a_reason_and_the_first_date_stays():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    first = case_of(number).next_due_on

    with pytest.raises(NotPermitted):
        extend_case(ExtendCase(number, 5, "等待鉴定"), actor=officer)
    extend_case(ExtendCase(number, 5, "等待鉴定"), actor=head)
    with pytest.raises(RuleBroken, match="extension-used-up"):
        extend_case(ExtendCase(number, 1, "再等"), actor=head)

    clock = get_whole(db.session(), number, officer).course.clock
    assert clock.promised_on == first
    assert case_of(number).next_due_on == clock.due_on >= first + timedelta(days=5)
    assert "等待鉴定" in [one.text for one in get_page(db.session(), number, officer).notes]


@pytest.mark.requirement("C12")
def test_a_legal_question_stops_the_time_until_the_last_answer():
    officer = make_officer()
    number = make_case(officer=officer)
    first, second = (
        ask_adviser(AskAdviser(number, "法制科", "是否构成出版物？"), actor=officer)
        for _one in range(2)
    )
    assert case_of(number).paused_on == today()
    assert not get_page(db.session(), number, officer).facts.overdue
    move_days(number, paused_on=-3)

    record_advice(RecordAdvice(number, first, today(), "构成。"), actor=officer)
    assert case_of(number).paused_on is not None
    with pytest.raises(MoveRefused):
        record_advice(RecordAdvice(number, first, today(), "不构成。"), actor=officer)
    record_advice(RecordAdvice(number, second, today(), "构成。"), actor=officer)

    clock = clock_of(number)
    assert (case_of(number).paused_on, clock.paused_days) == (None, 3)
    assert clock.due_on >= clock.promised_on + timedelta(days=3)
    [line, _other] = get_whole(db.session(), number, make_officer()).course.questions
    assert (line.adviser, line.question, line.answer) == ("法制科", "是否构成出版物？", "构成。")
    assert line.answered_on == today()
    with pytest.raises(NotFound):
        get_whole(db.session(), number, make_officer("CULTURE_ENF@320402"))


@pytest.mark.requirement("C12")
def test_a_question_that_waits_too_long_stops_the_time_no_more():
    officer = make_officer()
    number = make_case(officer=officer)
    ask_adviser(AskAdviser(number, "法制科", "问题"), actor=officer)
    move_days(number, paused_on=-30, look_on=0)

    watch_cases(actor=SYSTEM)

    assert (case_of(number).paused_on, clock_of(number).paused_days) == (None, 5)
    ask_adviser(AskAdviser(number, "法制科", "再问"), actor=officer)
    assert case_of(number).paused_on is None


def test_an_answer_has_a_day_between_the_question_and_today_and_belongs_to_its_case():
    officer = make_officer()
    number, other = make_case(officer=officer), make_case(officer=officer)
    asked = ask_adviser(AskAdviser(number, "法制科", "问题"), actor=officer)

    for day, code in ((today() + timedelta(days=1), "future"), (date(2020, 1, 1), "too-early")):
        with pytest.raises(RuleBroken, match=code):
            record_advice(RecordAdvice(number, asked, day, "答"), actor=officer)
    with pytest.raises(NotFound):
        record_advice(RecordAdvice(other, asked, today(), "答"), actor=officer)


def test_nothing_of_a_legal_question_stands_readable():
    officer = make_officer()
    number = make_case(officer=officer)
    asked = ask_adviser(AskAdviser(number, "法制科", "金丝雀"), actor=officer)
    record_advice(RecordAdvice(number, asked, today(), "金丝雀"), actor=officer)

    row = db.session.execute(select(*CaseQuestion.__table__.columns)).one()
    assert "金丝雀".encode() not in b"".join(one for one in row if isinstance(one, bytes))


# --- Answering all -------------------------------------------------------------------------------


def answers_of(*reports):
    wanted = select(Message).where(
        Message.kind == MessageKind.ANSWER, Message.report_id.in_([one.id for one in reports])
    )
    return db.session.scalars(wanted).all()


@pytest.mark.requirement("A23")
@pytest.mark.requirement("B2")
def test_one_act_answers_every_report_of_the_case_each_in_its_own_thread():
    officer = make_officer()
    reports = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(2)]
    reports.append(make_report(state=S.VERIFIED, officer=officer))
    number = make_case(*reports, officer=officer)

    given = answer_all(AnswerAll(number, "已经处罚。", *HOW), actor=officer)
    with pytest.raises(RuleBroken, match="answer-on-its-way"):
        answer_all(AnswerAll(number, "再答。", *HOW), actor=officer)
    give_answers(given, actor=SYSTEM)
    give_answers(given, actor=SYSTEM)

    assert {one.state for one in reports} == {S.ANSWERED}
    assert [one.account_id for one in answers_of(*reports)] == [officer.id] * 3
    [line] = get_whole(db.session(), number, officer).course.answers
    assert (line.answered, line.refused, line.ended) == (3, 0, True)
    assert db.session.get_one(CaseAnswer, given).body is None
    with pytest.raises(RuleBroken, match="nobody-waits"):
        answer_all(AnswerAll(number, "再答。", *HOW), actor=officer)


def test_answering_is_left_to_one_task_that_goes_on_where_it_was():
    officer = make_officer()
    done, open_ = (make_report(state=S.VERIFIED, officer=officer) for _one in range(2))
    number = make_case(done, open_, officer=officer)
    given = answer_all(AnswerAll(number, "已经处罚。", *HOW), actor=officer)
    [task] = db.session.scalars(select(Task).where(Task.kind == TaskKind.ANSWER_CASE)).all()

    give_answers(task.subject_id, actor=SYSTEM)

    assert task.subject_id == given
    assert len(answers_of(done, open_)) == 2


@pytest.mark.requirement("U36")
def test_whoever_gave_a_contested_result_does_not_answer_it_again_by_answering_all():
    officer = make_officer()
    contested = make_report(state=S.CONTESTED, officer=officer)
    fresh = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(contested, fresh, officer=officer)

    give_answers(answer_all(AnswerAll(number, "没有问题。", *HOW), actor=officer), actor=SYSTEM)

    [line] = get_whole(db.session(), number, officer).course.answers
    assert (line.answered, line.refused) == (1, 1)
    assert (contested.state, fresh.state) == (S.CONTESTED, S.ANSWERED)


def test_a_report_of_another_unit_gets_no_answer_of_ours():
    officer = make_officer()
    here, moved = (make_report(state=S.ACCEPTED, officer=officer) for _one in range(2))
    number = make_case(here, moved, officer=officer)
    moved.department_code = "CULTURE_ENF@320402"
    db.session.commit()

    give_answers(answer_all(AnswerAll(number, "已处罚。", *HOW), actor=officer), actor=SYSTEM)

    assert (here.state, moved.state) == (S.ANSWERED, S.ACCEPTED)


@pytest.mark.requirement("U34")
def test_reporters_of_merged_reports_get_answers_and_notes_each_once():
    officer, clerk = make_officer(), make_clerk()
    leading = make_report(state=S.ACCEPTED, officer=officer)
    following = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(leading, officer=officer)
    merge_reports(MergeReports(leading.reference, following.reference), actor=officer)

    write_note(WriteNote(number, Audience.REPORTER, "案件已立案。"), actor=officer)
    give_answers(answer_all(AnswerAll(number, "已处罚。", *HOW), actor=officer), actor=SYSTEM)

    told = select(Message.report_id).where(
        Message.kind == MessageKind.NOTICE, Message.account_id == officer.id
    )
    assert sorted(db.session.scalars(told)) == sorted([leading.id, following.id])
    assert len(answers_of(leading, following)) == 2
    assert clerk.department != officer.department


# --- Pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_time_questions_and_answers_have_their_pages(desk, language):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    home = f"/desk/cases/{number}"

    assert pages.post(pages.get(f"{home}/extend"), {"days": "99", "reason": "x"}).status == 422
    case = pages.post(pages.get(f"{home}/extend"), {"days": "3", "reason": "等待鉴定"})
    assert f"{home}/extend" not in case.links()
    ask = {"adviser": "法制科", "question": "是否构成？"}
    case = pages.post(pages.get(f"{home}/ask-adviser"), ask)
    [link] = [one for one in case.links() if "/questions/" in one]
    reply = {"answered_on": today().isoformat(), "answer": "构成。"}
    case = pages.post(pages.get(link), reply)
    assert "构成。" in case.text("main")
    form = pages.get(f"{home}/answer-all")
    assert report.reference in form.text("main")
    sent = {"text": "已处罚。", "method": "site-visit", "finding": "confirmed"}
    assert pages.post(form, sent).status == 200
    assert case_of(number).state is CaseState.PROPOSED
    assert pages.get(link.replace(link.split("/")[-2], str(case_of(number).id))).status == 404


def test_the_reasons_of_an_extension_stand_in_the_file_for_the_unit_only():
    number = make_case()
    extend_case(ExtendCase(number, 5, "等待鉴定"), actor=make_head())

    note = db.session.scalars(select(CaseNote)).one()
    assert note.audience is Audience.DEPARTMENT
