"""What the clocks make people aware of: a warning before the end, and more after it (U4, U30)."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Row, Table, select

from portal.audit.trail import record
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import held_clocks, keep_all, note
from portal.intake.desks import at_the_desks_of
from portal.intake.lead_models import Lead
from portal.intake.models import Clock, Report
from portal.intake.rules import at_their_desks, local_date
from portal.intake.states import LEADS_AT_WORK
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor

# Reports in one transaction, and transactions in one run: the next run goes on.
AT_ONCE: Final = 200
MOST_AT_ONCE: Final = 10
# Nobody is made aware of a merged report, but of the one it is worked on with.
_ALONE: Final = Report.merged_into.is_(None)


def watch_clocks(*, actor: Actor) -> int:
    """Warn of clocks that run out soon and note those that have, once each; return how many.

    Nothing outside office hours, by the days of the territory in which a clock runs: nobody is
    reminded at night, and no heap tells when a report came in. Whether a report is overdue is seen
    at any hour. Safe to run twice: what was noted is looked at again on another day, or never.
    """
    place, now = current_place(), datetime.now(UTC)
    noted = 0
    if desks := at_their_desks(place, now):
        for _time in range(MOST_AT_ONCE):
            some = _note_some(local_date(place, now), desks, actor)
            noted += some
            if not some:
                break
    return noted


def _is_here(territory: str, desks: Collection[str]) -> bool:
    """Whether people are at their desks where a clock runs.

    A territory that has no days of its own any more works as the whole place does; its clocks keep
    its name.
    """
    own = current_place().calendar.territories
    return territory in desks or ("" in desks and territory not in own)


def _note_some(today: date, desks: Collection[str], actor: Actor) -> int:
    due = (Clock.met_at.is_(None), Clock.paused_at.is_(None), Clock.look_on <= today)
    here = Clock.territory.in_(desks)
    if "" in desks:
        here = Clock.territory.not_in(current_place().calendar.territories.keys() - set(desks))
    wanted = select(Clock.report_id).join(Report, Report.id == Clock.report_id)
    found = db.session.scalars(
        wanted.where(*due, here, _ALONE).order_by(Clock.look_on).limit(AT_ONCE)
    ).all()
    if not found:
        return 0
    with unit_of_work(actor) as uow:
        clocks = held_clocks(uow, found, _ALONE, skip_locked=True)
        noted = sum(
            _note(uow, clock, today)
            for of_one in clocks.values()
            for clock in of_one
            if _is_here(clock.territory, desks)
        )
        uow.session.flush()
        keep_all(uow, clocks)
        return noted


def watch_leads(*, actor: Actor) -> int:
    """Warn the units of leads that run out soon, and note those that have, once each.

    The unit that leads the report finds in its heap what is late elsewhere. At the hours of
    `watch_clocks`, and as safe to run twice; returns how many.
    """
    place, now = current_place(), datetime.now(UTC)
    here, today = at_the_desks_of(Lead.department_code, place, now), local_date(place, now)
    if here is None:
        return 0
    with unit_of_work(actor) as uow:
        found = uow.session.execute(
            select(Lead.id, Lead.report_id, Lead.number, Lead.due_on)
            .where(Lead.state.in_(LEADS_AT_WORK), Lead.look_on <= today, here)
            .order_by(Lead.look_on, Lead.id)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        late = [row for row in found if row.due_on < today]
        soon = [row for row in found if row.due_on >= today]
        _keep(uow, late, breached_at=uow.now, look_on=None)
        for row in soon:
            _keep(uow, [row], warned_at=uow.now, look_on=row.due_on + timedelta(days=1))
        for row in found:
            _record_lead(uow, row, late=row.due_on < today)
        return len(found)


def _keep(uow: UnitOfWork, rows: Sequence[Row[*tuple[Any, ...]]], **values: object) -> None:
    """Write on leads what was noted; their versions stay, as those of reports do."""
    if rows:
        table = cast("Table", Lead.__table__)
        some = table.update().where(table.c.id.in_([row.id for row in rows]))
        uow.session.execute(some.values(**values))


def _record_lead(uow: UnitOfWork, row: Row[*tuple[Any, ...]], *, late: bool) -> None:
    due = row.due_on.isoformat()
    record(uow, "lead.breach" if late else "lead.warn", "lead", row.id, due=due)
    if late:
        number = str(row.number)
        record(uow, "report.lead-late", "report", row.report_id, number=number, due=due)


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
