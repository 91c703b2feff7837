"""Many approvals of one award at once give one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.infra.database import db
from portal.kernel.errors import PortalError
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.states import MovementKind
from portal.rewards.models import Award
from portal.rewards.states import AwardAction, AwardState
from tests.factories.rewards import Matter, make_member

PEOPLE = 32


@pytest.mark.requirement("F1")
@pytest.mark.requirement("G9")
def test_an_award_is_approved_once_by_thirty_two_members_at_once(office):
    with office.app_context():
        matter = Matter()
        matter.propose()
        matter.take(AwardAction.CONFIRM, matter.head)
        members = [make_member() for _one in range(PEOPLE)]
        db.session.remove()
    start = Barrier(PEOPLE)

    def approve(number):
        with office.app_context():
            start.wait(timeout=60)
            try:
                matter.take(AwardAction.APPROVE, members[number])
            except (PortalError, PoolTimeout):  # all connections are taken for too long
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(PEOPLE) as pool:
        done = Counter(pool.map(approve, range(PEOPLE)))

    assert done == Counter({False: PEOPLE - 1, True: 1})
    with office.app_context():
        owed = select(func.count()).where(LedgerMovement.kind == MovementKind.OWE)
        assert db.session.scalar(owed) == 1
        assert db.session.scalars(select(Award.state)).one() is AwardState.APPROVED
        db.session.remove()
