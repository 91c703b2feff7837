"""Payments, lists, statements and differences, as finance, custodians and the auditor see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.custody.models import Opening
from portal.custody.service.openings import Said, said_of
from portal.infra.keyset import in_window
from portal.intake.models import Report
from portal.intake.queries import key_of
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rewards.ledger.models import Fund
from portal.rewards.ledger.queries import in_scope
from portal.rewards.models import Award
from portal.rewards.payment.models import (
    BankStatement,
    Payment,
    PaymentBatch,
    PaymentResolution,
)
from portal.rewards.payment.places import refusal_context, review_context
from portal.rewards.payment.queries.access import (
    is_apart,
    is_paid_to,
    lists_in_scope,
    payments,
    reader,
)
from portal.rewards.payment.rules import stated_mark
from portal.rewards.payment.states import (
    BankFileKind,
    BatchState,
    PaymentAction,
    PaymentState,
    PayWay,
)

NEWEST_KEY: Final = (datetime, UUID)
MOST_WAITING: Final = 50
MOST_FUNDS: Final = 200
TO_OPEN: Final = (BatchState.DRAWN, BatchState.ASKED, BatchState.RELEASED)


@dataclass(frozen=True, slots=True)
class Stated:
    """What one person says the bank did, by an entry of a statement or by there being none."""

    paid: bool
    by_entry: bool
    first_on: date
    last_on: date
    read_by: str
    mark: str


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment in a list: no report, no reporter and no payee is named."""

    id: UUID
    reference: str
    amount: int
    currency: str
    state: PaymentState
    way: PayWay | None
    at: datetime
    stated: Stated | None = None
    is_open: bool = False  # to its reader, who had no part in it
    review: str = field(default="", repr=False)
    refusal: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A list for the bank."""

    id: UUID
    fund: str
    number: int
    kind: BankFileKind
    count: int
    total: int
    currency: str
    state: BatchState
    execute_on: date
    drawn_at: datetime
    drawn_by: str
    file_hash: str | None


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One list with who worked on it, why it is to be opened, and what its reader may do."""

    line: BatchLine
    asked_by: str | None
    released_by: str | None
    said: Said = field(repr=False)
    may_ask: bool
    may_release: bool
    may_fill: bool
    may_export: bool
    may_abandon: bool


def list_payments(session: Session, actor: Actor, window: Window) -> Page[PaymentLine]:
    """The payments of the funds in scope, the newest first."""
    asked = payments(actor).add_columns(is_apart(reader(actor)))
    rows = session.execute(
        in_window(asked, window, Payment.made_at, Payment.id, newest_first=True)
    ).all()
    page = page_of(rows, window, lambda row: (row[0].made_at, row[0].id))
    shown = may(actor, Permission.AUDIT_PAYMENTS)
    lines = tuple(
        line if shown or line.state is not PaymentState.PARKED else as_claimed(line)
        for line in (
            _line(payment, award, is_open=apart) for payment, award, _fund, apart in page.items
        )
    )
    return Page(lines, page.after, page.before)


def as_claimed(line: PaymentLine) -> PaymentLine:
    """A parked payment as others than the auditor see it: nobody is warned.

    It was claimed to an account, whatever it has been corrected to since.
    """
    return replace(line, state=PaymentState.CLAIMED, way=PayWay.BANK)


def list_unknown(session: Session, actor: Actor) -> Sequence[PaymentLine]:
    """Payments of which nobody knows what the bank did, the oldest first, with what was stated."""
    person = reader(actor)
    apart = and_(is_apart(person), PaymentResolution.stated_person != person)
    wanted = (
        payments(actor)
        .add_columns(PaymentResolution, BankStatement, Account.display_name)
        .outerjoin(
            PaymentResolution,
            (PaymentResolution.payment_id == Payment.id) & PaymentResolution.confirmed_at.is_(None),
        )
        .outerjoin(BankStatement, BankStatement.id == PaymentResolution.statement_id)
        .outerjoin(Account, Account.id == BankStatement.read_by)
        .where(Payment.state == PaymentState.UNKNOWN)
        .add_columns(apart)
        .order_by(Payment.claimed_at, Payment.id)
        .limit(MOST_WAITING)
    )
    rows = session.execute(wanted).all()
    return [
        _line(payment, award, is_open=bool(open_), stated=_stated(*said))
        for payment, award, _fund, *said, open_ in rows
    ]


