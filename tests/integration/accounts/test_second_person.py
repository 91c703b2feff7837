"""Who makes a reader of reports is two people, and neither is the reader."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account, OneTimeCode, RoleRequest
from portal.accounts.queries import get_account, list_waiting
from portal.accounts.service.administration import (
    ChangeAccount,
    CreateAccount,
    ask_for_code,
    change_account,
    create_account,
    disable_account,
    enable_account,
    issue_one_time_code,
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
        Role.AUDITOR,
        Role.CUSTODIAN_R,
        Role.CUSTODIAN_A,
    ],
)
def test_every_role_that_reads_or_opens_or_makes_readers_waits(admin, role):
    account_id = make_reader(admin, role)

    assert get_account(db.session(), account_id).roles == frozenset()


def test_what_reads_nothing_works_at_once(admin):
    account_id = make_reader(admin, Role.FINANCE)

    assert get_account(db.session(), account_id).roles == {Role.FINANCE}


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
    account = make_account(Role.FINANCE)
    sign_in(pages, admin)
    page = pages.get(f"/desk/accounts/{account.id}")
    roles = {"roles": ["finance", "case-officer"], "department": OFFICE}
    page = pages.post(page, roles, form="form[novalidate]")
    assert "Waits for a second person" in page.text()
    request = waiting_of(account.id)
    confirm = f"form[action=/desk/accounts/waiting/{request.id}/confirm]"
    assert pages.post(pages.get("/desk/accounts/waiting"), form=confirm).status == 422

    sign_in(other_pages, make_account(Role.SUPERVISOR))
    other_pages.post(other_pages.get("/desk/accounts/waiting"), form=confirm)

    assert get_account(db.session(), account.id).roles == {Role.FINANCE, Role.CASE_OFFICER}
    assert "Nothing waits." in other_pages.get("/desk/accounts/waiting").text()


def test_a_request_that_is_none_is_not_found(admin):
    with pytest.raises(NotFound):
        decide_roles(DecideRoles(uuid4(), accepted=True), actor=actor_of(admin))


def test_a_closed_reader_is_opened_by_two_people(admin):
    reader = make_account(Role.CASE_OFFICER, department=OFFICE)
    disable_account(reader.id, actor=actor_of(admin))

    assert not enable_account(reader.id, actor=actor_of(admin))
    assert get_account(db.session(), reader.id).disabled_at is not None
    with pytest.raises(RuleBroken, match="second-person-needed"):
        decide(waiting_of(reader.id), admin)

    decide(waiting_of(reader.id), make_account(Role.SUPERVISOR))
    assert get_account(db.session(), reader.id).disabled_at is None


def test_a_closed_account_that_reads_nothing_is_opened_by_one(admin):
    clerk = make_account(Role.FINANCE)
    disable_account(clerk.id, actor=actor_of(admin))

    assert enable_account(clerk.id, actor=actor_of(admin))
    assert get_account(db.session(), clerk.id).disabled_at is None


def test_closing_an_account_ends_what_waits_for_it(admin):
    reader = make_account(Role.CASE_OFFICER)
    ask_for_code(reader.id, actor=actor_of(admin))

    disable_account(reader.id, actor=actor_of(admin))

    assert list_waiting(db.session()) == []


def test_a_new_code_for_a_reader_is_given_once_after_a_second_person_confirmed_it(admin):
    reader = make_account(Role.CASE_OFFICER)
    with pytest.raises(RuleBroken, match="code-needs-second"):
        issue_one_time_code(reader.id, actor=actor_of(admin))
    ask_for_code(reader.id, actor=actor_of(admin))
    with pytest.raises(RuleBroken, match="code-needs-second"):
        issue_one_time_code(reader.id, actor=actor_of(admin))

    decide(waiting_of(reader.id), make_account(Role.SUPERVISOR))

    assert issue_one_time_code(reader.id, actor=actor_of(admin)).code
    with pytest.raises(RuleBroken, match="code-needs-second"):
        issue_one_time_code(reader.id, actor=actor_of(admin))


def test_a_refused_code_is_not_given(admin):
    reader = make_account(Role.CASE_OFFICER)
    ask_for_code(reader.id, actor=actor_of(admin))

    decide(waiting_of(reader.id), make_account(Role.SUPERVISOR), accepted=False)

    with pytest.raises(RuleBroken, match="code-needs-second"):
        issue_one_time_code(reader.id, actor=actor_of(admin))


def test_a_confirmed_code_runs_out_after_a_day(admin):
    reader = make_account(Role.CASE_OFFICER)
    ask_for_code(reader.id, actor=actor_of(admin))
    decide(waiting_of(reader.id), make_account(Role.SUPERVISOR))
    confirmed = db.session.scalars(select(RoleRequest)).one()
    confirmed.decided_at -= timedelta(hours=25)
    db.session.commit()

    with pytest.raises(RuleBroken, match="code-needs-second"):
        issue_one_time_code(reader.id, actor=actor_of(admin))


def test_a_code_confirmed_for_fewer_roles_is_not_given_for_more(admin):
    auditor = make_account(Role.AUDITOR)
    ask_for_code(auditor.id, actor=actor_of(admin))
    decide(waiting_of(auditor.id), make_account(Role.SUPERVISOR))
    more = ChangeAccount(auditor.id, frozenset({Role.AUDITOR, Role.CASE_OFFICER}), None, None)
    change_account(more, actor=actor_of(admin))

    decide(waiting_of(auditor.id), make_account(Role.SUPERVISOR))

    with pytest.raises(RuleBroken, match="code-needs-second"):
        issue_one_time_code(auditor.id, actor=actor_of(admin))


def test_a_code_given_before_the_account_could_read_opens_nothing_after(admin):
    clerk = make_account(Role.FINANCE)
    issue_one_time_code(clerk.id, actor=actor_of(admin))
    reads = ChangeAccount(clerk.id, frozenset({Role.CASE_OFFICER}), None, None)
    change_account(reads, actor=actor_of(admin))

    decide(waiting_of(clerk.id), make_account(Role.SUPERVISOR))

    assert db.session.get(OneTimeCode, clerk.id) is None


def test_the_first_code_needs_nobody_else_and_stands_when_the_roles_are_confirmed(admin):
    account_id = make_reader(admin)
    issue_one_time_code(account_id, actor=actor_of(admin))

    decide(waiting_of(account_id), make_account(Role.SUPERVISOR))

    assert db.session.get(OneTimeCode, account_id) is not None
    assert issue_one_time_code(account_id, actor=actor_of(admin)).code


def test_whoever_has_a_shell_gives_a_code_and_opens_an_account_alone(app):
    reader = make_account(Role.CASE_OFFICER)
    disable_account(reader.id, actor=Actor.operator())

    assert enable_account(reader.id, actor=Actor.operator())
    assert issue_one_time_code(reader.id, actor=Actor.operator()).code


def test_a_code_is_asked_for_confirmed_and_given_on_the_pages(pages, other_pages, admin):
    reader = make_account(Role.CASE_OFFICER)
    shown = f"/desk/accounts/{reader.id}"
    sign_in(pages, admin)
    page = pages.get(shown)
    assert not page.has(f"form[action={shown}/code]")
    assert "A new one-time code" in pages.post(page, form=f"form[action={shown}/code/ask]").text()

    sign_in(other_pages, make_account(Role.SUPERVISOR))
    confirm = f"form[action=/desk/accounts/waiting/{waiting_of(reader.id).id}/confirm]"
    other_pages.post(other_pages.get("/desk/accounts/waiting"), form=confirm)

    assert pages.post(pages.get(shown), form=f"form[action={shown}/code]").has(".sl-code__code")


def test_nobody_is_in_both_groups_of_custodians_by_whichever_accounts(admin):
    both = frozenset({Role.CUSTODIAN_R, Role.CUSTODIAN_A})
    one = make_account(Role.CUSTODIAN_R)
    other = {"same_person_as": one.name, "roles": frozenset({Role.CUSTODIAN_A})}
    for actor in (actor_of(admin), Actor.operator()):
        for act in (
            lambda actor: create_account(CreateAccount("both", "x", both), actor=actor),
            lambda actor: create_account(CreateAccount("twin", "x", **other), actor=actor),
            lambda actor: change_account(ChangeAccount(one.id, both, None, None), actor=actor),
        ):
            with pytest.raises(RuleBroken, match="both-custodians"):
                act(actor)


def test_two_changes_that_wait_do_not_make_one_person_both(admin):
    one = make_account(Role.FINANCE)
    two = make_account(Role.FINANCE, same_person_as=one.name)
    for account, role in ((one, Role.CUSTODIAN_R), (two, Role.CUSTODIAN_A)):
        wanted = ChangeAccount(account.id, frozenset({role}), None, None)
        change_account(wanted, actor=actor_of(admin))
    second = make_account(Role.SUPERVISOR)
    decide(waiting_of(one.id), second)

    with pytest.raises(RuleBroken, match="both-custodians"):
        decide(waiting_of(two.id), second)
