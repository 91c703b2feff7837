"""Who keeps a plan, who may say that a task is done, and when a year may be ended: pure."""

from datetime import date
from typing import Final

from portal.access.permissions import Permission, may
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted, RuleBroken

# More than anybody reads on one page.
MOST_CAMPAIGNS: Final = 50
MOST_TASKS: Final = 100


def keeps(actor: Actor, unit: str) -> bool:
    """Whether the actor heads the unit whose plan it is."""
    return may(actor, Permission.KEEP_PLANS) and actor.department == unit


def demand_keeper(actor: Actor, unit: str) -> None:
    """Refuse whoever does not head the unit whose plan it is."""
    if not keeps(actor, unit):
        raise NotPermitted("plan-not-yours")


def may_settle(actor: Actor, task_unit: str, plan_unit: str) -> bool:
    """Whether the actor may say what came of a task: its own unit may, and who keeps the plan."""
    return actor.department == task_unit or keeps(actor, plan_unit)


def may_end(today: date, year: int) -> bool:
    """Whether a year may be ended, which nobody takes back: its last day has come."""
    return today >= date(year, 12, 31)


def demand_in_year(first: date, last: date, year: int) -> None:
    """Refuse a campaign that ends before it begins, or has no day in the year of its plan."""
    if first > last:
        raise RuleBroken("campaign-ends-before-it-begins")
    if last < date(year, 1, 1) or first > date(year, 12, 31):
        raise RuleBroken("campaign-in-another-year", year=year)


def demand_task_day(day: date, today: date, year: int) -> None:
    """Refuse a day that is over, or after the year of the plan: nobody can then say what came."""
    if day < today:
        raise RuleBroken("task-day-over")
    if day > date(year, 12, 31):
        raise RuleBroken("task-after-the-year", year=year)
