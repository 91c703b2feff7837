"""A real installation and a real browser, both for the whole run."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.examination import Examination
from tests.e2e.installation import Installation, running_installation
from tests.e2e.visitor import Visitor, visitor
from workers.launcher.machine import chromium

Enter = Callable[..., AbstractContextManager[Visitor]]

# The browser asks nobody but the installation.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`./sunline up`, with the demonstration."""
    folder: Path = tmp_path_factory.mktemp("e2e")
    with running_installation(folder) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def colleagues(installation: Installation) -> Mapping[str, str]:
    """Staff beside those of the demonstration, all signed in already."""
    made: dict[str, str] = json.loads(installation.python("tests.e2e.colleagues"))
    for name, token in made.items():
        cookie = {"name": "desk", "value": token, "url": installation.url, "httpOnly": True}
        installation.sessions[name] = {**cookie, "sameSite": "Strict"}
    return made


@pytest.fixture(scope="session")
def full_case(installation: Installation, colleagues: Mapping[str, str]) -> str:
    """The number of a case that has something of everything a case can have."""
    return installation.python("tests.e2e.full_case").strip()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of the machine."""
    program = chromium()
    assert program, "no Chromium on this machine: install the package chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="session")
def examination() -> Examination:
    """One for the whole run, so that no page is examined twice."""
    return Examination()


@pytest.fixture
def enter(
    browser: Browser, installation: Installation, examination: Examination
) -> Iterator[Enter]:
    """`with enter("zh-CN") as somebody:`; at the end of the test the pages are judged."""
    yield partial(visitor, browser, installation, examination)
    examination.verdict()
