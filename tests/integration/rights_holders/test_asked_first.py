"""What cannot be brought back is asked about first, on a page that says what it means."""

import pytest

from portal.infra.database import db
from portal.rights_holders.models import Complaint, Membership
from portal.rights_holders.queries.domains import list_domains
from portal.rights_holders.queries.own import today
from portal.rights_holders.queries.tokens import list_tokens
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.domains import add_domain
from portal.rights_holders.service.people import AddPerson, add_person, answer_invitation
from portal.rights_holders.service.tokens import IssueToken, issue_token
from portal.rights_holders.states import ComplaintState
from tests.factories.accounts import enter_desk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    member_of,
    outsider,
)
from tests.pages import Pages

UNFINISHED = {**GOOD, "right": ""}


@pytest.fixture
def person(app):
    return make_outsider()


@pytest.fixture
def organisation(person):
    return make_organisation(person)


@pytest.fixture
def friend(organisation, person):
    """Somebody else who files for the organisation."""
    found = make_outsider()
    order = AddPerson(organisation.number, MemberRole.SUBMITTER, sign_in_name=found.name)
    add_person(order, actor=outsider(person))
    answer_invitation(member_of(organisation, found).id, accepted=True, actor=outsider(found))
    return found


def browser_of(app, account, language="zh-Hans"):
    browser = Pages(app, language)
    enter_desk(browser, account)
    return browser


def there_are_no_buttons(page):
    return not page.has("main form[method=post]")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_complaint_is_withdrawn_on_a_page_that_says_what_goes_and_what_stays(
    app, organisation, person, language
):
    for cells in (GOOD, UNFINISHED):
        file_complaint_now(
            FileComplaint(organisation.number, cells, "zh-Hans"), actor=outsider(person)
        )
    browser = browser_of(app, person, language)
    own = f"/rights-holders/{organisation.number}/complaints/2"
    page = browser.get(own)
    assert there_are_no_buttons(page), "not at one press"
    assert f"{own}/withdraw" in page.links()

    asked = browser.get(f"{own}/withdraw")
    assert db.session.query(Complaint).filter_by(number=2).one().state != ComplaintState.WITHDRAWN
    browser.post(asked, form=f"form[action={own}/withdraw]")

    db.session.expire_all()
    told = {"zh-Hans": "填写的内容已清除", "en": "what was typed for it is erased"}[language]
    assert told in browser.get(own).text(), "it says what became of it"
    states = dict(db.session.query(Complaint.number, Complaint.state))
    assert states == {1: ComplaintState.FILED, 2: ComplaintState.WITHDRAWN}
    for number in (1, 2):
        at = f"/rights-holders/{organisation.number}/complaints/{number}"
        assert f"{at}/withdraw" not in browser.get(at).links()
        assert there_are_no_buttons(browser.get(f"{at}/withdraw"))


def test_whoever_leaves_reads_first_that_they_are_signed_out(app, organisation, friend):
    browser, member = browser_of(app, friend), member_of(organisation, friend).id
    own = f"/rights-holders/{organisation.number}/people"
    page = browser.get(own)
    assert there_are_no_buttons(page)
    assert [one for one in page.links() if one.endswith("/end")] == [f"{own}/{member}/end"]

    asked = browser.get(f"{own}/{member}/end")
    assert "退出登录" in asked.text("main")
    browser.post(asked, form=f"form[action={own}/{member}/end]")

    assert db.session.get(Membership, member).ended_at is not None
    assert "/desk/sign-in" in browser.client.get("/rights-holders/mine").headers["Location"]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_owner_is_told_before_what_ends_for_good_and_what_another_owner_can_bring_back(
    app, organisation, person, language
):
    second = make_outsider()
    order = AddPerson(organisation.number, MemberRole.OWNER, sign_in_name=second.name)
    add_person(order, actor=outsider(person))
    answer_invitation(member_of(organisation, second).id, accepted=True, actor=outsider(second))
    browser, own = browser_of(app, person, language), f"/rights-holders/{organisation.number}"
    mine, theirs = (
        browser.get(f"{own}/people/{member_of(organisation, one).id}/end").text("main")
        for one in (person, second)
    )

    said = {
        "zh-Hans": ("您建立的令牌", "另一位负责人可以恢复", "此人"),
        "en": ("Tokens that you made", "until another owner has them called again", "this person"),
    }
    [to_oneself, again, of_others] = said[language]
    assert (to_oneself in mine, again in mine, of_others in mine) == (True, True, False)
    assert (to_oneself in theirs, of_others in theirs) == (False, True)


def test_whoever_only_files_is_not_asked_about_a_name_on_the_net(app, organisation, person, friend):
    add_domain(organisation.number, "example.org", actor=outsider(person))
    [line] = list_domains(db.session(), organisation.id)
    at = f"/rights-holders/{organisation.number}/domains/{line.id}/remove"

    assert browser_of(app, friend).get(at).status == 403
    assert browser_of(app, make_outsider()).get(at).status == 404
    asked = browser_of(app, person).get(at)
    assert asked.text("h1") == asked.text("main form button") == "移除 example.org"


def test_whoever_leads_alone_is_told_so_before_and_has_no_button(app, organisation, person):
    browser, member = browser_of(app, person), member_of(organisation, person).id

    page = browser.get(f"/rights-holders/{organisation.number}/people/{member}/end")

    assert "请先添加另一位负责人" in page.text("main")
    assert there_are_no_buttons(page)


def test_whoever_only_files_is_asked_about_nobody_else(app, organisation, person, friend):
    browser, owner = browser_of(app, friend), member_of(organisation, person).id
    stranger = browser_of(app, make_outsider())
    own = f"/rights-holders/{organisation.number}/people/{owner}/end"

    assert browser.get(own).status == 403
    assert stranger.get(own).status == 404


def test_a_token_is_ended_on_a_page_of_its_own(app, organisation, person):
    actor, number = outsider(person), organisation.number
    order = IssueToken(number, "导出程序", (TokenScope.READ,), today())
    issue_token(order, actor=actor)
    [line] = list_tokens(db.session(), number, actor)
    browser, own = browser_of(app, person), f"/rights-holders/{number}/tokens"
    page = browser.get(own)
    assert there_are_no_buttons(page)
    assert f"{own}/{line.id}/revoke" in page.links()

    asked = browser.get(f"{own}/{line.id}/revoke")
    browser.post(asked, form=f"form[action='{own}/{line.id}/revoke']")

    assert [one.open for one in list_tokens(db.session(), number, actor)] == [False]
    assert browser.get(f"{own}/{line.id}/revoke").status == 404
