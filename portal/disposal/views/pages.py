"""Every page of disposal on its blueprint."""

from portal.disposal.views import holds, lists
from portal.disposal.views.blueprint import bp

__all__ = ["bp", "holds", "lists"]
