"""Passkeys at sign-in and on one's own account, with a key in software."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Passkey, StaffSession, TimeCode
from portal.accounts.service.passkeys import relying_party
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from tests.factories.accounts import PASSWORD, forget_used_codes, make_account, sign_in
from tests.integration.accounts.soft_key import SoftKey
from tests.pages import Page, Pages

PASSKEY = "form#passkey"


@pytest.fixture
def key(app) -> SoftKey:
    party = relying_party()
    assert party is not None
    return SoftKey(party.host, party.origin)


def options_of(pages: Pages, page: Page) -> dict:
    form = page.one(PASSKEY)
    token = page.fields(PASSKEY)["csrf_token"]
    answer = pages.client.post(form["data-options"], headers={"X-CSRFToken": token})
    assert answer.status_code == 200
    return json.loads(answer.text)


def add(pages: Pages, key: SoftKey) -> Page:
    page = pages.get("/desk/account/passkeys/add")
    answer = key.create(options_of(pages, page))
    return pages.post(page, {"answer": answer, "name": "office key"}, form=PASSKEY)


def second_page(pages: Pages, name: str) -> Page:
    page = pages.get("/desk/sign-in")
    return pages.post(page, {"name": name, "password": PASSWORD})


def is_signed_in(pages: Pages) -> bool:
    return pages.get("/desk/account", follow=False).status == 200


def test_a_passkey_signs_in(pages, other_pages, key):
    account = make_account()
    sign_in(pages, account)
    page = add(pages, key)
    assert "office key" in page.text("table")

    page = second_page(other_pages, account.name)
    other_pages.post(page, {"answer": key.get(options_of(other_pages, page))}, form=PASSKEY)

    assert is_signed_in(other_pages)


def test_an_answer_works_once(pages, other_pages, key):
    account = make_account()
    sign_in(pages, account)
    add(pages, key)
    page = second_page(other_pages, account.name)
    answer = key.get(options_of(other_pages, page))
    other_pages.post(page, {"answer": answer}, form=PASSKEY)

    third = Pages(pages.client.application, language="en")
    page = second_page(third, account.name)
    options_of(third, page)
    page = third.post(page, {"answer": answer}, form=PASSKEY)

    assert "The passkey was not accepted" in page.text("body")
    assert not is_signed_in(third)


@pytest.mark.parametrize(
    "case", ["other-origin", "other-key", "old-count", "no-challenge", "not-json", "empty", "other"]
)
def test_an_answer_that_is_not_genuine_is_refused(pages, other_pages, key, case):
    account, stranger = make_account(), make_account()
    sign_in(pages, account)
    add(pages, key)
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(update(Passkey).values(sign_count=5))
    key.count = 5
    answering = {
        "other-origin": replace(key, origin="https://evil.example"),
        "other-key": replace(SoftKey(key.host, key.origin, 5), id=key.id),
        "old-count": replace(key, count=2),
    }.get(case, key)
    name = stranger.name if case == "other" else account.name
    page = second_page(other_pages, name)
    if case == "other":
        assert not page.has(PASSKEY)
        return
    answer = answering.get(options_of(other_pages, page))
    if case == "no-challenge":
        with unit_of_work(Actor.operator()) as uow:
            uow.session.execute(update(StaffSession).values(challenge_until=uow.now))
    answer = {"not-json": "{", "empty": ""}.get(case, answer)

    page = other_pages.post(page, {"answer": answer}, form=PASSKEY)

    assert page.path.startswith("/desk/sign-in/second")
    assert not is_signed_in(other_pages)


def test_a_passkey_is_added_only_with_a_fresh_second_factor(pages, key):
    sign_in(pages, make_account())
    page = pages.get("/desk/account/passkeys/add")
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(update(StaffSession).values(fresh_until=uow.now))

    answer = pages.post(page, {"answer": "{}", "name": "x"}, form=PASSKEY, follow=False)

    assert answer.response.headers["Location"].startswith("/desk/step-up")
    assert pages.get("/desk/account/passkeys/add").path.startswith("/desk/step-up")


def test_a_made_up_credential_is_not_stored(pages, key):
    sign_in(pages, make_account())
    page = pages.get("/desk/account/passkeys/add")
    options = options_of(pages, page)
    answer = replace(key, origin="https://evil.example").create(options)

    assert pages.post(page, {"answer": answer, "name": "x"}, form=PASSKEY).status == 422
    assert not db.session.scalars(select(Passkey)).all()


def test_one_credential_belongs_to_one_account(pages, other_pages, key):
    sign_in(pages, make_account())
    sign_in(other_pages, make_account())
    add(pages, key)

    assert add(other_pages, key).status == 422


def test_the_last_second_factor_cannot_be_removed(pages, key):
    account = make_account()
    sign_in(pages, account)
    page = add(pages, key)
    with unit_of_work(Actor.operator()) as uow:
        uow.session.delete(uow.session.get_one(TimeCode, (account.id, True)))

    answer = pages.post(page, form="form.sl-inline-form")

    assert answer.status == 422
    assert db.session.scalars(select(Passkey)).all()


def test_a_passkey_is_removed_by_its_owner_and_by_nobody_else(pages, other_pages, key):
    sign_in(pages, make_account())
    page = add(pages, key)
    path = page.one("form.sl-inline-form")["action"]
    theirs = sign_in(other_pages, make_account())
    token = theirs.fields("form[action=/desk/sign-out]")["csrf_token"]

    stranger = [
        other_pages.client.post(one, data={"csrf_token": token}).status_code
        for one in (path, f"/desk/account/passkeys/{uuid4()}/remove")
    ]
    pages.post(page, form="form.sl-inline-form")

    assert stranger == [404, 404]
    assert not db.session.scalars(select(Passkey)).all()


def test_ten_answers_that_are_not_genuine_are_held(pages, key):
    account = make_account()
    sign_in(pages, account)
    add(pages, key)
    forget_used_codes(account)
    other = Pages(pages.client.application, language="en")
    page = second_page(other, account.name)

    statuses = [other.post(page, {"answer": "{}"}, form=PASSKEY).status for _ in range(11)]

    assert statuses == [200] * 10 + [429]
