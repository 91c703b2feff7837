"""Dates that were provisional become certain when their year is loaded (F15)."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from portal.audit.trail import record
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.clocks import held_clocks, keep_all, recompute, refresh_due, where_of
from portal.intake.lead_models import LEAD_IS_PROVISIONAL, Lead
from portal.intake.models import IS_PROVISIONAL, Clock, Report
from portal.intake.rules import local_date
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place, forget_place
from portal.kernel.actor import Actor
from portal.triage.leads import recompute_lead

AT_ONCE: Final = 200
FIRST: Final = UUID(int=0)


def recompute_clocks(version_id: UUID, *, actor: Actor) -> None:
    """Date the provisional clocks and leads that still run by the calendar of the newest place.

    A promise only ever comes forward. Each batch is a transaction of its own; safe to run
    twice, since a clock comes out the same however often it is dated.
    """
    forget_place()
    place, counts, after = current_place(), Counter[str](), FIRST
    today = local_date(place, datetime.now(UTC))
    while found := _provisional(after):
        after = found[-1]
        with unit_of_work(actor, more_to_come=True) as uow:
            clocks = held_clocks(uow, found)
            for report_id, of_one in clocks.items():
                where = where_of(uow.session.get_one(Report, report_id))
                for clock in of_one:
                    counts.update(_date_again(place, clock, today, where))
            uow.session.flush()
            keep_all(uow, clocks)
            _refresh_leading(uow, found)
    counts["leads"] = _recompute_leads(place, today, actor)
    with unit_of_work(actor) as uow:
        record(uow, "pack.recompute-clocks", "pack", version_id, **_told(counts))


def _recompute_leads(place: Place, today: date, actor: Actor) -> int:
    """Date the provisional leads that units still have; return how many."""
    after, dated = FIRST, 0
    provisional = select(Lead).where(text(LEAD_IS_PROVISIONAL)).order_by(Lead.id).limit(AT_ONCE)
    while True:
        with unit_of_work(actor, more_to_come=True) as uow:
            leads = uow.session.scalars(provisional.where(Lead.id > after).with_for_update()).all()
            for lead in leads:
                recompute_lead(place, lead, today)
                after = lead.id
        if not leads:
            return dated
        dated += len(leads)


def _refresh_leading(uow: UnitOfWork, dated: Sequence[UUID]) -> None:
    """What was promised about a merged report is to be kept by the one that leads."""
    pointers = select(Report.merged_into).where(Report.id.in_(dated))
    leading = select(Report).where(Report.id.in_(pointers)).order_by(Report.id)
    for one in uow.session.scalars(leading.with_for_update()):
        refresh_due(uow, one)


def _provisional(after: UUID) -> Sequence[UUID]:
    """The next reports with a provisional clock, in the order of their ids."""
    wanted = select(Clock.report_id).where(text(IS_PROVISIONAL), Clock.report_id > after)
    page = wanted.distinct().order_by(Clock.report_id)
    return db.session.scalars(page.limit(AT_ONCE)).all()


def _date_again(place: Place, clock: Clock, today: date, where: str | None) -> list[str]:
    """Date one clock; what to count of it."""
    if not clock.provisional:
        return []
    due, promised = clock.due_on, clock.promised_on
    recompute(place, clock, today, where)
    happened = {
        "clocks": True,
        "moved": clock.due_on != due,
        "promised_earlier": clock.promised_on < promised,
        "still_provisional": clock.provisional,
    }
    return [name for name, is_so in happened.items() if is_so]


def _told(counts: Counter[str]) -> dict[str, int]:
    names = ("clocks", "moved", "promised_earlier", "still_provisional", "leads")
    return {name: counts[name] for name in names}
