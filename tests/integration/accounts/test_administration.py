"""What administrators may do to accounts, and what they may not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.access.permissions import Permission, may
from portal.accounts.models import Account, StaffSession
from portal.accounts.queries import find_by_name, get_account
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
from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from tests.factories.accounts import PASSWORD, actor_of, make_account, sign_in
from tests.pages import Pages

OFFICE = "CULTURE_ENF@320412"


@pytest.fixture
def admin(app) -> Account:
    return make_account(Role.ADMINISTRATOR)


def is_signed_in(pages: Pages) -> bool:
    return pages.get("/desk/account", follow=False).status == 200


def test_an_administrator_makes_an_account_and_hands_over_a_code(pages, admin):
    sign_in(pages, admin)
    page = pages.get("/desk/accounts/new")

    page = pages.post(
        page,
        {
            "name": "Li.Si",
            "display_name": "李四",
            "roles": ["finance"],
            "department": OFFICE,
            "region": "320412",
        },
    )
    made = find_by_name(db.session(), "li.si")
    page = pages.post(page, form=f"form[action=/desk/accounts/{made.id}/code]")

    assert made.roles == {Role.FINANCE}
    assert (made.department, made.region, made.password_hash) == (OFFICE, "320412", None)
    assert len(page.text(".sl-code__code")) == 23


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"name": "a"}, "Use 3 to 40 small letters, digits, dots, hyphens or underscores"),
        ({"name": "li si"}, "Use 3 to 40 small letters, digits, dots, hyphens or underscores"),
        ({"roles": None}, "Choose at least one role"),
        ({"roles": "case-officer"}, "One of these roles needs a department: enter its code"),
        ({"department": "CULTURE_ENF"}, "There is no such department"),
    ],
)
def test_a_wrong_entry_is_told_and_what_was_typed_is_kept(pages, admin, typed, problem):
    sign_in(pages, admin)
    page = pages.get("/desk/accounts/new")
    good = {"name": "li.si", "display_name": "李四", "roles": "auditor"}

    page = pages.post(page, {**good, **typed})

    assert (page.status, page.problems()) == (422, [problem])
    assert page.one("input[name=display_name]")["value"] == "李四"


def test_a_department_that_is_there_no_more_stays_until_somebody_changes_it(pages, admin):
    account = make_account(Role.FINANCE, department="CULTURE_OLD@320412")
    sign_in(pages, admin)
    at = f"/desk/accounts/{account.id}"

    kept = pages.post(
        pages.get(at), {"roles": "finance", "region": "320412"}, form="form[novalidate]"
    )
    wrong = pages.post(
        pages.get(at), {"department": "CULTURE_OLDER@320412"}, form="form[novalidate]"
    )

    assert (kept.status, wrong.problems()) == (200, ["There is no such department"])
    changed = get_account(db.session(), account.id)
    assert (changed.department, changed.region) == ("CULTURE_OLD@320412", "320412")


def test_a_taken_name_is_refused(admin):
    with pytest.raises(RuleBroken, match="sign-in-name-taken"):
        create_account(CreateAccount(admin.name.upper(), "x", frozenset()), actor=actor_of(admin))


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_manages_accounts(pages, role):
    account = make_account(role)
    actor = actor_of(account)
    sign_in(pages, account)

    assert not may(actor, Permission.MANAGE_ACCOUNTS)
    for path in ("/desk/accounts", "/desk/accounts/new", f"/desk/accounts/{account.id}"):
        assert pages.get(path).status == 403
    for act in (
        lambda: create_account(CreateAccount("new", "x", frozenset()), actor=actor),
        lambda: change_account(ChangeAccount(account.id, frozenset(), None, None), actor=actor),
        lambda: disable_account(account.id, actor=actor),
        lambda: enable_account(account.id, actor=actor),
        lambda: issue_one_time_code(account.id, actor=actor),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_nobody_grants_roles_to_themselves(admin):
    actor = actor_of(admin)
    everything = ChangeAccount(admin.id, frozenset(Role), None, None)

    with pytest.raises(RuleBroken, match="own-roles"):
        change_account(everything, actor=actor)

    assert get_account(db.session(), admin.id).roles == {Role.ADMINISTRATOR}


def test_nor_to_another_account_of_the_same_person(admin):
    second = make_account(Role.CASE_OFFICER, same_person_as=admin.name)
    actor = actor_of(admin)

    with pytest.raises(RuleBroken, match="own-roles"):
        change_account(ChangeAccount(second.id, frozenset(Role), None, None), actor=actor)
    with pytest.raises(RuleBroken, match="own-roles"):
        create_account(
            CreateAccount("third", "x", frozenset(Role), same_person_as=second.name), actor=actor
        )
    for act in (disable_account, enable_account, issue_one_time_code):
        with pytest.raises(RuleBroken, match="own-account"):
            act(second.id, actor=actor)


def test_two_accounts_of_one_person_count_as_one(admin):
    one = make_account(Role.CUSTODIAN_R)
    two = make_account(Role.CUSTODIAN_A, same_person_as=one.name)

    assert one.person_id == two.person_id != admin.person_id


@pytest.mark.requirement("T10")
def test_a_changed_role_ends_every_session_at_once(other_pages, admin):
    account = make_account(Role.CASE_OFFICER, department=OFFICE)
    sign_in(other_pages, account)

    change_account(
        ChangeAccount(account.id, frozenset({Role.FINANCE}), OFFICE, None), actor=actor_of(admin)
    )

    assert not is_signed_in(other_pages)
    assert get_account(db.session(), account.id).roles == {Role.FINANCE}
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "account.change-roles")
    ).one()
    assert (event.details["before"], event.details["after"]) == ("case-officer", "finance")


def test_roles_are_changed_on_the_page(pages, admin):
    account = make_account(Role.FINANCE, department=OFFICE)
    sign_in(pages, admin)
    page = pages.get(f"/desk/accounts/{account.id}")
    form = "form[novalidate]"
    assert page.fields(form)["roles"] == "finance"

    pages.post(page, {"roles": ["finance"], "department": ""}, form=form)

    changed = get_account(db.session(), account.id)
    assert (changed.roles, changed.department) == ({Role.FINANCE}, None)


def test_keeping_one_role_and_adding_another_stores_both(admin):
    account = make_account(Role.CASE_OFFICER, Role.AUDITOR)
    wanted = frozenset({Role.CASE_OFFICER, Role.FINANCE})

    change_account(ChangeAccount(account.id, wanted, None, None), actor=actor_of(admin))

    assert get_account(db.session(), account.id).roles == wanted


def test_a_closed_account_is_out_at_once_and_cannot_come_back(pages, other_pages, admin):
    account = make_account(Role.FINANCE)
    sign_in(other_pages, account)

    disable_account(account.id, actor=actor_of(admin))

    assert not is_signed_in(other_pages)
    page = other_pages.get("/desk/sign-in")
    assert other_pages.post(page, {"name": account.name, "password": PASSWORD}).status == 422
    with pytest.raises(RuleBroken, match="account-disabled"):
        issue_one_time_code(account.id, actor=actor_of(admin))
    enable_account(account.id, actor=actor_of(admin))
    sign_in(other_pages, account)
    assert is_signed_in(other_pages)


def test_closing_also_ends_a_session_whose_row_was_left(pages, admin):
    account = make_account()
    sign_in(pages, account)
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(
            update(Account).where(Account.id == account.id).values(disabled_at=uow.now)
        )

    assert not is_signed_in(pages)


def test_an_administrator_sees_no_way_to_choose_a_password(pages, admin):
    account = make_account()
    sign_in(pages, admin)

    page = pages.get(f"/desk/accounts/{account.id}")

    assert not page.has("input[type=password]")
    assert is_signed_in(pages)


def test_changing_accounts_needs_a_fresh_second_factor(pages, admin):
    account = make_account()
    sign_in(pages, admin)
    page = pages.get(f"/desk/accounts/{account.id}")
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(update(StaffSession).values(fresh_until=uow.now - timedelta(1)))

    answer = pages.post(page, form=f"form[action=/desk/accounts/{account.id}/disable]")

    assert answer.path.startswith("/desk/step-up")
    assert get_account(db.session(), account.id).disabled_at is None


def test_an_unknown_account_is_not_found(pages, admin):
    sign_in(pages, admin)

    assert pages.get(f"/desk/accounts/{uuid4()}").status == 404
    with pytest.raises(NotFound):
        disable_account(uuid4(), actor=actor_of(admin))


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_is_in_order_in_both_languages(app, admin, language):
    account = make_account(Role.FINANCE, display_name="<b>\u202e王五")
    reader = make_account(Role.CUSTODIAN_A)
    disabled = make_account()
    disable_account(disabled.id, actor=actor_of(admin))
    create_account(
        CreateAccount("reader", "<i>赵六", frozenset({Role.CASE_OFFICER})), actor=actor_of(admin)
    )
    ask_for_code(reader.id, actor=actor_of(admin))
    enable_account(disabled.id, actor=actor_of(admin))
    pages = Pages(app, language=language)
    sign_in(pages, admin)

    paths = [
        "/desk/account",
        "/desk/account/password",
        "/desk/account/time-code",
        "/desk/account/passkeys/add",
        "/desk/step-up",
        "/desk/accounts",
        "/desk/accounts/new",
        "/desk/accounts/waiting",
        f"/desk/accounts/{account.id}",
        f"/desk/accounts/{reader.id}",
        f"/desk/accounts/{disabled.id}",
        "/desk/sign-in",
        "/desk/start",
    ]

    assert [pages.get(path).status for path in paths] == [200] * len(paths)
    page = pages.post(pages.get("/desk/account/time-code"))
    assert page.has("main img")
    page = pages.get(f"/desk/accounts/{account.id}")
    page = pages.post(page, form=f"form[action=/desk/accounts/{account.id}/code]")
    assert page.has(".sl-code__code")
