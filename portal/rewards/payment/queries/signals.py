"""Signals of fraud, computed from awards and tags; no account and no reporter is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.models import Case, CaseReport
from portal.infra.keyset import in_window
from portal.intake.models import Report
from portal.intake.queries import key_of
from portal.kernel.actor import Actor
from portal.kernel.page import Page, Window, page_of
from portal.rewards.ledger.models import BudgetLine, Fund
from portal.rewards.ledger.queries import in_scope
from portal.rewards.models import Award, AwardStep
from portal.rewards.payment.models import PayeeTag, Payment, RewardSample
from portal.rewards.payment.places import sample_context
from portal.rewards.payment.rules import (
    PaidAward,
    repeated_pairs,
    same_payees,
    unusual_rates,
)
from portal.rewards.payment.states import SampleAnswer
from portal.rewards.states import AwardAction, AwardState

A_YEAR: Final = timedelta(days=365)
# A report linked to its case so shortly before the proposal was perhaps linked for it.
LATE_LINK: Final = timedelta(days=3)
MOST: Final = 5000
SHOWN: Final = 50
SAMPLE_KEY: Final = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class Signals:
    """What an auditor looks into: awards as `case number/award number`, proposers by name."""

    same_payee: tuple[tuple[str, ...], ...]
    pairs: tuple[tuple[str, tuple[str, ...]], ...]
    rates: tuple[tuple[str, int], ...]
    late_links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleLine:
    """What a recipient was asked and said."""

    reference: str
    amount: int
    currency: str
    asked_at: datetime
    answer: SampleAnswer | None
    words: str = field(default="", repr=False)


def find_signals(session: Session, actor: Actor, now: datetime) -> Signals:
    """The signals of the last year in the funds in scope: three statements."""
    since = now - A_YEAR
    rows = session.execute(_paid(actor, since)).all()
    awards = [PaidAward(row.id, row.account_id, row.tag) for row in rows]
    called = {row.id: f"{row.number}/{row.award_number}" for row in rows}
    people = _names(session, {one.proposer for one in awards})
    return Signals(
        tuple(tuple(called[one] for one in found) for found in same_payees(awards)),
        tuple(
            (people[who], tuple(called[one] for one in found))
            for who, found in repeated_pairs(awards)
        ),
        tuple((people[who], number) for who, number in unusual_rates(awards)),
        tuple(called[one] for one in _late_links(session, actor, since) if one in called),
    )


def list_samples(session: Session, actor: Actor, window: Window) -> Page[SampleLine]:
    """What recipients were asked, the newest first, with what they said."""
    asked = (
        select(RewardSample, Payment.reference, Award, Report)
        .join(Payment, Payment.id == RewardSample.payment_id)
        .join(Award, Award.id == Payment.award_id)
        .join(Report, Report.id == Award.report_id)
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .where(in_scope(actor))
    )
    order = RewardSample.asked_at, RewardSample.payment_id
    rows = session.execute(in_window(asked, window, *order, newest_first=True)).all()
    page = page_of(rows, window, lambda row: (row[0].asked_at, row[0].payment_id))
    return Page(tuple(_sample(*row) for row in page.items), page.after, page.before)


def _paid(actor: Actor, since: datetime) -> Select[UUID, int, str, UUID, bytes]:
    """The awards proposed in the last year with their proposers, and tags where they were paid."""
    return (
        select(
            Award.id,
            Award.number.label("award_number"),
            Case.number,
            AwardStep.account_id,
            PayeeTag.tag,
        )
        .join(Case, Case.id == Award.case_id)
        .join(AwardStep, (AwardStep.award_id == Award.id) & (AwardStep.step == AwardAction.PROPOSE))
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .outerjoin(Payment, Payment.award_id == Award.id)
        .outerjoin(PayeeTag, PayeeTag.payment_id == Payment.id)
        .where(in_scope(actor), AwardStep.at >= since, Award.state == AwardState.APPROVED)
        .order_by(AwardStep.at.desc(), Award.id)
        .limit(MOST)
    )


def _late_links(session: Session, actor: Actor, since: datetime) -> Sequence[UUID]:
    """Awards whose report came into the case within three days before the proposal."""
    wanted = (
        select(Award.id, AwardStep.at, CaseReport.added_at)
        .join(AwardStep, (AwardStep.award_id == Award.id) & (AwardStep.step == AwardAction.PROPOSE))
        .join(
            CaseReport,
            (CaseReport.case_id == Award.case_id) & (CaseReport.report_id == Award.report_id),
        )
        .join(Case, Case.id == Award.case_id)
        .join(BudgetLine, BudgetLine.id == Award.line_id)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .where(in_scope(actor), AwardStep.at >= since, CaseReport.left_at.is_(None))
        .where(CaseReport.added_at > Case.opened_at)
        .order_by(AwardStep.at.desc())
        .limit(MOST)
    )
    rows = session.execute(wanted).all()
    return [own for own, proposed, added in rows if proposed - added < LATE_LINK][:SHOWN]


def _names(session: Session, accounts: set[UUID]) -> dict[UUID, str]:
    wanted = select(Account.id, Account.display_name).where(Account.id.in_(accounts))
    return {row.id: row.display_name for row in session.execute(wanted)}


def _sample(one: RewardSample, reference: str, award: Award, report: Report) -> SampleLine:
    words = ""
    if one.words is not None and report.content_key is not None:
        words = key_of(report).decrypt_text(one.words, sample_context(one.payment_id))
    amount = award.amount or 0, award.currency
    return SampleLine(reference, *amount, one.asked_at, one.answer, words)
