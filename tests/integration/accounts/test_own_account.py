"""One's own account: starting it, password, authenticator app, sessions."""

from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import delete, select, update

from portal.accounts.models import OneTimeCode, Passkey, StaffSession, TimeCode
from portal.accounts.rules import PROPOSAL
from portal.accounts.service import time_codes
from portal.accounts.service.administration import issue_one_time_code
from portal.accounts.service.sign_in import CheckTimeCode, check_time_code
from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted
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

    finish(pages, start(pages, account.name, code))

    assert is_signed_in(pages)
    assert not is_signed_in(other_pages)
    db.session.expire_all()
    assert [row.in_use for row in db.session.scalars(select(TimeCode))] == [True]
    assert not db.session.scalars(select(Passkey)).all()
    assert other_pages.post(sign_in_page(other_pages), typed(account)).status == 422


def test_until_the_new_app_is_confirmed_a_reset_has_changed_nothing(pages, other_pages):
    account = make_account()
    sign_in(other_pages, account)
    before = account.password_hash
    code = issue_one_time_code(account.id, actor=Actor.operator()).code

    start(pages, account.name, code)

    db.session.expire_all()
    assert account.password_hash == before
    assert is_signed_in(other_pages)
    assert sign_in(other_pages, account).path == "/desk/account"


@pytest.mark.requirement("T12")
def test_a_start_that_was_broken_off_leaves_no_password_to_be_stolen(pages, other_pages):
    account = make_account(ready=False)
    code = issue_one_time_code(account.id, actor=Actor.operator()).code
    page = start(pages, account.name, code)

    thief = other_pages.post(sign_in_page(other_pages), typed(account, CHOSEN))
    again = issue_one_time_code(account.id, actor=Actor.operator()).code

    db.session.expire_all()
    assert thief.problems() == ["The name or the password is not right"]
    assert account.password_hash is None
    assert again != code
    assert is_signed_in(pages) is False
    finish(pages, page)
    assert is_signed_in(pages)


@pytest.mark.requirement("T12")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_password_alone_gives_an_account_no_first_factor(app, language):
    """None is left without a factor by what people do; a row that is takes nothing from it."""
    account = make_account()
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(delete(TimeCode))
    pages = Pages(app, language)

    page = pages.post(sign_in_page(pages), typed(account))

    assert page.path == "/desk/sign-in/second"
    assert page.find("main a[href='/desk/start']")
    assert key_answers(pages) == [403, 403]
    token = page.fields("form[action^='/language'], form")["csrf_token"] if page.has("form") else ""
    begun = pages.client.post("/desk/account/time-code/begin", data={"csrf_token": token})
    assert begun.status_code in {400, 403}
    assert not db.session.scalars(select(TimeCode)).all()


def test_who_starts_again_cannot_pass_by_the_factor_from_before(pages):
    account = make_account()
    code = issue_one_time_code(account.id, actor=Actor.operator()).code
    start(pages, account.name, code)
    forget_used_codes(account)
    session_id = db.session.scalars(select(StaffSession.id)).one()

    shown = CheckTimeCode(session_id, code_for(account), "network")
    with pytest.raises(NotPermitted):
        check_time_code(shown, actor=Actor.public())


def finish(pages: Pages, page: Page) -> Page:
    """Set up the app that the page of a start shows."""
    return pages.post(page, {"code": pyotp.TOTP(secret_on(page)).now()})


def sign_in_page(pages: Pages) -> Page:
    return pages.get("/desk/sign-in")


def typed(account, password: str = PASSWORD) -> dict[str, str]:
    return {"name": account.name, "password": password}


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


def half_way(pages: Pages, account) -> Page:
    """Past the password, and no further."""
    page = pages.get("/desk/sign-in")
    return pages.post(page, {"name": account.name, "password": PASSWORD})


def set_up_another_app(pages: Pages, account) -> Page:
    sign_in(pages, account)
    return pages.post(pages.get("/desk/account/time-code"))


def key_answers(pages: Pages) -> list[int]:
    """What the page with the key and its picture answer."""
    addresses = ("/desk/account/time-code", "/desk/account/time-code.svg")
    return [pages.client.get(one).status_code for one in addresses]


@pytest.mark.requirement("T12")
def test_a_key_being_set_up_is_not_shown_to_whoever_has_only_the_password(pages, other_pages):
    account = make_account()
    secret = secret_on(set_up_another_app(pages, account))

    half_way(other_pages, account)

    assert secret
    assert key_answers(other_pages) == [403, 403]
    assert key_answers(pages) == [200, 200]


@pytest.mark.requirement("T12")
def test_a_key_being_set_up_is_not_shown_once_the_second_factor_is_long_ago(pages):
    set_up_another_app(pages, make_account())

    stale()

    assert key_answers(pages) == [303, 403]
    assert pages.get("/desk/account/time-code").path.startswith("/desk/step-up?")


@pytest.mark.requirement("T12")
def test_a_key_is_shown_to_the_session_that_made_it_and_confirmed_by_no_other(pages, other_pages):
    account = make_account()
    secret = secret_on(set_up_another_app(pages, account))
    forget_used_codes(account)
    sign_in(other_pages, account)
    page = other_pages.get("/desk/account/time-code")
    typed = {
        "csrf_token": page.fields("form[action=/desk/account/time-code/begin]")["csrf_token"],
        "code": pyotp.TOTP(secret).now(),
    }

    answer = other_pages.client.post("/desk/account/time-code", data=typed)

    assert not page.has("code")
    assert answer.headers["Location"] == "/desk/account/time-code"
    in_use = db.session.get_one(TimeCode, (account.id, True), populate_existing=True)
    assert time_codes.secret_of(in_use) != secret


def test_a_key_that_a_newer_one_replaced_is_confirmed_by_nobody(pages, other_pages):
    account = make_account()
    page = set_up_another_app(pages, account)
    secret = secret_on(page)
    forget_used_codes(account)
    newer = secret_on(set_up_another_app(other_pages, account))

    page = pages.post(page, {"code": pyotp.TOTP(secret).now()})

    assert newer != secret
    assert "The key is too old, or was replaced" in page.text("main")
    assert not page.has("code")


def test_a_key_that_is_not_confirmed_within_ten_minutes_is_gone(pages):
    page = set_up_another_app(pages, make_account())
    secret = secret_on(page)
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(update(TimeCode).values(created_at=uow.now - PROPOSAL))

    page = pages.post(page, {"code": pyotp.TOTP(secret).now()})

    assert "The key is too old, or was replaced" in page.text("main")
    assert not page.has("code")
    (in_use,) = db.session.scalars(select(TimeCode).where(TimeCode.in_use)).all()
    assert time_codes.secret_of(in_use) != secret


def test_a_key_goes_with_the_session_that_made_it(pages):
    set_up_another_app(pages, make_account())

    pages.post(pages.get("/desk/account"), form="form[action=/desk/sign-out]")

    assert [row.in_use for row in db.session.scalars(select(TimeCode))] == [True]
