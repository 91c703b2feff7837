"""An account outside the office: none of the powers of staff, whatever stands in the tables."""

import pytest

from portal.access.permissions import Permission, permissions_of
from portal.accounts.models import AccountRole
from portal.accounts.queries import find_actor
from portal.accounts.service.administration import issue_one_time_code
from portal.infra.database import db
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.service.people import (
    AddPerson,
    add_person,
    end_membership,
    issue_code_to,
)
from tests.factories.accounts import actor_of, make_account
from tests.factories.rights_holders import make_organisation, make_outsider, member_of, outsider


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

    with pytest.raises(RuleBroken, match="last-owner"):
        end_membership(number, member_of(organisation, owner).id, actor=leads)
    with pytest.raises(NotPermitted):
        end_membership(number, member_of(organisation, owner).id, actor=files)
    with pytest.raises(RuleBroken, match="person-has-started"):
        issue_code_to(number, member_of(organisation, clerk).id, actor=leads)


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
