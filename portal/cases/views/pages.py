"""All pages of cases, on one blueprint."""

from portal.cases.views import acts, course, lists, oversight
from portal.cases.views.blueprint import bp

__all__ = ["acts", "bp", "course", "lists", "oversight"]
