"""All pages of the desk, on one blueprint."""

from portal.casework.views import (
    acts,
    board,
    bulk,
    closing_rules,
    colleagues,
    figures,
    holding,
    interests,
    leads,
    record,
    relations,
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
    "closing_rules",
    "colleagues",
    "figures",
    "holding",
    "interests",
    "leads",
    "record",
    "relations",
    "routing",
    "saved",
    "search",
    "standing",
]
