"""Somebody at the desk, and what the pages cost."""

from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # fixtures
from tests.integration.at_the_desk import desk as desk  # noqa: PLC0414
