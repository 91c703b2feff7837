"""The ledger in the database: what is written stays, and it refuses to overdraw by itself."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from portal.infra.database import db
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.queries import get_statement
from portal.rewards.ledger.service import MoveBudget, OpenFund, move_budget, open_fund
from portal.rewards.ledger.states import LedgerAccount, MovementKind
from tests.factories.casework import make_actor

pytestmark = pytest.mark.usefixtures("app")
A, M = LedgerAccount, MovementKind


@pytest.fixture
def keeper():
    """Somebody of finance, with a fund that has 1,000.00 for 2026."""
    actor = make_actor(Role.FINANCE, region="320400")
    open_fund(OpenFund("F-1", "举报奖励资金", "Reward fund", "CNY"), actor=actor)
    move_budget(MoveBudget("F-1", 2026, M.GRANT, 100_000, "No. 1"), actor=actor)
    return actor


@pytest.mark.requirement("F1")
def test_a_statement_sums_to_zero(keeper):
    move_budget(MoveBudget("F-1", 2026, M.CUT, 40_000, "No. 2"), actor=keeper)

    said = get_statement(db.session(), "F-1", keeper, date(2026, 1, 1), date(2200, 1, 1))

    assert {one.account: one.after for one in said.flows if one.after} == {
        A.APPROPRIATION: 60_000,
        A.ADJUSTMENT: -60_000,
    }


def test_more_than_is_there_is_not_taken_back(keeper):
    with pytest.raises(RuleBroken, match="fund-overdrawn"):
        move_budget(MoveBudget("F-1", 2026, M.CUT, 100_001, "No. 2"), actor=keeper)


@pytest.mark.requirement("F1")
@pytest.mark.parametrize(
    "change", [update(LedgerMovement).values(amount=1), delete(LedgerMovement)]
)
def test_the_database_refuses_to_change_or_remove_a_movement(keeper, change):
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(change)
    db.session.rollback()


@pytest.mark.requirement("F1")
def test_the_database_itself_refuses_to_overdraw(keeper):
    line = db.session.scalars(select(LedgerMovement.line_id)).one()
    given = {"line_id": line, "number": 9, "kind": M.CUT, "amount": 100_001}
    sides = {"source": A.APPROPRIATION, "target": A.ADJUSTMENT}
    db.session.add(LedgerMovement(**given, **sides, at=datetime.now(UTC), by=None))

    with pytest.raises(DBAPIError, match="overdrawn"):
        db.session.flush()
    db.session.rollback()
