"""All pages of hand-overs, on one blueprint."""

from portal.transfers.views import acts
from portal.transfers.views.blueprint import bp

__all__ = ["acts", "bp"]
