"""A notice to another body: without content, sent once, and honest about what nobody knows."""

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from portal.infra.config import Settings, SettingsWrong, read_settings, settings
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Report
from portal.kernel.errors import MoveRefused, RuleBroken
from portal.transfers.models import HandOver
from portal.transfers.service.keeping import WithdrawHandOver, withdraw_hand_over
from portal.transfers.service.sending import (
    AnnounceHandOver,
    RecordSending,
    SendAgain,
    announce_hand_over,
    deliver_announcement,
    record_sending,
    send_again,
)
from portal.transfers.states import Carrier, HandOverState
from tests.factories.casework import make_clerk
from tests.factories.transfers import MACHINE, make_hand_over, make_passed_report, today
from workers.kinds import KINDS, OnUnknown
from workers.runner import TaskTimedOut, time_limit

pytestmark = pytest.mark.usefixtures("app")
S = HandOverState
ADDRESS = "intake@market.example.org"
CANARY = "金丝雀专用词"


def announced(**changes) -> HandOver:
    """A hand-over whose notice is about to go."""
    clerk = make_clerk()
    made = make_hand_over(make_passed_report(narrative=CANARY), S.READY, officer=clerk, **changes)
    announce_hand_over(AnnounceHandOver(made.id, ADDRESS, Carrier.FETCHED), actor=clerk)
    return made


def now(made: HandOver) -> HandOver:
    db.session.expire_all()
    return db.session.get_one(HandOver, made.id)


@pytest.mark.requirement("B14")
@pytest.mark.requirement("U23")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_notice_names_the_number_and_nothing_of_the_matter(postbox, language):
    made = announced(language=language, outline=CANARY, reason=CANARY)

    deliver_announcement(made.id, actor=MACHINE)

    [message] = postbox.messages
    text = message.get_content()
    assert (message["To"], message["From"]) == (ADDRESS, "sunline@office.example.org")
    assert message["Reply-To"] is None
    assert list(message.iter_attachments()) == []
    assert f"-{made.number}" in message["Subject"]
    assert CANARY not in str(message)
    assert ("材料不在本邮件中" in text) == (language == "zh-Hans")
    after = now(made)
    assert (after.state, after.sent_on, after.carrier) == (S.SENT, today(), Carrier.FETCHED)


@pytest.mark.requirement("B14")
def test_a_notice_that_went_is_not_sent_again_however_often_the_task_runs(postbox):
    made = announced()

    for _time in range(3):
        deliver_announcement(made.id, actor=MACHINE)

    assert len(postbox.messages) == 1


def test_an_address_that_the_server_refuses_leaves_the_hand_over_ready_and_says_so(postbox):
    postbox.behaviour = "refuse"
    made = announced()

    deliver_announcement(made.id, actor=MACHINE)

    after = now(made)
    assert (after.state, after.failure, after.sent_on) == (S.READY, "mail-refused", None)
    assert not after.by_mail


def test_a_server_that_is_away_means_that_nothing_went(postbox, monkeypatch):
    made = announced()
    monkeypatch.setenv("SUNLINE_MAIL_URL", "smtp://127.0.0.1:1")
    settings.cache_clear()

    deliver_announcement(made.id, actor=MACHINE)

    after = now(made)
    assert (after.state, after.failure) == (S.READY, "mail-server-away")
    assert postbox.messages == []


@pytest.mark.requirement("B14")
def test_a_server_that_hangs_up_leaves_it_unknown_and_no_machine_tries_again(postbox):
    postbox.behaviour = "hang-up"
    made = announced()

    deliver_announcement(made.id, actor=MACHINE)
    deliver_announcement(made.id, actor=MACHINE)

    assert now(made).state is S.UNCONFIRMED
    assert len(postbox.messages) == 1


@pytest.mark.requirement("B14")
def test_a_worker_that_dies_between_sending_and_writing_it_down_leaves_it_unknown(postbox):
    postbox.behaviour = "kill"
    made = announced()

    with pytest.raises(TaskTimedOut), time_limit(60):
        deliver_announcement(made.id, actor=MACHINE)
    db.session.rollback()
    deliver_announcement(made.id, actor=MACHINE)

    assert now(made).state is S.UNCONFIRMED
    assert len(postbox.messages) == 1
    assert KINDS[TaskKind.ANNOUNCE_HAND_OVER].on_unknown is OnUnknown.ASK_A_PERSON


