"""What staff do with rewards in a demonstration, each by the service that people use."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.infra.database import db
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.operations.demo_cases import number_of
from portal.operations.demo_steps import Act, Scene
from portal.rewards.ledger.models import BudgetLine, Fund
from portal.rewards.ledger.service import MoveBudget, OpenFund, move_budget, open_fund
from portal.rewards.ledger.states import MovementKind
from portal.rewards.models import Award
from portal.rewards.payment.rules import Payee
from portal.rewards.payment.service.claiming import ClaimToAccount, claim_to_account
from portal.rewards.payment.service.pins import SetPin, set_pin
from portal.rewards.rules.amounts import Facts
from portal.rewards.service.deciding import (
    DecideAward,
    ProposeAward,
    decide_award,
    propose_award,
)
from portal.rewards.service.promising import PromiseReward, promise_reward
from portal.rewards.states import AwardAction

FUND: Final = "DEMO-REWARDS"
# In fen.
BUDGET: Final = 20_000_000


def open_demo_fund(actor: Actor) -> None:
    """A fund with money for this year, unless it is there or the place gives no rewards."""
    schemes = current_place().schemes.values()
    known = db.session().scalar(select(Fund.id).where(Fund.code == FUND))
    if known is not None or not schemes:
        return
    currency = next(iter(schemes)).currency
    open_fund(
        OpenFund(FUND, "演示举报奖励资金", "Reward fund of the demonstration", currency),
        actor=actor,
    )
    year = local_date(current_place(), datetime.now(UTC)).year
    move_budget(MoveBudget(FUND, year, MovementKind.GRANT, BUDGET, "演示 1 号"), actor=actor)


def _award(scene: Scene) -> UUID:
    wanted = select(Award.id).where(Award.report_id == scene.report_id)
    return db.session().scalars(wanted).one()


def _promise(scene: Scene, actor: Actor) -> None:
    order = PromiseReward(number_of(scene), scene.reference, scene.words["scheme"])
    promise_reward(order, actor=actor)


def _propose(scene: Scene, actor: Actor) -> None:
    words = scene.words
    line = select(BudgetLine.id).join(Fund, Fund.id == BudgetLine.fund_id)
    order = ProposeAward(
        award_id=_award(scene),
        level=words["level"],
        line_id=db.session().scalars(line.where(Fund.code == FUND)).one(),
        reason=words["text"],
        no_conflict=True,
        facts=Facts(units=words.get("units")),
    )
    propose_award(order, actor=actor)


def _decide(scene: Scene, actor: Actor) -> None:
    action = AwardAction(scene.words["step"])
    order = DecideAward(_award(scene), action, scene.words.get("text", ""), no_conflict=True)
    decide_award(order, actor=actor)


def _claim(scene: Scene, actor: Actor) -> None:
    """The reporter chooses a PIN and claims; finance finds the payment waiting."""
    words = scene.words
    set_pin(SetPin(scene.report_id, words["pin"]), actor=actor)
    payee = Payee(words["name"], words["account"], words["bank"])
    order = ClaimToAccount(scene.report_id, _award(scene), payee, words["pin"])
    claim_to_account(order, actor=actor)


# What the reporter does with the code.
CLAIM_ACTS: Final[Mapping[str, Act]] = {"award-claim": _claim}
REWARD_ACTS: Final[Mapping[str, Act]] = {
    "award-promise": _promise,
    "award-propose": _propose,
    "award-step": _decide,
}
