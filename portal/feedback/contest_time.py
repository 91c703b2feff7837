"""Until when a result can be called not resolved (U1)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from portal.intake.models import Message, MessageKind, Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place


def result_of(report: Report, thread: Iterable[Message]) -> Message | None:
    """The present result, as its reporter reads it."""
    return next((one for one in thread if _is_result(one, report)), None)


def last_day_to_contest(report: Report, thread: Iterable[Message]) -> date:
    """The last day for the present result, as it was told when its reporter first read it.

    What nobody has been told yet counts as read today, so nobody is late who has not come back.
    """
    result = result_of(report, thread)
    if result is not None and result.contest_by is not None:
        return result.contest_by
    place = current_place()
    return local_date(place, datetime.now(UTC)) + timedelta(days=place.contest_days)


def _is_result(message: Message, report: Report) -> bool:
    return message.kind is MessageKind.ANSWER and message.result_number == report.result_number
