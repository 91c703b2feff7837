"""Accounts for trying the product out, and the command line."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import find_by_name
from portal.accounts.service.demo import (
    DEMO_NAMES,
    Post,
    create_demo_staff,
    demo_code,
    demo_password,
)
from portal.infra.config import settings
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, RuleBroken
from tests.factories.accounts import forget_used_codes, make_account
from tests.pages import Pages

OPERATOR = Actor.operator()
POSTS = {"officer": Post("CULTURE_ENF@320412", "320412")}


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["accounts", *words])
    return result.exit_code, result.output.strip()


@pytest.fixture
def in_production(app, monkeypatch):
    monkeypatch.setattr(
        "portal.accounts.service.demo.settings",
        lambda: settings().model_copy(update={"env": "production"}),
    )
    monkeypatch.setattr(
        "portal.accounts.commands.settings",
        lambda: settings().model_copy(update={"env": "production"}),
    )


@pytest.mark.usefixtures("app")
def test_there_is_one_account_for_each_role():
    staff = create_demo_staff(POSTS, actor=OPERATOR)

    accounts = {name: db.session.get(Account, key) for name, key in staff.accounts.items()}
    assert {role for one in accounts.values() for role in one.roles} == set(Role)
    # Whoever asks for an identity works on reports.
    assert {name for name, one in accounts.items() if len(one.roles) > 1} == {"custodian-r"}
    assert accounts["officer"].department == "CULTURE_ENF@320412"
    assert len({one.person_id for one in accounts.values()}) == len(DEMO_NAMES)


@pytest.mark.usefixtures("app")
def test_making_them_twice_changes_nothing():
    first = create_demo_staff(POSTS, actor=OPERATOR)
    second = create_demo_staff({}, actor=OPERATOR)

    assert (first.accounts, first.password) == (second.accounts, second.password)
    assert find_by_name(db.session(), "officer").department == "CULTURE_ENF@320412"
    assert set(DEMO_NAMES) <= set(db.session.scalars(select(Account.name).where(Account.is_demo)))


@pytest.mark.usefixtures("app")
def test_a_real_account_is_never_taken_for_a_demo_one():
    make_account(name="officer")

    with pytest.raises(RuleBroken, match="sign-in-name-taken"):
        create_demo_staff(POSTS, actor=OPERATOR)


def test_a_demo_account_signs_in_with_what_the_command_line_prints(app):
    create_demo_staff(POSTS, actor=OPERATOR)
    pages = Pages(app, language="en")
    page = pages.get("/desk/sign-in?next=/desk/account")
    page = pages.post(page, {"name": "officer", "password": demo_password()})

    page = pages.post(page, {"code": run(app, "code", "officer")[1]})

    assert page.path == "/desk/account"


def test_the_command_gives_a_code_that_was_not_used(app):
    create_demo_staff(POSTS, actor=OPERATOR)

    def sign_in_again() -> int:
        pages = Pages(app, language="en")
        page = pages.get("/desk/sign-in?next=/desk/account")
        page = pages.post(page, {"name": "officer", "password": demo_password()})
        return pages.post(page, {"code": demo_code("officer", actor=OPERATOR)}).status

    assert [sign_in_again(), sign_in_again()] == [200, 200]


def test_codes_of_other_accounts_are_not_given(app):
    make_account(name="real-person")

    status, words = run(app, "code", "real-person")

    assert status == 1
    assert words == ("Error: This is not a demo account; its codes are in its owner's app only.")
    assert run(app, "code", "nobody") == (1, "Error: There is no account of that name.")
    with pytest.raises(NotFound):
        demo_code("nobody", actor=OPERATOR)


def test_in_production_there_are_no_demo_accounts_and_no_codes(app, in_production):
    with pytest.raises(RuleBroken, match="demo-in-production"):
        create_demo_staff(POSTS, actor=OPERATOR)

    status, words = run(app, "code", "officer")
    assert (status, words) == (1, "Error: Codes of demo accounts are not given in production.")
    assert run(app, "demo")[0] == 1


def test_the_command_line_makes_lists_resets_and_closes_accounts(app):
    status, words = run(
        app, "create", "wang.wu", "--role", "auditor", "--department", "CULTURE_ENF@320412"
    )
    assert (status, len(words.split()[-1])) == (0, 23)
    assert "wang.wu\tauditor\tCULTURE_ENF@320412\topen" in run(app, "list")[1].splitlines()
    assert run(app, "reset", "wang.wu")[0] == 0

    assert run(app, "disable", "wang.wu") == (0, "wang.wu: closed, and signed out everywhere")

    assert "wang.wu\tauditor\tCULTURE_ENF@320412\tclosed" in run(app, "list")[1].splitlines()
    assert run(app, "reset", "wang.wu")[0] == 1
    assert run(app, "create", "wang.wu", "--role", "auditor")[1] == (
        "Error: There is an account of that name already."
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "case-officer"], "This role sees nothing without a department"),
        (["--role", "auditor", "--role", "triage-clerk"], "This role sees nothing without a dep"),
        (["--role", "supervisor", "--department", ""], "This role sees nothing without a dep"),
        (["--role", "case-officer", "--department", "NOWHERE@1"], "There is no such department"),
        (["--role", "auditor", "--department", "CULTURE_ENF"], "There is no such department"),
    ],
)
def test_the_command_line_makes_no_account_for_a_department_that_is_none(app, words, said):
    status, answer = run(app, "create", "wang.wu", *words)

    assert (status, said in answer) == (1, True)
    assert find_by_name(db.session(), "wang.wu") is None


def test_the_list_of_demo_accounts_says_how_to_sign_in(app):
    create_demo_staff(POSTS, actor=OPERATOR)
    make_account(name="real-person")

    lines = [line.split("\t") for line in run(app, "demo")[1].splitlines()]

    assert set(DEMO_NAMES) <= {name for name, _, _ in lines}
    assert "real-person" not in {name for name, _, _ in lines}
    assert {password for _, _, password in lines} == {demo_password()}


@pytest.mark.usefixtures("app")
def test_a_code_used_up_for_now_is_told():
    staff = create_demo_staff(POSTS, actor=OPERATOR)
    account = db.session.get(Account, staff.accounts["clerk"])
    forget_used_codes(account)

    assert len(demo_code("clerk", actor=OPERATOR)) == 6
