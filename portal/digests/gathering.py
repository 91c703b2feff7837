"""Reading off the trail what units gave each other; what joint work gave is read off its tasks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.cases.chain_models import CaseLead
from portal.cases.joint_models import CaseMember, MemberTask
from portal.cases.models import Case
from portal.cases.states import LEADS_THAT_WAIT
from portal.digests.rules import TURNS, Given, Shared, Step, Turn
from portal.intake.lead_models import Lead
from portal.intake.models import Report, Stream
from portal.intake.rules import local_date
from portal.intake.states import LEADS_AT_WORK
from portal.jurisdiction.place import Place

AT_ONCE: Final = 500
_FIRST: Final = UUID(int=0)


def start_of(place: Place, day: date) -> datetime:
    """The moment at which a day begins where the place is."""
    return datetime.combine(day, time.min, ZoneInfo(place.zone)).astimezone(UTC)


def all_given(session: Session, place: Place, month: date) -> Iterator[Given]:
    """Everything that was with another unit in a month or since, some at once."""
    begins = start_of(place, month)
    for asked, column in ((_leads(begins), Lead.id), (_case_leads(begins), CaseLead.id)):
        after = _FIRST
        while rows := session.execute(
            asked.where(column > after).order_by(column).limit(AT_ONCE)
        ).all():
            after = rows[-1].id
            yield from _with_steps(session, rows)
    yield from _tasks(session, place, month)


def _leads(begins: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(Lead.id, Lead.report_id.label("source"), Report.stream, Report.department_code)
        .join(Report, Report.id == Lead.report_id)
        .where(
            or_(
                Lead.changed_at >= begins,
                Lead.breached_at >= begins,
                Lead.state.in_(LEADS_AT_WORK),
            ),
            Report.department_code.is_not(None),
        )
    )


def _case_leads(begins: datetime) -> Select[*tuple[Any, ...]]:
    giver = func.coalesce(CaseLead.from_code, Case.department_code).label("department_code")
    return (
        select(CaseLead.id, CaseLead.case_id.label("source"), CaseLead.whole, giver)
        .join(Case, Case.id == CaseLead.case_id)
        .where(
            or_(
                CaseLead.changed_at >= begins,
                CaseLead.escalated_at >= begins,
                CaseLead.head_told_at >= begins,
                CaseLead.state.in_(LEADS_THAT_WAIT),
            )
        )
    )


def _with_steps(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Given]:
    """Each with what the trail has of it: its own entries, and those of where it comes from."""
    own = {row.id for row in rows}
    events = session.execute(
        select(AuditEvent.at, AuditEvent.action, AuditEvent.subject_id, AuditEvent.details)
        .where(
            AuditEvent.subject_id.in_([*own, *{row.source for row in rows}]),
            AuditEvent.action.in_(TURNS),
        )
        .order_by(AuditEvent.seq)
    )
    steps: defaultdict[UUID, list[Step]] = defaultdict(list)
    for at, action, subject, details in events:
        about = subject if subject in own else UUID(details["lead"])
        steps[about].append(Step(at, TURNS[action], details.get("department")))
    for row in rows:
        yield Given(row.id, _kind_of(row), row.department_code, tuple(steps[row.id]))


def _kind_of(row: Row[*tuple[Any, ...]]) -> Shared:
    if hasattr(row, "whole"):
        return Shared.CASE if row.whole else Shared.CASE_LEAD
    return Shared.PATROL_LEAD if row.stream is Stream.PATROL else Shared.LEAD


def _tasks(session: Session, place: Place, month: date) -> Iterable[Given]:
    """What units were given to do in cases that they have a part in.

    What was not done when its case ended is nobody's any more.
    """
    begins, today = start_of(place, month), local_date(place, datetime.now(UTC))
    asked = (
        select(MemberTask, CaseMember.department_code, Case.department_code.label("giver"))
        .join(CaseMember, CaseMember.id == MemberTask.member_id)
        .join(Case, Case.id == CaseMember.case_id)
        .where(
            or_(
                and_(MemberTask.done_at.is_(None), Case.ending.is_(None)),
                MemberTask.done_at >= begins,
            )
        )
    )
    for task, unit, giver in session.execute(asked):
        steps = [Step(task.given_at, Turn.PASSED, unit)]
        seen_to = today if task.done_at is None else local_date(place, task.done_at)
        if seen_to > task.due_on:
            steps.append(Step(start_of(place, task.due_on + timedelta(days=1)), Turn.LATE))
        if task.done_at is not None:
            steps.append(Step(task.done_at, Turn.ANSWERED))
        yield Given(task.id, Shared.TASK, giver, tuple(steps))
