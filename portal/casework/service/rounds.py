"""Rules go round: each time on behind what was looked at last, so that nothing keeps them at it.

What a rule may not do stays what it is, and would come first for ever.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, Select

from portal.infra.keyset import in_window
from portal.infra.uow import UnitOfWork
from portal.intake.models import Report
from portal.kernel.page import Window


class GoesRound(Protocol):
    """A rule that keeps how far it has come: the date and the id of the last report."""

    upto_due_on: date | None
    upto_id: UUID | None


def next_of_round(
    uow: UnitOfWork, rule: GoesRound, fitting: Select[*tuple[Any, ...]], most: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The next rows that fit, nearest date first; after the last of them the round begins again.

    `fitting` selects reports, with `id` and `next_due_on` among its columns.
    """
    rows = _behind(uow, rule, fitting, most)
    if not rows and rule.upto_id is not None:
        rule.upto_due_on = rule.upto_id = None
        rows = _behind(uow, rule, fitting, most)
    shown, more = rows[:most], len(rows) > most
    rule.upto_due_on, rule.upto_id = (shown[-1].next_due_on, shown[-1].id) if more else (None, None)
    return shown


def _behind(
    uow: UnitOfWork, rule: GoesRound, fitting: Select[*tuple[Any, ...]], most: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    key = None
    if rule.upto_due_on is not None and rule.upto_id is not None:
        key = (rule.upto_due_on.toordinal(), rule.upto_id)
    asked = in_window(fitting, Window(key, limit=most), Report.next_due_on, Report.id)
    return uow.session.execute(asked).all()
