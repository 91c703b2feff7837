"""Paying a reward: claimed with code and PIN, opened by two, sent once, settled by the bank."""

import hashlib
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import func, literal, select, update
from sqlalchemy.exc import DBAPIError

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.custody.queries import group_keys
from portal.custody.sealing import CustodianGroup, seal_record
from portal.infra import boot
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.infra.visits import Ticket, VisitPurpose, save_visit
from portal.intake.models import Message, Report
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import (
    MoveRefused,
    NotFound,
    NotPermitted,
    RuleBroken,
    TooManyAttempts,
)
from portal.rewards.ledger.models import LedgerMovement
from portal.rewards.ledger.rules import balances_of
from portal.rewards.ledger.states import LedgerAccount
from portal.rewards.models import Award
from portal.rewards.payment.models import (
    BankStatement,
    PayeeData,
    PayeeTag,
    Payment,
    PaymentBatch,
    PaymentDifference,
    PaymentResolution,
    PaymentStepRow,
    RewardPin,
    RewardSample,
)
from portal.rewards.payment.places import payee_context
from portal.rewards.payment.queries.desk import get_batch_file, list_to_open
from portal.rewards.payment.queries.own import find_claim_day, list_own
from portal.rewards.payment.queries.waiting import waits_for_reward
from portal.rewards.payment.rules import Payee, stated_mark
from portal.rewards.payment.service import batches
from portal.rewards.payment.service.auditing import (
    EnterOwnAccount,
    RefusePayment,
    clear_payment,
    enter_own_account,
    refuse_payment,
)
from portal.rewards.payment.service.batches import AskForBatch, abandon_batch
from portal.rewards.payment.service.claiming import (
    AnswerSample,
    AskReview,
    ClaimInCash,
    ClaimToAccount,
    answer_sample,
    ask_review,
    claim_in_cash,
    claim_to_account,
    find_cash_code,
    hide_cash_code,
)
from portal.rewards.payment.service.explaining import ClearDifference, clear_difference
from portal.rewards.payment.service.moving import move, note_steps
from portal.rewards.payment.service.pins import KeepPin, SetPin, forget_pin, keep_pin, set_pin
from portal.rewards.payment.service.statements import (
    ReadStatement,
    StatedOutcome,
    StateNotBooked,
    confirm_resolution,
    contest_resolution,
    doubt_payment,
    state_not_booked,
    take_statement,
)
from portal.rewards.payment.service.watching import (
    ask_samples,
    forget_payees,
    reconcile_payments,
    watch_batches,
    watch_claims,
)
from portal.rewards.payment.states import (
    BankFileKind,
    BatchState,
    DifferenceKind,
    PaymentAction,
    PaymentState,
    PayStep,
    SampleAnswer,
)
from tests.factories.accounts import actor_of
from tests.factories.cases import today
from tests.factories.casework import make_actor, make_officer
from tests.factories.custody import make_custodian
from tests.factories.payments import (
    AMOUNT,
    BASIS,
    PAYEE,
    PIN,
    PUBLIC,
    REASON,
    Paying,
    make_award,
    make_fund,
    pay_in_cash,
    sheet,
)
from tests.integration.hostile.canaries import found_in
from tests.integration.identities.test_stolen import (
    Thief,
    demand_nothing_found_or_opened,
    files,
    stored,
)

pytestmark = pytest.mark.usefixtures("app")
CLOCK = Actor.system("clock")
S = PaymentState
EXPLAINED = "银行十二月二日函复，系银行系统重复记账所致。"
STAFF = "收款账户系本单位工作人员的账户，依规定不予发放。"


@pytest.fixture
def awarded(app):
    make_fund()
    return make_award()


@pytest.fixture
def paying(app):
    return Paying.people()


def held() -> dict[LedgerAccount, int]:
    rows = db.session.execute(select(LedgerMovement.kind, LedgerMovement.amount))
    return balances_of((kind, int(amount)) for kind, amount in rows)


def is_kept(awarded) -> bool:
    """Whether the report of an award waits for its reward."""
    waits = waits_for_reward(Report.id, literal(None))
    return db.session.scalar(select(waits).where(Report.id == awarded.report))


def sent(awarded, paying) -> str:
    """Claim, and bring it to the bank; the reference of the payment."""
    awarded.claim()
    paying.export(paying.filled())
    return awarded.payment.reference


def read(paying, content: bytes, fund: str = "F-1"):
    return take_statement(ReadStatement(fund, content), actor=paying.finance)


