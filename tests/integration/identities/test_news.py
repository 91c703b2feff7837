"""Letters that there is news: no content, no address seen, none without consent (U6, U23)."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from portal.casework.service.conversation import AddNote, AskReporter, add_note, ask_reporter
from portal.custody.models import PostKey
from portal.custody.service.post import OpenPost, close_post, find_open_post, open_post
from portal.feedback.queries import get_tracking
from portal.feedback.rating import stop_being_told
from portal.feedback.service import erase_identity, read_tracking
from portal.identities.news import count_letters, letter, look_for_news, tell_by_mail
from portal.infra import boot
from portal.infra.database import db
from portal.infra.mail import MailNotSent
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.addresses import is_usable
from portal.intake.models import ContactMode, Message, ReporterMail
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotPermitted, RuleBroken
from portal.rewards.payment.models import RewardPin
from portal.rewards.payment.service.pins import forget_pin
from tests.factories.accounts import actor_of, make_account
from tests.factories.casework import make_officer
from tests.factories.custody import PASSPHRASE
from tests.factories.intake import make_report, submit
from tests.integration.identities.conftest import EMAIL, NAME, PHONE, named_report
from workers.kinds import KINDS

CLOCK, MACHINE, PUBLIC = Actor.system("clock"), Actor.system("tell_by_mail"), Actor.public()
ROOT = Path(__file__).resolve().parents[3]
QUESTION = "金丝雀问：几号看到的？"


def with_news(**changes):
    """A report whose reporter wanted letters, and was asked something."""
    officer = make_officer()
    report = named_report(officer=officer, wants_mail=True, **changes)
    ask_reporter(AskReporter(report.reference, QUESTION), actor=officer)
    return report


def kept(report) -> ReporterMail | None:
    db.session.expire_all()
    return db.session.get(ReporterMail, report.id)


def letters() -> list[Task]:
    return list(db.session.scalars(select(Task).where(Task.kind == TaskKind.TELL_BY_MAIL)))


@pytest.mark.requirement("U6")
@pytest.mark.requirement("U23")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_letter_says_that_there_is_news_and_nothing_else(post, language):
    report = with_news(language=language)

    assert look_for_news(actor=CLOCK) == 1
    tell_by_mail(report.id, actor=MACHINE)

    [message] = post.messages
    assert message["To"] == EMAIL
    assert (message["Reply-To"], message["Auto-Submitted"]) == (None, "auto-generated")
    assert list(message.iter_attachments()) == []
    whole = str(message) + message.get_content()
    for word in (QUESTION, NAME, PHONE, report.reference, report.id.hex, str(report.id)):
        assert word not in whole
    assert "/track" in message.get_content()
    assert kept(report).sent_at is not None


@pytest.mark.requirement("U6")
def test_who_did_not_want_letters_or_is_anonymous_leaves_no_address(post):
    named_report()
    submit(contact_mode=ContactMode.ANONYMOUS, identity=Identity(email=EMAIL), wants_mail=True)
    submit(contact_mode=ContactMode.NAMED, identity=Identity(NAME, PHONE), wants_mail=True)

    assert db.session.scalar(select(func.count()).select_from(ReporterMail)) == 0


def test_an_address_that_could_be_two_or_break_a_header_is_refused(post):
    for wrong in ("a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "甲@例.中国", "a@b"):
        assert not is_usable(wrong)
        with pytest.raises(RuleBroken, match="mail-address-unusable"):
            submit(
                contact_mode=ContactMode.NAMED, identity=Identity(NAME, "", wrong), wants_mail=True
            )
    assert is_usable(EMAIL)


def test_several_pieces_of_news_are_one_letter_and_none_is_sent_twice(post):
    report = with_news()
    officer = make_officer()
    add_note(AddNote(report.reference, "内部记录"), actor=officer)

    assert look_for_news(actor=CLOCK) == 1
    assert look_for_news(actor=CLOCK) == 0
    tell_by_mail(report.id, actor=MACHINE)
    tell_by_mail(report.id, actor=MACHINE)

    assert look_for_news(actor=CLOCK) == 0
    assert len(post.messages) == len(letters()) == 1
    ask_reporter(AskReporter(report.reference, "还有吗？"), actor=officer)
    assert look_for_news(actor=CLOCK) == 1


@pytest.mark.requirement("F1")
def test_whoever_says_that_a_pin_was_forgotten_does_not_read_the_news_of_it_away(post):
    report = named_report(wants_mail=True)
    with unit_of_work(PUBLIC) as uow:
        uow.insert(RewardPin(report_id=report.id, verifier=b"slow", set_at=uow.now))
    forget_pin(report.id, actor=PUBLIC)
    assert read_tracking(report.id, actor=PUBLIC).has_unread

    assert look_for_news(actor=CLOCK) == 1
    tell_by_mail(report.id, actor=MACHINE)

    assert [message["To"] for message in post.messages] == [EMAIL]
    assert look_for_news(actor=CLOCK) == 0


def test_a_letter_that_a_dead_task_never_sent_is_asked_for_anew_a_day_later(post):
    report = with_news()
    look_for_news(actor=CLOCK)
    first = kept(report).asked_at
    almost = datetime.now(UTC) - timedelta(hours=23)
    for since, count in ((almost, 0), (almost - timedelta(hours=2), 1)):
        db.session.execute(update(ReporterMail).values(asked_at=since))
        db.session.commit()
        assert look_for_news(actor=CLOCK) == count

    tell_by_mail(report.id, actor=MACHINE)

    assert len(post.messages) == 1
    assert len(letters()) == 2
    assert kept(report).asked_at is None
    assert first is not None


def test_every_attempt_at_a_letter_has_one_name_and_the_next_letter_another(post):
    report = with_news()
    for _letter in range(2):
        look_for_news(actor=CLOCK)
        asked_at = kept(report).asked_at
        for _attempt in range(2):
            tell_by_mail(report.id, actor=MACHINE)
            db.session.execute(update(ReporterMail).values(asked_at=asked_at))
            db.session.commit()
        db.session.execute(update(ReporterMail).values(asked_at=None))
        db.session.commit()
        ask_reporter(AskReporter(report.reference, "还有吗？"), actor=make_officer())

    names = [message["Message-ID"] for message in post.messages]
    assert (len(names), names[0], names[2]) == (4, names[1], names[3])
    assert len(set(names)) == 2
    assert not any(report.id.hex in name for name in names)


def test_what_was_read_or_is_for_the_desk_only_is_no_news(post):
    report = with_news()
    db.session.execute(update(Message).values(read_at=datetime.now(UTC)))
    db.session.commit()
    add_note(AddNote(report.reference, "内部记录"), actor=make_officer())

    assert look_for_news(actor=CLOCK) == 0


def test_while_the_post_is_closed_letters_wait_and_go_once_it_is_open(opening, post):
    report = with_news()
    look_for_news(actor=CLOCK)
    close_post(actor=opening.other)

    tell_by_mail(report.id, actor=MACHINE)
    assert (post.messages, look_for_news(actor=CLOCK)) == ([], 0)
    open_post(OpenPost(PASSPHRASE), actor=opening.other)

    assert look_for_news(actor=CLOCK) == 1
    tell_by_mail(report.id, actor=MACHINE)
    assert len(post.messages) == 1


def test_a_new_start_of_the_program_finds_the_post_closed(post, monkeypatch):
    now = datetime.now(UTC)
    assert find_open_post(db.session(), now) is not None

    monkeypatch.setattr(boot, "_SECRET", b"s" * 32)

    assert find_open_post(db.session(), now) is None
    with_news()
    assert look_for_news(actor=CLOCK) == 0


def test_the_post_closes_by_itself(post):
    late = datetime.now(UTC) + timedelta(days=31)

    assert find_open_post(db.session(), late) is None


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.CASE_OFFICER, Role.CUSTODIAN_R])
def test_nobody_but_an_approver_opens_the_post(app, role):
    with pytest.raises(NotPermitted):
        open_post(OpenPost(PASSPHRASE), actor=actor_of(make_account(role)))
    assert db.session.get(PostKey, 1) is None


@pytest.mark.requirement("U23")
def test_a_box_that_does_not_exist_is_counted_without_its_address_and_written_to_no_more(post):
    report = with_news()
    post.behaviour = "refuse"
    look_for_news(actor=CLOCK)

    tell_by_mail(report.id, actor=MACHINE)

    figures = count_letters(db.session())
    assert (figures.addresses, figures.waiting, figures.refused) == (1, 0, 1)
    assert get_tracking(db.session(), report.id).letters_arrive is False
    ask_reporter(AskReporter(report.reference, "还在吗？"), actor=make_officer())
    assert look_for_news(actor=CLOCK) == 0


def test_a_server_that_is_away_is_tried_again_and_says_nothing_of_the_address(
    post, monkeypatch, caplog
):
    report = with_news()
    look_for_news(actor=CLOCK)
    away = MailNotSent("mail-refused", status=451)

    def put_off(*_arguments, **_options):
        raise away from ValueError(EMAIL)

    monkeypatch.setattr("portal.identities.news.send_mail", put_off)
    with pytest.raises(MailNotSent) as caught:
        tell_by_mail(report.id, actor=MACHINE)

    assert caught.value.__cause__ is None
    assert EMAIL not in repr(caught.value) + caplog.text
    assert kept(report).asked_at is not None
    assert KINDS[TaskKind.TELL_BY_MAIL].attempts > 1


def test_the_reporter_ends_the_letters_and_the_address_is_gone(post):
    report = with_news()

    stop_being_told(report.id, actor=PUBLIC)

    assert kept(report) is None
    assert get_tracking(db.session(), report.id).letters_arrive is None
    assert look_for_news(actor=CLOCK) == 0


def test_with_the_identity_goes_the_address_for_letters(post):
    report = with_news()

    erase_identity(report.id, actor=PUBLIC)

    assert kept(report) is None


def test_a_report_without_consent_is_told_nothing(post):
    report = make_report(state=ReportState.ACCEPTED)
    ask_reporter(AskReporter(report.reference, QUESTION), actor=make_officer())

    assert look_for_news(actor=CLOCK) == 0
    assert letter("xx")[0] == "There is news"


@pytest.mark.requirement("U23")
def test_no_part_of_the_program_takes_mail_in_so_no_answer_reaches_the_office_through_it():
    takers = re.compile(r"^\s*(?:import|from) (?:imaplib|poplib|smtpd|aiosmtpd)\b", re.MULTILINE)
    sources = [path for name in ("portal", "workers") for path in (ROOT / name).rglob("*.py")]

    assert len(sources) > 500
    assert [path.name for path in sources if takers.search(path.read_text(encoding="utf-8"))] == []
