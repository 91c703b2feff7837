"""The day until which a result can be called not resolved, held on to and asked for (U1)."""

from dataclasses import replace
from uuid import UUID

from portal.casework.queries.dossier import find_erasing
from portal.casework.service.erasure import put_off_erasing
from portal.feedback import queries
from portal.feedback.contest_time import contesting_of, result_of
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken


def keep_last_day(uow: UnitOfWork, report: Report) -> None:
    """Hold on to the day that is told now, whatever the place says later.

    What waits to be erased waits until that day is over.
    """
    thread = reports.list_messages(uow.session, report.id)
    result, contesting = result_of(report, thread), contesting_of(report, thread)
    if result is not None and contesting.told_first and contesting.last_day is not None:
        result.contest_by = contesting.last_day
        put_off_erasing(uow, report, contesting.last_day)


def demand_in_time(uow: UnitOfWork, report: Report) -> None:
    """Raise RuleBroken for a result whose time is over, or of which the words are erased."""
    contesting = contesting_of(report, reports.list_messages(uow.session, report.id))
    if contesting.words_erased:
        raise RuleBroken("contest-words-erased")
    if contesting.last_day is not None and not contesting.is_open:
        raise RuleBroken("contest-time-over")


def begin_to_contest(report_id: UUID, *, actor: Actor) -> queries.Tracking:
    """What the page shows that names the last day to contest; it marks no message as read."""
    tracking = queries.get_tracking(db.session(), report_id)
    if tracking.contesting.told_first:
        with unit_of_work(actor) as uow:
            report = uow.session.get_one(Report, report_id, with_for_update=True)
            tracking = with_day_kept(uow, report, tracking)
    return tracking


def with_day_kept(uow: UnitOfWork, report: Report, tracking: queries.Tracking) -> queries.Tracking:
    """The same, with the day until which the words are kept for it."""
    keep_last_day(uow, report)
    return replace(tracking, erased_on=find_erasing(uow.session, report))
