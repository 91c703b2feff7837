"""The day until which a result can be called not resolved, held on to and asked for (U1)."""

from portal.casework.service.erasure import put_off_erasing
from portal.feedback.contest_time import contesting_of, result_of
from portal.infra.uow import UnitOfWork
from portal.intake import queries as reports
from portal.intake.models import Report
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
