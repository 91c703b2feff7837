"""Until when a result can be called not resolved (U1)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from portal.intake.models import Message, MessageKind, Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place


def last_day_to_contest(report: Report, thread: Iterable[Message]) -> date:
    """The last day for the present result: so many days after the reporter first read it.

    What nobody has read yet counts as read today, so nobody is late who has not come back.
    """
    place = current_place()
    read_at = next((one.read_at for one in thread if _is_result(one, report)), None)
    read_on = local_date(place, read_at or datetime.now(UTC))
    return read_on + timedelta(days=place.contest_days)


def _is_result(message: Message, report: Report) -> bool:
    return message.kind is MessageKind.ANSWER and message.result_number == report.result_number
