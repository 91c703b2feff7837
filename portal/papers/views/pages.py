"""All pages of papers, on one blueprint."""

from portal.papers.views import acts, lists
from portal.papers.views.blueprint import bp

__all__ = ["acts", "bp", "lists"]