def seen(payment_id) -> StatedOutcome:
    """What a page shows an auditor as stated of a payment."""
    wanted = select(PaymentResolution).where(PaymentResolution.payment_id == payment_id)
    said = db.session.scalars(wanted.where(PaymentResolution.confirmed_at.is_(None))).first()
    mark = stated_mark(said.outcome, said.statement_id) if said else ""
    db.session.remove()
    return StatedOutcome(payment_id, mark)


def later(model, **values) -> None:
    db.session.execute(update(model).values(**values))
    db.session.commit()


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
@pytest.mark.parametrize("kind", BankFileKind)
def test_a_reward_is_claimed_opened_sent_and_settled_in_full_by_different_people(
    awarded, paying, kind
):
    awarded.claim()
    batch = paying.filled(kind=kind)
    waiting = db.session.get_one(PaymentBatch, batch)
    assert PAYEE.account.encode() not in waiting.file
    file = paying.export(batch)

    text = file.content.decode()
    assert (PAYEE.account in text, PAYEE.name in text, "1234.56" in text) == (True, True, True)
    assert awarded.payment.state is S.SENT
    assert is_kept(awarded)
    assert held()[LedgerAccount.IN_TRANSIT] == AMOUNT
    read(paying, sheet((awarded.payment.reference, AMOUNT, "debit")))

    assert awarded.payment.state is S.SETTLED
    assert not is_kept(awarded)
    assert held()[LedgerAccount.PAID] == db.session.get_one(Award, awarded.award).amount == AMOUNT
    steps = select(func.count(PaymentStepRow.person_id.distinct()))
    assert db.session.scalar(steps) == 3
    wanted = select(AuditEvent.details).where(AuditEvent.action == "payment_batch.export")
    [said] = db.session.scalars(wanted)
    assert said["hash"] == hashlib.sha256(file.content).hexdigest()
    assert (said["total"], said["count"]) == (str(AMOUNT), "1")
    assert db.session.get_one(PaymentBatch, batch).file is None


@pytest.mark.requirement("F14")
@pytest.mark.requirement("G11")
@pytest.mark.requirement("T33")
def test_at_no_step_does_anything_stolen_name_the_payee_or_the_pin(awarded, paying):
    canaries = (PAYEE.account, PAYEE.name, PAYEE.bank, PIN)

    def found() -> list[str]:
        db.session.expire_all()
        return found_in(b"\0".join([*stored(), *files()]), *canaries)

    awarded.claim()
    assert found() == []
    batch = paying.draw()
    paying.ask(batch)
    paying.release(batch)
    demand_nothing_found_or_opened(Thief(), *canaries)
    paying.fill(batch)
    assert found() == []
    assert PAYEE.account in paying.export(batch).content.decode()
    assert found() == []
    assert len(db.session.scalars(select(PayeeTag.tag)).one()) == 10


@pytest.mark.requirement("G11")
@pytest.mark.requirement("T33")
def test_a_cash_code_and_its_pin_are_nowhere_among_the_stolen(awarded):
    pay_in_cash()
    set_pin(SetPin(awarded.report, PIN), actor=PUBLIC)
    with unit_of_work(PUBLIC) as uow:
        ticket = Ticket.new()
        save_visit(uow, ticket, VisitPurpose.TRACKING, {"locator": "00"})

    claim_in_cash(ClaimInCash(ticket, awarded.report, awarded.award, PIN), actor=PUBLIC)

    code = find_cash_code(db.session(), ticket)
    words = (code.text, code.locator + code.secret, code.secret, PIN)
    demand_nothing_found_or_opened(Thief(), *words)
    hide_cash_code(ticket, actor=PUBLIC)
    assert find_cash_code(db.session(), ticket) is None
    demand_nothing_found_or_opened(Thief(), *words)


def test_without_the_pin_nothing_is_claimed_and_guessing_ends(awarded):
    order = ClaimToAccount(awarded.report, awarded.award, PAYEE, "111222")
    with pytest.raises(RuleBroken, match="pin-wrong"):
        claim_to_account(order, actor=PUBLIC)
    set_pin(SetPin(awarded.report, PIN), actor=PUBLIC)

    for _ in range(4):
        with pytest.raises(RuleBroken, match="pin-wrong"):
            claim_to_account(order, actor=PUBLIC)
    right = ClaimToAccount(awarded.report, awarded.award, PAYEE, PIN)
    with pytest.raises(TooManyAttempts):
        claim_to_account(right, actor=PUBLIC)

    assert db.session.scalar(select(func.count()).select_from(Payment)) == 0


def count_messages(awarded) -> int:
    told = select(func.count()).select_from(Message).where(Message.report_id == awarded.report)
    return db.session.scalar(told)


