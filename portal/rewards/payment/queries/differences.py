"""What does not agree, as the auditor and finance see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select, union_all
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.infra.keyset import in_window
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rewards.ledger.models import Fund
from portal.rewards.ledger.queries import in_scope
from portal.rewards.models import Award
from portal.rewards.payment.models import BankLine, BankStatement, Payment, PaymentDifference
from portal.rewards.payment.queries.access import is_apart, reader
from portal.rewards.payment.rules import id_in
from portal.rewards.payment.states import DifferenceKind, PaymentState


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """Something that does not agree, and how it was explained."""

    id: UUID
    fund: str
    kind: DifferenceKind
    reference: str
    expected: int
    found: int
    currency: str
    found_at: datetime
    cleared_at: datetime | None
    because: str | None
    may_explain: bool = False
    may_owe: bool = False


def list_differences(session: Session, actor: Actor, window: Window) -> Page[DifferenceLine]:
    """What did not agree, the newest first."""
    asked = _differences().where(in_scope(actor))
    order = PaymentDifference.found_at, PaymentDifference.id
    rows = session.execute(in_window(asked, window, *order, newest_first=True)).all()
    page = page_of(rows, window, lambda row: (row[0].found_at, row[0].id))
    lines = _differences_for(session, actor, page.items)
    return Page(lines, page.after, page.before)


def _differences_for(
    session: Session, actor: Actor, rows: Sequence[tuple[PaymentDifference, Fund]]
) -> tuple[DifferenceLine, ...]:
    """Differences with what is open to their reader; to whoever is no auditor nothing is."""
    if not may(actor, Permission.AUDIT_PAYMENTS):
        return tuple(_difference(*row) for row in rows)
    about = [id_in(one.about) for one, _fund in rows if one.kind is not DifferenceKind.LEDGER]
    person = reader(actor)
    read = select(Account.person_id).join(BankStatement, BankStatement.read_by == Account.id)
    entries = (
        select(BankLine.id, Payment.state)
        .outerjoin(Payment, Payment.id == BankLine.payment_id)
        .outerjoin(Award, Award.id == Payment.award_id)
        .where(
            BankLine.id.in_(about),
            read.where(BankStatement.id == BankLine.statement_id).scalar_subquery() != person,
            or_(Payment.id.is_(None), is_apart(person)),
        )
    )
    overdue = (
        select(Payment.id, Payment.state)
        .join(Award, Award.id == Payment.award_id)
        .where(Payment.id.in_(about), is_apart(person))
    )
    found = session.execute(union_all(entries, overdue)).all() if about else ()
    states = {row.id: row.state for row in found}
    explained = select(Account.id).where(Account.person_id == person)
    own = set(session.scalars(explained)) if states else set()
    return tuple(_difference(*row, _open_to(row[0], states, own)) for row in rows)


def _open_to(
    one: PaymentDifference, states: Mapping[UUID, PaymentState | None], own: Collection[UUID]
) -> tuple[bool, bool]:
    """Whether an auditor may explain a difference, and have it owed again.

    `states` has what the auditor had no part in; `own` are the auditor's accounts.
    """
    if one.kind is DifferenceKind.LEDGER:
        return one.cleared_at is None, False
    about = id_in(one.about)
    paid = one.kind is DifferenceKind.LATE_RETURN and states.get(about) is PaymentState.SETTLED
    return about in states and one.cleared_at is None, paid and one.cleared_by not in own


def get_difference(session: Session, difference_id: UUID, actor: Actor) -> DifferenceLine:
    """One of them; NotFound for one of another region's fund."""
    wanted = _differences().where(PaymentDifference.id == difference_id, in_scope(actor))
    row = session.execute(wanted).first()
    if row is None:
        raise NotFound("difference")
    return _differences_for(session, actor, [row])[0]


def _differences() -> Select[PaymentDifference, Fund]:
    return select(PaymentDifference, Fund).join(Fund, Fund.id == PaymentDifference.fund_id)


def _difference(
    one: PaymentDifference, fund: Fund, is_open: tuple[bool, bool] = (False, False)
) -> DifferenceLine:
    sums = one.expected, one.found, fund.currency
    ended = one.found_at, one.cleared_at, one.cleared_because
    return DifferenceLine(one.id, fund.code, one.kind, one.reference, *sums, *ended, *is_open)
