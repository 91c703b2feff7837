"""All pages of the desk, on one blueprint."""

from portal.casework.views import acts, board, record, relations, routing, search
from portal.casework.views.blueprint import bp

__all__ = ["acts", "board", "bp", "record", "relations", "routing", "search"]
