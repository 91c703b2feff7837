"""Approved awards as other people have brought them there, and the steps of paying them."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.queries import get_account
from portal.audit.trail import advance
from portal.casework.service.routing import route_report
from portal.custody.sealing import CustodianGroup
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction import queries
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.rewards.ledger.models import BudgetLine, Fund
from portal.rewards.ledger.service import MoveBudget, OpenFund, move_budget, open_fund, post
from portal.rewards.ledger.states import MovementKind
from portal.rewards.models import Award, AwardStep
from portal.rewards.payment.models import Payment
from portal.rewards.payment.rules import Payee
from portal.rewards.payment.service.batches import (
    AskForBatch,
    DrawBatch,
    ExportedFile,
    UnlockBatch,
    ask_for_batch,
    draw_batch,
    export_batch,
    fill_batch,
    release_batch,
)
from portal.rewards.payment.service.claiming import ClaimToAccount, claim_to_account
from portal.rewards.payment.service.pins import SetPin, set_pin
from portal.rewards.payment.states import BankFileKind
from portal.rewards.states import AwardAction
from portal.triage.service import RouteReport
from tests.factories.accounts import actor_of
from tests.factories.cases import get_case_id, make_case, today
from tests.factories.casework import make_actor, make_clerk, make_officer
from tests.factories.custody import PASSPHRASE, make_custodian
from tests.factories.intake import DEPARTMENT, submit, walk

PUBLIC = Actor.public()
# As long as may be: six digits lie among some thousand ids and hashes by chance.
PIN = "274913580264"
PAYEE = Payee("钟馗银丝雀", "6222021234567890123", "中国示例银行")
OFFICE = Payee("示例市文化市场综合执法支队", "3200123456789", "102304099991")
REASON = "举报奖励已经批准，须按举报人预留账户发放。"
BASIS = "《举报奖励办法》第十条"
AMOUNT = 123_456


@dataclass
class Awarded:
    """An approved award, its report with the code of it, and who brought it there."""

    award: UUID
    report: UUID
    code: str
    fund: str
    people: dict[AwardAction, Actor]

    def claim(self, payee: Payee = PAYEE, **changes: Any) -> None:
        """Set the PIN and claim to an account."""
        set_pin(SetPin(self.report, PIN), actor=PUBLIC)
        given = {"report_id": self.report, "award_id": self.award, "payee": payee, "pin": PIN}
        claim_to_account(ClaimToAccount(**(given | changes)), actor=PUBLIC)

    def claim_again(self) -> None:
        """Claim to the same account with the PIN that is set."""
        claim_to_account(ClaimToAccount(self.report, self.award, PAYEE, PIN), actor=PUBLIC)

    @property
    def payment(self) -> Payment:
        """Its newest payment, as it is now."""
        db.session.expire_all()
        wanted = select(Payment).where(Payment.award_id == self.award)
        return db.session.scalars(wanted.order_by(Payment.made_at.desc())).first()  # type: ignore[return-value]


def make_fund(code: str = "F-1", amount: int = 10_000_000) -> str:
    """A fund with money for this year."""
    keeper = make_actor(Role.FINANCE, region="320400")
    open_fund(OpenFund(code, "举报奖励资金", "Reward fund", "CNY"), actor=keeper)
    grant = MoveBudget(code, today().year, MovementKind.GRANT, amount, "No. 1")
    move_budget(grant, actor=keeper)
    return code


def make_award(
    fund: str = "F-1", amount: int = AMOUNT, *, claim_by: date | None = None, large: bool = False
) -> Awarded:
    """An award that three or four people brought to its approval, and its money owed."""
    officer = make_officer()
    sent = submit(wants_reward=True)
    route_report(RouteReport(sent.reference, DEPARTMENT, "按职责分工"), actor=make_clerk())
    walk(sent.reference, sent.report_id, ReportState.ACCEPTED, officer, DEPARTMENT)
    case = get_case_id(make_case(db.session.get_one(Report, sent.report_id), officer=officer))
    steps = [AwardAction.PROPOSE, AwardAction.CONFIRM, AwardAction.APPROVE]
    if large:
        steps.insert(2, AwardAction.ENDORSE)
    people = {one: make_actor(Role.REWARD_COMMITTEE, region="320412") for one in steps}
    people[AwardAction.PROPOSE] = officer
    with unit_of_work(Actor.operator()) as uow:
        line = _line(fund)
        award = _promised(uow, case, sent.report_id, officer)
        award.level, award.pool, award.amount = "1", amount, amount
        award.needs_second, award.line_id = large, line
        award.claim_by = claim_by or today() + timedelta(days=60)
        uow.session.flush()
        for step, actor in people.items():
            _take(uow, award, step, actor)
        award_id = award.id
    return Awarded(award_id, sent.report_id, sent.code.text, fund, people)


def _promised(uow: UnitOfWork, case: UUID, report: UUID, officer: Actor) -> Award:
    assert officer.id is not None
    award = Award(
        case_id=case,
        report_id=report,
        number=1,
        scheme=next(iter(current_place().schemes)),
        place_version=current_place().version,
        currency="CNY",
        promised_at=uow.now,
        promised_by=officer.id,
    )
    uow.session.add(award)
    uow.session.flush()
    return award


def _take(uow: UnitOfWork, award: Award, step: AwardAction, actor: Actor) -> None:
    assert actor.id is not None
    person = get_account(uow.session, actor.id).person_id
    row = AwardStep(
        award_id=award.id,
        step=step,
        account_id=actor.id,
        person_id=person,
        no_conflict=True,
        at=uow.now,
    )
    uow.insert(row)
    advance(uow, award, step)
    if step is AwardAction.APPROVE:
        award.ended_at = uow.now
    uow.session.flush()
    moved = {AwardAction.PROPOSE: MovementKind.RESERVE, AwardAction.APPROVE: MovementKind.OWE}
    if step in moved:
        assert award.line_id is not None
        post(uow, award.line_id, moved[step], award.amount or 0, award=award.id)


def _line(fund: str) -> UUID:
    wanted = select(BudgetLine.id).join(Fund, Fund.id == BudgetLine.fund_id)
    return db.session.scalars(wanted.where(Fund.code == fund)).one()


@dataclass
class Paying:
    """Finance, a requester, an approver and an auditor, and what they do one after another."""

    finance: Actor
    asker: Account
    approver: Account
    auditor: Actor

    @classmethod
    def people(cls) -> "Paying":
        return cls(
            make_actor(Role.FINANCE, region="320400"),
            make_custodian(CustodianGroup.REQUESTERS),
            make_custodian(CustodianGroup.APPROVERS),
            make_actor(Role.AUDITOR),
        )

    def draw(self, fund: str = "F-1", kind: BankFileKind = BankFileKind.PAIN) -> UUID:
        return draw_batch(DrawBatch(fund, kind, OFFICE, today()), actor=self.finance)

    def ask(self, batch: UUID) -> None:
        ask_for_batch(AskForBatch(batch, REASON, BASIS), actor=actor_of(self.asker))

    def release(self, batch: UUID) -> None:
        release_batch(UnlockBatch(batch, PASSPHRASE), actor=actor_of(self.approver))

    def fill(self, batch: UUID) -> None:
        fill_batch(UnlockBatch(batch, PASSPHRASE), actor=actor_of(self.asker))

    def export(self, batch: UUID) -> ExportedFile:
        return export_batch(batch, actor=self.finance)

    def filled(self, fund: str = "F-1", kind: BankFileKind = BankFileKind.PAIN) -> UUID:
        """A list that only waits for being handed out."""
        batch = self.draw(fund, kind)
        self.ask(batch)
        self.release(batch)
        self.fill(batch)
        return batch


def sheet(*entries: tuple[str, int, str], day: date | None = None, currency: str = "CNY") -> bytes:
    """A bank's sheet: reference, minor units, and `debit` or `credit`."""
    on = (day or today()).isoformat()
    rows = [
        f"{reference},{amount // 100}.{amount % 100:02},{currency},{direction},{on}"
        for reference, amount, direction in entries
    ]
    return "\n".join(("reference,amount,currency,direction,booked_on", *rows)).encode()


def pay_in_cash() -> None:
    """The place as it is, but its schemes pay against cash codes too."""
    place = current_place()
    schemes = {code: replace(one, cash_code=True) for code, one in place.schemes.items()}
    queries._kept.place = replace(place, schemes=schemes)  # noqa: SLF001  # as know_place does
