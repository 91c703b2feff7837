"""An account outside the office: none of the powers of staff, whatever stands in the tables."""

import pytest

from portal.access.permissions import Permission, permissions_of
from portal.accounts.models import AccountRole
from portal.accounts.queries import find_actor
from portal.accounts.service.administration import issue_one_time_code
from portal.infra.database import db
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.rights_holders.queries.desk import list_organisations
from portal.rights_holders.queries.own import (
    get_own,
    list_handed_in,
    list_invitations,
    list_members,
    list_own,
)
from portal.rights_holders.queries.works import get_work_page
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.works import WorkEntry, WorkKind
from portal.rights_holders.service.organisations import verify_organisation
from portal.rights_holders.service.people import (
    AddPerson,
    add_person,
    answer_invitation,
    end_membership,
    issue_code_to,
)
from portal.rights_holders.service.works import ChangeWork, change_work, open_own_proof
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.factories.casework import make_head
from tests.factories.rights_holders import (
    make_organisation,
    make_outsider,
    member_of,
    outsider,
    verifier,
)
from tests.pages import Pages


def test_a_role_in_the_tables_gives_somebody_outside_nothing(app):
    account = make_outsider()
    db.session.add(AccountRole(account_id=account.id, role=Role.ADMINISTRATOR))
    db.session.commit()

    found = find_actor(db.session(), account.id)

    assert found is not None
    assert (found.kind, found.roles) == (ActorKind.PUBLIC, frozenset())
    assert permissions_of(found) == {Permission.KEEP_ACCOUNT, Permission.FILE_COMPLAINTS}
    with pytest.raises(ValueError, match="no roles"):
        Actor(ActorKind.PUBLIC, account.id, frozenset({Role.ADMINISTRATOR}))


def test_an_administrator_has_no_hold_on_accounts_outside(app):
    account, admin = make_outsider(), actor_of(make_account(Role.ADMINISTRATOR))

    with pytest.raises(NotFound):
        issue_one_time_code(account.id, actor=admin)


def test_the_last_owner_stays_and_whoever_only_files_takes_nobody_out(app):
    owner, clerk = make_outsider(), make_outsider()
    organisation = make_organisation(owner)
    number, leads, files = organisation.number, outsider(owner), outsider(clerk)
    add_person(AddPerson(number, MemberRole.SUBMITTER, sign_in_name=clerk.name), actor=leads)
    answer_invitation(member_of(organisation, clerk).id, accepted=True, actor=files)

    with pytest.raises(RuleBroken, match="last-owner"):
        end_membership(number, member_of(organisation, owner).id, actor=leads)
    with pytest.raises(NotPermitted):
        end_membership(number, member_of(organisation, owner).id, actor=files)
    with pytest.raises(RuleBroken, match="person-has-started"):
        issue_code_to(number, member_of(organisation, clerk).id, actor=leads)


def test_whoever_has_an_account_acts_once_they_accept_and_nobody_accepts_for_another(app):
    owner, friend = make_outsider(), make_outsider()
    organisation = make_organisation(owner)
    number, leads, asked = organisation.number, outsider(owner), outsider(friend)
    add_person(AddPerson(number, MemberRole.OWNER, sign_in_name=friend.name), actor=leads)
    member = member_of(organisation, friend).id

    with pytest.raises(NotFound):
        answer_invitation(member, accepted=True, actor=leads)
    assert [one.number for one in list_invitations(db.session(), asked)] == [number]
    assert list_own(db.session(), asked) == []
    with pytest.raises(RuleBroken, match="last-owner"):
        end_membership(number, member_of(organisation, owner).id, actor=leads)
    answer_invitation(member, accepted=False, actor=asked)
    assert list_invitations(db.session(), asked) == []
    with pytest.raises(NotFound):
        answer_invitation(member, accepted=True, actor=asked)


def test_an_office_looks_after_organisations_of_its_region_and_no_others(app):
    own = make_organisation(make_outsider(), verified=False, region="320412").number
    other = make_organisation(make_outsider(), verified=False, region="110101", name="他社").number
    abroad = make_organisation(make_outsider(), verified=False, name="境外社").number
    head, everywhere = make_head(), verifier()

    def seen(actor):
        window = Window(limit=50)
        return {one.number for one in list_organisations(db.session(), actor, window, None).items}

    assert seen(head) == {own}
    assert seen(everywhere) >= {own, other, abroad}
    for number in (other, abroad):
        with pytest.raises(NotFound):
            verify_organisation(number, actor=head)
    verify_organisation(own, actor=head)


