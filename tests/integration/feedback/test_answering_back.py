"""What a reporter can do on the page: write, send files, contest, rate, be forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.casework.service.acceptance import AcceptReport, accept_report
from portal.casework.service.closing import CloseReport, CloseUnrouted, close_report, close_unrouted
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.evidence.models import Evidence
from portal.feedback.models import Contest
from portal.feedback.rating import RateHandling, rate_handling
from portal.feedback.service import (
    ContestResult,
    WriteToDesk,
    contest_result,
    erase_identity,
    write_to_desk,
)
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake import queries as reports
from portal.intake.models import (
    Clock,
    ContactMode,
    Message,
    MessageKind,
    ReporterIdentity,
    ReportFile,
)
from portal.intake.rules import local_date
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import due_on
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken, TooManyAttempts
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_officer
from tests.factories.evidence import EICAR, picture
from tests.factories.intake import DEPARTMENT, make_report

pytestmark = pytest.mark.usefixtures("app")
S = ReportState
PUBLIC = Actor.public()
STILL = {"reason": "contest.still-going-on", "text": "今天还在卖。"}


def thread(report):
    return [
        (message.kind, reports.body_of(report, message))
        for message in reports.list_messages(db.session, report.id)
    ]


def trail(report):
    wanted = select(AuditEvent).where(AuditEvent.subject_id == report.id)
    return list(db.session.scalars(wanted.order_by(AuditEvent.seq)))


def clock_of(report, stage, round_=1):
    wanted = select(Clock).where(
        Clock.report_id == report.id, Clock.stage == stage, Clock.round == round_
    )
    return db.session.scalars(wanted).one()


def photo(name="照片.jpg", content=None):
    return (BytesIO(content or picture()), name)


# --- Writing ------------------------------------------------------------------------------------


def test_a_message_reaches_the_desk_encrypted_and_is_shown_to_its_writer(reporter):
    reporter.send(S.ACCEPTED)
    reporter.come_back()

    page = reporter.browser.post(reporter.page("/write"), {"text": "我又想起来一点：是晚上。"})

    assert page.path == "/track/report"
    assert "我又想起来一点：是晚上。" in page.text(".sl-message--own")
    report = reporter.report
    stored = reports.list_messages(db.session, report.id)[-1]
    assert stored.kind is MessageKind.SUPPLEMENT
    assert "晚上".encode() not in stored.body
    assert [entry.action for entry in trail(report)][-1] == "report.write"
    kinds = select(Task.kind).where(Task.subject_id == report.id)
    assert TaskKind.INDEX_REPORT in db.session.scalars(kinds).all()


def test_files_sent_later_belong_to_the_message_and_get_their_tasks(reporter):
    reporter.send(S.ACCEPTED)
    reporter.come_back()
    fields = {"text": "新拍的两张", "files": [photo(), photo("第二张.png", picture("PNG"))]}

    page = reporter.browser.post(reporter.page("/write"), fields)

    report = reporter.report
    links = reports.list_file_links(db.session, report.id)
    last = reports.list_messages(db.session, report.id)[-1]
    assert {link.message_id for link in links} == {last.id}
    assert "2 个附件" in page.text("article")
    assert "第二张.png" in page.text("dl")
    evidence = [link.evidence_id for link in links]
    waiting = db.session.scalars(select(Task.kind).where(Task.subject_id.in_(evidence))).all()
    assert len(waiting) == 2


def test_a_message_without_words_or_with_a_bad_file_keeps_what_was_typed(reporter):
    reporter.send(S.ACCEPTED)
    reporter.come_back()

    empty = reporter.browser.post(reporter.page("/write"), {"text": "  "})
    bad = reporter.browser.post(
        reporter.page("/write"), {"text": "看这个", "files": [photo("页.html", b"<html>hello")]}
    )

    assert (empty.status, bad.status) == (422, 422)
    assert bad.one("#text").text == "看这个"
    assert bad.problems()
    assert thread(reporter.report) == []
    assert db.session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_a_file_with_a_virus_is_taken_like_any_other_and_left_to_the_scanner(reporter):
    reporter.send(S.ACCEPTED)
    reporter.come_back()

    page = reporter.browser.post(
        reporter.page("/write"), {"text": "收到的附件", "files": [photo("可疑.txt", EICAR)]}
    )

    assert page.path in {"/track/report", "/track/report/write"}
    assert page.status in {200, 422}


def test_a_matter_that_takes_addresses_only_takes_no_files_later_either(reporter):
    report = reporter.send(S.ACCEPTED)
    link_only = next(c.code for c in current_place().categories.values() if c.link_only)
    report.category = link_only
    db.session.commit()
    reporter.come_back()

    page = reporter.page("/write")
    forged = reporter.browser.client.post(
        "/track/report/write",
        data={**page.fields(), "text": "看", "files": [photo()]},
        content_type="multipart/form-data",
    )

    assert not page.has("input[type=file]")
    assert forged.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Evidence)) == 0
    with pytest.raises(RuleBroken, match="category-takes-no-files"):
        write_to_desk(WriteToDesk(report.id, "看", (report.id,)), actor=PUBLIC)


# --- Replying -----------------------------------------------------------------------------------


@pytest.mark.requirement("U32")
def test_a_reply_lets_the_clocks_run_on_with_the_days_they_stood(reporter):
    report = reporter.send(S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "几号？"), actor=reporter.officer)
    clock = clock_of(report, Stage.VERIFY)
    before, place = clock.due_on, current_place()
    rule = next(rule for rule in place.clocks if rule.id == clock.rule_id)
    clock.paused_at = datetime.now(UTC) - timedelta(days=14)
    db.session.commit()
    reporter.come_back()

    reporter.browser.post(reporter.page("/write"), {"text": "四号。"})

    report = reporter.report
    clock = clock_of(report, Stage.VERIFY)
    assert thread(report)[-1] == (MessageKind.REPLY, "四号。")
    assert (report.waiting_since, clock.paused_at) == (None, None)
    assert 0 < clock.paused_days <= rule.pause_cap
    expected = due_on(clock.starts_on, rule.n, rule.unit, place.calendar, paused=clock.paused_days)
    assert clock.due_on == expected.on > before
    assert report.next_due_on == clock.due_on


@pytest.mark.requirement("U32")
def test_no_pause_adds_more_than_its_cap_and_none_ends_in_an_instant_breach(reporter):
    report = reporter.send(S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "几号？"), actor=reporter.officer)
    clock, today = clock_of(report, Stage.VERIFY), local_date(current_place(), datetime.now(UTC))
    rule = next(rule for rule in current_place().clocks if rule.id == clock.rule_id)
    clock.starts_on = today - timedelta(days=300)
    clock.due_on = today - timedelta(days=200)
    clock.paused_at = datetime.now(UTC) - timedelta(days=201)
    db.session.commit()

    write_to_desk(WriteToDesk(report.id, "四号。"), actor=PUBLIC)

    clock = clock_of(reporter.report, Stage.VERIFY)
    assert clock.paused_days == rule.pause_cap
    assert clock.due_on > today


@pytest.mark.requirement("U32")
def test_a_second_message_is_no_reply_and_moves_no_clock(reporter):
    report = reporter.send(S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "几号？"), actor=reporter.officer)
    write_to_desk(WriteToDesk(report.id, "四号。"), actor=PUBLIC)
    due = clock_of(report, Stage.VERIFY).due_on

    write_to_desk(WriteToDesk(report.id, "不对，是五号。"), actor=PUBLIC)

    assert [kind for kind, _ in thread(reporter.report)][1:] == [
        MessageKind.REPLY,
        MessageKind.SUPPLEMENT,
    ]
    assert clock_of(report, Stage.VERIFY).due_on == due


# --- Contesting ---------------------------------------------------------------------------------


@pytest.mark.requirement("U1")
@pytest.mark.parametrize("state", [S.ANSWERED, S.CLOSED, S.DECLINED])
def test_a_result_is_contested_once_and_gets_a_clock_of_its_own(reporter, state):
    reporter.send(state)
    reporter.come_back()

    page = reporter.browser.post(reporter.page("/contest"), STILL)

    report = reporter.report
    clock = clock_of(report, Stage.CONTEST, round_=1)
    assert page.text("main .govuk-tag") == "重新办理"
    assert (report.state, report.contested_result) == (S.CONTESTED, 1)
    assert report.department_code == DEPARTMENT
    assert report.next_due_on == clock.due_on
    assert "今天还在卖。" in page.text(".sl-message--own")
    assert not page.has("main a[href=/track/report/contest]")
    moved = [entry for entry in trail(report) if entry.action == "report.contest"]
    assert moved[0].details["reason"] == "contest.still-going-on"
    assert "今天" not in str(moved[0].details)


@pytest.mark.requirement("U1")
def test_the_same_result_cannot_be_contested_twice_but_the_next_one_can(reporter):
    report = reporter.send(S.CONTESTED)
    officer = make_officer()
    again = ContestResult(report.id, "contest.not-answered", "没有回答")
    with pytest.raises(RuleBroken, match="contested-already"):
        contest_result(again, actor=PUBLIC)
    how, found = VerificationMethod.SITE_VISIT, Finding.CONFIRMED
    record_verification(RecordVerification(report.reference, how, found, "复查"), actor=officer)
    answer_report(AnswerReport(report.reference, "又去了一次。"), actor=officer)
    close_report(CloseReport(report.reference, "close.measures-taken"), actor=officer)

    contest_result(again, actor=PUBLIC)

    report = reporter.report
    assert (report.result_number, report.contested_result) == (2, 2)
    assert clock_of(report, Stage.CONTEST, round_=2).met_at is None
    assert db.session.scalar(select(func.count()).select_from(Contest)) == 2


@pytest.mark.requirement("U1")
@pytest.mark.parametrize("state", [S.RECEIVED, S.ROUTED, S.ACCEPTED, S.VERIFIED])
def test_before_a_result_there_is_nothing_to_contest(reporter, state):
    report = reporter.send(state)
    reporter.come_back()

    page = reporter.page("/contest")

    assert not page.has("main form")
    with pytest.raises(MoveRefused):
        contest_result(ContestResult(report.id, **STILL), actor=PUBLIC)


@pytest.mark.requirement("U1")
@pytest.mark.parametrize(("days", "open_still"), [(0, True), (30, True), (31, False)])
def test_a_result_is_contested_for_the_days_of_the_place_after_its_reporter_has_read_it(
    reporter, days, open_still
):
    report = reporter.send(S.CLOSED)
    months_later = datetime.now(UTC) + timedelta(days=200)
    with time_machine.travel(months_later, tick=False):
        first = reporter.come_back()
    last = local_date(current_place(), months_later) + timedelta(days=30)
    said = f"{last.year}年{last.month}月{last.day}日"

    with time_machine.travel(months_later + timedelta(days=days), tick=False):
        again = reporter.come_back()
        form = reporter.page("/contest")
        if open_still:
            contest_result(ContestResult(report.id, **STILL), actor=PUBLIC)
        else:
            with pytest.raises(RuleBroken, match="contest-time-over"):
                contest_result(ContestResult(report.id, **STILL), actor=PUBLIC)

    link = "main a[href='/track/report/contest']"
    assert [page.has(link) for page in (first, again)] == [True, open_still]
    assert form.has("main form") is open_still
    for page in (first, again, form):
        assert said in page.text("main")
    assert (reporter.report.state is S.CONTESTED) is open_still


@pytest.mark.requirement("U1")
def test_a_day_that_was_told_holds_when_the_place_gives_fewer_days_later(reporter, monkeypatch):
    report = reporter.send(S.CLOSED)
    reporter.come_back()
    shorter = replace(current_place(), contest_days=7)
    monkeypatch.setattr("portal.feedback.contest_time.current_place", lambda: shorter)

    with time_machine.travel(datetime.now(UTC) + timedelta(days=30), tick=False):
        contest_result(ContestResult(report.id, **STILL), actor=PUBLIC)

    assert reporter.report.state is S.CONTESTED


@pytest.mark.requirement("U1")
def test_a_day_that_the_page_to_contest_told_first_holds_and_no_message_counts_as_read_by_it(
    reporter,
):
    report = reporter.send(S.CLOSED)
    read = select(Message).where(Message.kind == MessageKind.ANSWER)
    reporter.come_back()
    result = db.session.scalars(read).one()
    result.contest_by = result.read_at = None
    db.session.commit()

    page = reporter.page("/contest")

    kept = db.session.scalars(read.execution_options(populate_existing=True)).one()
    day = local_date(current_place(), datetime.now(UTC)) + timedelta(days=30)
    assert (kept.contest_by, kept.read_at) == (day, None)
    assert f"{day.year}年{day.month}月{day.day}日" in page.text("main")
    with (
        time_machine.travel(datetime.now(UTC) + timedelta(days=32), tick=False),
        pytest.raises(RuleBroken, match="contest-time-over"),
    ):
        contest_result(ContestResult(report.id, **STILL), actor=PUBLIC)


@pytest.mark.requirement("U1")
def test_a_text_typed_until_the_time_was_over_can_be_copied_and_a_new_report_is_one_link_away(
    reporter,
):
    reporter.send(S.CLOSED)
    reporter.come_back()
    form = reporter.page("/contest")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
        reporter.come_back()
        page = reporter.browser.post(form, STILL)
        unsure = reporter.browser.post(form, STILL | {"reason": ""})

    for told in (page, unsure):
        assert not told.has("main form")
        assert told.one("main textarea").node.text == STILL["text"]
        assert told.has("main a[href='/report']")
        assert not told.has(".govuk-error-summary a"), "no question that is not asked any more"


def test_a_reason_that_is_not_on_the_list_is_refused(reporter):
    report = reporter.send(S.CLOSED)
    reporter.come_back()

    page = reporter.browser.post(reporter.page("/contest"), {**STILL, "reason": "close.x"})

    assert page.status == 422
    assert page.one("#text").text == STILL["text"]
    for reason in ("nonsense", "close.measures-taken"):
        with pytest.raises(RuleBroken, match="reason-unknown"):
            contest_result(ContestResult(report.id, reason, "为什么"), actor=PUBLIC)


@pytest.mark.requirement("U1")
def test_what_reception_closed_comes_back_to_reception(reporter):
    report, clerk = reporter.send(), make_clerk()
    reason = next(
        one.code for one in current_place().reasons.values() if one.kind.value == "close-unrouted"
    )
    close_unrouted(CloseUnrouted(report.reference, reason), actor=clerk)
    reporter.come_back()

    page = reporter.browser.post(reporter.page("/contest"), STILL)

    assert page.text("main .govuk-tag") == "重新办理"
    assert reporter.report.department_code == clerk.department


def test_a_contested_report_can_be_sent_to_another_department(reporter):
    report = reporter.send(S.CONTESTED)

    order = RouteReport(report.reference, "CULTURE_ENF@320402", "换一个部门")
    route_report(order, actor=make_clerk())

    assert reporter.come_back().text("main .govuk-tag") == "已分到承办部门"


# --- Rating -------------------------------------------------------------------------------------


@pytest.mark.requirement("U29")
def test_two_answers_are_kept_after_a_result_and_the_last_ones_count(reporter):
    reporter.send(S.CLOSED)
    reporter.come_back()

    reporter.browser.post(reporter.page("/rate"), {"answered": "2", "treated": "5"})
    page = reporter.browser.post(reporter.page("/rate"), {"answered": "4", "treated": "5"})

    report = reporter.report
    assert (report.rating_answered, report.rating_treated) == (4, 5)
    assert "已评价" in page.text("main")
    rated = [entry for entry in trail(report) if entry.action == "report.rate"]
    assert [entry.details for entry in rated] == [{}, {}]


@pytest.mark.requirement("U29")
def test_a_rating_needs_a_result_and_one_to_five(reporter):
    report = reporter.send(S.ACCEPTED)
    page = reporter.come_back()

    assert not page.has("main a[href=/track/report/rate]")
    with pytest.raises(RuleBroken, match="no-result-yet"):
        rate_handling(RateHandling(report.id, 3, 3), actor=PUBLIC)
    for stars in (0, 6, -1):
        with pytest.raises(RuleBroken, match="rating-out-of-range"):
            rate_handling(RateHandling(report.id, stars, 3), actor=PUBLIC)


@pytest.mark.requirement("U29")
def test_each_question_of_the_rating_needs_an_answer(reporter):
    reporter.send(S.CLOSED)
    reporter.come_back()

    page = reporter.browser.post(reporter.page("/rate"), {})

    assert page.status == 422
    assert len(page.problems()) == 2


# --- Being forgotten ----------------------------------------------------------------------------


def with_a_name(reporter):
    return reporter.send(
        contact_mode=ContactMode.CONFIDENTIAL, identity=Identity("甲某某", "13800000000")
    )


def test_the_page_says_that_a_name_is_locked_and_never_shows_it(reporter):
    with_a_name(reporter)

    page = reporter.come_back()

    assert "姓名和联系方式已密封" in page.text("main")
    assert "没有拆封过" in page.text("main")
    assert "甲某某" not in page.response.text
    assert "13800000000" not in page.response.text


def test_erasing_the_identity_destroys_it_and_leaves_field_names_in_the_trail(reporter):
    with_a_name(reporter)
    reporter.come_back()

    page = reporter.browser.post(reporter.page("/erase"))

    report = reporter.report
    assert "我们这里没有您的姓名" in page.text("main")
    assert db.session.get(ReporterIdentity, report.id) is None
    assert report.contact_mode is ContactMode.ANONYMOUS
    last = trail(report)[-1]
    assert (last.action, last.details) == ("identity.erase", {"fields": "name,phone"})
    assert report.content is not None


def test_there_is_nothing_to_erase_twice_or_for_the_anonymous(reporter):
    report = reporter.send()
    reporter.come_back()

    assert not reporter.page("/erase").has("main form")
    with pytest.raises(RuleBroken, match="no-identity-kept"):
        erase_identity(report.id, actor=PUBLIC)


def test_looking_at_the_page_for_erasing_erases_nothing(reporter):
    report = with_a_name(reporter)
    reporter.come_back()

    reporter.page("/erase")

    assert db.session.get(ReporterIdentity, report.id) is not None


# --- All of it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda report: write_to_desk(WriteToDesk(report, "还在吗"), actor=PUBLIC),
        lambda report: contest_result(ContestResult(report, **STILL), actor=PUBLIC),
        lambda report: rate_handling(RateHandling(report, 3, 3), actor=PUBLIC),
        lambda report: erase_identity(report, actor=PUBLIC),
    ],
    ids=["write", "contest", "rate", "erase"],
)
def test_nothing_can_be_done_to_a_report_that_is_erased(act):
    report = make_report(state=S.CLOSED)
    report.content = report.content_key = None
    db.session.commit()

    with pytest.raises(NotFound):
        act(report.id)


def test_an_officer_who_looked_before_the_reporter_wrote_is_told(reporter):
    report = reporter.send(S.ROUTED)
    seen = report.version
    write_to_desk(WriteToDesk(report.id, "补充"), actor=PUBLIC)

    with pytest.raises(MoveRefused):
        accept_report(AcceptReport(report.reference, seen), actor=reporter.officer)


def test_files_of_a_report_are_never_those_of_another(reporter):
    mine = make_report()
    reporter.send()
    reporter.come_back()

    reporter.browser.post(reporter.page("/write"), {"text": "一张", "files": [photo()]})

    owners = db.session.scalars(select(ReportFile.report_id)).all()
    assert owners == [reporter.sent.report_id]
    assert mine.id not in owners


def test_one_reporter_cannot_flood_the_desk_with_messages():
    report = make_report()
    for number in range(30):
        write_to_desk(WriteToDesk(report.id, f"又看到一次，第{number}次"), actor=PUBLIC)

    with pytest.raises(TooManyAttempts):
        write_to_desk(WriteToDesk(report.id, "再来一次"), actor=PUBLIC)

    assert len(thread(report)) == 30


def test_the_files_of_all_messages_count_together(reporter):
    reporter.send()
    reporter.come_back()
    page = reporter.page("/write")
    sent = [(BytesIO(picture("PNG")), f"{number}.png") for number in range(20)]
    reporter.browser.post(page, {"text": "照片", "files": sent})

    refused = reporter.browser.post(
        reporter.page("/write"), {"text": "还有", "files": [(BytesIO(picture("PNG")), "21.png")]}
    )

    assert refused.status == 422
    assert "20" in refused.text("main")
