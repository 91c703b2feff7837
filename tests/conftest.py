"""What every test stands on: an installation of its own, and an application inside it."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# The settings are read once in a process, so they are in place before anything imports them.
VAR = Path(tempfile.mkdtemp(prefix="sunline-test-"))
os.environ["SUNLINE_ENV"] = "test"
os.environ["SUNLINE_VAR"] = str(VAR)
os.environ["SUNLINE_MIN_FREE_BYTES"] = "0"
os.environ["SUNLINE_MIN_FREE_SHARE"] = "0"
os.environ.pop("DATABASE_URL", None)
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from portal.infra.config import settings  # noqa: E402  # reads what has just been put in place

# Places are large: with Python's own numbers a quarter of the time went into walking through them.
gc.set_threshold(100_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Leave nothing behind."""
    shutil.rmtree(VAR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _settings_of_its_own() -> Iterator[None]:
    """No test inherits settings that another had read: cleared when its environment is undone."""
    yield
    settings.cache_clear()


@pytest.fixture(autouse=True)
def _no_proxies(_settings_of_its_own: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the outside by way of a proxy of the machine."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
