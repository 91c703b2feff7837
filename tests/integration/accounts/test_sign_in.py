"""Signing in and out, as a browser sees it (acceptance checks T09, T10, T12, T13, T39)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from portal.accounts.models import Account, StaffSession
from portal.accounts.rules import ABSOLUTE, IDLE
from portal.accounts.service import brakes
from portal.audit.models import AuditEvent
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.throttle import Throttle, ThrottleCount
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import PASSWORD, code_for, forget_used_codes, make_account, sign_in
from tests.pages import Page, Pages

ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}
WRONG = "not the right passphrase"
HOUR = timedelta(hours=1)


def cookie(pages: Pages) -> str:
    found = pages.client.get_cookie("desk")
    return found.value if found else ""


def give_password(pages: Pages, name: str, password: str = PASSWORD) -> Page:
    page = pages.get("/desk/sign-in")
    return pages.post(page, {"name": name, "password": password})


def is_signed_in(pages: Pages) -> bool:
    return pages.get("/desk/account", follow=False).status == 200


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def session_row() -> StaffSession:
    return db.session.scalars(select(StaffSession)).one()


def shift_session(**changes: datetime) -> None:
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(update(StaffSession).values(**changes))


def test_password_and_code_lead_to_the_page_asked_for(pages):
    account = make_account()

    page = sign_in(pages, account, to="/desk/account/password")

    assert page.path == "/desk/account/password"
    assert actions()[-1] == "account.sign-in"


@pytest.mark.requirement("T12")
def test_the_password_alone_opens_no_page(pages):
    account = make_account()

    give_password(pages, account.name)

    for path in ("/desk/account", "/desk/account/password", "/desk/account/passkeys/add"):
        assert pages.get(path, follow=False).status == 303
    assert pages.get("/desk/account/time-code.svg", follow=False).status == 403


@pytest.mark.requirement("T12")
def test_the_password_alone_cannot_replace_the_second_factor(pages):
    page = give_password(pages, make_account().name)
    typed = {"csrf_token": page.one("input[name=csrf_token]")["value"], "code": "000000"}

    answers = [
        pages.client.post(path, data=typed).status_code
        for path in ("/desk/account/time-code/begin", "/desk/account/time-code")
    ]

    assert answers == [403, 403]


def test_names_are_taken_in_any_case_and_width(pages):
    account = make_account(name="zhang.san")

    page = give_password(pages, "  ＺＨＡＮＧ.San ")

    assert page.path.startswith("/desk/sign-in/second")
    assert page.has("input[name=code]")
    assert code_for(account)


@pytest.mark.requirement("T13")
@pytest.mark.parametrize("name", ["unknown", "known", "closed", "not-started", "%", "'", "<b>"])
def test_known_and_unknown_names_get_the_same_answer(pages, name):
    make_account(name="known")
    closed = make_account(name="closed")
    make_account(name="not-started", ready=False)
    with unit_of_work(Actor.operator()) as uow:
        uow.session.execute(
            update(Account).where(Account.id == closed.id).values(disabled_at=uow.now)
        )
    expected = give_password(pages, "nobody-at-all", WRONG)

    page = give_password(pages, name, WRONG if name == "known" else PASSWORD)

    def without_what_was_typed(one: Page) -> str:
        return re.sub(r'value="[^"]*"', "", one.response.text)

    assert page.status == expected.status == 422
    assert without_what_was_typed(page) == without_what_was_typed(expected)
    assert not cookie(pages)


def test_a_failed_sign_in_is_on_the_trail_without_the_name(pages):
    account = make_account()
    give_password(pages, account.name, WRONG)
    give_password(pages, "typed-by-mistake", WRONG)

    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "account.refuse-password")
    ).all()

    assert [event.subject_id for event in events] == [account.id, None]
    assert "typed-by-mistake" not in str([vars(event) for event in events])


@pytest.mark.requirement("T12")
def test_a_code_works_once(pages, other_pages):
    account = make_account()
    give_password(pages, account.name)
    code = code_for(account)
    pages.post(pages.get("/desk/sign-in/second"), {"code": code})

    page = give_password(other_pages, account.name)
    page = other_pages.post(page, {"code": code})

    assert is_signed_in(pages)
    assert page.status == 422
    assert not is_signed_in(other_pages)
    assert actions()[-1] == "account.refuse-code"


@pytest.mark.requirement("T12")
def test_ten_wrong_codes_are_held_and_a_right_one_then_is_too(pages):
    account = make_account()
    page = give_password(pages, account.name)
    for _ in range(10):
        pages.post(page, {"code": "000000" if code_for(account) != "000000" else "111111"})

    answer = pages.post(page, {"code": code_for(account)})

    assert answer.status == 429
    assert not is_signed_in(pages)


@pytest.mark.requirement("T09")
def test_five_wrong_passwords_hold_the_guesser_and_not_the_person_elsewhere(pages, other_pages):
    account = make_account()
    for _ in range(5):
        give_password(pages, account.name, WRONG)
    assert give_password(pages, account.name).status == 429

    other_pages.client.environ_base.update(ELSEWHERE)
    sign_in(other_pages, account)

    assert is_signed_in(other_pages)


def test_unknown_names_are_held_like_known_ones(pages):
    statuses = [give_password(pages, "nobody-at-all", WRONG).status for _ in range(6)]

    assert statuses == [422] * 5 + [429]


@pytest.mark.requirement("T09")
def test_thirty_wrong_passwords_from_one_network_leave_its_other_people_alone(pages, other_pages):
    for number in range(45):
        give_password(pages, f"name-{number % 10}", WRONG)

    sign_in(other_pages, make_account())

    assert is_signed_in(other_pages)


def test_a_network_that_has_failed_often_holds_the_names_that_failed_there(pages, monkeypatch):
    monkeypatch.setattr(brakes, "PASSWORDS_OF_NETWORK", Throttle("test-network", 3, HOUR))
    names = [f"name-{number}" for number in range(4)]
    first = [give_password(pages, name, WRONG).status for name in names]

    again = [give_password(pages, name, WRONG).status for name in names]

    assert first == [422] * 4
    assert again == [422] * 3 + [429]


@pytest.mark.requirement("T09")
def test_one_network_cannot_try_one_password_on_any_number_of_names(pages, monkeypatch):
    monkeypatch.setattr(brakes, "PASSWORDS_FLOOD", Throttle("test-flood", 5, HOUR))

    statuses = [give_password(pages, f"name-{number}", WRONG).status for number in range(6)]

    assert statuses == [422] * 5 + [429]


def test_people_who_sign_in_well_do_not_use_up_their_networks_attempts(pages):
    account = make_account()

    for _ in range(3):
        sign_in(pages, account)

    assert set(db.session.scalars(select(ThrottleCount.count))) <= {0}


def test_no_address_is_stored(pages):
    pages.client.environ_base.update(ELSEWHERE)
    give_password(pages, make_account().name, WRONG)

    stored = [
        str(value)
        for kind in (ThrottleCount, AuditEvent, StaffSession)
        for row in db.session.scalars(select(kind))
        for value in vars(row).values()
    ]

    assert not [value for value in stored if "198.51.100" in value]


@pytest.mark.requirement("T10")
def test_a_cookie_set_before_signing_in_is_worth_nothing(pages):
    account = make_account()
    pages.client.set_cookie("desk", "chosen-by-an-attacker")

    page = give_password(pages, account.name)
    half_way = cookie(pages)
    pages.post(page, {"code": code_for(account)})

    assert len({"chosen-by-an-attacker", half_way, cookie(pages)}) == 3


@pytest.mark.requirement("T10")
def test_the_half_way_cookie_is_dead_after_the_second_factor(pages, other_pages):
    account = make_account()
    page = give_password(pages, account.name)
    other_pages.client.set_cookie("desk", cookie(pages))

    pages.post(page, {"code": code_for(account)})

    assert is_signed_in(pages)
    assert not is_signed_in(other_pages)


@pytest.mark.requirement("T10")
def test_a_step_up_changes_the_cookie(pages, other_pages):
    account = make_account()
    sign_in(pages, account)
    before = cookie(pages)
    other_pages.client.set_cookie("desk", before)
    forget_used_codes(account)

    page = pages.get("/desk/step-up?next=/desk/account")
    pages.post(page, {"code": code_for(account)})

    assert cookie(pages) != before
    assert is_signed_in(pages)
    assert not is_signed_in(other_pages)


def test_a_copied_cookie_is_dead_after_signing_out(pages, other_pages):
    account = make_account()
    page = sign_in(pages, account)
    other_pages.client.set_cookie("desk", cookie(pages))
    assert is_signed_in(other_pages)

    answer = pages.post(page, form="form[action=/desk/sign-out]", follow=False)

    assert answer.status == 303
    assert '"storage"' in answer.response.headers["Clear-Site-Data"]
    assert not is_signed_in(pages)
    assert not is_signed_in(other_pages)


def test_signing_out_is_not_done_by_a_link(pages):
    sign_in(pages, make_account())

    assert pages.get("/desk/sign-out").status == 405
    assert is_signed_in(pages)


def test_nothing_is_done_without_the_token_of_the_form(pages):
    sign_in(pages, make_account())

    for path in ("/desk/sign-in", "/desk/sign-in/second", "/desk/sign-out", "/desk/start"):
        assert pages.client.post(path, data={"name": "x"}).status_code == 400
    assert is_signed_in(pages)


def test_the_cookie_holds_a_random_value_and_the_table_only_its_hash(pages):
    sign_in(pages, make_account())
    value = cookie(pages)

    assert len(value) == 43
    assert session_row().id_hash.hex() not in value
    assert value.encode() not in session_row().id_hash


@pytest.mark.requirement("T10")
def test_the_cookie_is_for_this_site_and_not_for_scripts(pages):
    answer = pages.post(
        pages.get("/desk/sign-in"),
        {"name": make_account().name, "password": PASSWORD},
        follow=False,
    )

    line = next(
        value
        for value in answer.response.headers.getlist("Set-Cookie")
        if value.startswith("desk=")
    )
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(line.split("; "))
    assert "Domain" not in line
    assert "Expires" not in line


@pytest.mark.parametrize(
    "changes",
    [
        {"last_seen_at": datetime.now(UTC) - IDLE},
        {"expires_at": datetime.now(UTC)},
    ],
    ids=["idle", "absolute"],
)
def test_a_session_ends_by_itself(pages, changes):
    sign_in(pages, make_account())

    shift_session(**changes)

    assert not is_signed_in(pages)


@pytest.mark.parametrize(("asked", "kept"), [("/desk?watched=1", False), ("/desk", True)])
def test_a_page_that_a_browser_fetches_by_itself_keeps_nobody_signed_in(pages, asked, kept):
    sign_in(pages, make_account())
    before = datetime.now(UTC) - IDLE / 2
    shift_session(last_seen_at=before)

    pages.get(asked)

    assert (session_row().last_seen_at > before) is kept


def test_a_session_lasts_twelve_hours_and_a_step_up_does_not_lengthen_it(pages):
    account = make_account()
    sign_in(pages, account)
    ends = session_row().expires_at
    forget_used_codes(account)

    pages.post(pages.get("/desk/step-up"), {"code": code_for(account)}, follow=False)
    db.session.expire_all()

    assert session_row().expires_at == ends
    assert abs(ends - datetime.now(UTC) - ABSOLUTE) < timedelta(minutes=1)


def test_use_is_noted_at_most_once_a_minute(pages):
    sign_in(pages, make_account())
    seen = session_row().last_seen_at

    pages.get("/desk/account")
    db.session.expire_all()
    assert session_row().last_seen_at == seen

    shift_session(last_seen_at=seen - timedelta(minutes=2))
    pages.get("/desk/account")
    db.session.expire_all()
    assert session_row().last_seen_at > seen


@pytest.mark.requirement("T39")
@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "/\tevil",
        "javascript:alert(1)",
        "evil",
    ],
)
def test_signing_in_leads_nowhere_else(pages, target):
    account = make_account()
    page = pages.get("/desk/sign-in", query_string={"next": target})
    page = pages.post(page, {"name": account.name, "password": PASSWORD})

    answer = pages.post(page, {"code": code_for(account)}, follow=False)

    assert answer.response.headers["Location"] == "/desk"


def test_a_desk_page_sends_to_sign_in_and_back(pages):
    account = make_account(Role.ADMINISTRATOR)
    page = pages.get("/desk/accounts")
    assert page.path.startswith("/desk/sign-in")

    page = pages.post(page, {"name": account.name, "password": PASSWORD})
    page = pages.post(page, {"code": code_for(account)})

    assert page.path == "/desk/accounts"


def test_the_second_page_without_the_first_leads_to_the_first(pages):
    for path in ("/desk/sign-in/second", "/desk/account/time-code"):
        assert pages.get(path).path == "/desk/sign-in"


def test_a_half_way_session_that_has_run_out_starts_again(pages):
    account = make_account()
    page = give_password(pages, account.name)
    shift_session(expires_at=datetime.now(UTC))

    answer = pages.post(page, {"code": code_for(account)})

    assert answer.path == "/desk/sign-in"
    assert not is_signed_in(pages)


@pytest.mark.requirement("T10")
def test_with_https_the_cookie_is_bound_to_the_host(pages, monkeypatch):
    secure = settings().model_copy(update={"https": True})
    monkeypatch.setattr("portal.accounts.sign_in.settings", lambda: secure)
    page = pages.get("/desk/sign-in")

    answer = pages.post(page, {"name": make_account().name, "password": PASSWORD}, follow=False)

    line = next(
        value
        for value in answer.response.headers.getlist("Set-Cookie")
        if value.startswith("__Host-desk=")
    )
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(line.split("; "))
    assert "Domain" not in line


def test_a_request_costs_one_statement_for_who_is_asking(pages):
    sign_in(pages, make_account())
    statements: list[str] = []
    connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))

    pages.get("/desk/account")

    asking = [one for one in statements if "account_role" in one]
    assert len(asking) == 1
    assert len(statements) <= 6