def _stated(
    said: PaymentResolution | None, statement: BankStatement | None, read_by: str | None
) -> Stated | None:
    if said is None or statement is None:
        return None
    paid, by_entry = said.outcome is PaymentAction.SETTLE, said.line_id is not None
    mark = stated_mark(said.outcome, statement.id)
    return Stated(paid, by_entry, statement.first_on, statement.last_on, read_by or "", mark)


def list_parked(session: Session, actor: Actor) -> Sequence[PaymentLine]:
    """Payments that the auditor looks at, the oldest first, with what the reporter objected."""
    wanted = _all_parked(actor).order_by(Payment.claimed_at, Payment.id).limit(MOST_WAITING)
    return [_parked(*row) for row in session.execute(wanted).all()]


def get_parked(session: Session, payment_id: UUID, actor: Actor) -> PaymentLine:
    """One of them; NotFound for one that is not parked, or of another region's fund."""
    row = session.execute(_all_parked(actor).where(Payment.id == payment_id)).first()
    if row is None:
        raise NotFound("payment")
    return _parked(*row)


def _all_parked(actor: Actor) -> Select[Payment, Award, UUID, Report, bool]:
    person = reader(actor)
    decides = and_(
        is_apart(person),
        Payment.refused_person.is_distinct_from(person),
        ~is_paid_to(person),
    )
    return (
        payments(actor)
        .join(Report, Report.id == Award.report_id)
        .where(Payment.state == PaymentState.PARKED)
        .add_columns(Report, decides)
    )


def list_batches(session: Session, actor: Actor, window: Window) -> Page[BatchLine]:
    """The lists of the funds in scope, the newest first."""
    asked = _batches().where(in_scope(actor))
    rows = session.execute(
        in_window(asked, window, PaymentBatch.drawn_at, PaymentBatch.id, newest_first=True)
    ).all()
    page = page_of(rows, window, lambda row: (row[0].drawn_at, row[0].id))
    return Page(tuple(_batch(*row) for row in page.items), page.after, page.before)


def list_to_open(session: Session, actor: Actor) -> Sequence[BatchLine]:
    """The lists that wait for custodians, the oldest first."""
    wanted = _batches().where(lists_in_scope(actor), PaymentBatch.state.in_(TO_OPEN))
    ordered = wanted.order_by(PaymentBatch.drawn_at, PaymentBatch.id).limit(MOST_WAITING)
    return [_batch(*row) for row in session.execute(ordered).all()]


def get_batch_file(session: Session, batch_id: UUID, actor: Actor) -> BatchFile:
    """The page of a list; NotFound for whoever has no part in it, or another region's."""
    wanted = _batches().where(PaymentBatch.id == batch_id, lists_in_scope(actor))
    row = session.execute(wanted).first()
    if row is None or not (
        may(actor, Permission.READ_FUNDS) or may(actor, Permission.BE_CUSTODIAN)
    ):
        raise NotFound("payment-batch")
    batch: PaymentBatch = row[0]
    names = _names(session, batch)
    asks, releases = may(actor, Permission.ASK_FOR_IDENTITY), may(actor, Permission.APPROVE_OPENING)
    own, pays = batch.asked_by == actor.id, may(actor, Permission.PAY_AWARDS)
    state, filled = batch.state, batch.state is BatchState.FILLED
    apart = _is_apart_from(session, batch, actor)
    return BatchFile(
        line=_batch(*row),
        asked_by=names.get(batch.asked_by),
        released_by=names.get(batch.released_by),
        said=_said(session, batch),
        may_ask=asks and apart and state is BatchState.DRAWN,
        may_release=releases and apart and state is BatchState.ASKED,
        may_fill=asks and own and state is BatchState.RELEASED,
        may_export=pays and filled and batch.drawn_by == actor.id,
        may_abandon=pays and (filled or state in TO_OPEN),
    )


