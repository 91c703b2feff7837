"""The pages of a payment, walked through by each person in it, in both languages."""

from io import BytesIO

import pytest
from sqlalchemy import func, select, update

from portal.accounts.models import Account
from portal.infra.database import db
from portal.kernel.actor import Role
from portal.rewards.payment.models import CashCodeRow, Payment, PaymentDifference, RewardPin
from portal.rewards.payment.service.auditing import EnterOwnAccount, enter_own_account
from portal.rewards.payment.service.claiming import ClaimToAccount, claim_to_account
from portal.rewards.payment.service.statements import ReadStatement, doubt_payment, take_statement
from portal.rewards.payment.states import PaymentState
from tests.factories.accounts import enter_desk, make_account
from tests.factories.cases import today
from tests.factories.casework import make_officer
from tests.factories.custody import PASSPHRASE
from tests.factories.payments import (
    AMOUNT,
    BASIS,
    OFFICE,
    PAYEE,
    PIN,
    PUBLIC,
    REASON,
    Paying,
    make_award,
    make_fund,
    pay_in_cash,
    sheet,
)
from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # a fixture
from tests.pages import Pages

S = PaymentState
STRANGE = "SLPZZZZZZZZZZZZZZZZZZZZ"
CLAIM = {"name": PAYEE.name, "account": "6222 0212 3456 7890 123", "bank": PAYEE.bank, "pin": PIN}
DRAW = {
    "fund": "F-1",
    "kind": "pain.001",
    "name": OFFICE.name,
    "account": OFFICE.account,
    "bank": OFFICE.bank,
}


@pytest.fixture
def awarded(app):
    make_fund()
    return make_award()


@pytest.fixture
def paying(app):
    return Paying.people()


@pytest.fixture
def browser(app):
    """The desk as somebody sees it: `browser(account)`."""

    def enter(account, language="zh-Hans"):
        pages = Pages(app, language)
        enter_desk(pages, account)
        return pages

    return enter


def visited(app, awarded, language="zh-Hans"):
    """The tracking page of a reporter, opened with the code."""
    pages = Pages(app, language)
    page = pages.post(pages.get("/track"), {"code": awarded.code})
    assert "/track/report/reward" in page.links()
    return pages


def with_pin(app, awarded, language="zh-Hans"):
    pages = visited(app, awarded, language)
    page = pages.get("/track/report/reward/pin")
    assert pages.post(page, {"pin": PIN, "again": PIN}).status == 200
    return pages


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_anonymous_reporter_claims_and_others_pay_past_those_who_decided(
    app, awarded, paying, browser, language
):
    finance = make_account(Role.FINANCE, region="320400")
    money, custodian, other = (
        browser(one, language) for one in (finance, paying.asker, paying.approver)
    )
    reporter = visited(app, awarded, language)
    unset = reporter.get(f"/track/report/reward/{awarded.award}/claim")
    assert unset.path == "/track/report/reward/pin"
    wrong = reporter.post(unset, {"pin": PIN, "again": "918273"})
    assert (wrong.status, PIN in wrong.response.text) == (422, False)
    reporter.post(unset, {"pin": PIN, "again": PIN})
    claim = reporter.get(f"/track/report/reward/{awarded.award}/claim")
    refused = reporter.post(claim, CLAIM | {"pin": "918273"})
    assert refused.status == 422
    claimed = reporter.post(claim, CLAIM)
    assert claimed.status == 200
    assert PAYEE.account not in claimed.response.text

    drawn = money.post(money.get("/desk/payments/draw"), DRAW | {"execute_on": today().isoformat()})
    assert drawn.path in custodian.get("/desk/payments/to-open").links()
    custodian.post(custodian.get(f"{drawn.path}/ask"), {"reason": REASON, "basis": BASIS})
    released = other.get(f"{drawn.path}/release")
    assert REASON in released.text()
    other.post(released, {"passphrase": PASSPHRASE})
    made = custodian.post(custodian.get(f"{drawn.path}/fill"), {"passphrase": PASSPHRASE})
    assert made.status == 200
    assert PAYEE.account not in made.response.text
    ready = money.get(drawn.path)
    file = money.post(ready, form=f"form[action={drawn.path}/export]")
    assert PAYEE.account in file.response.text
    assert "attachment" in file.response.headers["Content-Disposition"]
    assert money.post(ready, form=f"form[action={drawn.path}/export]").status == 409
    assert "1,234.56" in reporter.get("/track/report/reward").text()

    content = sheet((awarded.payment.reference, AMOUNT, "debit"))
    upload = money.get("/desk/payments/statements")
    sent = {"fund": "F-1", "files": (BytesIO(content), "bank.csv")}
    assert money.post(upload, sent).status == 200
    assert awarded.payment.state is S.SETTLED
    assert awarded.payment.reference in money.get("/desk/payments").text()
    assert reporter.get("/track/report/reward").status == 200


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_whoever_has_the_code_and_not_the_pin_replaces_it_past_no_owner_who_comes_back(
    app, awarded, paying, language
):
    owner, other = with_pin(app, awarded, language), visited(app, awarded, language)
    claim_to_account(ClaimToAccount(awarded.report, awarded.award, PAYEE, PIN), actor=PUBLIC)
    paying.draw()
    other.post(
        other.get("/track/report/reward"), form="form[action=/track/report/reward/pin/forgotten]"
    )
    path = "/track/report/reward/pin/keep"

    page = owner.get("/track/report/reward")
    assert path in page.links()
    assert owner.post(owner.get(path), {"pin": "918273"}).status == 422
    page = owner.post(owner.get(path), {"pin": PIN})

    assert path not in page.links()
    assert db.session.get_one(RewardPin, awarded.report).forgotten_at is None


