"""Many at once, and a process killed at the worst moment: one file, or nobody knows."""

import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, RuleBroken
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.states import MovementKind
from portal.rewards.payment.models import Payment, PaymentBatch
from portal.rewards.payment.service import auditing, batches
from portal.rewards.payment.service.auditing import EnterOwnAccount, enter_own_account
from portal.rewards.payment.service.batches import abandon_batch
from portal.rewards.payment.service.pins import SetPin, set_pin
from portal.rewards.payment.service.watching import watch_batches
from portal.rewards.payment.states import BatchState, PaymentState
from tests.factories.casework import make_officer
from tests.factories.payments import PAYEE, PIN, PUBLIC, Paying, make_award, make_fund
from tests.integration.conftest import light_hashes

AT_ONCE = 32
WHILE = 1.0  # seconds that one holds back its commit while the other is under way


@pytest.fixture
def ready(office):
    """A database where threads meet for real."""
    with office.app_context(), light_hashes():
        yield office
        db.session.remove()


@pytest.mark.requirement("F1")
@pytest.mark.requirement("G9")
def test_32_parallel_exports_hand_out_one_file_and_a_kill_leaves_what_nobody_knows(ready):
    make_fund()
    paying = Paying.people()
    make_award().claim()
    batch, finance = paying.filled(), paying.finance
    db.session.remove()

    def export(_number: int) -> bool:
        with ready.app_context():
            try:
                return bool(batches.export_batch(batch, actor=finance).content)
            except (MoveRefused, RuleBroken):
                return False

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sum(threads.map(export, range(AT_ONCE))) == 1
    sent = select(func.count()).where(LedgerMovement.kind == MovementKind.SEND)
    assert db.session.scalar(sent) == 1

    make_award().claim()
    paying = Paying.people()
    second, finance = paying.filled(), paying.finance
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        batches._confirm_export = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # noqa: SLF001
        batches.export_batch(second, actor=finance)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert db.session.get_one(PaymentBatch, second).state is BatchState.EXPORTING
    long_ago = datetime.now(UTC) - timedelta(minutes=11)
    mine = PaymentBatch.id == second
    db.session.execute(update(PaymentBatch).where(mine).values(exporting_at=long_ago))
    db.session.commit()
    assert watch_batches(actor=Actor.system("clock")) == 1

    states = select(Payment.state).where(Payment.batch_id == second)
    assert list(db.session.scalars(states)) == [PaymentState.UNKNOWN]


def entered_while(app, monkeypatch, act) -> None:
    """Enter the account of staff, and have `act` done after it looked and before it commits."""
    officer = make_officer()
    db.session.remove()
    real, threads = auditing._waiting_to, ThreadPoolExecutor(1)  # noqa: SLF001
    begun: list[Future[None]] = []

    def in_the_application() -> None:
        with app.app_context(), light_hashes():
            act()
            db.session.remove()

    def looked(*given):
        found = real(*given)
        begun.append(threads.submit(in_the_application))
        wait(begun, WHILE)
        return found

    with threads, monkeypatch.context() as patched:
        patched.setattr(auditing, "_waiting_to", looked)
        enter_own_account(EnterOwnAccount(PAYEE.account), actor=officer)
    begun[0].result()


@pytest.mark.requirement("F1")
def test_a_claim_and_the_account_of_staff_at_the_same_instant_see_each_other(ready, monkeypatch):
    make_fund()
    awarded = make_award()
    set_pin(SetPin(awarded.report, PIN), actor=PUBLIC)

    entered_while(ready, monkeypatch, awarded.claim_again)

    assert awarded.payment.state is PaymentState.PARKED


@pytest.mark.requirement("F1")
def test_a_list_given_up_while_staff_enter_an_account_of_it_parks_that_payment(ready, monkeypatch):
    make_fund()
    paying, awarded = Paying.people(), make_award()
    awarded.claim()
    batch, finance = paying.draw(), paying.finance

    entered_while(ready, monkeypatch, lambda: abandon_batch(batch, actor=finance))

    assert awarded.payment.state is PaymentState.PARKED
