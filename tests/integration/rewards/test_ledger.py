"""The ledger in the database: what is written stays, and it refuses to overdraw by itself."""

from datetime import UTC, date, datetime
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.queries import get_statement, held_by
from portal.rewards.ledger.service import MoveBudget, OpenFund, move_budget, open_fund, post
from portal.rewards.ledger.states import OF_THE_BUDGET, WAYS, LedgerAccount, MovementKind
from portal.rewards.models import Award
from tests.factories.casework import make_actor
from tests.factories.payments import AMOUNT, make_award, make_fund

pytestmark = pytest.mark.usefixtures("app")
A, M = LedgerAccount, MovementKind
SEQUENCES = 30


@pytest.fixture
def keeper():
    """Somebody of finance, with a fund that has 1,000.00 for 2026."""
    actor = make_actor(Role.FINANCE, region="320400")
    open_fund(OpenFund("F-1", "举报奖励资金", "Reward fund", "CNY"), actor=actor)
    move_budget(MoveBudget("F-1", 2026, M.GRANT, 100_000, "No. 1"), actor=actor)
    return actor


@pytest.fixture
def awarded(app):
    """A line, an approved award on it, and its amount, of which the line holds two and a half."""
    make_fund(amount=AMOUNT * 5 // 2)
    made = make_award()
    return db.session.get_one(Award, made.award).line_id, made.award, AMOUNT


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


@pytest.mark.requirement("F1")
def test_whatever_is_posted_the_database_agrees_with_the_rule_and_sums_to_zero(awarded):
    line, award, amount = awarded
    drawn, posted = Random(20261126), 0  # noqa: S311  # the same sequences each time
    with unit_of_work(Actor.operator()) as uow:
        for _sequence in range(SEQUENCES):
            undone = uow.session.begin_nested()
            for kind in drawn.choices(tuple(M), k=12):
                posted += _posted_or_refused_by_both(uow, line, kind, amount, award)
            held = held_by(uow.session, line)
            assert sum(held.values()) == 0
            assert all(left >= 0 for one, left in held.items() if one is not A.ADJUSTMENT)
            undone.rollback()

    assert posted > SEQUENCES


def _posted_or_refused_by_both(uow, line, kind, amount, award) -> bool:
    """Post a movement; what the rule refuses changes nothing, and the database refuses it too."""
    own = None if kind in OF_THE_BUDGET else award
    wanted = select(func.count()).select_from(LedgerMovement)
    before = held_by(uow.session, line), uow.session.scalar(wanted)
    attempt = uow.session.begin_nested()
    try:
        post(uow, line, kind, amount, award=own)
    except (RuleBroken, DBAPIError):
        attempt.rollback()
    else:
        attempt.commit()
        return True
    assert (held_by(uow.session, line), uow.session.scalar(wanted)) == before
    source, target = WAYS[kind]
    forced = insert(LedgerMovement).values(
        id=uuid4(),
        line_id=line,
        number=before[1] + 1,
        kind=kind,
        source=source,
        target=target,
        amount=amount,
        at=uow.now,
        award_id=own,
        note="",
    )
    attempt = uow.session.begin_nested()
    with pytest.raises(DBAPIError):
        uow.session.execute(forced)
    attempt.rollback()
    return False
