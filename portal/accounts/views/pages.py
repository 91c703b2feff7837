"""All pages of accounts, on one blueprint."""

from portal.accounts.views import administration, own, sign_in
from portal.accounts.views.blueprint import bp

__all__ = ["administration", "bp", "own", "sign_in"]
