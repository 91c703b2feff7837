"""Moving a payment: its state, its money and who did what, in one place and by one person each."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from flask_babel import force_locale, format_date, gettext
from sqlalchemy import delete, select, text

from portal.accounts.queries import get_account
from portal.audit.trail import advance
from portal.casework.service.in_hand import write
from portal.infra.uow import UnitOfWork
from portal.intake.models import MessageKind, Report
from portal.kernel.errors import NotPermitted, RuleBroken
from portal.kernel.reference import CROCKFORD
from portal.rewards.ledger.service import post
from portal.rewards.models import Award
from portal.rewards.payment.bank_statements import PREFIX
from portal.rewards.payment.models import (
    IS_LIVE_PAYMENT,
    CashCodeRow,
    PayeeData,
    PayeeTag,
    Payment,
    PaymentStepRow,
)
from portal.rewards.payment.queries.access import had_part, took_step
from portal.rewards.payment.rules import movements_of
from portal.rewards.payment.states import PaymentAction, PaymentState, PayStep

_SYMBOLS = 20
_ENDED = frozenset({PaymentState.SETTLED, PaymentState.RETURNED, PaymentState.FORFEITED})
_LOCALES = {"zh-Hans": "zh_Hans", "en": "en"}


def begin(uow: UnitOfWork, award: Award, claim_by: date | None) -> Payment:
    """The live payment of an award, locked; made if there is none. Of two at once one makes it."""
    made = Payment(award_id=award.id, reference=_reference(), made_at=uow.now, claim_by=claim_by)
    uow.insert_once(made)
    live = select(Payment).where(Payment.award_id == award.id, text(IS_LIVE_PAYMENT))
    return uow.session.scalars(live.with_for_update()).one()


def _reference() -> str:
    return PREFIX + "".join(secrets.choice(CROCKFORD) for _ in range(_SYMBOLS))


def move(uow: UnitOfWork, payment: Payment, action: PaymentAction, **details: str) -> None:
    """Move a payment and its money; the whole amount of the award or nothing.

    Raises MoveRefused from a state that does not allow it, RuleBroken for money that is not there.
    """
    award = uow.session.get_one(Award, payment.award_id)
    before = payment.state
    advance(uow, payment, action, **details)
    if payment.state in _ENDED:
        payment.ended_at = uow.now
    uow.session.flush()
    for kind in movements_of(before, action):
        if award.line_id is None or award.amount is None:
            raise RuleBroken("award-without-amount")
        post(uow, award.line_id, kind, award.amount, award=award.id, note=payment.reference)


def put_back(uow: UnitOfWork, payment: Payment) -> None:
    """Take a payment out of a list that goes nowhere; its steps begin again in another round."""
    if payment.state is not PaymentState.CLAIMED:
        move(uow, payment, PaymentAction.PUT_BACK)
    payment.batch_id = None
    payment.round += 1


def forget_payee(uow: UnitOfWork, payment: Payment) -> None:
    """Destroy where a payment was to be paid to, and what it is known by."""
    for table in (PayeeData, PayeeTag, CashCodeRow):
        uow.session.execute(delete(table).where(table.payment_id == payment.id))


def person_of(uow: UnitOfWork) -> UUID:
    """The natural person who acts."""
    if uow.actor.id is None:
        raise NotPermitted("not-permitted")
    return get_account(uow.session, uow.actor.id).person_id


def note_steps(uow: UnitOfWork, payments: Sequence[Payment], step: PayStep) -> None:
    """Note who takes a step for payments, each another natural person.

    Raises RuleBroken for whoever worked on one of the awards, or took another step of a payment.
    """
    person = demand_apart(uow, payments)
    uow.session.flush()
    uow.insert(
        *(
            PaymentStepRow(
                payment_id=one.id,
                round=one.round,
                step=step,
                account_id=uow.actor.id or person,
                person_id=person,
                at=uow.now,
            )
            for one in payments
        )
    )


def demand_apart(uow: UnitOfWork, payments: Iterable[Payment]) -> UUID:
    """The person who acts; refuse one who had a part in an award or a payment, by any account."""
    person, known = person_of(uow), [one.id for one in payments]
    of_them = select(Payment.id).join(Award, Award.id == Payment.award_id)
    of_them = of_them.where(Payment.id.in_(known)).limit(1)
    if uow.session.scalar(of_them.where(had_part(person))) is not None:
        raise RuleBroken("payment-own-award")
    if uow.session.scalar(of_them.where(took_step(person))) is not None:
        raise RuleBroken("payment-own-step")
    return person


def tell_reporter(uow: UnitOfWork, payment: Payment, until: date | None = None) -> None:
    """Leave a notice that there is news about the reward, or until when it is to be claimed.

    Officers read the thread, so it says no more; what there is stands on the reporter's own page.
    """
    award = uow.session.get_one(Award, payment.award_id)
    tell_of_reward(uow, award.report_id, until)


def tell_of_reward(uow: UnitOfWork, report_id: UUID, until: date | None = None) -> None:
    """The same for the reporter of a report, unless it was erased."""
    report = uow.session.get_one(Report, report_id)
    if report.content_key is None:
        return
    with force_locale(_LOCALES.get(report.language, "en")):
        if until is None:
            words = gettext("There is news about your reward. Open “My reward”.")
        else:
            words = gettext(
                "Your reward can be claimed until %(day)s. Open “My reward”. After that day it "
                "goes back to the fund.",
                day=format_date(until, "long"),
            )
    write(uow, report, MessageKind.NOTICE, str(words))
