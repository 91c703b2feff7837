"""Every page of rewards at the desk on its blueprint."""

from portal.rewards.views import awards, cases, funds
from portal.rewards.views.blueprint import bp

__all__ = ["awards", "bp", "cases", "funds"]
