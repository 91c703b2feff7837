"""What the bank sends back after it was paid: owed again once two people say so, and paid anew."""

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
from portal.rewards.payment.service.auditing import ClearDifference, clear_difference, take_back
from portal.rewards.payment.service.claiming import ClaimToAccount, claim_to_account
from portal.rewards.payment.service.statements import ReadStatement, take_statement
from portal.rewards.payment.service.watching import reconcile_payments
from portal.rewards.payment.states import PaymentState
from portal.rewards.queries.desk import list_awards
from portal.rewards.states import AwardHeap
from tests.factories.accounts import enter_desk, make_account
from tests.factories.casework import make_actor
from tests.factories.payments import AMOUNT, PAYEE, PIN, Paying, make_award, make_fund, sheet
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
S, L = PaymentState, LedgerAccount
PUBLIC, CLOCK = Actor.public(), Actor.system("clock")
WHY = "银行十二月三日退票通知，收款账户已销户。"


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
    assert unpaid(paying.auditor) == [came_back.award]
    assert reconcile_payments(actor=CLOCK) == 0
    order = ClaimToAccount(came_back.report, came_back.award, PAYEE, PIN)
    claim_to_account(order, actor=PUBLIC)
    paying.export(paying.filled())
    read(paying, sheet((came_back.payment.reference, AMOUNT, "debit")))
    assert (came_back.payment.state, held()[L.PAID]) == (S.SETTLED, AMOUNT)
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


def test_a_difference_is_explained_or_taken_back_and_no_other_kind_is(came_back, paying):
    order = ClearDifference(difference(), WHY)
    clear_difference(order, actor=paying.auditor)
    with pytest.raises(MoveRefused):
        take_back(order, actor=paying.auditor)
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
