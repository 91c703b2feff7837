"""What the tracking page tells a reporter, and what it never tells."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import select

from portal.casework.service.acceptance import DeclineReport, decline_report
from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.conversation import AddNote, AskReporter, add_note, ask_reporter
from portal.casework.service.erasure import erase_after_waiting
from portal.casework.service.timekeeping import ExtendTime, extend_time
from portal.evidence.service import IncomingFile, keep_files
from portal.feedback.service import WriteToDesk, write_to_desk
from portal.infra.database import db
from portal.intake import queries as reports
from portal.intake.models import Author, Clock, Message, MessageKind
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.models import RoutingDecision
from portal.triage.service import triage_report
from tests.factories.casework import make_clerk, make_head
from tests.factories.evidence import picture
from tests.factories.intake import DEPARTMENT
from tests.integration.counting import counted

pytestmark = pytest.mark.usefixtures("app")
S = ReportState

SAID = {
    S.RECEIVED: ("正在分派", "Finding the responsible authority"),
    S.ROUTED: ("已分到承办部门", "With the authority"),
    S.ACCEPTED: ("正在核实", "Being checked"),
    S.VERIFIED: ("正在核实", "Being checked"),
    S.ANSWERED: ("已有答复", "Answered"),
    S.DECLINED: ("未予受理", "Not taken on"),
    S.CLOSED: ("已办结", "Closed"),
    S.CONTESTED: ("重新办理", "Being looked at again"),
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_state_has_plain_words_in_both_languages(reporter, state, language):
    reporter.send(state)

    page = reporter.come_back(language=language)

    assert page.text("main .govuk-tag") == SAID[state][language == "en"]
    assert page.text("main .govuk-body-l")


def test_the_department_that_has_it_is_named_and_the_officer_is_not(reporter):
    reporter.send(S.ANSWERED)

    page = reporter.come_back()

    assert current_place().departments[DEPARTMENT].name.zh in page.text("main")
    assert reporter.officer.name not in page.response.text
    assert "我们去过了" in page.text("article")


@pytest.mark.requirement("U15")
def test_a_note_of_the_desk_is_never_shown(reporter):
    report = reporter.send(S.ACCEPTED)
    add_note(AddNote(report.reference, "内部意见，不外传"), actor=reporter.officer)

    page = reporter.come_back()

    assert "内部意见" not in page.response.text


@pytest.mark.requirement("U15")
@pytest.mark.parametrize("kind", MessageKind)
def test_of_all_kinds_of_messages_only_the_note_is_hidden(reporter, kind):
    report = reporter.send()
    message = Message(
        report_id=report.id, kind=kind, author=Author.SYSTEM, body=b"", sent_at=datetime.now(UTC)
    )
    context = f"message.body:{message.id}"
    message.body = reports.key_of(report).encrypt_text("一句话", context)
    db.session.add(message)
    db.session.commit()

    page = reporter.come_back()

    assert ("一句话" in page.text("main")) == (kind is not MessageKind.NOTE)


@pytest.mark.requirement("U3")
def test_the_promised_day_is_shown_and_being_late_is_said(reporter):
    report = reporter.send(S.ROUTED)
    in_time = reporter.come_back().text("main")
    clock = db.session.scalars(
        select(Clock).where(Clock.report_id == report.id, Clock.stage == Stage.ACCEPT)
    ).one()
    day = clock.promised_on
    clock.due_on = clock.promised_on = datetime.now(UTC).date() - timedelta(days=2)
    db.session.commit()

    late = reporter.come_back().text("main")

    assert f"{day.year}年{day.month}月{day.day}日前：决定受理" in in_time
    assert "已经超过期限" in late
    assert "已经超过期限" not in in_time


@pytest.mark.requirement("U3")
@pytest.mark.parametrize(
    ("language", "promised", "why"),
    [("zh-Hans", "原来承诺", "期限已延长"), ("en", "First promised", "The time was extended")],
)
def test_a_later_day_stands_beside_the_one_that_was_promised(reporter, language, promised, why):
    report = reporter.send(S.ACCEPTED)
    extend_time(ExtendTime(report.reference, Stage.VERIFY, 5, "样品还在检验。"), actor=make_head())

    said = reporter.come_back(language=language).text("main")

    assert promised in said
    assert why in said
    assert "样品还在检验。" in said


@pytest.mark.requirement("U32")
def test_while_a_question_is_open_the_page_says_so_and_nothing_is_late(reporter):
    report = reporter.send(S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "是几号看到的？"), actor=reporter.officer)
    for clock in reports.list_clocks(db.session, report.id):
        clock.due_on = datetime.now(UTC).date() - timedelta(days=2)
    db.session.commit()

    page = reporter.come_back()

    assert page.text("main .govuk-tag") == "等待您答复"
    assert "是几号看到的？" in page.text("article")
    assert "暂停计算" in page.text("dl")
    assert "已经超过期限" not in page.text("main")
    assert "答复问题" in page.text("main a.govuk-button")


def test_a_report_declined_shows_the_reason_and_the_words_to_the_reporter(reporter):
    report = reporter.send(S.ROUTED)
    order = DeclineReport(report.reference, "decline.no-breach", "附带说明")
    decline_report(order, actor=reporter.officer)

    page = reporter.come_back()

    reason = current_place().reasons["decline.no-breach"]
    assert reason.name.zh in page.text("dl")
    assert "附带说明" in page.text("article")


@pytest.mark.requirement("U2")
def test_a_report_closed_at_reception_is_answered_under_the_code(reporter):
    report = reporter.send()
    reason = next(
        one.code for one in current_place().reasons.values() if one.kind.value == "close-unrouted"
    )
    close_unrouted(CloseUnrouted(report.reference, reason, "请找12345"), actor=make_clerk())

    page = reporter.come_back()

    assert page.text("main .govuk-tag") == "已办结"
    assert current_place().reasons[reason].name.zh in page.text("dl")
    assert "请找12345" in page.text("article")


def test_a_report_whose_words_were_erased_shows_its_answer_and_no_empty_messages(reporter):
    report = reporter.send()
    clerk = make_clerk()
    write_to_desk(WriteToDesk(report.id, "他叫甲某某。"), actor=Actor.public())
    report = reporter.report
    report.flags = [*report.flags, "purge_third_party_pii"]
    db.session.commit()
    reason = next(
        one.code for one in current_place().reasons.values() if one.kind.value == "close-unrouted"
    )
    close_unrouted(CloseUnrouted(report.reference, reason, "不归我们管"), actor=clerk)

    warned = reporter.come_back(language="en")
    day_after = datetime.now(UTC) + timedelta(days=current_place().contest_days + 1)
    with time_machine.travel(day_after, tick=False):
        erase_after_waiting(report.id, actor=Actor.system("test"))
        page = reporter.come_back()

    assert "its words and files are erased" in warned.text("main")
    assert len(page.find("article")) == 1
    assert "不归我们管" in page.text("article")


def test_the_names_of_the_files_are_shown_to_their_sender_with_hidden_letters_marked(reporter):
    upload = IncomingFile(BytesIO(picture()), "a\u202egpj.exe.jpg")
    files = keep_files([upload], actor=Actor.public())
    reporter.send(files=files)

    page = reporter.come_back()

    assert "gpj" in page.text("dl")
    assert "\u202e" not in page.response.text


def test_what_somebody_wrote_is_shown_as_text_and_never_as_markup(reporter):
    report = reporter.send(S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "<b>几号</b>？"), actor=reporter.officer)
    reporter.come_back()
    words = "<script>alert(1)</script>"

    page = reporter.browser.post(reporter.page("/write"), {"text": words})

    assert "<b>几号</b>" in page.text("article")
    assert page.find("article .govuk-body")[-1].text == words


@pytest.mark.usefixtures("known_place")
@pytest.mark.parametrize("messages", [1, 12])
def test_the_number_of_statements_does_not_grow_with_the_thread(reporter, messages):
    report = reporter.send(S.ACCEPTED)
    for number in range(messages):
        ask_reporter(AskReporter(report.reference, f"问题{number}"), actor=reporter.officer)
    reporter.come_back()

    with counted() as seen:
        page = reporter.page()

    assert len(page.find("article")) == messages
    reading = [words for words in seen if words.lstrip().startswith("SELECT")]
    assert len(reading) <= 13, reading


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_says_by_which_rule_the_report_went_there_and_no_word_of_the_explanation(
    reporter, language
):
    report = reporter.send()
    triage_report(report.id, actor=Actor.system("test"))
    made = db.session.scalars(select(RoutingDecision)).one()
    rule = next(rule for rule in current_place().rules if rule.id == made.rule_id)

    page = reporter.come_back(language=language)

    assert rule.sentence.in_(language) in page.text("dl")
    others = {line[language[:2]] for line in made.explanation} - {rule.sentence.in_(language)}
    assert others
    assert not any(line in page.text() for line in others)


def test_the_page_says_when_a_person_decided_and_not_who_or_why(reporter):
    reporter.send(S.ROUTED)

    page = reporter.come_back(language="en")

    assert "A person decided" in page.text("dl")
    assert "按职责分工" not in page.text()


@pytest.mark.requirement("U15")
def test_what_the_desk_wrote_counts_as_read_when_the_reporter_opens_the_page(reporter):
    report = reporter.send(S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "哪一天？"), actor=reporter.officer)
    add_note(AddNote(report.reference, "内部意见"), actor=reporter.officer)
    write_to_desk(WriteToDesk(report.id, "周一。"), actor=Actor.public())
    read = select(Message.kind).where(Message.read_at.is_not(None))
    assert db.session.scalars(read).all() == []

    reporter.come_back()
    first = db.session.scalar(select(Message.read_at).where(Message.read_at.is_not(None)))
    reporter.page()

    assert db.session.scalars(read).all() == [MessageKind.QUESTION]
    assert db.session.scalar(select(Message.read_at).where(Message.read_at.is_not(None))) == first
