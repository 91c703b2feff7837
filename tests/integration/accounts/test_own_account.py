"""One's own account: starting it, password, authenticator app, sessions."""

from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import select, update

from portal.accounts.models import OneTimeCode, Passkey, StaffSession, TimeCode
from portal.accounts.service.administration import issue_one_time_code
from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from tests.factories.accounts import PASSWORD, code_for, forget_used_codes, make_account, sign_in
from tests.pages import Page, Pages

CHOSEN = "three invented words"


def start(pages: Pages, name: str, code: str, password: str = CHOSEN, again: str = "") -> Page:
    page = pages.get("/desk/start")
    typed = {"name": name, "code": code, "new_password": password, "again": again or password}
    return pages.post(page, typed)


def secret_on(page: Page) -> str:
    return page.text("code").replace(" ", "")


def stale() -> None:
    """As if the second factor had been shown long ago."""
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(update(StaffSession).values(fresh_until=uow.now - timedelta(1)))


def is_signed_in(pages: Pages) -> bool:
    return pages.get("/desk/account", follow=False).status == 200


def test_a_one_time_code_leads_to_a_password_and_an_authenticator_app(pages):
    account = make_account(ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code

    page = start(pages, account.name, code.lower().replace("-", " "))
    assert page.path == "/desk/account/time-code"
    picture = pages.client.get("/desk/account/time-code.svg")
    page = pages.post(page, {"code": pyotp.TOTP(secret_on(page)).now()})

    assert page.path == "/desk/account"
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert b"style=" not in picture.data


def test_the_key_is_never_shown_again(pages):
    sign_in(pages, make_account())

    page = pages.get("/desk/account/time-code")

    assert not page.has("code")
    assert pages.get("/desk/account/time-code.svg").status == 404


@pytest.mark.requirement("T13")
@pytest.mark.parametrize("case", ["used", "expired", "wrong", "of-another", "closed", "unknown"])
def test_a_one_time_code_opens_one_account_once_and_not_for_long(pages, other_pages, case):
    account, other = make_account(ready=False), make_account(ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code
    name = account.name
    with unit_of_work(Actor.operator()) as uow:
        if case == "expired":
            uow.session.execute(update(OneTimeCode).values(expires_at=uow.now))
        if case == "closed":
            uow.session.get_one(type(account), account.id).disabled_at = uow.now
    if case == "used":
        start(other_pages, name, code)
    if case == "wrong":
        code = "00000-00000-00000-00000"
    if case == "of-another":
        name = other.name
    if case == "unknown":
        name = "nobody-at-all"

    page = start(pages, name, code)

    assert page.status == 422
    assert page.problems() == [
        "The name or the one-time code is not right, or the code has run out"
    ]
    assert not is_signed_in(pages)


def test_a_new_one_time_code_replaces_the_one_before(pages):
    account = make_account(ready=False)
    first = issue_one_time_code(account.id, actor=Actor.operator()).code
    issue_one_time_code(account.id, actor=Actor.operator())

    assert start(pages, account.name, first).status == 422


def test_the_table_holds_only_a_hash_of_the_code(pages):
    account = make_account(ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code

    stored = db.session.scalars(select(OneTimeCode.code_hash)).one()

    assert len(stored) == 32
    assert code.encode() not in stored


@pytest.mark.requirement("T13")
def test_a_reset_ends_sessions_and_earlier_factors(pages, other_pages):
    account = make_account()
    sign_in(other_pages, account)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code
    assert is_signed_in(other_pages)

    start(pages, account.name, code)

    assert not is_signed_in(other_pages)
    db.session.expire_all()
    assert [row.in_use for row in db.session.scalars(select(TimeCode))] == [False]
    assert not db.session.scalars(select(Passkey)).all()


def test_before_the_app_is_set_up_a_started_account_opens_nothing(pages):
    account = make_account(ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code

    start(pages, account.name, code)

    assert not is_signed_in(pages)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "Use at least 12 characters; a few words do well"),
        ("password1234", "Many people use this password or one like it; choose another"),
        ("aaaaaaaaaaaaaaaa", "Many people use this password or one like it; choose another"),
        ("zhang.san123", "Many people use this password or one like it; choose another"),
        ("x1y2z" * 50, "This password is too long"),
    ],
)
def test_bad_passwords_are_refused_in_words(pages, password, problem):
    account = make_account(name="zhang.san", ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code

    page = start(pages, account.name, code, password)

    assert (page.status, page.problems()) == (422, [problem])
    assert start(pages, account.name, code).path == "/desk/account/time-code"


def test_two_entries_that_differ_are_refused(pages):
    page = start(pages, "any", "any", CHOSEN, again=CHOSEN + "!")

    assert page.problems() == ["The two new passwords differ"]


def test_a_changed_password_ends_all_other_sessions_and_copies(pages, other_pages):
    account = make_account()
    sign_in(pages, account)
    copy = pages.client.get_cookie("desk").value
    page = pages.get("/desk/account/password")
    typed = {"password": PASSWORD, "new_password": CHOSEN, "again": CHOSEN}

    page = pages.post(page, typed)

    other_pages.client.set_cookie("desk", copy)
    assert page.path == "/desk/account"
    assert not is_signed_in(other_pages)
    forget_used_codes(account)
    page = other_pages.get("/desk/sign-in")
    assert other_pages.post(page, {"name": account.name, "password": PASSWORD}).status == 422
    page = other_pages.post(page, {"name": account.name, "password": CHOSEN})
    assert other_pages.post(page, {"code": code_for(account)}, follow=False).status == 303


def test_the_password_is_changed_only_by_who_knows_it(pages):
    sign_in(pages, make_account())
    page = pages.get("/desk/account/password")

    page = pages.post(page, {"password": "a guess at it", "new_password": CHOSEN, "again": CHOSEN})

    assert page.problems() == ["The present password is not right"]


@pytest.mark.requirement("T12")
def test_another_app_needs_the_present_factor_first(pages):
    account = make_account()
    sign_in(pages, account)
    page = pages.get("/desk/account/time-code")
    stale()
    assert pages.post(page).status == 403

    forget_used_codes(account)
    page = pages.get("/desk/step-up?next=/desk/account/time-code")
    page = pages.post(page, {"code": code_for(account)})
    page = pages.post(page)
    secret = secret_on(page)
    old = code_for(account)
    assert pages.post(page, {"code": "000000"}).status == 422
    pages.post(page, {"code": pyotp.TOTP(secret).now()})

    row = db.session.get(TimeCode, (account.id, True), populate_existing=True)
    assert row is not None
    assert row.last_step > 0
    assert code_for(account) != old


def test_one_sees_and_ends_ones_other_sessions(pages, other_pages):
    account = make_account()
    sign_in(other_pages, account)
    page = sign_in(pages, account)
    form = "form.sl-inline-form"
    assert page.text("table").count("This one") == 1

    pages.post(page, form=form)

    assert not is_signed_in(other_pages)
    assert is_signed_in(pages)


def test_somebody_elses_session_is_not_found(pages, other_pages):
    sign_in(other_pages, make_account())
    theirs = db.session.scalars(select(StaffSession.id)).one()
    page = sign_in(pages, make_account())
    token = page.fields("form[action=/desk/sign-out]")["csrf_token"]

    answers = [
        pages.client.post(f"/desk/account/sessions/{one}/end", data={"csrf_token": token})
        for one in (theirs, uuid4())
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert is_signed_in(other_pages)


def test_the_trail_of_an_account_holds_no_secret(pages):
    account = make_account(ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code
    page = start(pages, account.name, code)
    secret = secret_on(page)

    text = str([vars(event) for event in db.session.scalars(select(AuditEvent))])

    assert not [word for word in (code, secret, CHOSEN, account.name) if word in text]
    assert "account.start" in text