def test_a_reward_of_another_report_is_not_there_and_without_a_visit_none_is(app, awarded):
    other = make_award()
    pages = with_pin(app, other)

    for act in ("claim", "cash", "review", "received", "code"):
        answer = pages.get(f"/track/report/reward/{awarded.award}/{act}", follow=False)
        assert (answer.status, answer.response.location) == (303, "/track")
        closed = Pages(app).get(f"/track/report/reward/{other.award}/{act}", follow=False)
        assert closed.response.location == "/track"


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_cash_code_is_shown_once_and_paid_once_at_a_counter_that_sees_code_and_amount(
    app, awarded, browser, language
):
    pay_in_cash()
    first, second = (make_account(Role.FINANCE, region="320400") for _ in range(2))
    money, counter = browser(first, language), browser(second, language)
    reporter = with_pin(app, awarded, language)

    shown = reporter.post(reporter.get(f"/track/report/reward/{awarded.award}/cash"), {"pin": PIN})
    code = shown.text(".sl-code__code")
    assert len(code.replace("-", "")) == 20
    reporter.post(shown)
    assert code not in reporter.get(f"/track/report/reward/{awarded.award}/code").text()
    asked = counter.get("/desk/payments/counter")
    assert counter.post(asked, {"code": code}).status == 422
    page = money.get("/desk/payments")
    money.post(page, form=f"form[action=/desk/payments/{awarded.payment.id}/release-cash]")
    own = money.post(money.get("/desk/payments/counter"), {"code": code})
    assert money.post(own, form="form[action=/desk/payments/counter/paid]").status == 422
    due = counter.post(asked, {"code": code.lower().replace("-", " ")})
    assert "1,234.56" in due.text()
    assert awarded.payment.reference not in due.text()
    counter.post(due, form="form[action=/desk/payments/counter/paid]")

    assert awarded.payment.state is S.SETTLED
    assert db.session.scalar(select(func.count()).select_from(CashCodeRow)) == 0
    assert counter.post(asked, {"code": code}).status == 422


def test_the_auditor_decides_on_what_is_parked_and_finance_sees_nothing_of_it(
    app, awarded, browser
):
    officer = awarded.people["propose"]
    enter_own_account(EnterOwnAccount(PAYEE.account), actor=officer)
    awarded.claim()
    money = browser(make_account(Role.FINANCE, region="320400"), "en")
    auditor = browser(make_account(Role.AUDITOR), "en")

    own = visited(app, awarded, "en")
    path = f"/track/report/reward/{awarded.award}/claim"
    assert path in own.get("/track/report/reward").links(), "parked looks like any other claim"
    assert own.post(own.get(path), CLAIM | {"account": "6222021234567899999"}).status == 200
    assert awarded.payment.state is S.PARKED
    listed = money.get("/desk/payments")
    assert awarded.payment.reference in listed.text()
    assert "with the auditor" not in listed.text()
    assert money.get("/desk/payments/signals").status == 403
    page = auditor.get("/desk/payments/signals")
    assert awarded.payment.reference in page.text()
    refuse = auditor.get(f"/desk/payments/{awarded.payment.id}/refuse")
    assert auditor.post(refuse, {"reason": "too short"}).status == 422
    assert auditor.post(refuse, {"reason": REASON}).status == 200
    reporter = visited(app, awarded, "en")
    assert REASON in reporter.get("/track/report/reward").text()
    review = reporter.get(f"/track/report/reward/{awarded.award}/review")
    assert reporter.post(review, {"text": "这是我本人的账户。"}).status == 200
    second = browser(make_account(Role.AUDITOR), "en")
    again = second.get("/desk/payments/signals")
    assert "这是我本人的账户。" in again.text()
    second.post(again, form=f"form[action=/desk/payments/{awarded.payment.id}/go-on]")

    assert awarded.payment.state is S.CLAIMED


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_about_payments_shows_what_there_is(app, awarded, paying, browser, language):
    awarded.claim()
    paying.export(paying.filled())
    paying_now = sheet((awarded.payment.reference, AMOUNT - 1, "debit"))
    money = browser(make_account(Role.FINANCE, region="320400"), language)
    upload = money.get("/desk/payments/statements")
    hostile = (BytesIO(b"<!DOCTYPE a><a/>"), "a.xml")
    assert money.post(upload, {"fund": "F-1", "files": hostile}).status == 422
    file = (BytesIO(paying_now), "bank.csv")
    money.post(upload, {"fund": "F-1", "files": file})
    db.session.execute(update(Payment).values(state=S.UNKNOWN))
    db.session.commit()
    auditor = browser(make_account(Role.AUDITOR), language)

    for pages in (money, auditor):
        for path in ("", "/lists", "/differences", "/own-account"):
            assert pages.get(f"/desk/payments{path}").status == 200
    assert money.get(f"/desk/payments/{awarded.payment.id}/not-booked").status == 200
    [difference] = db.session.scalars(select(PaymentDifference.id))
    clear = auditor.get(f"/desk/payments/differences/{difference}/clear")
    assert REASON in auditor.post(clear, {"reason": REASON}).text()
    own = money.get("/desk/payments/own-account")
    assert money.post(own, {"account": "6222 0212 3456 7899 99"}).status == 200