def _is_apart_from(session: Session, batch: PaymentBatch, actor: Actor) -> bool:
    """Whether the reader had no part in any payment of a list."""
    own = exists().where(
        Payment.batch_id == batch.id,
        Award.id == Payment.award_id,
        ~is_apart(reader(actor)),
    )
    return not session.scalar(select(own))


def list_statements(session: Session, actor: Actor, window: Window) -> Page[Any]:
    """The statements that were read in, with the code of their fund, the newest first."""
    asked = (
        select(BankStatement, Fund.code)
        .join(Fund, Fund.id == BankStatement.fund_id)
        .where(in_scope(actor))
    )
    rows = session.execute(
        in_window(asked, window, BankStatement.read_at, BankStatement.id, newest_first=True)
    ).all()
    return page_of(rows, window, lambda row: (row[0].read_at, row[0].id))


def fund_choices(session: Session, actor: Actor) -> list[tuple[str, str, str]]:
    """Code and both names of the funds in scope."""
    wanted = select(Fund.code, Fund.name_zh, Fund.name_en).where(in_scope(actor))
    rows = session.execute(wanted.order_by(Fund.code).limit(MOST_FUNDS))
    return [(code, chinese, english) for code, chinese, english in rows]


def _line(payment: Payment, award: Award, **more: Any) -> PaymentLine:  # noqa: ANN401
    return PaymentLine(
        id=payment.id,
        reference=payment.reference,
        amount=award.amount or 0,
        currency=award.currency,
        state=payment.state,
        way=payment.way,
        at=payment.claimed_at or payment.made_at,
        **more,
    )


def _parked(
    payment: Payment,
    award: Award,
    _fund: UUID,
    report: Report,
    decides: bool,  # noqa: FBT001  # as the database says
) -> PaymentLine:
    words = {}
    for name, kept, context in (
        ("review", payment.review, review_context(payment.id)),
        ("refusal", payment.refusal, refusal_context(payment.id)),
    ):
        if kept is not None and report.content_key is not None:
            words[name] = key_of(report).decrypt_text(kept, context)
    return _line(payment, award, is_open=decides, **words)


def _batches() -> Select[PaymentBatch, Fund, str]:
    drawer = aliased(Account)
    return (
        select(PaymentBatch, Fund, drawer.display_name)
        .join(Fund, Fund.id == PaymentBatch.fund_id)
        .join(drawer, drawer.id == PaymentBatch.drawn_by)
    )


def _batch(batch: PaymentBatch, fund: Fund, drawn_by: str) -> BatchLine:
    return BatchLine(
        id=batch.id,
        fund=fund.code,
        number=batch.number,
        kind=batch.kind,
        count=batch.count,
        total=batch.total,
        currency=fund.currency,
        state=batch.state,
        execute_on=batch.execute_on,
        drawn_at=batch.drawn_at,
        drawn_by=drawn_by,
        file_hash=batch.file_hash,
    )


def _names(session: Session, batch: PaymentBatch) -> dict[UUID | None, str]:
    ids = [one for one in (batch.asked_by, batch.released_by) if one is not None]
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {row.id: row.display_name for row in rows}


def _said(session: Session, batch: PaymentBatch) -> Said:
    """Why a list is to be opened: the words of one of its requests, which are all the same."""
    if batch.asked_by is None:
        return Said()
    of_batch = select(Payment.id).where(Payment.batch_id == batch.id)
    wanted = select(Opening).where(
        Opening.subject_id.in_(of_batch), Opening.asked_by == batch.asked_by
    )
    opening = session.scalar(wanted.order_by(Opening.asked_at.desc()).limit(1))
    return said_of(opening) if opening is not None else Said()
