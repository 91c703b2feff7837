"""What the tests of rights-holders share with those of the desk, and with each other."""

import pytest

from portal.infra.config import settings
from tests.integration.at_the_desk import counted, desk

__all__ = ["counted", "desk"]


@pytest.fixture
def two_files_at_most(monkeypatch):
    """A site where a report may have two files."""
    monkeypatch.setenv("SUNLINE_MAX_FILES", "2")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
