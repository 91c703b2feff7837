"""Many at once, and a process killed at the worst moment: one file, or nobody knows."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from portal.custody.pins import pin_path
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, RuleBroken
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.states import MovementKind
from portal.rewards.payment.models import Payment, PaymentBatch
from portal.rewards.payment.service import batches
from portal.rewards.payment.service.watching import watch_batches
from portal.rewards.payment.states import BatchState, PaymentState
from tests.factories.custody import make_groups
from tests.factories.payments import Paying, make_award, make_fund
from tests.integration.conftest import light_hashes

AT_ONCE = 32


@pytest.fixture
def ready(office):
    """A database where threads meet for real, with custodian groups of its own."""
    pins = pin_path()
    kept = pins.read_bytes()
    pins.unlink()
    with office.app_context(), light_hashes():
        make_groups()
        yield office
        db.session.remove()
    pins.unlink()
    pins.write_bytes(kept)


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
