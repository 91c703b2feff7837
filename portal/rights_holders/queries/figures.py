"""What an organisation's complaints came to: by age, by target, by month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Label, case, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.intake.models import IS_FIRST_RESULT, Message, Report
from portal.intake.states import OPEN_STATES
from portal.jurisdiction.queries import current_place
from portal.rights_holders.models import Complaint, ComplaintSheet, Organisation
from portal.rights_holders.queries.complaints import IS_ASKED, cells_of
from portal.rights_holders.queries.own import key_of, today
from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.months import AGES, Age, month_before
from portal.rights_holders.states import ComplaintState, OrganisationState

MOST_TARGETS: Final = 50
MOST_SHEETS: Final = 10
MONTHS: Final = 12
# A complaint ends in the month in which its people were first told what came of it.
_FIRST_RESULT: Final = f"message.{IS_FIRST_RESULT.replace(' AND ', ' AND message.')}"


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What is complained about again and again; `complaint` is the newest about it."""

    complaint: int
    target: str = field(repr=False)
    count: int
    open: int


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A sheet with so many complete rows that nobody declared; the first lapse after a day."""

    sheet: int
    count: int
    lapse_on: date


@dataclass(frozen=True, slots=True)
class UndeclaredSheets:
    """The sheets whose rows lapse first, and how many `more` there are."""

    nearest: tuple[Undeclared, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One month: what was sent in, what was filed of it, and what was decided meanwhile."""

    first: date
    sent: int
    filed: int
    waiting: int
    ended: int

    @property
    def has_news(self) -> bool:
        """Whether anything happened."""
        return bool(self.sent or self.ended)


def count_by_age(session: Session, organisation_id: UUID) -> Mapping[Age, int]:
    """How many complaints that the office works on are how old."""
    now = datetime.now(UTC)
    grouped = case(
        *((Report.received_at > now - timedelta(days=days), age.value) for days, age in AGES),
        else_=Age.OLDER.value,
    ).label("age")
    rows = session.execute(
        select(grouped, func.count())
        .select_from(Complaint)
        .join(Report, Report.id == Complaint.report_id)
        .where(Complaint.organisation_id == organisation_id, Report.state.in_(OPEN_STATES))
        .group_by(text("age"))
    )
    found = {row[0]: row[1] for row in rows}
    return {age: found.get(age.value, 0) for age in Age}


def count_asked(session: Session, organisation_id: UUID) -> int:
    """With how many complaints the office waits for a reply of their people."""
    wanted = (
        select(func.count())
        .select_from(Complaint)
        .join(Report, Report.id == Complaint.report_id)
        .where(Complaint.organisation_id == organisation_id, *IS_ASKED)
    )
    return session.scalar(wanted) or 0


def list_undeclared(session: Session, organisation: Organisation) -> UndeclaredSheets:
    """Sheets with complete rows that nobody declared and can be, what lapses first on top."""
    if organisation.state is not OrganisationState.VERIFIED:
        return UndeclaredSheets()
    first = func.min(Complaint.due_on)
    rows = session.execute(
        select(ComplaintSheet.number, func.count(), first, func.count().over())
        .join(Complaint, Complaint.sheet_id == ComplaintSheet.id)
        .where(
            Complaint.organisation_id == organisation.id,
            Complaint.state == ComplaintState.READY,
            Complaint.declared_at.is_(None),
            Complaint.due_on >= today(),
        )
        .group_by(ComplaintSheet.number)
        .order_by(first, ComplaintSheet.number)
        .limit(MOST_SHEETS)
    ).all()
    nearest = tuple(
        Undeclared(sheet, count, day) for sheet, count, day, _all in rows if day is not None
    )
    return UndeclaredSheets(nearest, rows[0][3] - len(rows) if rows else 0)


def list_targets(session: Session, organisation: Organisation) -> list[TargetLine]:
    """The targets with the most complaints, in two statements."""
    is_open = case((Report.state.in_(OPEN_STATES), 1), else_=0)
    rows = session.execute(
        select(func.max(Complaint.number), func.count(), func.sum(is_open))
        .outerjoin(Report, Report.id == Complaint.report_id)
        .where(Complaint.organisation_id == organisation.id, Complaint.target.is_not(None))
        .group_by(Complaint.target)
        .order_by(func.count().desc(), func.max(Complaint.number).desc())
        .limit(MOST_TARGETS)
    ).all()
    newest = session.scalars(
        select(Complaint).where(
            Complaint.organisation_id == organisation.id,
            Complaint.number.in_([row[0] for row in rows]),
        )
    )
    key = key_of(organisation)
    named = {one.number: cells_of(key, one) for one in newest}
    return [
        TargetLine(number, _target(named.get(number, {})), count, opened or 0)
        for number, count, opened in rows
    ]


def _target(cells: Mapping[str, str]) -> str:
    return cells.get(ComplaintField.URL) or cells.get(ComplaintField.PLACE) or ""


def list_months(session: Session, organisation_id: UUID, today: date) -> list[MonthLine]:
    """The last months back to the first in which anything happened, in two statements."""
    firsts = [today.replace(day=1)]
    while len(firsts) < MONTHS:
        firsts.append(month_before(firsts[-1]))
    made, over = _month_of(Complaint.made_at, firsts), _month_of(Message.sent_at, firsts)
    own, since = Complaint.organisation_id == organisation_id, _begin(firsts[-1])
    sent = session.execute(
        select(made, Complaint.state, func.count())
        .where(own, Complaint.made_at >= since)
        .group_by(text("month"), Complaint.state)
    ).all()
    ended = session.execute(
        select(over, func.count())
        .select_from(Message)
        .join(Complaint, Complaint.report_id == Message.report_id)
        .where(own, text(_FIRST_RESULT), Message.sent_at >= since)
        .group_by(text("month"))
    ).all()
    states = {(month, state): count for month, state, count in sent}
    ends = {row[0]: row[1] for row in ended}
    lines = [
        MonthLine(
            first=first,
            sent=sum(states.get((at, state), 0) for state in ComplaintState),
            filed=states.get((at, ComplaintState.FILED), 0),
            waiting=states.get((at, ComplaintState.NEEDS_INFORMATION), 0),
            ended=ends.get(at, 0),
        )
        for at, first in enumerate(firsts)
    ]
    while lines and not lines[-1].has_news:
        lines.pop()
    return lines


def _month_of(column: InstrumentedAttribute[datetime], firsts: list[date]) -> Label[int]:
    """Which of the months a moment lies in, counted from the newest."""
    found = case(*((column >= _begin(first), at) for at, first in enumerate(firsts)))
    # Grouped by its name: PostgreSQL takes the same words with parameters for two expressions.
    return found.label("month")


def _begin(first: date) -> datetime:
    return datetime.combine(first, time(), ZoneInfo(current_place().zone))
