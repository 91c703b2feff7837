"""What tests need from the machine itself: a browser, PostgreSQL, a Chinese font, PDF tools."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workers.launcher import run
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, complain, step


@dataclass(frozen=True)
class Need:
    """A program of the machine, the Debian package it comes in, and what is lost without it."""

    package: str
    lost: str
    folders: tuple[str, ...]  # of tests/, left out when it is missing
    present: Callable[[], bool]


def chromium() -> str | None:
    """The browser for end-to-end tests."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


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
    Need("chromium", "the journeys in a browser", ("e2e",), lambda: chromium() is not None),
    Need("postgresql", "the tests on PostgreSQL", (), lambda: postgres_programs() is not None),
    Need("fonts-noto-cjk", "screenshots with Chinese text", (), has_chinese_font),
    Need(
        "poppler-utils",
        "the tests that read PDF files",
        (),
        lambda: shutil.which("pdftotext") is not None,
    ),
)


def provide(here: Installation) -> list[Need]:
    """Install what is missing where apt and root are there; return what is missing still."""
    missing = [need for need in NEEDS if not need.present()]
    if not missing:
        return []
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        try:
            with step("Installing " + ", ".join(need.package for need in missing)):
                _apt(here, apt, [need.package for need in missing])
        except Stop as problem:
            complain(f"sunline: {problem}")
    return [need for need in missing if not need.present()]


def _apt(here: Installation, apt: str, packages: list[str]) -> None:
    environ = {**here.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", *packages)):
        run.quietly(
            [apt, "--quiet", *words],
            what=f"apt-get {words[0]}",
            log=here.var / "log" / f"setup-apt-{words[0]}.log",
            environ=environ,
            cwd=here.root,
        )
