"""Every page for rights-holders on its blueprint."""

from portal.rights_holders.views import complaints, organisations, sheets, tokens, webhooks, works
from portal.rights_holders.views.blueprint import bp

__all__ = ["bp", "complaints", "organisations", "sheets", "tokens", "webhooks", "works"]
