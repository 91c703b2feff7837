"""All pages of cases, on one blueprint."""

from portal.cases.views import (
    acts,
    chain,
    course,
    gathering,
    joint,
    lists,
    meetings,
    oversight,
    transfer,
)
from portal.cases.views.blueprint import bp

__all__ = [
    "acts",
    "bp",
    "chain",
    "course",
    "gathering",
    "joint",
    "lists",
    "meetings",
    "oversight",
    "transfer",
]
