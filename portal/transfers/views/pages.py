"""All pages of hand-overs, on one blueprint."""

from portal.transfers.views import acts, police
from portal.transfers.views.blueprint import bp

__all__ = ["acts", "bp", "police"]
