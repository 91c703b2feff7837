"""Every page for rights-holders on its blueprint."""

from portal.rights_holders.views import (
    complaints,
    domains,
    organisations,
    sheets,
    tokens,
    webhooks,
    works,
)
from portal.rights_holders.views.blueprint import bp

__all__ = [
    "bp",
    "complaints",
    "domains",
    "organisations",
    "sheets",
    "tokens",
    "webhooks",
    "works",
]
