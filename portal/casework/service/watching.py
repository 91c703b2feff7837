"""What the clocks make people aware of: a warning before the end, and more after it (U4, U30)."""

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import select

from portal.audit.trail import record
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import held_clocks, keep_all, note
from portal.intake.models import Clock, Report
from portal.intake.rules import in_office_hours, local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor

# Reports in one transaction, and transactions in one run: the next run goes on.
AT_ONCE: Final = 200
MOST_AT_ONCE: Final = 10
# Nobody is made aware of a merged report, but of the one it is worked on with.
_ALONE: Final = Report.merged_into.is_(None)


def watch_clocks(*, actor: Actor) -> int:
    """Warn of clocks that run out soon and note those that have, once each; return how many.

    Nothing outside office hours: nobody is reminded at night, and no heap tells when a report
    came in. Whether a report is overdue is seen at any hour. Safe to run twice: what was noted
    is looked at again on another day, or never.
    """
    place, now = current_place(), datetime.now(UTC)
    noted = 0
    if in_office_hours(place, now):
        for _time in range(MOST_AT_ONCE):
            some = _note_some(local_date(place, now), actor)
            noted += some
            if not some:
                break
    return noted


def _note_some(today: date, actor: Actor) -> int:
    due = (Clock.met_at.is_(None), Clock.paused_at.is_(None), Clock.look_on <= today)
    wanted = select(Clock.report_id).join(Report, Report.id == Clock.report_id)
    found = db.session.scalars(
        wanted.where(*due, _ALONE).order_by(Clock.look_on).limit(AT_ONCE)
    ).all()
    if not found:
        return 0
    with unit_of_work(actor) as uow:
        clocks = held_clocks(uow, found, _ALONE, skip_locked=True)
        noted = sum(_note(uow, clock, today) for of_one in clocks.values() for clock in of_one)
        uow.session.flush()
        keep_all(uow, clocks)
        return noted


def _note(uow: UnitOfWork, clock: Clock, today: date) -> bool:
    if clock.paused_at is not None or clock.look_on is None or clock.look_on > today:
        return False
    note(uow, clock, today)
    action = "report.warn" if clock.breached_at is None else "report.breach"
    record(
        uow,
        action,
        "report",
        clock.report_id,
        stage=clock.stage,
        round=clock.round,
        due=clock.due_on.isoformat(),
    )
    return True
