"""What tests need from the machine itself: a browser, PostgreSQL, a Chinese font, PDF tools."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workers.launcher import run
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, complain, step

BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)


@dataclass(frozen=True)
class Need:
    """A program of the machine, the Debian package it comes in, and what is lost without it."""

    package: str
    lost: str
    folders: tuple[str, ...]  # of tests/, left out when it is missing
    present: Callable[[], bool]
    best: Callable[[], bool] | None = None  # what is worth an installation although it can be done

    def wants_more(self) -> bool:
        """Whether an installation would help."""
        return not (self.best or self.present)()


def chromium() -> str | None:
    """The browser for end-to-end tests; the one without a window is half as slow."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def postgres_programs() -> Path | None:
    """The folder with initdb and postgres; Debian keeps it off PATH."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = [Path(found).parent for found in [shutil.which("initdb")] if found]
    for folder in [*packaged, *on_path]:
        if all((folder / name).is_file() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    return None


def _version(folder: Path) -> int:
    text = folder.parent.name
    return int(text) if text.isdigit() else 0


def has_chinese_font() -> bool:
    """Without one the screenshots show boxes."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    patterns = ("*CJK*", "*wqy*", "*SourceHanSans*", "*PingFang*")
    return any(next(f.rglob(p), None) for f in folders if f.is_dir() for p in patterns)


NEEDS = (
    Need(
        "chromium-headless-shell",
        "the journeys in a browser",
        ("e2e",),
        lambda: chromium() is not None,
        lambda: shutil.which(BROWSERS[0]) is not None,
    ),
    Need("postgresql", "the tests on PostgreSQL", (), lambda: postgres_programs() is not None),
    Need("fonts-noto-cjk", "screenshots with Chinese text", (), has_chinese_font),
    Need(
        "poppler-utils",
        "the tests that read PDF files",
        (),
        lambda: shutil.which("pdftotext") is not None,
    ),
    # Where the kernel lets nobody make a system of one's own, it is of no use: the test says so.
    Need(
        "bubblewrap",
        "the picture of a page that was kept",
        (),
        lambda: True,
        lambda: shutil.which("bwrap") is not None,
    ),
)


def provide(here: Installation) -> list[Need]:
    """Install what is missing where apt and root are there; return what is missing still.

    One by one: what this machine's Debian does not have keeps nothing else away.
    """
    wanted = [need.package for need in NEEDS if need.wants_more()]
    apt = shutil.which("apt-get")
    if wanted and apt and os.geteuid() == 0:
        _apt(here, "Reading the list of packages", apt, "update")
        for package in wanted:
            words = ("install", "--yes", "--no-install-recommends", package)
            _apt(here, f"Installing {package}", apt, *words)
    return [need for need in NEEDS if not need.present()]


def _apt(here: Installation, title: str, apt: str, *words: str) -> None:
    try:
        with step(title):
            run.quietly(
                [apt, "--quiet", *words],
                what=f"apt-get {words[0]}",
                log=here.var / "log" / f"setup-apt-{words[0]}.log",
                environ={**here.environ, "DEBIAN_FRONTEND": "noninteractive"},
                cwd=here.root,
            )
    except Stop as problem:
        complain(f"sunline: {problem}")