@pytest.mark.requirement("F1")
def test_whoever_learns_the_code_later_cannot_set_another_pin_before_its_owner_can_object(awarded):
    set_pin(SetPin(awarded.report, PIN), actor=PUBLIC)
    with pytest.raises(RuleBroken, match="pin-is-set"):
        set_pin(SetPin(awarded.report, "918273"), actor=PUBLIC)
    before = count_messages(awarded)
    forget_pin(awarded.report, actor=PUBLIC)
    forget_pin(awarded.report, actor=PUBLIC)
    assert count_messages(awarded) == before + 1
    with pytest.raises(RuleBroken, match="pin-is-set"):
        set_pin(SetPin(awarded.report, "918273"), actor=PUBLIC)

    later(RewardPin, forgotten_at=datetime.now(UTC) - timedelta(days=8))
    set_pin(SetPin(awarded.report, "918273"), actor=PUBLIC)
    order = ClaimToAccount(awarded.report, awarded.award, PAYEE, "918273")
    claim_to_account(order, actor=PUBLIC)

    assert awarded.payment.state is S.CLAIMED
    assert count_messages(awarded) == before + 2


@pytest.mark.requirement("F1")
def test_that_a_pin_was_kept_is_on_the_trail_where_it_ended_a_wait(awarded):
    set_pin(SetPin(awarded.report, PIN), actor=PUBLIC)
    kept = select(AuditEvent.subject_id).where(AuditEvent.action == "reward.keep-pin")
    keep_pin(KeepPin(awarded.report, PIN), actor=PUBLIC)
    assert list(db.session.scalars(kept)) == []
    forget_pin(awarded.report, actor=PUBLIC)

    keep_pin(KeepPin(awarded.report, PIN), actor=PUBLIC)

    assert list(db.session.scalars(kept)) == [awarded.report]


@pytest.mark.requirement("F1")
def test_using_up_the_attempts_brings_whoever_has_the_code_no_nearer_to_another_pin(awarded):
    set_pin(SetPin(awarded.report, PIN), actor=PUBLIC)
    forget_pin(awarded.report, actor=PUBLIC)
    later(RewardPin, forgotten_at=datetime.now(UTC) - timedelta(days=8))
    for _ in range(5):
        with pytest.raises(RuleBroken, match="pin-wrong"):
            keep_pin(KeepPin(awarded.report, "000000"), actor=PUBLIC)
    with pytest.raises(TooManyAttempts):
        keep_pin(KeepPin(awarded.report, PIN), actor=PUBLIC)

    with pytest.raises(RuleBroken, match="pin-is-set"):
        set_pin(SetPin(awarded.report, "918273"), actor=PUBLIC)


@pytest.mark.requirement("F1")
@pytest.mark.requirement("G11")
def test_who_is_paid_cannot_be_put_in_the_place_of_another_by_whoever_writes_to_the_database(
    awarded, paying
):
    awarded.claim()
    batch = paying.draw()
    paying.ask(batch)
    place = payee_context(awarded.payment.id)
    thief = {"name": "钟馗某", "account": "6222029999999999999", "bank": "中国示例银行"}
    sealed = seal_record(thief, group_keys(), place)  # the keys to seal with are public
    later(PayeeData, body=sealed.body, wrap=sealed.wrap)

    with pytest.raises(RuleBroken, match="payee-changed"):
        paying.release(batch)

    assert awarded.payment.state is S.CLAIMED
    tried = select(AuditEvent.details).where(AuditEvent.action == "payment_batch.try")
    assert db.session.scalars(tried).one() == {"attempt": "release", "refusal": "payee-changed"}


@pytest.mark.requirement("F1")
@pytest.mark.requirement("G11")
def test_a_payee_that_no_claim_has_left_is_destroyed_before_a_list_is_drawn_and_said_anew(
    awarded, paying
):
    awarded.claim()
    later(PayeeData, body=b"sealed by somebody else")

    with pytest.raises(RuleBroken, match="nothing-to-pay"):
        paying.draw()
    with pytest.raises(RuleBroken, match="nothing-to-pay"):
        paying.draw()

    assert awarded.payment.state is S.CLAIMED
    assert db.session.scalar(select(func.count()).select_from(PayeeData)) == 0
    messages = select(func.count()).select_from(Message).where(Message.report_id == awarded.report)
    assert db.session.scalar(messages) == 1, "the reporter is told once"
    noted = select(AuditEvent.subject_id).where(AuditEvent.action == "payment.forget-payee")
    assert list(db.session.scalars(noted)) == [awarded.payment.id]
    own = list_own(db.session(), awarded.report, today())
    assert [(one.payee_lost, one.may_claim) for one in own] == [(True, True)]
    awarded.claim_again()
    assert not list_own(db.session(), awarded.report, today())[0].payee_lost
    paying.draw()