@pytest.mark.requirement("G9")
def test_the_auditor_confirms_what_the_page_said_and_nothing_that_took_its_place(
    app, awarded, paying, browser
):
    awarded.claim()
    paying.export(paying.filled())
    doubt_payment(awarded.payment.id, actor=paying.finance)
    auditor = browser(make_account(Role.AUDITOR), "en")
    confirm = f"form[action=/desk/payments/{awarded.payment.id}/confirm]"

    def read(direction: str) -> None:
        content = sheet((awarded.payment.reference, AMOUNT, direction))
        take_statement(ReadStatement("F-1", content), actor=paying.finance)

    read("debit")
    page = auditor.get("/desk/payments")
    assert "booked as paid" in page.text()
    read("credit")
    assert auditor.post(page, form=confirm).status == 409
    assert awarded.payment.state is S.UNKNOWN
    page = auditor.get("/desk/payments")
    assert "sent back" in page.text()
    assert auditor.post(page, form=confirm).status == 200

    assert awarded.payment.state is S.DUE


def test_a_parked_claim_that_is_corrected_to_cash_looks_as_before_to_finance(app, awarded, browser):
    pay_in_cash()
    enter_own_account(EnterOwnAccount(PAYEE.account), actor=awarded.people["propose"])
    awarded.claim()
    money = browser(make_account(Role.FINANCE, region="320400"), "en")
    before = money.get("/desk/payments").text("main")
    own = visited(app, awarded, "en")
    cash = own.get(f"/track/report/reward/{awarded.award}/cash")
    assert own.post(cash, {"pin": PIN}).status == 200

    assert awarded.payment.state is S.PARKED
    assert money.get("/desk/payments").text("main") == before


@pytest.mark.requirement("F1")
def test_whoever_had_a_part_is_offered_no_button_that_would_be_refused(
    app, awarded, paying, browser
):
    other = make_award()
    awarded.claim()
    paying.export(paying.filled())
    other.claim()
    doubt_payment(awarded.payment.id, actor=paying.finance)
    content = sheet((awarded.payment.reference, AMOUNT, "debit"), (STRANGE, AMOUNT, "debit"))
    take_statement(ReadStatement("F-1", content), actor=paying.finance)
    enter_own_account(EnterOwnAccount(PAYEE.account), actor=make_officer())
    assert other.payment.state is S.PARKED
    reader = db.session.get_one(Account, paying.finance.id)
    [difference] = db.session.scalars(select(PaymentDifference.id))
    explain = f"/desk/payments/differences/{difference}/clear"
    refuse = f"/desk/payments/{other.payment.id}/refuse"
    member = db.session.get_one(Account, awarded.people["approve"].id)
    approver = db.session.get_one(Account, other.people["approve"].id)

    def offered(account):
        """What one natural person is offered as an auditor, by an account of its own."""
        auditor = make_account(Role.AUDITOR)
        if account is not None:
            same = update(Account).where(Account.id == auditor.id)
            db.session.execute(same.values(person_id=account.person_id))
            db.session.commit()
        pages = browser(auditor, "en")
        confirms = f"/{awarded.payment.id}/confirm" in pages.get("/desk/payments").response.text
        explains = explain in pages.get("/desk/payments/differences").links()
        refuses = refuse in pages.get("/desk/payments/signals").links()
        assert pages.get(explain).has("main form[method=post]") is explains
        assert pages.get(refuse).has("main form[method=post]") is refuses
        return confirms, explains, refuses

    assert offered(None) == (True, True, True)
    assert offered(reader) == (False, False, True)
    assert offered(member) == (False, True, True)
    assert offered(approver) == (True, True, False)


def test_long_lists_cost_as_much_as_short_ones(awarded, paying, browser, counted):
    awarded.claim()
    auditor = browser(make_account(Role.AUDITOR))
    paths = ("", "/lists", "/signals", "/differences")
    for path in paths:
        auditor.get(f"/desk/payments{path}")
    with counted() as few:
        for path in paths:
            auditor.get(f"/desk/payments{path}")
    for _ in range(2):
        make_award().claim(payee=PAYEE)
    paying.export(paying.filled())

    with counted() as many:
        for path in paths:
            auditor.get(f"/desk/payments{path}")

    assert len(many) <= len(few)
