"""What everybody may know of rewards: how many and how much in each year that is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from portal.identities.rules import SMALLEST_CELL
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.rewards.models import Award
from portal.rewards.states import AwardState

YEARS: Final = 5


@dataclass(frozen=True, slots=True)
class RewardYear:
    """The rewards of a year in one currency; None where there were too few to tell."""

    year: int
    currency: str
    approved: int | None
    amount: int | None


def list_reward_years(session: Session, now: datetime) -> Sequence[RewardYear]:
    """The last years that are over, the newest first, in one statement.

    The year that runs is left out: from one day to the next it would tell of single rewards.
    """
    place = current_place()
    year = local_date(place, now).year
    begins = [_begin(year - back, place.zone) for back in range(YEARS + 1)]
    is_approved = Award.state == AwardState.APPROVED
    sums = []
    for end, start in pairwise(begins):
        within = and_(Award.ended_at >= start, Award.ended_at < end)
        sums += [
            func.sum(case((within, 1), else_=0)),
            func.sum(case((within, Award.amount), else_=0)),
        ]
    over = Award.ended_at >= begins[-1], Award.ended_at < begins[0]
    wanted = select(Award.currency, *sums).where(is_approved, *over)
    found = session.execute(wanted.group_by(Award.currency).order_by(Award.currency)).all()
    return [
        _year(year - back, row[0], int(row[2 * back - 1]), int(row[2 * back]))
        for back in range(1, YEARS + 1)
        for row in found
    ]


def _year(year: int, currency: str, count: int, amount: int) -> RewardYear:
    if count < SMALLEST_CELL:
        return RewardYear(year, currency, None, None)
    return RewardYear(year, currency, count, amount)


def _begin(year: int, zone: str) -> datetime:
    return datetime.combine(date(year, 1, 1), time.min, ZoneInfo(zone)).astimezone(UTC)