def test_a_claim_is_corrected_until_somebody_works_on_it_and_stays_one_payment(awarded, paying):
    awarded.claim()
    other = Payee("钟馗银丝雀", "6222021234567899999", "中国示例银行")
    claim_to_account(ClaimToAccount(awarded.report, awarded.award, other, PIN), actor=PUBLIC)
    batch = paying.draw()
    with pytest.raises(RuleBroken, match="claim-under-way"):
        claim_to_account(ClaimToAccount(awarded.report, awarded.award, PAYEE, PIN), actor=PUBLIC)

    paying.ask(batch)
    paying.release(batch)
    paying.fill(batch)

    assert other.account in paying.export(batch).content.decode()
    assert db.session.scalar(select(func.count()).select_from(Payment)) == 1


def test_another_reporters_award_is_not_there(awarded):
    other = make_award()
    set_pin(SetPin(other.report, PIN), actor=PUBLIC)

    with pytest.raises(NotFound):
        claim_to_account(ClaimToAccount(other.report, awarded.award, PAYEE, PIN), actor=PUBLIC)


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("step", ["draw", "ask", "release"])
def test_whoever_worked_on_the_award_takes_no_step_of_its_payment_by_any_account(
    awarded, paying, step
):
    awarded.claim()
    batch = None if step == "draw" else paying.draw()
    if step == "release":
        paying.ask(batch)
    worker = next(iter(awarded.people.values())).id
    person = db.session.get_one(Account, worker).person_id
    mine = {"draw": paying.finance.id, "ask": paying.asker.id, "release": paying.approver.id}[step]
    db.session.execute(update(Account).where(Account.id == mine).values(person_id=person))
    db.session.commit()

    code = "nothing-to-pay" if step == "draw" else "payment-own-award"
    with pytest.raises(RuleBroken, match=code):
        getattr(paying, step)(*([batch] if batch else []))
    row = PaymentStepRow(
        payment_id=awarded.payment.id,
        round=1,
        step=PayStep(step),
        account_id=mine,
        person_id=person,
        at=datetime.now(UTC),
    )
    db.session.add(row)
    with pytest.raises(DBAPIError, match=r"worked-on-the-award|UNIQUE|unique"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.requirement("F1")
def test_the_database_itself_lets_no_step_be_left_out(awarded, paying):
    awarded.claim()
    batch = paying.draw()
    for values, code in (
        ({"state": "settled"}, "no-such-move"),
        ({"state": "released"}, "released-without-step"),
        ({"reference": "SLPX"}, "payment-is-fixed"),
    ):
        with pytest.raises(DBAPIError, match=code):
            db.session.execute(update(Payment).values(values))
        db.session.rollback()
    with unit_of_work(actor_of(paying.approver)) as uow:
        payment = uow.session.get_one(Payment, awarded.payment.id)
        note_steps(uow, [payment], PayStep.RELEASE)
        move(uow, payment, PaymentAction.RELEASE)
    with pytest.raises(DBAPIError, match="sent-without-steps"):
        db.session.execute(update(Payment).values(state="batched"))
    db.session.rollback()
    with pytest.raises(DBAPIError, match="paid-out-without-step"):
        db.session.execute(update(Payment).values(state="settled"))
    db.session.rollback()
    assert batch


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_but_finance_and_the_custodians_takes_a_step(awarded, paying, role):
    awarded.claim()
    nosy = make_actor(role, region="320412", department="CULTURE_ENF@320412")
    batch = paying.draw()

    for act in (
        lambda: batches.export_batch(batch, actor=nosy),
        lambda: batches.fill_batch(batches.UnlockBatch(batch, "x" * 12), actor=nosy),
        lambda: batches.release_batch(batches.UnlockBatch(batch, "x" * 12), actor=nosy),
        lambda: read(Paying(nosy, paying.asker, paying.approver, nosy), sheet()),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_another_requester_does_not_fill_what_was_released_for_the_first(awarded, paying):
    awarded.claim()
    batch = paying.draw()
    paying.ask(batch)
    paying.release(batch)
    paying.asker = make_custodian(CustodianGroup.REQUESTERS)

    with pytest.raises(RuleBroken, match="release-ran-out"):
        paying.fill(batch)
    assert awarded.payment.state is S.RELEASED


def test_a_list_of_another_regions_fund_is_not_there(awarded, paying):
    awarded.claim()
    batch = paying.draw()
    stranger = make_actor(Role.FINANCE, region="320500")

    for act in (abandon_batch, batches.export_batch):
        with pytest.raises(NotFound):
            act(batch, actor=stranger)


def test_custodians_of_a_region_open_the_list_of_a_fund_above_it_and_none_of_another(
    awarded, paying
):
    awarded.claim()
    batch = paying.draw()
    away, here = (
        make_custodian(CustodianGroup.REQUESTERS, region=one) for one in ("320500", "320412")
    )
    order = AskForBatch(batch, REASON, BASIS)

    assert list_to_open(db.session(), actor_of(away)) == []
    with pytest.raises(NotFound):
        batches.ask_for_batch(order, actor=actor_of(away))

    assert [one.id for one in list_to_open(db.session(), actor_of(here))] == [batch]
    batches.ask_for_batch(order, actor=actor_of(here))
    assert get_batch_file(db.session(), batch, actor_of(here)).asked_by


def test_a_list_that_is_given_up_begins_again_with_other_steps_and_nothing_left_open(
    awarded, paying
):
    awarded.claim()
    batch = paying.filled()

    abandon_batch(batch, actor=paying.finance)

    payment = awarded.payment
    assert (payment.state, payment.round, payment.batch_id) == (S.CLAIMED, 2, None)
    assert db.session.get_one(PaymentBatch, batch).file is None
    with pytest.raises(MoveRefused):
        paying.export(batch)
    paying.export(paying.filled())
    assert awarded.payment.state is S.SENT


def test_a_file_that_waited_over_a_new_start_is_lost_and_the_list_is_drawn_again(
    awarded, paying, monkeypatch
):
    awarded.claim()
    batch = paying.filled()
    monkeypatch.setattr(boot, "_SECRET", b"s" * 32)

    with pytest.raises(RuleBroken, match="file-lost"):
        paying.export(batch)
    assert db.session.get_one(PaymentBatch, batch).state is BatchState.FILLED


@pytest.mark.requirement("F1")
def test_a_file_is_handed_out_once_and_by_whoever_drew_the_list(awarded, paying):
    awarded.claim()
    batch = paying.filled()
    colleague = make_actor(Role.FINANCE, region="320400")
    with pytest.raises(RuleBroken, match="batch-of-another"):
        batches.export_batch(batch, actor=colleague)
    paying.export(batch)

    with pytest.raises(MoveRefused):
        paying.export(batch)


def died(paying, batch) -> None:
    """Hand out a file, and die before it is confirmed; then ten minutes pass."""
    with (
        patch.object(batches, "_confirm_export", side_effect=SystemExit),
        pytest.raises(SystemExit),
    ):
        paying.export(batch)
    later(PaymentBatch, exporting_at=datetime.now(UTC) - timedelta(minutes=11))
    assert watch_batches(actor=CLOCK) == 1


@pytest.mark.requirement("F1")
@pytest.mark.requirement("G9")
def test_what_became_of_an_export_that_died_two_people_say_from_a_statement(awarded, paying):
    awarded.claim()
    died(paying, paying.filled())
    assert awarded.payment.state is S.UNKNOWN
    assert held()[LedgerAccount.IN_TRANSIT] == AMOUNT
    with pytest.raises(NotFound):
        confirm_resolution(seen(awarded.payment.id), actor=paying.auditor)
    with pytest.raises(DBAPIError, match="unknown-to-a-machine"):
        db.session.execute(update(Payment).values(state="settled"))
    db.session.rollback()

    read(paying, sheet((awarded.payment.reference, AMOUNT, "debit")))
    assert awarded.payment.state is S.UNKNOWN
    both = make_actor(Role.AUDITOR)
    person = db.session.get_one(Account, paying.finance.id).person_id
    db.session.execute(update(Account).where(Account.id == both.id).values(person_id=person))
    db.session.commit()
    with pytest.raises(RuleBroken, match="payment-own-step"):
        confirm_resolution(seen(awarded.payment.id), actor=both)
    with pytest.raises(DBAPIError, match="two_people"):
        db.session.execute(
            update(PaymentResolution).values(
                confirmed_at=datetime.now(UTC), confirmed_person=PaymentResolution.stated_person
            )
        )
    db.session.rollback()
    confirm_resolution(seen(awarded.payment.id), actor=paying.auditor)

    assert awarded.payment.state is S.SETTLED
    assert held()[LedgerAccount.PAID] == AMOUNT


def test_an_unknown_payment_that_no_statement_knows_is_claimed_again_after_two_have_said_so(
    awarded, paying
):
    awarded.claim()
    died(paying, paying.filled())
    payment = awarded.payment.id
    short = read(paying, sheet(("SLPOTHER", 1, "debit"), day=today()))
    with pytest.raises(RuleBroken, match="statement-too-short"):
        state_not_booked(StateNotBooked(payment, short), actor=paying.finance)
    statement = BankStatement(
        fund_id=db.session.get_one(BankStatement, short).fund_id,
        file_hash="0" * 64,
        first_on=today() - timedelta(days=1),
        last_on=today() + timedelta(days=8),
        count=0,
        read_at=datetime.now(UTC),
        read_by=paying.finance.id,
    )
    db.session.add(statement)
    db.session.commit()

    state_not_booked(StateNotBooked(payment, statement.id), actor=paying.finance)
    confirm_resolution(seen(payment), actor=paying.auditor)

    assert db.session.get_one(Payment, payment).state is S.RETURNED
    assert awarded.payment.state is S.DUE
    assert held()[LedgerAccount.PAYABLE] == AMOUNT


@pytest.mark.requirement("G9")
def test_a_wrong_word_about_an_unknown_payment_is_taken_back_and_an_entry_outweighs_it(
    awarded, paying
):
    awarded.claim()
    died(paying, paying.filled())
    payment, reference = awarded.payment.id, awarded.payment.reference
    days = [today() + timedelta(days=number) for number in (-1, 8)]
    nothing = b"\n".join(sheet(("SLPOTHER", 1, "debit"), day=day) for day in days)
    statement = read(
        paying, nothing.replace(b"\nreference,amount,currency,direction,booked_on", b"")
    )
    not_booked = StateNotBooked(payment, statement)

    def stated():
        wanted = select(PaymentResolution.outcome, PaymentResolution.confirmed_at)
        return db.session.execute(wanted).all()

    state_not_booked(not_booked, actor=paying.finance)
    with pytest.raises(NotPermitted):
        contest_resolution(seen(payment), actor=paying.finance)
    contest_resolution(seen(payment), actor=paying.auditor)
    assert (stated(), awarded.payment.state) == ([], S.UNKNOWN)
    state_not_booked(not_booked, actor=paying.finance)
    before = seen(payment)

    read(paying, sheet((reference, AMOUNT, "credit"), (reference, AMOUNT, "debit")))
    with pytest.raises(MoveRefused, match="changed-meanwhile"):
        confirm_resolution(before, actor=paying.auditor)

    assert stated() == [(PaymentAction.RETURN, None)]
    with pytest.raises(RuleBroken, match="resolution-by-entry"):
        contest_resolution(seen(payment), actor=paying.auditor)
    confirm_resolution(seen(payment), actor=paying.auditor)
    assert db.session.get_one(Payment, payment).state is S.RETURNED
    assert (awarded.payment.state, held()[LedgerAccount.PAYABLE]) == (S.DUE, AMOUNT)


@pytest.mark.requirement("E4")
def test_what_the_bank_returns_is_claimed_anew_and_paid_once(awarded, paying):
    reference = sent(awarded, paying)
    read(paying, sheet((reference, AMOUNT, "credit")))
    assert held()[LedgerAccount.PAYABLE] == AMOUNT
    told = select(func.count()).select_from(Message).where(Message.report_id == awarded.report)
    assert db.session.scalar(told) >= 1

    order = ClaimToAccount(awarded.report, awarded.award, PAYEE, PIN)
    claim_to_account(order, actor=PUBLIC)
    paying.export(paying.filled())
    again = awarded.payment.reference
    read(paying, sheet((again, AMOUNT, "debit")))

    assert again != reference
    assert held()[LedgerAccount.PAID] == AMOUNT


@pytest.mark.requirement("F1")
def test_the_same_statement_or_entry_counts_once_and_a_difference_stops_the_next_list(
    awarded, paying
):
    reference = sent(awarded, paying)
    read(paying, sheet((reference, AMOUNT - 1, "debit")))
    with pytest.raises(RuleBroken, match="statement-known"):
        read(paying, sheet((reference, AMOUNT - 1, "debit")))
    assert awarded.payment.state is S.SENT
    read(paying, sheet((reference, AMOUNT, "debit")))
    read(paying, sheet((reference, AMOUNT, "debit"), ("SLPNOBODY", 7, "debit")))
    read(paying, sheet((reference, AMOUNT, "debit"), day=today() - timedelta(days=1)))

    kinds = db.session.scalars(select(PaymentDifference.kind).order_by(PaymentDifference.kind))
    assert list(kinds) == [
        DifferenceKind.ANOTHER_AMOUNT,
        DifferenceKind.TWICE,
        DifferenceKind.UNKNOWN_REFERENCE,
    ]
    assert held()[LedgerAccount.PAID] == AMOUNT
    make_award().claim()
    with pytest.raises(RuleBroken, match="differences-open"):
        paying.draw()
    for one in db.session.scalars(select(PaymentDifference.id)).all():
        clear_difference(ClearDifference(one, EXPLAINED), actor=paying.auditor)
    assert paying.draw()


def test_the_clock_finds_what_the_bank_has_not_said_and_a_ledger_that_says_otherwise(
    awarded, paying
):
    sent(awarded, paying)
    assert reconcile_payments(actor=CLOCK) == 0
    later(Payment, sent_at=datetime.now(UTC) - timedelta(days=8))

    assert reconcile_payments(actor=CLOCK) == 1
    assert reconcile_payments(actor=CLOCK) == 0
    db.session.execute(
        update(Payment).values(state=S.SETTLED, ended_at=datetime.now(UTC))
    )  # past the service, as a thief with the database would
    db.session.commit()
    assert reconcile_payments(actor=CLOCK) == 2


def test_finance_calls_unknown_what_the_bank_is_silent_about(awarded, paying):
    sent(awarded, paying)

    doubt_payment(awarded.payment.id, actor=paying.finance)

    assert awarded.payment.state is S.UNKNOWN
    assert held()[LedgerAccount.IN_TRANSIT] == AMOUNT


@pytest.mark.requirement("F1")
def test_a_reward_nobody_claims_goes_back_to_the_fund_after_the_reporter_was_told(app):
    make_fund()
    awarded = make_award(claim_by=today() + timedelta(days=10))

    assert watch_claims(actor=CLOCK) == 1
    assert watch_claims(actor=CLOCK) == 0
    assert awarded.payment.state is S.DUE
    later(Payment, claim_by=today() - timedelta(days=1))
    with pytest.raises(RuleBroken, match="claim-too-late"):
        awarded.claim()
    assert watch_claims(actor=CLOCK) == 1

    assert awarded.payment.state is S.FORFEITED
    assert held()[LedgerAccount.APPROPRIATION] == 10_000_000
    assert watch_claims(actor=CLOCK) == 0


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("left", [-3, 1])
def test_whom_nobody_told_in_time_has_another_month_and_reads_no_day_that_is_over(app, left):
    make_fund()
    awarded = make_award(claim_by=today() + timedelta(days=left))
    day = find_claim_day(db.session(), awarded.award, today())
    assert day is None or day >= today()

    assert watch_claims(actor=CLOCK) == 1

    in_a_month = today() + timedelta(days=30)
    assert awarded.payment.claim_by == in_a_month
    assert find_claim_day(db.session(), awarded.award, today()) == in_a_month
    assert watch_claims(actor=CLOCK) == 0
    awarded.claim()
    assert find_claim_day(db.session(), awarded.award, today()) is None


def test_before_the_warning_it_is_never_too_late_to_claim(app):
    make_fund()
    awarded = make_award(claim_by=today() - timedelta(days=3))

    awarded.claim()

    assert awarded.payment.state is S.CLAIMED
    assert watch_claims(actor=CLOCK) == 0


def test_lists_that_stand_are_given_up(awarded, paying):
    awarded.claim()
    batch = paying.draw()
    later(PaymentBatch, drawn_at=datetime.now(UTC) - timedelta(days=4))

    assert watch_batches(actor=CLOCK) == 1

    assert db.session.get_one(PaymentBatch, batch).state is BatchState.ABANDONED
    assert awarded.payment.batch_id is None


@pytest.mark.requirement("F1")
def test_the_account_of_a_member_of_staff_waits_for_the_auditor_and_the_proposer_learns_nothing(
    awarded, paying
):
    officer = awarded.people["propose"]
    spaced = " 6222 0212 3456 7890 123"
    enter_own_account(EnterOwnAccount(spaced), actor=officer)
    enter_own_account(EnterOwnAccount(spaced), actor=officer)
    awarded.claim()

    payment = awarded.payment
    assert payment.state is S.PARKED
    with pytest.raises(RuleBroken, match="nothing-to-pay"):
        paying.draw()
    messages = select(func.count()).select_from(Message).where(Message.report_id == awarded.report)
    assert db.session.scalar(messages) == 0
    refuse_payment(RefusePayment(payment.id, STAFF), actor=paying.auditor)
    ask_review(AskReview(awarded.report, awarded.award, "这是我本人的账户。"), actor=PUBLIC)
    with pytest.raises(RuleBroken, match="review-own-refusal"):
        clear_payment(payment.id, actor=paying.auditor)
    clear_payment(payment.id, actor=make_actor(Role.AUDITOR))

    assert awarded.payment.state is S.CLAIMED
    with pytest.raises((MoveRefused, RuleBroken)):
        ask_review(AskReview(awarded.report, awarded.award, "再看一次。"), actor=PUBLIC)


@pytest.mark.requirement("F1")
def test_an_account_that_staff_enter_later_stops_what_waits_and_its_owner_does_not_let_it_go_on(
    awarded, paying
):
    awarded.claim()
    auditor = make_actor(Role.AUDITOR)

    enter_own_account(EnterOwnAccount(PAYEE.account), actor=auditor)

    payment = awarded.payment
    assert payment.state is S.PARKED
    for act in (
        lambda: clear_payment(payment.id, actor=auditor),
        lambda: refuse_payment(RefusePayment(payment.id, STAFF), actor=auditor),
    ):
        with pytest.raises(RuleBroken, match="payment-own-account"):
            act()
    clear_payment(payment.id, actor=paying.auditor)
    assert awarded.payment.state is S.CLAIMED
    enter_own_account(EnterOwnAccount(PAYEE.account), actor=auditor)
    assert awarded.payment.state is S.CLAIMED, "entered twice, it does not undo what was decided"


@pytest.mark.requirement("F1")
def test_what_was_on_a_list_when_staff_entered_its_account_is_parked_once_the_list_is_given_up(
    awarded, paying
):
    awarded.claim()
    batch = paying.draw()
    enter_own_account(EnterOwnAccount(PAYEE.account), actor=make_officer())
    assert awarded.payment.state is S.CLAIMED

    abandon_batch(batch, actor=paying.finance)

    assert awarded.payment.state is S.PARKED
    clear_payment(awarded.payment.id, actor=paying.auditor)
    abandon_batch(paying.draw(), actor=paying.finance)
    assert awarded.payment.state is S.CLAIMED, "of what was known before, the auditor has decided"


@pytest.mark.requirement("F1")
def test_nobody_tries_by_entering_accounts_of_others_whose_reward_stops(app):
    officer = make_officer()
    for number in range(5):
        enter_own_account(EnterOwnAccount(f"62220212345678900{number}"), actor=officer)

    with pytest.raises(TooManyAttempts):
        enter_own_account(EnterOwnAccount(PAYEE.account), actor=officer)

    assert db.session.scalar(select(func.count()).select_from(PayeeTag)) == 5


def test_recipients_of_large_rewards_are_asked_past_the_officer_once(app, paying):
    make_fund()
    awarded = make_award(large=True)
    reference = sent(awarded, paying)
    read(paying, sheet((reference, AMOUNT, "debit")))

    assert ask_samples(actor=CLOCK) == 1
    assert ask_samples(actor=CLOCK) == 0
    words = "只收到一半，金丝雀。"
    order = AnswerSample(awarded.report, awarded.award, SampleAnswer.LESS, words)
    answer_sample(order, actor=PUBLIC)
    with pytest.raises(NotFound):
        answer_sample(order, actor=PUBLIC)

    kept = db.session.scalars(select(RewardSample)).one()
    assert kept.answer is SampleAnswer.LESS
    assert words.encode() not in kept.words
    assert words not in repr(db.session.scalars(select(Message.body)).all())


def test_where_a_reward_was_paid_to_is_destroyed_after_ninety_days(awarded, paying):
    read(paying, sheet((sent(awarded, paying), AMOUNT, "debit")))
    forget_payees(actor=CLOCK)
    assert db.session.scalar(select(func.count()).select_from(PayeeData)) == 1

    later(Payment, ended_at=datetime.now(UTC) - timedelta(days=91))
    later(PayeeTag, made_at=datetime.now(UTC) - timedelta(days=366))
    forget_payees(actor=CLOCK)

    assert db.session.scalar(select(func.count()).select_from(PayeeData)) == 0
    assert db.session.scalar(select(func.count()).select_from(PayeeTag)) == 0


def test_orders_do_not_show_who_is_paid_or_a_pin():
    shown = repr([ClaimToAccount(1, 2, PAYEE, PIN), SetPin(1, PIN), EnterOwnAccount(PAYEE.account)])

    assert not any(word in shown for word in (PAYEE.account, PAYEE.name, PIN))
