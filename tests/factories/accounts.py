"""Accounts of staff that are there, with a password and time codes, and how to sign them in."""

from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from portal.accounts.models import Account, TimeCode
from portal.accounts.passwords import hash_password
from portal.accounts.queries import get_account
from portal.accounts.rules import code_at, next_unused_step
from portal.accounts.service import time_codes
from portal.accounts.service.administration import CreateAccount, add_account
from portal.accounts.service.sign_in import (
    CheckPassword,
    CheckTimeCode,
    check_password,
    check_time_code,
)
from portal.infra.database import db
from portal.infra.throttle import bucket_of
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, ActorKind, Role
from tests.pages import Page, Pages

PASSWORD = "an invented passphrase"
_numbers = count(1)


@cache
def _password_hash() -> bytes:
    return hash_password(PASSWORD)


def make_account(*roles: Role, ready: bool = True, **changes: Any) -> Account:
    """A saved account; `ready` gives it PASSWORD and an authenticator app."""
    given = {"name": f"staff-{next(_numbers)}", "display_name": "Invented Person", **changes}
    with unit_of_work(Actor.operator()) as uow:
        account = add_account(
            uow, CreateAccount(roles=frozenset(roles or {Role.CASE_OFFICER}), **given)
        )
        if ready:
            account.password_hash = _password_hash()
            time_codes.propose(uow, account.id)
            time_codes.adopt(uow, account.id)
        account_id = account.id
    return get_account(db.session(), account_id)


def actor_of(account: Account) -> Actor:
    """The account as the services see it."""
    return Actor(
        ActorKind.STAFF,
        id=account.id,
        roles=account.roles,
        department=account.department,
        region=account.region,
        name=account.display_name,
        person=account.person_id,
    )


def code_for(account: Account) -> str:
    """A time code of the account that will be taken now."""
    row = db.session().get(TimeCode, (account.id, True), populate_existing=True)
    assert row is not None
    step = next_unused_step(datetime.now(UTC), after=row.last_step)
    return code_at(time_codes.secret_of(row), step)


def forget_used_codes(account: Account) -> None:
    """As if half a minute had passed: the present code may be used again."""
    with unit_of_work(Actor.operator()) as uow:
        row = uow.session.get(TimeCode, (account.id, True))
        assert row is not None
        row.last_step = 0


def enter_desk(pages: Pages, account: Account) -> None:
    """Sign in as the pages would, without fetching them: the browser comes out with the cookie."""
    network = bucket_of("127.0.0.1", datetime.now(UTC).date())
    half = check_password(CheckPassword(account.name, PASSWORD, network), actor=Actor.public())
    assert half is not None
    forget_used_codes(account)
    shown = CheckTimeCode(half.session_id, code_for(account), network)
    full = check_time_code(shown, actor=actor_of(account))
    assert full is not None
    pages.client.set_cookie("desk", full.token, httponly=True, samesite="Strict")


def sign_in(pages: Pages, account: Account, to: str = "/desk/account") -> Page:
    """Sign in with password and time code, and come out at `to`."""
    page = pages.get(f"/desk/sign-in?next={to}")
    page = pages.post(page, {"name": account.name, "password": PASSWORD})
    forget_used_codes(account)
    return pages.post(page, {"code": code_for(account)})
