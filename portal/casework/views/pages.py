"""All pages of the desk, on one blueprint."""

from portal.casework.views import (
    acts,
    board,
    bulk,
    colleagues,
    holding,
    record,
    routing,
    saved,
    search,
    standing,
)
from portal.casework.views.blueprint import bp

__all__ = [
    "acts",
    "board",
    "bp",
    "bulk",
    "colleagues",
    "holding",
    "record",
    "routing",
    "saved",
    "search",
    "standing",
]
