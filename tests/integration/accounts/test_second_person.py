"""Who makes a reader of reports is two people, and neither is the reader."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account, RoleRequest
from portal.accounts.queries import get_account, list_waiting
from portal.accounts.service.administration import (
    ChangeAccount,
    CreateAccount,
    change_account,
    create_account,
)
from portal.accounts.service.second_person import DecideRoles, decide_roles
from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from tests.factories.accounts import actor_of, make_account, sign_in

OFFICE, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"


@pytest.fixture
def admin(app) -> Account:
    return make_account(Role.ADMINISTRATOR)


def waiting_of(account_id) -> RoleRequest:
    wanted = (RoleRequest.account_id == account_id, RoleRequest.decided_at.is_(None))
    return db.session.scalars(select(RoleRequest).where(*wanted)).one()


def make_reader(admin: Account, *roles: Role, department: str = OFFICE):
    """What one administrator alone can do: an account whose roles wait."""
    command = CreateAccount(
        "reader", "读者", frozenset(roles or {Role.CASE_OFFICER}), department, "320412"
    )
    return create_account(command, actor=actor_of(admin))


def decide(request: RoleRequest, by: Account, *, accepted: bool = True) -> None:
    decide_roles(DecideRoles(request.id, accepted), actor=actor_of(by))


@pytest.mark.parametrize("second", [Role.ADMINISTRATOR, Role.SUPERVISOR])
def test_an_account_that_reads_has_no_role_until_a_second_person_confirms(admin, second):
    account_id = make_reader(admin)
    made = get_account(db.session(), account_id)
    assert (made.roles, made.department, made.region) == (frozenset(), None, None)

    decide(waiting_of(account_id), make_account(second))

    made = get_account(db.session(), account_id)
    assert (made.roles, made.department, made.region) == ({Role.CASE_OFFICER}, OFFICE, "320412")
    assert list_waiting(db.session()) == []


@pytest.mark.parametrize(
    "role",
    [
        Role.TRIAGE_CLERK,
        Role.CASE_OFFICER,
        Role.DEPARTMENT_HEAD,
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
    ],
)
def test_every_role_that_reads_or_makes_readers_waits(admin, role):
    account_id = make_reader(admin, role)

    assert get_account(db.session(), account_id).roles == frozenset()


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR, Role.CUSTODIAN_R, Role.CUSTODIAN_A])
def test_what_reads_no_report_works_at_once(admin, role):
    account_id = make_reader(admin, role)

    assert get_account(db.session(), account_id).roles == {role}


def test_nobody_confirms_what_they_asked_for_whichever_account_they_use(admin):
    account_id = make_reader(admin)
    request = waiting_of(account_id)
    twin = make_account(Role.SUPERVISOR, same_person_as=admin.name)

    for one in (admin, twin):
        with pytest.raises(RuleBroken, match="second-person-needed"):
            decide(request, one)

    assert get_account(db.session(), account_id).roles == frozenset()


def test_the_database_refuses_one_person_in_both_places(admin):
    request = waiting_of(make_reader(admin))
    decided = {
        "decided_by": admin.id,
        "decided_person": admin.person_id,
        "decided_at": request.asked_at,
        "accepted": True,
    }

    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(
            update(RoleRequest).where(RoleRequest.id == request.id).values(**decided)
        )


def test_nobody_confirms_a_role_of_their_own(admin):
    supervisor = make_account(Role.SUPERVISOR)
    wanted = frozenset({Role.SUPERVISOR, Role.CASE_OFFICER})
    change_account(ChangeAccount(supervisor.id, wanted, OFFICE, None), actor=actor_of(admin))

    with pytest.raises(RuleBroken, match="second-person-needed"):
        decide(waiting_of(supervisor.id), supervisor)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.ADMINISTRATOR, Role.SUPERVISOR}]
)
def test_nobody_else_confirms(admin, pages, role):
    request = waiting_of(make_reader(admin))
    other = make_account(role)
    sign_in(pages, other)

    with pytest.raises(NotPermitted):
        decide(request, other)
    assert pages.get("/desk/accounts/waiting").status == 403


def test_what_is_taken_away_is_gone_at_once_and_what_is_added_waits(admin):
    account = make_account(Role.FINANCE, Role.AUDITOR, department=OFFICE)
    wanted = ChangeAccount(account.id, frozenset({Role.AUDITOR, Role.CASE_OFFICER}), OFFICE, None)

    in_force = change_account(wanted, actor=actor_of(admin))

    assert not in_force
    assert get_account(db.session(), account.id).roles == {Role.AUDITOR}


def test_a_reader_moves_to_another_desk_only_with_a_second_person(admin):
    account = make_account(Role.CASE_OFFICER, department=OFFICE)
    moved = ChangeAccount(account.id, frozenset({Role.CASE_OFFICER}), OTHER, None)

    assert not change_account(moved, actor=actor_of(admin))
    assert get_account(db.session(), account.id).department == OFFICE

    decide(waiting_of(account.id), make_account(Role.SUPERVISOR))
    assert get_account(db.session(), account.id).department == OTHER


def test_a_later_change_takes_the_place_of_one_that_waits(admin):
    account_id = make_reader(admin)
    first = waiting_of(account_id).id
    fewer = ChangeAccount(account_id, frozenset({Role.FINANCE}), None, None)

    assert change_account(fewer, actor=actor_of(admin))

    assert list_waiting(db.session()) == []
    with pytest.raises(NotFound):
        decide_roles(
            DecideRoles(first, accepted=True), actor=actor_of(make_account(Role.SUPERVISOR))
        )


@pytest.mark.parametrize("accepted", [True, False])
def test_an_answer_counts_once(admin, accepted):
    account_id = make_reader(admin)
    request = waiting_of(account_id)
    decide(request, make_account(Role.SUPERVISOR), accepted=accepted)

    with pytest.raises(NotFound):
        decide(request, make_account(Role.ADMINISTRATOR))

    assert bool(get_account(db.session(), account_id).roles) == accepted


def test_asking_and_both_answers_are_on_the_trail(admin):
    account_id = make_reader(admin)
    decide(waiting_of(account_id), make_account(Role.SUPERVISOR), accepted=False)
    again = ChangeAccount(account_id, frozenset({Role.CASE_OFFICER}), OFFICE, None)
    change_account(again, actor=actor_of(admin))
    decide(waiting_of(account_id), make_account(Role.SUPERVISOR))

    about = select(AuditEvent.action).where(AuditEvent.subject_id == account_id)
    actions = db.session.scalars(about.order_by(AuditEvent.seq)).all()

    assert actions == [
        "account.create",
        "account.ask-roles",
        "account.refuse-roles",
        "account.ask-roles",
        "account.change-roles",
        "account.confirm-roles",
    ]


def test_whoever_has_a_shell_makes_the_first_accounts_alone(app):
    command = CreateAccount("first", "第一", frozenset({Role.ADMINISTRATOR}))

    account_id = create_account(command, actor=Actor.operator())

    assert get_account(db.session(), account_id).roles == {Role.ADMINISTRATOR}


def test_it_is_asked_for_and_confirmed_on_the_pages(pages, other_pages, admin):
    account = make_account(Role.AUDITOR)
    sign_in(pages, admin)
    page = pages.get(f"/desk/accounts/{account.id}")
    roles = {"roles": ["auditor", "case-officer"], "department": OFFICE}
    page = pages.post(page, roles, form="form[novalidate]")
    assert "Waits for a second person" in page.text()
    request = waiting_of(account.id)
    confirm = f"form[action=/desk/accounts/waiting/{request.id}/confirm]"
    assert pages.post(pages.get("/desk/accounts/waiting"), form=confirm).status == 422

    sign_in(other_pages, make_account(Role.SUPERVISOR))
    other_pages.post(other_pages.get("/desk/accounts/waiting"), form=confirm)

    assert get_account(db.session(), account.id).roles == {Role.AUDITOR, Role.CASE_OFFICER}
    assert "Nothing waits." in other_pages.get("/desk/accounts/waiting").text()


def test_a_request_that_is_none_is_not_found(admin):
    with pytest.raises(NotFound):
        decide_roles(DecideRoles(uuid4(), accepted=True), actor=actor_of(admin))
