"""Until when a result can be called not resolved (U1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from portal.intake import queries as reports
from portal.intake.models import Message, MessageKind, Report
from portal.intake.rules import local_date
from portal.intake.states import ReportAction
from portal.jurisdiction.queries import current_place


@dataclass(frozen=True, slots=True)
class Contesting:
    """Whether the present result can be called not resolved.

    `last_day` is the last day for that, if it ever could be; `told_first` says whether that day is
    told for the first time. With `words_erased` nobody can look at the report again.
    """

    is_open: bool
    last_day: date | None
    told_first: bool
    words_erased: bool


def contesting_of(report: Report, thread: Iterable[Message]) -> Contesting:
    """What the reporter can do about the present result today."""
    if reports.are_words_erased(report):
        return Contesting(is_open=False, last_day=None, told_first=False, words_erased=True)
    if not _can_be_contested(report):
        return Contesting(is_open=False, last_day=None, told_first=False, words_erased=False)
    result = result_of(report, thread)
    told = result.contest_by if result is not None else None
    last_day = told or _last_day_from_today()
    return Contesting(
        is_open=last_day >= _today(),
        last_day=last_day,
        told_first=result is not None and told is None,
        words_erased=False,
    )


def result_of(report: Report, thread: Iterable[Message]) -> Message | None:
    """The present result, as its reporter reads it."""
    return next((one for one in thread if _is_result(one, report)), None)


def _can_be_contested(report: Report) -> bool:
    return (
        ReportAction.CONTEST in report.open_actions
        and report.contested_result < report.result_number
        and report.department_code is not None
    )


def _last_day_from_today() -> date:
    """What nobody has been told yet counts as read today: nobody is late who has not come back."""
    return _today() + timedelta(days=current_place().contest_days)


def _today() -> date:
    return local_date(current_place(), datetime.now(UTC))


def _is_result(message: Message, report: Report) -> bool:
    return message.kind is MessageKind.ANSWER and message.result_number == report.result_number
