"""From the promise to the bank every step is another person's: by service, page and database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Account
from portal.infra.database import db
from portal.intake.models import Report
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken
from portal.rewards.models import Award, AwardStep
from portal.rewards.payment.models import Payment, PaymentStepRow
from portal.rewards.payment.service.batches import export_batch
from portal.rewards.payment.states import PayStep
from portal.rewards.states import AwardAction
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.factories.cases import today
from tests.factories.custody import PASSPHRASE
from tests.factories.payments import BASIS, OFFICE, REASON, Awarded, Paying
from tests.factories.rewards import UNIT, Matter
from tests.pages import Pages

DECIDED = ("confirm", "endorse", "approve")
PAID = ("draw", "ask", "release", "export")
# Whoever promises may also propose: the promise decides on nothing.
PAIRS = (("promise", "propose"),)


@dataclass
class Walk:
    """A large award on its way, whose turn it is, and who has had one."""

    app: Flask
    matter: Matter
    paying: Paying
    batch: UUID | None = None
    people: dict[str, Actor] = field(default_factory=dict)
    had: dict[str, Actor] = field(default_factory=dict)
    signed_in: dict[str, Pages] = field(default_factory=dict)

    def __post_init__(self) -> None:
        matter, paying = self.matter, self.paying
        self.people = {
            "propose": matter.proposer,
            "confirm": matter.head,
            "endorse": matter.first,
            "approve": matter.second,
            "draw": paying.finance,
            "ask": actor_of(paying.asker),
            "release": actor_of(paying.approver),
            "export": member(Role.FINANCE, region="320400"),
        }
        self.had["promise"] = matter.officer

    def take(self, step: str) -> None:
        """The step as its person takes it."""
        if step == "propose":
            self.matter.propose(large=True)
        elif step in DECIDED:
            self.matter.take(AwardAction(step), self.people[step])
        elif step == "draw":
            self.batch = self.paying.draw()
        elif step == "export":
            export_batch(self.batch, actor=self.people[step])
        else:
            getattr(self.paying, step)(self.batch)

    def post(self, step: str) -> int:
        """The step on its page; the status of the answer."""
        pages = self.signed_in.get(step) or Pages(self.app, "zh-Hans")
        if step not in self.signed_in:
            enter_desk(pages, account_of(self.people[step]))
            self.signed_in[step] = pages
        lists = f"/desk/payments/lists/{self.batch}"
        if step in DECIDED:
            page = pages.get(f"/desk/awards/{self.matter.award}/{step}")
            return pages.post(page, {"no_conflict": "y"}).status
        if step == "export":
            token = pages.get(lists).fields()["csrf_token"]
            return pages.client.post(f"{lists}/export", data={"csrf_token": token}).status_code
        page = pages.get("/desk/payments/draw" if step == "draw" else f"{lists}/{step}")
        return pages.post(page, FIELDS[step]()).status

    def insert(self, step: str) -> AwardStep | PaymentStepRow:
        """The row of the step, as somebody writes it who has the database."""
        account = account_of(self.people[step])
        done: dict[str, Any] = {"account_id": account.id, "person_id": account.person_id}
        done["at"] = datetime.now(UTC)
        if step in DECIDED:
            action = AwardAction(step)
            return AwardStep(award_id=self.matter.award, step=action, no_conflict=True, **done)
        payment = db.session.scalars(select(Payment.id)).one()
        return PaymentStepRow(payment_id=payment, round=1, step=PayStep(step), **done)


FIELDS: dict[str, Callable[[], dict[str, str]]] = {
    "draw": lambda: {
        "fund": "F-1",
        "kind": "csv",
        "name": OFFICE.name,
        "account": OFFICE.account,
        "bank": OFFICE.bank,
        "execute_on": today().isoformat(),
    },
    "ask": lambda: {"reason": REASON, "basis": BASIS},
    "release": lambda: {"passphrase": PASSPHRASE},
}


def member(*roles: Role, **where: str) -> Actor:
    """Somebody who can sign in."""
    return actor_of(make_account(*roles, **where))


def a_walk(app: Flask) -> Walk:
    """Everybody can sign in, so that each step is tried on its page as well."""
    desk, city = {"department": UNIT, "region": "320412"}, {"region": "320400"}
    matter = Matter(
        proposer=member(Role.CASE_OFFICER, **desk),
        head=member(Role.DEPARTMENT_HEAD, **desk),
        first=member(Role.REWARD_COMMITTEE, **city),
        second=member(Role.REWARD_COMMITTEE, **city),
    )
    paying = Paying.people()
    paying.finance = member(Role.FINANCE, **city)
    return Walk(app, matter, paying)


def account_of(actor: Actor) -> Account:
    return db.session.get_one(Account, actor.id, populate_existing=True)


def become(actor: Actor, person: UUID) -> None:
    """From here on this account is one of that person's."""
    db.session.execute(update(Account).where(Account.id == actor.id).values(person_id=person))
    db.session.commit()


def refused(walk: Walk, step: str) -> list[str]:
    """What does not refuse a step to whoever has had one."""
    open_ways = []
    with pytest.raises(RuleBroken, match=r"award-touched|payment-own|nothing-to-pay|of-another"):
        walk.take(step)
    if walk.post(step) < 400:
        open_ways.append("page")
    if step != "export":
        db.session.add(walk.insert(step))
        with pytest.raises(DBAPIError, match=r"(?i)promised-the|worked-on-the-award|unique"):
            db.session.flush()
        db.session.rollback()
    return open_ways


def claim(walk: Walk) -> None:
    report = db.session.get_one(Award, walk.matter.award).report_id
    Awarded(walk.matter.award, report, "", "F-1", {}).claim()


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
def test_no_person_takes_two_steps_between_the_promise_and_the_bank(app):
    walk, open_ways = a_walk(app), {}
    for step in ("propose", *DECIDED, *PAID):
        if step == "draw":
            claim(walk)
        if step == "export":
            walk.paying.fill(walk.batch)
        own = account_of(walk.people[step]).person_id
        for before, actor in walk.had.items():
            if (before, step) not in PAIRS:
                become(walk.people[step], account_of(actor).person_id)
                open_ways[before, step] = refused(walk, step)
                become(walk.people[step], own)
        if step == "export":
            walk.people[step] = walk.people["draw"]
        walk.take(step)
        walk.had[step] = walk.people[step]

    assert {pair: ways for pair, ways in open_ways.items() if ways} == {}
    assert len(open_ways) == 35
    assert db.session.scalars(select(Payment.state)).one() == "sent"
    assert db.session.get_one(Report, walk.matter.report.id).reference
