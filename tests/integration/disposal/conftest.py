"""Somebody at the desk, and what the pages cost."""

import shutil
from dataclasses import replace

import pytest

from portal.infra.config import settings
from portal.infra.erasures import ledger_path
from portal.jurisdiction import queries
from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # fixtures
from tests.integration.at_the_desk import desk as desk  # noqa: PLC0414


@pytest.fixture(autouse=True)
def own_ledger(tmp_path, monkeypatch):
    """A ledger of this test's own, of which no checkpoint of another test knows."""
    monkeypatch.setenv("SUNLINE_ERASURES", str(tmp_path / "erasures"))
    settings.cache_clear()
    shutil.rmtree(settings().checkpoints_dir, ignore_errors=True)
    yield ledger_path()
    shutil.rmtree(settings().checkpoints_dir, ignore_errors=True)
    monkeypatch.delenv("SUNLINE_ERASURES", raising=False)
    settings.cache_clear()


@pytest.fixture
def change_place(app, known_place):
    """`change_place(retention=...)`: the place is another from here on in this test."""

    def change(**changes):
        place = queries.current_place()
        queries._kept.place = replace(place, version=place.version, **changes)  # noqa: SLF001

    return change
