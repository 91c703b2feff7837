"""All pages of papers, on one blueprint."""

from portal.papers.views import acts, lists, of_reports
from portal.papers.views.blueprint import bp

__all__ = ["acts", "bp", "lists", "of_reports"]
