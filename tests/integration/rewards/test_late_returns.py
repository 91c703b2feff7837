"""What the bank sends back after it was paid: owed again once two people say so, and paid anew."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Account
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.rules import balances_of
from portal.rewards.ledger.states import LedgerAccount
from portal.rewards.payment.models import Payment, PaymentDifference, PaymentResolution
from portal.rewards.payment.queries.differences import list_differences
from portal.rewards.payment.service.explaining import ClearDifference, clear_difference, take_back
from portal.rewards.payment.service.statements import ReadStatement, doubt_payment, take_statement
from portal.rewards.payment.service.watching import reconcile_payments
from portal.rewards.payment.states import PaymentState
from portal.rewards.queries.desk import list_awards
from portal.rewards.states import AwardHeap
from tests.factories.accounts import enter_desk, make_account
from tests.factories.cases import today
from tests.factories.casework import make_actor
from tests.factories.payments import AMOUNT, PAYEE, Paying, make_award, make_fund, sheet
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
S, L = PaymentState, LedgerAccount
CLOCK = Actor.system("clock")
WHY = "银行十二月三日退票通知，收款账户已销户。"
LATER = "经复核银行回单，退回的款项应当重新发给举报人。"


@pytest.fixture
def paying(app):
    return Paying.people()


@pytest.fixture
def came_back(app, paying):
    """A reward that was settled, and that the bank has sent back since."""
    make_fund()
    awarded = make_award()
    awarded.claim()
    paying.export(paying.filled())
    for direction in ("debit", "credit"):
        read(paying, sheet((awarded.payment.reference, AMOUNT, direction)))
    return awarded


def read(paying, content: bytes) -> None:
    take_statement(ReadStatement("F-1", content), actor=paying.finance)


def held() -> dict[LedgerAccount, int]:
    rows = db.session.execute(select(LedgerMovement.kind, LedgerMovement.amount))
    return balances_of((kind, int(amount)) for kind, amount in rows)


def difference():
    return db.session.scalars(
        select(PaymentDifference.id).order_by(PaymentDifference.found_at)
    ).one()


def unpaid(actor) -> list:
    page = list_awards(db.session(), actor, AwardHeap.UNPAID, Window())
    return [one.id for one in page.items]


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
def test_what_came_back_late_is_owed_again_by_two_and_paid_once_more(came_back, paying):
    first = came_back.payment
    assert (first.state, held()[L.PAID]) == (S.SETTLED, AMOUNT)
    assert unpaid(paying.auditor) == []
    with pytest.raises(RuleBroken, match="differences-open"):
        paying.draw()

    take_back(ClearDifference(difference(), WHY), actor=paying.auditor)

    assert db.session.get_one(Payment, first.id).state is S.RETURNED
    assert (came_back.payment.state, came_back.payment.id != first.id) == (S.DUE, True)
    assert (held()[L.PAYABLE], held()[L.PAID], held()[L.RETURNED]) == (AMOUNT, 0, 0)
    younger = make_award()
    assert unpaid(paying.auditor) == [came_back.award, younger.award]
    younger.claim(PAYEE)
    assert reconcile_payments(actor=CLOCK) == 0
    came_back.claim_again()
    paying.export(paying.filled())
    both = came_back.payment.reference, younger.payment.reference
    read(paying, sheet(*((one, AMOUNT, "debit") for one in both)))
    assert (came_back.payment.state, held()[L.PAID]) == (S.SETTLED, AMOUNT * 2)
    assert reconcile_payments(actor=CLOCK) == 0
    assert unpaid(paying.auditor) == []


@pytest.mark.requirement("F1")
def test_whoever_read_the_statement_or_had_a_part_does_not_agree_to_it(came_back, paying):
    order = ClearDifference(difference(), WHY)
    with pytest.raises(NotPermitted):
        take_back(order, actor=paying.finance)
    with pytest.raises(NotFound):
        take_back(order, actor=make_actor(Role.AUDITOR, region="320100"))
    drew = db.session.get_one(Account, paying.finance.id).person_id
    worked = db.session.get_one(Account, came_back.people["confirm"].id).person_id
    for person, code in ((drew, "payment-own-step"), (worked, "payment-own-award")):
        both = make_actor(Role.AUDITOR)
        db.session.execute(update(Account).where(Account.id == both.id).values(person_id=person))
        db.session.commit()
        with pytest.raises(RuleBroken, match=code):
            take_back(order, actor=both)

    assert came_back.payment.state is S.SETTLED
    assert db.session.scalar(select(func.count()).select_from(PaymentResolution)) == 0


@pytest.mark.requirement("F1")
def test_the_database_takes_nothing_back_without_two_people(came_back, paying):
    with pytest.raises(DBAPIError, match="came-back-by-two"):
        db.session.execute(update(Payment).values(state="returned"))
    db.session.rollback()
    assert came_back.payment.state is S.SETTLED


@pytest.mark.requirement("E4")
def test_what_was_explained_by_mistake_another_auditor_still_owes_again_and_both_reasons_stay(
    came_back, paying
):
    order, other = ClearDifference(difference(), WHY), make_actor(Role.AUDITOR)
    clear_difference(order, actor=paying.auditor)
    with pytest.raises(MoveRefused):
        clear_difference(order, actor=other)
    with pytest.raises(RuleBroken, match="difference-own-explanation"):
        take_back(order, actor=paying.auditor)

    take_back(ClearDifference(order.difference_id, LATER), actor=other)

    assert (came_back.payment.state, held()[L.PAYABLE]) == (S.DUE, AMOUNT)
    why = select(PaymentDifference.cleared_because).order_by(PaymentDifference.found_at)
    assert list(db.session.scalars(why)) == [WHY, LATER]
    with pytest.raises(MoveRefused):
        take_back(order, actor=other)


def test_a_second_return_of_the_same_payment_is_a_difference_that_two_explain(came_back, paying):
    first, paid = difference(), came_back.payment.reference
    read(paying, sheet((paid, AMOUNT, "credit"), day=today() + timedelta(days=1)))

    lines = list_differences(db.session(), paying.auditor, Window()).items
    assert [(one.kind, one.may_owe) for one in lines] == [("twice", False), ("late-return", True)]
    order = ClearDifference(lines[0].id, WHY)
    with pytest.raises(RuleBroken, match="difference-no-return"):
        take_back(order, actor=paying.auditor)
    read_it = db.session.get_one(Account, paying.finance.id).person_id
    both = make_actor(Role.AUDITOR)
    db.session.execute(update(Account).where(Account.id == both.id).values(person_id=read_it))
    db.session.commit()
    with pytest.raises(RuleBroken, match="payment-own-step"):
        clear_difference(order, actor=both)
    take_back(ClearDifference(first, WHY), actor=paying.auditor)
    clear_difference(order, actor=paying.auditor)

    assert not any(
        one.may_owe for one in list_differences(db.session(), paying.auditor, Window()).items
    )
    came_back.claim_again()
    assert paying.draw()


@pytest.mark.requirement("E4")
def test_a_return_in_another_currency_takes_no_reporter_the_return_that_follows(app, paying):
    make_fund()
    awarded = make_award()
    awarded.claim()
    paying.export(paying.filled())
    paid = awarded.payment.reference
    read(paying, sheet((paid, AMOUNT, "debit")))
    read(paying, sheet((paid, AMOUNT, "credit"), currency="USD"))
    read(paying, sheet((paid, AMOUNT, "credit"), day=today() + timedelta(days=1)))

    lines = list_differences(db.session(), paying.auditor, Window()).items

    kinds = [(one.kind, one.may_owe) for one in lines]
    assert kinds == [("late-return", True), ("another-amount", False)]


@pytest.mark.requirement("G9")
def test_what_the_bank_books_again_after_it_came_back_is_a_difference_of_an_unknown_one_too(
    app, paying
):
    make_fund()
    awarded = make_award()
    awarded.claim()
    paying.export(paying.filled())
    doubt_payment(awarded.payment.id, actor=paying.finance)
    paid = awarded.payment.reference

    for number, direction in enumerate(("debit", "credit", "debit")):
        day = today() + timedelta(days=number)
        read(paying, sheet((paid, AMOUNT, direction), day=day))

    assert list(db.session.scalars(select(PaymentDifference.kind))) == ["twice"]


def test_no_other_kind_of_difference_is_owed_again(came_back, paying):
    clear_difference(ClearDifference(difference(), WHY), actor=paying.auditor)
    read(paying, sheet(("SLPNOBODY", 7, "debit")))
    wanted = select(PaymentDifference.id).where(PaymentDifference.cleared_at.is_(None))
    unknown = db.session.scalars(wanted).one()

    with pytest.raises(RuleBroken, match="difference-no-return"):
        take_back(ClearDifference(unknown, WHY), actor=paying.auditor)
    assert came_back.payment.state is S.SETTLED


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_auditor_owes_it_again_on_the_page_and_finance_is_not_offered_it(
    came_back, app, language
):
    path = f"/desk/payments/differences/{difference()}/came-back"
    money, auditor = Pages(app, language), Pages(app, language)
    enter_desk(money, make_account(Role.FINANCE, region="320400"))
    enter_desk(auditor, make_account(Role.AUDITOR))
    assert path not in money.get("/desk/payments/differences").links()
    assert money.get(path).status == 403
    assert path in auditor.get("/desk/payments/differences").links()
    form = auditor.get(path)
    assert auditor.post(form, {"reason": "短"}).status == 422

    page = auditor.post(form, {"reason": WHY})

    assert WHY in page.text("main")
    assert came_back.payment.state is S.DUE