def test_a_person_settles_what_nobody_knows_either_way(postbox):
    postbox.behaviour = "hang-up"
    clerk = make_clerk()
    arrived, lost = announced(), announced()
    for one in (arrived, lost):
        deliver_announcement(one.id, actor=MACHINE)
    postbox.behaviour = "take"

    record_sending(RecordSending(arrived.id, Carrier.FETCHED, today()), actor=clerk)
    send_again(SendAgain(lost.id), actor=clerk)
    announce_hand_over(AnnounceHandOver(lost.id, ADDRESS, Carrier.POST), actor=clerk)
    deliver_announcement(lost.id, actor=MACHINE)

    assert (now(arrived).state, now(lost).state) == (S.SENT, S.SENT)
    assert len(postbox.messages) == 3


def test_what_was_taken_back_before_the_notice_went_is_not_announced(postbox):
    made = announced()
    withdraw_hand_over(WithdrawHandOver(made.id, "送错了单位。"), actor=make_clerk())

    deliver_announcement(made.id, actor=MACHINE)

    assert postbox.messages == []
    assert now(made).state is S.WITHDRAWN


def test_the_task_holds_an_id_and_no_address(postbox):
    made = announced()

    task = db.session.scalars(
        select(Task).where(Task.kind == TaskKind.ANNOUNCE_HAND_OVER, Task.subject_id == made.id)
    ).one()

    assert ADDRESS not in task.dedupe
    assert ADDRESS.encode() not in (now(made).words or b"")


def test_where_no_mail_is_set_up_none_is_ordered():
    clerk = make_clerk()
    made = make_hand_over(state=S.READY, officer=clerk)

    with pytest.raises(RuleBroken, match="mail-not-set-up"):
        announce_hand_over(AnnounceHandOver(made.id, ADDRESS, Carrier.POST), actor=clerk)


def test_only_what_is_ready_is_announced(postbox):
    clerk = make_clerk()
    made = make_hand_over(state=S.SENT, officer=clerk)

    with pytest.raises(MoveRefused):
        announce_hand_over(AnnounceHandOver(made.id, ADDRESS, Carrier.POST), actor=clerk)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUNLINE_MAIL_URL", "http://mail.example.org"),
        ("SUNLINE_MAIL_URL", "smtp://"),
        ("SUNLINE_MAIL_URL", "smtp://mail.example.org:post"),
        ("SUNLINE_MAIL_FROM", "no address"),
        ("SUNLINE_MAIL_FROM", "a@example.org\nBcc: b@example.org"),
    ],
)
def test_a_slip_in_the_mail_settings_shows_when_the_program_starts(monkeypatch, name, value):
    monkeypatch.setenv("SUNLINE_MAIL_URL", "smtps://mail.example.org")
    monkeypatch.setenv("SUNLINE_MAIL_FROM", "sunline@example.org")
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        Settings()


def test_what_is_wrong_with_a_setting_is_told_without_what_may_be_of_a_password(monkeypatch):
    monkeypatch.setenv("SUNLINE_MAIL_URL", "smtps://sunline:geheim/1@mail.example.org:465")

    with pytest.raises(SettingsWrong, match=r"^SUNLINE_MAIL_URL: write one like smtps://") as wrong:
        read_settings()

    assert "geheim" not in str(wrong.value)


def test_a_mail_server_without_a_sender_is_refused(monkeypatch):
    monkeypatch.setenv("SUNLINE_MAIL_URL", "smtps://mail.example.org")

    with pytest.raises(ValidationError, match="SUNLINE_MAIL_FROM"):
        Settings()


def test_outside_this_machine_nothing_is_sent_unencrypted(postbox, monkeypatch):
    """The test server offers no STARTTLS: a host that is not known as this machine gets nothing."""
    made = announced()
    monkeypatch.setattr("portal.infra.mail.LOOPBACK", frozenset())

    deliver_announcement(made.id, actor=MACHINE)

    assert (now(made).state, now(made).failure) == (S.READY, "mail-server-away")
    assert postbox.messages == []


def test_no_notice_goes_out_of_what_was_marked_meanwhile(postbox):
    clerk, made = make_clerk(), announced()
    db.session.execute(
        update(Report).where(Report.id == made.report_id).values(flags=["do_not_forward"])
    )
    db.session.commit()

    deliver_announcement(made.id, actor=MACHINE)

    assert postbox.messages == []
    assert (now(made).state, now(made).by_mail) == (S.READY, False)
    with pytest.raises(RuleBroken, match="not-to-be-passed-on"):
        announce_hand_over(AnnounceHandOver(made.id, ADDRESS, Carrier.FETCHED), actor=clerk)
