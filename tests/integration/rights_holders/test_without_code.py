"""Whoever opens the report of a complaint without its code can do so while they act for it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.accounts.rules import IDLE
from portal.feedback.own_complaint import open_own_complaint
from portal.feedback.service import ProposeCode, ReplaceCode, propose_code, replace_code
from portal.feedback.tickets import find_proposed, find_way_back, get_tracked
from portal.feedback.visiting import COOKIE
from portal.infra.database import db
from portal.infra.keys import keys
from portal.infra.visits import Visit, VisitPurpose, forget_old_visits
from portal.intake.models import Message, Receipt, Report
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.reference import (
    derive_receipt,
    harden_verifier,
    interim_verifier,
    locator_mac,
)
from portal.rights_holders.queries.own import today
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.people import (
    AddPerson,
    add_person,
    answer_invitation,
    end_membership,
)
from tests.factories.accounts import enter_desk
from tests.factories.intake import submit
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    member_of,
    outsider,
)
from tests.pages import Pages

NO_IDS = "00000000-0000-0000-0000-000000000000"


class Helping:
    """Somebody who acts for an organisation of somebody else, with the report of its complaint."""

    def __init__(self, app):
        self.owner, self.person = make_outsider(), make_outsider()
        self.organisation = make_organisation(self.owner)
        self.number = self.organisation.number
        until = today() + timedelta(days=30)
        asked = AddPerson(
            self.number, MemberRole.AGENT, sign_in_name=self.person.name, power_until=until
        )
        add_person(asked, actor=outsider(self.owner))
        invited = member_of(self.organisation, self.person).id
        answer_invitation(invited, accepted=True, actor=outsider(self.person))
        order = FileComplaint(self.number, GOOD, "zh-Hans")
        file_complaint_now(order, actor=outsider(self.owner))
        self.reference = db.session.query(Report).one().reference
        self.browser = Pages(app)
        self.enter()
        self.browser.post(
            self.browser.get(f"/rights-holders/{self.number}/complaints/1"),
            form=f"form[action=/track/complaint/{self.number}/1]",
        )
        self.writing = self.browser.get("/track/report/write")
        assert self.reference in self.browser.get("/track/report").text()

    def enter(self, person=None):
        enter_desk(self.browser, person or self.person)

    @property
    def member(self):
        return member_of(self.organisation, self.person)

    def taken_out(self):
        end_membership(self.number, self.member.id, actor=outsider(self.owner))

    def taken_out_and_back_again(self):
        self.taken_out()
        self.enter()

    def power_ended(self):
        self.member.power_until = today() - timedelta(days=1)
        db.session.commit()

    def signed_out(self):
        self.browser.client.delete_cookie("desk")

    def another_signed_in(self):
        self.enter(self.owner)

    def somebody_of_nothing_signed_in(self):
        self.enter(make_outsider())


def known_code():
    """As if somebody had come by the code of the report, which nobody was given."""
    code = derive_receipt(keys().pepper, b"k" * 32, 0)
    receipt = db.session.query(Receipt).one()
    receipt.locator_mac = locator_mac(keys().locator, code.locator)
    receipt.verifier = harden_verifier(interim_verifier(keys().pepper, code.secret))
    db.session.commit()
    return code.text


def pages_of_a_report(app):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/track/report"):
            path = rule.rule.replace("<uuid:award_id>", NO_IDS)
            yield from ((path, method) for method in rule.methods & {"GET", "POST"})


@pytest.mark.requirement("F16")
@pytest.mark.parametrize(
    "ended",
    [
        Helping.taken_out,
        Helping.taken_out_and_back_again,
        Helping.power_ended,
        Helping.signed_out,
        Helping.another_signed_in,
        Helping.somebody_of_nothing_signed_in,
    ],
)
def test_the_report_of_a_complaint_is_closed_to_whoever_acts_for_it_no_more(app, ended):
    helping = Helping(app)
    ended(helping)

    seen = [
        (path, method, helping.browser.client.open(path, method=method))
        for path, method in pages_of_a_report(app)
        if method == "GET"
    ]
    written = helping.browser.post(helping.writing, {"text": "我还在看"})

    assert len(seen) > 10
    for path, _method, answer in seen:
        assert answer.status_code == 404, path
        assert helping.reference not in answer.get_data(as_text=True)
    assert written.status == 404
    assert "我还在看" in written.text(), "what was typed is given back"
    assert db.session.query(Message).count() == 0


@pytest.mark.requirement("F16")
def test_every_act_on_the_report_of_a_complaint_ends_with_the_right_to_it(app):
    helping = Helping(app)
    token = helping.writing.find("[name=csrf_token]")[0]["value"]
    helping.power_ended()

    acts = [path for path, method in pages_of_a_report(app) if method == "POST"]
    for path in acts:
        answer = helping.browser.client.post(path, data={"csrf_token": token, "text": "x"})
        assert answer.status_code == 404, path

    assert len(acts) > 8
    assert helping.browser.client.get_cookie(COOKIE) is not None


@pytest.mark.requirement("F16")
def test_whoever_was_signed_out_by_idling_has_their_text_and_is_told_to_sign_in_again(app):
    helping = Helping(app)
    sign_in = f"/desk/sign-in?next=/rights-holders/{helping.number}/complaints/1"

    with time_machine.travel(datetime.now(UTC) + IDLE + timedelta(minutes=1), tick=False):
        written = helping.browser.post(helping.writing, {"text": "我还在看"})
        opened = helping.browser.get("/track/report")
        helping.enter(helping.owner)
        of_others = helping.browser.get("/track/report")

    assert written.one("main textarea").node.text == "我还在看"
    assert "刚才的内容没有提交" in written.one("h1").text
    assert "您已退出登录" in opened.one("h1").text
    for page in (written, opened):
        assert page.status == 404
        assert "请登录后从投诉打开来件。" in page.text("main")
        assert [one["href"] for one in page.find("main a[href]")] == [sign_in]
    assert of_others.status == 404
    assert "请登录后" not in of_others.text()


@pytest.mark.requirement("F16")
def test_whoever_never_had_a_code_is_never_asked_for_one(app):
    """Their visit lasts as long as they are signed in; after that they sign in again."""
    helping, began = Helping(app), datetime.now(UTC)
    back = f"/rights-holders/{helping.number}/complaints/1"

    for minutes in range(20, 200, 20):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            forget_old_visits(actor=Actor.system("schedule"))
            assert helping.reference in helping.browser.get("/track/report").text(), minutes
    with time_machine.travel(began + timedelta(minutes=190) + IDLE, tick=False):
        out = helping.browser.get("/track/report")
        signed_in = helping.browser.get(out.find("main a[href]")[-1]["href"])

    assert (out.status, signed_in.status) == (404, 200)
    assert out.find("main a[href]")[0]["href"] == f"/desk/sign-in?next={back}"
    assert not out.has("main input[name=code]")


@pytest.mark.requirement("F16")
@pytest.mark.parametrize("leaves", [False, True])
def test_whoever_signs_out_or_leaves_takes_the_way_to_the_complaint_along(app, leaves):
    helping = Helping(app)
    browser, mine = helping.browser, f"/rights-holders/{helping.number}/people"
    end = f"{mine}/{helping.member.id}/end" if leaves else "/desk/sign-out"
    before = browser.get(end if leaves else mine)

    browser.post(before, form=f"form[action='{end}']")

    assert (db.session.query(Visit).count(), browser.client.get_cookie(COOKIE)) == (0, None)
    answer = browser.client.get("/track/report")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/track")
    written = browser.post(helping.writing, {"text": "我还在看"})
    assert (written.status, written.one("main textarea").node.text) == (404, "我还在看")
    assert helping.number not in written.text() + "".join(written.links())


@pytest.mark.requirement("F16")
def test_whoever_acts_for_an_organisation_files_another_complaint_and_begins_no_draft(app):
    helping = Helping(app)
    page = helping.browser.get("/track/report")
    assert not page.has("form[action='/track/report/again']")

    led = helping.browser.client.post("/track/report/again", data=page.fields("form[method=post]"))

    assert led.headers["Location"] == f"/rights-holders/{helping.number}/complaints/add"
    assert db.session.query(Visit).filter_by(purpose=VisitPurpose.DRAFT).count() == 0


def test_signing_out_leaves_a_report_open_that_was_opened_with_its_code(app):
    helping, receipt = Helping(app), submit()
    browser = helping.browser
    before = browser.get("/rights-holders/mine")
    tracked = browser.post(browser.get("/track"), {"code": receipt.code.text})

    browser.post(before, form="form[action='/desk/sign-out']")

    assert browser.get("/track/report").text("h1") == tracked.text("h1")


@pytest.mark.requirement("F16")
@pytest.mark.parametrize("replaced", [False, True])
def test_another_code_leaves_a_visit_to_a_complaint_with_whoever_acts_for_it(app, replaced):
    helping = Helping(app)
    actor, code = outsider(helping.person), known_code()
    ticket = open_own_complaint(helping.number, 1, actor=actor)

    propose_code(ProposeCode(ticket, code, "network"), actor=actor)
    if replaced:
        proposed = find_proposed(db.session(), ticket)
        assert replace_code(ReplaceCode(ticket, proposed.text[-4:]), actor=actor)

    assert get_tracked(db.session(), ticket, actor)
    helping.power_ended()
    with pytest.raises(NotFound):
        get_tracked(db.session(), ticket, actor)
    assert find_way_back(db.session(), ticket).organisation == helping.number


@pytest.mark.requirement("F16")
def test_somebody_of_an_organisation_whose_visit_is_gone_is_led_to_the_complaints(app):
    helping = Helping(app)
    helping.browser.client.delete_cookie(COOKIE)

    read, written = (
        helping.browser.get("/track/report"),
        helping.browser.post(helping.writing, {"text": "我还在看"}),
    )

    for page in (read, written):
        assert page.status == 404
        links = [one["href"] for one in page.find("main a[href]")]
        assert links == ["/rights-holders/mine", "/track"]
    assert written.one("main textarea").node.text == "我还在看"


def test_the_page_that_asks_for_a_code_says_what_those_do_who_have_none(app):
    page = Pages(app).get("/track")

    assert "/desk/sign-in?next=/rights-holders/mine" in page.links()


def test_the_report_of_a_complaint_leads_back_to_the_complaint(app):
    helping = Helping(app)

    page = helping.browser.get("/track/report")

    assert f"/rights-holders/{helping.number}/complaints/1" in page.links()
