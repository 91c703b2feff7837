"""Somebody at the desk, and what the pages cost."""

import pytest

from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # fixtures
from tests.integration.at_the_desk import desk as desk  # noqa: PLC0414


@pytest.fixture(autouse=True)
def in_the_office(monkeypatch):
    """It is a working hour, whenever the tests run."""
    monkeypatch.setattr("portal.intake.desks.at_their_desks", lambda *_: frozenset({""}))
