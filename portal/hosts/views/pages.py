"""The blueprint with every page on it; imported by app.py only."""

from portal.hosts.views import addresses, notices
from portal.hosts.views.blueprint import bp

__all__ = ["addresses", "bp", "notices"]
