"""How old a complaint is, in words, and which month went before."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class Age(StrEnum):
    """How long the office has had a complaint."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    OLDER = "older"


# Each is younger than so many days; what is none of them is older.
AGES: Final = ((7, Age.WEEK), (30, Age.MONTH), (90, Age.QUARTER))


def month_before(first: date) -> date:
    """The first day of the month before this first day."""
    return (first - timedelta(days=1)).replace(day=1)


def name_of(first: date) -> str:
    """A month as it is kept: `2026-11`."""
    return f"{first:%Y-%m}"
