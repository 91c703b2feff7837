"""Rewards as an office gives them, brought by the real services into the state a test needs."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.rewards.ledger.models import BudgetLine
from portal.rewards.ledger.service import MoveBudget, OpenFund, move_budget, open_fund
from portal.rewards.ledger.states import MovementKind
from portal.rewards.rules.amounts import Facts
from portal.rewards.service.deciding import (
    DecideAward,
    ProposeAward,
    decide_award,
    propose_award,
)
from portal.rewards.service.promising import PromiseReward, promise_reward
from portal.rewards.states import AwardAction
from tests.factories.cases import make_case, today
from tests.factories.casework import make_actor, make_head, make_officer
from tests.factories.decisions import make_decision
from tests.factories.intake import make_report

UNIT = "CULTURE_ENF@320412"
PLENTY = 100_000_000


def make_member(**more: str) -> Actor:
    """A member of the reward committee of the city."""
    return make_actor(Role.REWARD_COMMITTEE, region="320400", **more)


def make_tip(officer: Actor, **changes: object) -> Report:
    """A report that was taken on, and whose reporter wants a reward."""
    return make_report(state=ReportState.ACCEPTED, officer=officer, wants_reward=True, **changes)


def make_fund(amount: int = PLENTY, code: str = "F-1") -> UUID:
    """A budget line of this year in a fund of the city, with so much money."""
    keeper = make_actor(Role.FINANCE, region="320400")
    open_fund(OpenFund(code, "举报奖励资金", "Reward fund", "CNY"), actor=keeper)
    grant = MoveBudget(code, today().year, MovementKind.GRANT, amount, "No. 1")
    move_budget(grant, actor=keeper)
    return db.session.scalars(select(BudgetLine.id)).one()


@dataclass
class Matter:
    """A case that was decided, with a promised award, money for it, and one person a step."""

    officer: Actor = field(default_factory=make_officer)
    proposer: Actor = field(default_factory=make_officer)
    head: Actor = field(default_factory=make_head)
    first: Actor = field(default_factory=make_member)
    second: Actor = field(default_factory=make_member)
    money: int = PLENTY
    decided: bool = True
    report: Report | None = None

    def __post_init__(self) -> None:
        self.report = self.report or make_tip(self.officer)
        self.number = make_case(self.report, officer=self.officer)
        if self.decided:
            make_decision(self.number, officer=self.officer)
        self.line = make_fund(self.money)
        self.award = self.promise(self.report)

    def promise(self, report: Report, scheme: str = "example-flat") -> UUID:
        """Promise a reward for a report of the case."""
        order = PromiseReward(self.number, report.reference, scheme)
        return promise_reward(order, actor=self.officer)

    def propose(
        self, *, large: bool = False, actor: Actor | None = None, **changes: object
    ) -> None:
        """Propose 500 yuan, or 10,000 that two approve."""
        level, facts = ("copies", Facts(units=100_000)) if large else ("verified", Facts())
        given = {
            "award_id": self.award,
            "level": level,
            "line_id": self.line,
            "reason": "查实，举报内容属实。",
            "no_conflict": True,
            "facts": facts,
        }
        propose_award(ProposeAward(**(given | changes)), actor=actor or self.proposer)

    def take(self, action: AwardAction, actor: Actor, note: str = "无。") -> None:
        """Take a further step."""
        decide_award(DecideAward(self.award, action, note, no_conflict=True), actor=actor)
