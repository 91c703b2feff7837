"""Counting what units came to, month by month, from what stands on reports and clocks (F20)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from statistics import median
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, delete, select, text
from sqlalchemy.orm import Session

from portal.audit.trail import record
from portal.casework.figure_models import UnitMonth
from portal.casework.models import Verification
from portal.casework.rules import is_overturned
from portal.casework.states import Finding
from portal.infra.database import db
from portal.infra.keyset import in_window
from portal.infra.uow import unit_of_work
from portal.intake.models import IS_FIRST_RESULT, Clock, Message, Report, Stream
from portal.intake.rules import local_date
from portal.jurisdiction.place import Place, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.page import Window

# What is contested late still changes the figures of these months; older ones stay as they are.
MONTHS: Final = 3
AT_ONCE: Final = 500
_STAGES: Final = (Stage.TRIAGE, Stage.ACCEPT, Stage.VERIFY, Stage.FEEDBACK)

Told = Row[*tuple[Any, ...]]


@dataclass(slots=True)
class _Counts:
    """What one unit came to, as it is counted."""

    answered: int = 0
    matters: int = 0
    in_time: int = 0
    contested: int = 0
    overturned: int = 0
    days: list[int] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)


def count_months(*, actor: Actor) -> int:
    """Count this month and those before it anew; return how many rows were written.

    Safe to run at any time and twice: a month is written as a whole.
    """
    place, written = current_place(), 0
    for month in _months(local_date(place, datetime.now(UTC))):
        found = _count(db.session(), place, month)
        with unit_of_work(actor) as uow:
            uow.session.execute(delete(UnitMonth).where(UnitMonth.month == month))
            uow.session.add_all(_row(unit, month, counts) for unit, counts in found.items())
            record(uow, "figures.count", "month", None, month=month.isoformat(), units=len(found))
        written += len(found)
    return written


def _months(today: date) -> Iterator[date]:
    """The first days of the months that are counted, the newest first."""
    first = today.replace(day=1)
    for _month in range(MONTHS):
        yield first
        first = before(first)


def before(month: date) -> date:
    """The first day of the month before."""
    return date.fromordinal(month.toordinal() - 1).replace(day=1)


def after(month: date) -> date:
    """The first day of the month after."""
    return date.fromordinal(month.toordinal() + 31).replace(day=1)


def _row(unit: str, month: date, counts: _Counts) -> UnitMonth:
    return UnitMonth(
        department_code=unit,
        month=month,
        answered=counts.answered,
        matters=counts.matters,
        in_time=counts.in_time,
        contested=counts.contested,
        overturned=counts.overturned,
        median_days=float(median(counts.days)),
        endings=dict(counts.endings),
    )


def _count(session: Session, place: Place, month: date) -> Mapping[str, _Counts]:
    """What each unit came to in a month; some at once, so that no month is too long."""
    found: defaultdict[str, _Counts] = defaultdict(_Counts)
    window = Window(limit=AT_ONCE)
    while True:
        rows = _told_in(session, place, month, window)
        ids = [row.id for row in rows]
        late, findings = _late(session, place, ids), _findings(session, ids)
        for row in rows:
            _add(found[row.department_code], place, row, late, findings.get(row.id, ()))
        if len(rows) <= AT_ONCE:
            return found
        window = Window((rows[-1].sent_at, rows[-1].message_id), limit=AT_ONCE)


def _told_in(session: Session, place: Place, month: date, window: Window) -> Sequence[Told]:
    """The reports that were first told a result in a month, in the order of that."""
    zone = ZoneInfo(place.zone)
    first, last = (
        datetime.combine(day, time.min, zone).astimezone(UTC) for day in (month, after(month))
    )
    told = (
        select(
            Message.id.label("message_id"),
            Message.sent_at,
            Report.id,
            Report.department_code,
            Report.received_at,
            Report.merged_into,
            Report.result_number,
            Report.contested_result,
            Report.decline_reason,
            Report.close_reason,
        )
        .join(Report, Report.id == Message.report_id)
        .where(
            text(f"message.{IS_FIRST_RESULT.replace(' AND ', ' AND message.')}"),
            Message.sent_at >= first,
            Message.sent_at < last,
            Report.stream == Stream.REPORTED,
            Report.department_code.is_not(None),
        )
    )
    return session.execute(in_window(told, window, Message.sent_at, Message.id)).all()


def _add(
    counts: _Counts,
    place: Place,
    told: Told,
    late: Collection[UUID],
    findings: Sequence[tuple[int, Finding]],
) -> None:
    contested = told.contested_result > 0
    counts.answered += 1
    counts.matters += told.merged_into is None
    counts.in_time += told.id not in late
    counts.contested += contested
    counts.overturned += contested and is_overturned(findings, told.contested_result)
    received, answered = local_date(place, told.received_at), local_date(place, told.sent_at)
    counts.days.append((answered - received).days)
    reason = told.close_reason or told.decline_reason
    if reason:
        counts.endings[reason] += 1


def _late(session: Session, place: Place, ids: Sequence[UUID]) -> Collection[UUID]:
    """Those of the reports one of whose stages was over its date before the first result."""
    clocks = session.execute(
        select(Clock.report_id, Clock.due_on, Clock.met_at).where(
            Clock.report_id.in_(ids), Clock.round == 1, Clock.stage.in_(_STAGES)
        )
    )
    return {
        one.report_id
        for one in clocks
        if one.met_at is not None and local_date(place, one.met_at) > one.due_on
    }


def _findings(
    session: Session, ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[tuple[int, Finding]]]:
    """What each report was found to be, by the number of the result that followed."""
    made = session.execute(
        select(Verification.report_id, Verification.round, Verification.finding)
        .where(Verification.report_id.in_(ids))
        .order_by(Verification.at, Verification.id)
    )
    found: defaultdict[UUID, list[tuple[int, Finding]]] = defaultdict(list)
    for one in made:
        found[one.report_id].append((one.round, one.finding))
    return found