def test_a_work_is_changed_by_who_speaks_for_it_with_its_history_and_its_proof_opened_again(app):
    owner, clerk = make_outsider(), make_outsider()
    organisation = make_organisation(owner, works=2)
    number, leads, files = organisation.number, outsider(owner), outsider(clerk)
    add_person(AddPerson(number, MemberRole.SUBMITTER, sign_in_name=clerk.name), actor=leads)
    answer_invitation(member_of(organisation, clerk).id, accepted=True, actor=files)
    isbn = {Scheme.ISBN: "9787020002207"}
    entry = WorkEntry("更正后的书名", WorkKind.BOOK, "示例作者", isbn, ("示例书城",))

    with pytest.raises(NotPermitted):
        change_work(ChangeWork(number, 1, entry), actor=files)
    change_work(ChangeWork(number, 1, entry, seen=0), actor=leads)
    with pytest.raises(MoveRefused):
        change_work(ChangeWork(number, 1, entry, seen=0), actor=leads)
    with pytest.raises(RuleBroken, match="work-is-another"):
        change_work(ChangeWork(number, 2, entry), actor=leads)

    page = get_work_page(db.session(), organisation, 1)
    assert (page.line.title, page.line.identifiers) == (entry.title, ((*isbn.items(),)[0],))
    assert [(one.number, one.title) for one in page.earlier] == [(1, "示例作品 1")]
    [file] = page.files
    assert open_own_proof(number, 1, file.id, actor=leads).filename == "登记证书.txt"
    stranger = outsider(make_outsider())
    for actor, work, which in ((leads, 2, own_file(number, leads)), (stranger, 1, file.id)):
        with pytest.raises(NotFound):
            open_own_proof(number, work, which, actor=actor)
    with pytest.raises(NotPermitted):
        open_own_proof(number, 1, file.id, actor=files)


def own_file(number, actor):
    """The id of what proves the organisation itself, which is no proof of a work."""
    organisation, _own = get_own(db.session(), number, actor)
    return list_handed_in(db.session(), organisation.id)[0].id


def test_nobody_of_the_office_and_nobody_who_has_not_started_is_added_by_name(app):
    owner, staff = make_outsider(), make_account(Role.CASE_OFFICER)
    number, actor = make_organisation(owner).number, outsider(owner)
    code = add_person(AddPerson(number, MemberRole.SUBMITTER, display_name="示例"), actor=actor)
    assert code is not None
    other = make_organisation(make_outsider(), name="他社")

    for name in (staff.name, "rh-00000000", code.name):
        with pytest.raises((RuleBroken, NotFound)):
            add_person(AddPerson(number, MemberRole.SUBMITTER, sign_in_name=name), actor=actor)
    with pytest.raises(NotFound):
        add_person(AddPerson(other.number, MemberRole.OWNER, display_name="示例"), actor=actor)


def test_to_ask_somebody_gives_no_code_no_name_and_no_power_over_what_they_do_elsewhere(app):
    owner, asked = make_outsider(display_name="张三"), make_outsider(display_name="李四")
    number, leads = make_organisation(owner).number, outsider(owner)
    theirs = make_organisation(asked, name="他社").number
    browser = Pages(app)
    enter_desk(browser, asked)
    add_person(AddPerson(number, MemberRole.OWNER, sign_in_name=asked.name), actor=leads)
    organisation = get_own(db.session(), number, leads)[0]
    member = member_of(organisation, asked).id

    lines = list_members(db.session(), organisation.id, leads)
    assert [one.name for one in lines] == ["张三", asked.name]
    for actor in (leads, verifier()):
        with pytest.raises(RuleBroken, match="person-has"):
            issue_code_to(number, member, actor=actor)
    end_membership(number, member, actor=leads)

    assert browser.get(f"/rights-holders/{theirs}").path == f"/rights-holders/{theirs}"
