"""A notice to a host: approved by another, sent once, in its language, without who reported it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.states import CaseEnding, CaseState
from portal.casework.queries.board import viewpoint
from portal.hosts.models import CaseAddress, HostNotice
from portal.hosts.queries.addresses import get_online
from portal.hosts.queries.notices import list_awaited
from portal.hosts.service.contacts import AddContact, EndContact, add_contact, end_contact
from portal.hosts.service.notices import RecordHostAnswer, record_host_answer
from portal.hosts.service.sending import send_host_notice
from portal.hosts.states import HostAnswer, HostNoticeAction, HostNoticeState
from portal.hosts.xarf import demand_valid
from portal.infra.database import db
from portal.intake.models import ContactMode
from portal.intake.service import Identity
from portal.jurisdiction import queries
from portal.kernel.actor import Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import today
from tests.factories.casework import make_head
from tests.factories.hosts import (
    MACHINE,
    URL,
    add,
    make_contact,
    make_notice,
    make_online_case,
    people,
    settle,
)

pytestmark = pytest.mark.usefixtures("app")
A, S = HostNoticeAction, HostNoticeState
CANARY = "金丝雀专用词"
NAME = "林金丝雀"


def now(notice):
    db.session.expire_all()
    return db.session.get_one(HostNotice, notice.id)


@pytest.mark.requirement("C20")
@pytest.mark.requirement("U23")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_notice_goes_in_the_hosts_language_with_xarf_and_nothing_of_the_reporter(
    postbox, language
):
    officer, head = people()
    number = make_online_case(
        officer,
        narrative=f"{CANARY}在网上看到",
        title=CANARY,
        place=CANARY,
        contact_mode=ContactMode.NAMED,
        identity=Identity(NAME, "13900001234", "canary@example.net"),
    )
    contact = make_contact(language=language, answer_days=4)
    one, two = add(number, officer), add(number, officer, "http://dl.pirate.example/x")
    notice = make_notice(number, officer, contact, one, two)
    settle(number, notice, A.APPROVE, head)

    for _time in range(2):
        send_host_notice(notice.id, actor=MACHINE)

    [message] = postbox.messages
    text = message.get_body().get_content()
    assert message["To"] == "abuse@pirate.example"
    assert f"{number}-1" in message["Subject"]
    assert ("请于" in text) == (language == "zh-Hans")
    assert URL in text
    reports = [json.loads(part.get_content()) for part in message.iter_attachments()]
    assert [demand_valid(report)["infringing_url"] for report in reports] == [
        URL,
        "http://dl.pirate.example/x",
    ]
    for secret in (CANARY, NAME, "13900001234", "canary@example.net"):
        assert secret not in text + json.dumps(reports, ensure_ascii=False)
    assert now(notice).state is S.SENT
    assert now(notice).due_on > today()
    [sent] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "host_notice.send"))
    assert sent.details["approved_by"] == head.id.hex
    looked = db.session.scalars(select(CaseAddress.next_look_at)).all()
    assert None not in looked


def test_nothing_goes_to_a_host_that_was_taken_out_of_the_directory(postbox):
    officer, head = people()
    number, contact = make_online_case(officer), make_contact()
    notice = make_notice(number, officer, contact, add(number, officer))

    end_contact(EndContact(contact), actor=head)

    with pytest.raises(RuleBroken, match="contact-ended"):
        settle(number, notice, A.APPROVE, head)
    assert now(notice).state is S.DRAFTED


@pytest.mark.requirement("E5")
def test_whoever_drafted_a_notice_does_not_approve_it_and_only_the_head_does(postbox):
    officer, head = people()
    number = make_online_case(officer)
    notice = make_notice(number, officer, make_contact(), add(number, officer))
    with pytest.raises(NotPermitted):
        settle(number, notice, A.APPROVE, officer)
    other = make_notice(
        number,
        head,
        make_contact(name="另一家", domains=("b.example",)),
        add(number, officer, "https://b.example/"),
    )
    with pytest.raises(RuleBroken, match="drafter-does-not-approve"):
        settle(number, other, A.APPROVE, head)

    settle(number, notice, A.APPROVE, head)
    with pytest.raises(MoveRefused):
        settle(number, notice, A.APPROVE, head)
    assert postbox.messages == []


def test_a_host_is_not_told_of_a_case_that_is_not_taken_on():
    officer, _head = people()
    number = make_online_case(officer, upto="")

    with pytest.raises(RuleBroken, match="case-not-accepted"):
        make_notice(number, officer, make_contact(), add(number, officer))


def test_an_address_of_somebody_else_or_in_a_notice_that_runs_goes_into_none():
    officer, _head = people()
    number = make_online_case(officer)
    contact, own = make_contact(), add(number, officer)
    strange = add(number, officer, "https://pirate.example.evil.net/")

    for chosen, code in (((strange,), "address-not-theirs"), ((), "notice-without-address")):
        with pytest.raises(RuleBroken, match=code):
            make_notice(number, officer, contact, *chosen)
    first = make_notice(number, officer, contact, own)
    with pytest.raises(RuleBroken, match="address-in-notice"):
        make_notice(number, officer, contact, own)
    settle(number, first, A.WITHDRAW, officer)
    assert make_notice(number, officer, contact, own).number == 2
    end_contact(EndContact(contact), actor=people()[1])
    with pytest.raises(NotFound):
        make_notice(number, officer, contact, own)


def test_what_the_server_refuses_can_go_again_and_what_is_in_doubt_waits_for_a_person(postbox):
    officer, head = people()
    number = make_online_case(officer)
    notice = make_notice(number, officer, make_contact(), add(number, officer))
    settle(number, notice, A.APPROVE, head)
    postbox.behaviour = "refuse"
    send_host_notice(notice.id, actor=MACHINE)
    assert (now(notice).state, now(notice).failure) == (S.APPROVED, "mail-refused")

    settle(number, notice, A.SEND_AGAIN, officer)
    postbox.behaviour = "hang-up"
    send_host_notice(notice.id, actor=MACHINE)
    send_host_notice(notice.id, actor=MACHINE)
    assert now(notice).state is S.UNCONFIRMED
    assert len(postbox.messages) == 1

    settle(number, notice, A.SEND, officer)
    assert (now(notice).state, now(notice).sent_at is not None) == (S.SENT, True)


@pytest.mark.requirement("C20")
def test_an_answer_that_came_before_anybody_said_it_was_sent_is_entered_with_its_own_day(postbox):
    officer, head = people()
    number = make_online_case(officer)
    notice = make_notice(number, officer, make_contact(), add(number, officer))
    settle(number, notice, A.APPROVE, head)
    postbox.behaviour = "hang-up"
    send_host_notice(notice.id, actor=MACHINE)
    assert now(notice).state is S.UNCONFIRMED
    week_ago = now(notice).approved_at - timedelta(days=7)
    now(notice).approved_at = week_ago
    db.session.commit()
    settle(number, notice, A.SEND, officer)
    answered = today() - timedelta(days=3)

    early = RecordHostAnswer(number, notice.number, HostAnswer.REMOVED, today() - timedelta(days=8))
    with pytest.raises(RuleBroken, match="day-out-of-range"):
        record_host_answer(early, actor=officer)
    order = RecordHostAnswer(number, notice.number, HostAnswer.REMOVED, answered)
    record_host_answer(order, actor=officer)

    [line] = get_online(db.session(), number, officer).notices
    assert (line.answer, line.answered_on) == (HostAnswer.REMOVED, answered)


@pytest.mark.requirement("C20")
def test_an_answer_is_waited_for_on_a_list_and_written_down_with_its_day(postbox, monkeypatch):
    # The place is looked for in the middle of every act, as it may be at any.
    monkeypatch.setattr(queries, "CHECK_EVERY", 0.0)
    officer, head = people()
    number = make_online_case(officer)
    notice = make_notice(number, officer, make_contact(), add(number, officer))
    settle(number, notice, A.APPROVE, head)
    send_host_notice(notice.id, actor=MACHINE)
    waiting = list_awaited(db.session(), viewpoint(officer), Window())
    assert [(one.number, one.overdue) for one in waiting.items] == [(number, False)]

    early = today().replace(year=2020)
    for day in (early, today().replace(year=2090)):
        with pytest.raises(RuleBroken, match="day-out-of-range"):
            record_host_answer(
                RecordHostAnswer(number, notice.number, HostAnswer.REMOVED, day), actor=officer
            )
    order = RecordHostAnswer(number, notice.number, HostAnswer.REMOVED, today(), "已删除")
    record_host_answer(order, actor=officer)

    [line] = get_online(db.session(), number, officer).notices
    assert (line.answer, line.answer_words, line.late) == (HostAnswer.REMOVED, "已删除", False)
    assert list_awaited(db.session(), viewpoint(officer), Window()).items == ()


@pytest.mark.requirement("C20")
def test_an_act_on_a_notice_has_a_page_exactly_where_the_notice_has_its_button(desk, postbox):
    unit, officer = desk(Role.CASE_OFFICER)
    boss, head = desk(Role.DEPARTMENT_HEAD)
    number, contact = make_online_case(officer), make_contact()
    notice = make_notice(number, head, contact, add(number, officer))
    home = f"/desk/cases/{number}"
    asked = ("approve", "withdraw", "send", "send-again", "answer")

    def acts_of(pages):
        found = {act: pages.get(f"{home}/host-notices/1/{act}").status for act in asked}
        assert set(found.values()) <= {200, 409}
        offered = {
            one for one in pages.get(f"{home}/addresses").links() if "/host-notices/1/" in one
        }
        assert {one.rpartition("/")[2] for one in offered} == {
            act for act, status in found.items() if status == 200
        }
        return {act for act, status in found.items() if status == 200}

    assert (acts_of(unit), acts_of(boss)) == ({"withdraw"}, {"withdraw"}), "drafted by the head"
    settle(number, notice, A.APPROVE, make_head())
    assert acts_of(unit) == {"withdraw"}
    send_host_notice(notice.id, actor=MACHINE)
    assert acts_of(boss) == {"answer"}
    assert unit.get(f"{home}/host-notices/2/answer").status == 404
    assert unit.get(f"{home}/host-notices/{contact}/draft").status == 409, "it is in a notice"
    close(number)
    assert unit.get(f"{home}/addresses/add").status == 409


def close(number):
    """As if everything that closing asks for were there."""
    case = db.session.query(Case).filter_by(number=number).one()
    case.state, case.ending = CaseState.CLOSED, CaseEnding.NO_BREACH
    db.session.commit()


@pytest.mark.requirement("C20")
def test_what_a_host_answers_after_the_case_is_closed_is_written_down_and_nothing_is_sent(
    desk, postbox
):
    pages, _officer = desk(Role.CASE_OFFICER)
    officer, head = people()
    number, contact = make_online_case(officer), make_contact()
    told, doubted, drafted = (
        make_notice(number, officer, contact, add(number, officer, f"{URL}/{name}"))
        for name in ("told", "doubted", "drafted")
    )
    for one in (told, doubted):
        settle(number, one, A.APPROVE, head)
    send_host_notice(told.id, actor=MACHINE)
    row = now(doubted)
    row.state, row.due_on = S.UNCONFIRMED, today()
    db.session.commit()
    close(number)

    page = pages.get(f"/desk/cases/{number}/addresses")
    acts = {one.rpartition("host-notices/")[2] for one in page.links() if "host-notices/" in one}
    assert acts == {"1/answer", "2/send", "3/withdraw"}
    for one, action in ((doubted, A.SEND_AGAIN), (drafted, A.APPROVE)):
        with pytest.raises(RuleBroken, match="case-is-closed"):
            settle(number, one, action, head)
    home = f"/desk/cases/{number}/host-notices"
    for act in ("2/send", "3/withdraw"):
        pages.post(pages.get(f"{home}/{act}"), {})
    said = {"answer": "removed", "answered_on": today().isoformat(), "words": "已删除"}
    for one in ("1", "2"):
        assert "已删除" in pages.post(pages.get(f"{home}/{one}/answer"), said).text("main")
    states = [now(one).state for one in (told, doubted, drafted)]
    assert states == [S.ANSWERED, S.ANSWERED, S.WITHDRAWN]
    assert len(postbox.messages) == 1


@pytest.mark.parametrize(
    "changes",
    [
        *({"domains": ()}, {"domains": ("example",)}, {"domains": ("http://a.example/",)}),
        *({"mailbox": "nobody"}, {"mailbox": "a@b.example,c@d.example"}, {"language": "fr"}),
        *({"answer_days": 0}, {"answer_days": 91}),
    ],
)
def test_a_host_has_a_mailbox_domains_and_a_time_one_would_wait(changes):
    with pytest.raises(RuleBroken):
        make_contact(**changes)


def test_a_domain_is_that_of_one_host_until_it_is_taken_out_of_the_directory():
    first = make_contact(domains=("pirate.example", "cdn.example"))
    with pytest.raises(RuleBroken, match="domain-of-another"):
        make_contact(domains=("other.example", "CDN.example."))

    end_contact(EndContact(first), actor=make_head())

    assert make_contact(domains=("cdn.example",)) != first


def test_only_heads_change_the_directory():
    officer, _head = people()
    order = AddContact("某平台", "abuse@a.example", "en", ("a.example",))
    with pytest.raises(NotPermitted):
        add_contact(order, actor=officer)
