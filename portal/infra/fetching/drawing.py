"""Drawing a page that was kept, by a browser that has no net, no files of ours and no scripts.

Two programs of the system are needed: a Chromium, and bubblewrap, which gives it a system of its
own with nothing in it but programs and fonts, and a network that leads nowhere. Where one of them
is missing, or the kernel has no such room to give, nothing is drawn: it is never tried without.
"""

import html
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

SECONDS: Final = 20.0
MOST_PICTURE: Final = 30 * 1000 * 1000
WIDTH, HEIGHT = 1280, 2000
_BROWSERS: Final = (
    *("chromium-headless-shell", "chrome-headless-shell", "chromium", "chromium-browser"),
    "google-chrome",
)
# In memory where the system can: what is drawn is on no disk.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
_FOLDER: Final = "sunline-page-"
_LEFT_SECONDS: Final = 3600.0
_PNG: Final = b"\x89PNG\r\n\x1a\n"
# What programs and letters are made of; no folder in which an installation has anything.
_SYSTEM: Final = (
    *("/usr", "/lib", "/lib64", "/bin"),
    *("/etc/fonts", "/etc/alternatives", "/etc/ld.so.cache"),
)
# A browser reserves more addresses than a worker may have, and uses few of them; where memory does
# run out, the kernel ends it before anything else.
_GIVES_WAY: Final = (
    'ulimit -S -v "$(ulimit -H -v)"; echo 1000 > /proc/self/oom_score_adj; exec "$@"'
)
# A frame without any permission runs nothing and leads nowhere, and the rule holds in it as well.
_FRAME: Final = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
    "<style>html,body{{margin:0}}iframe{{border:0;width:{width}px;height:{height}px}}</style>"
    '<iframe sandbox="" srcdoc="{page}"></iframe>'
)


@cache
def programs() -> tuple[str, str] | None:
    """Where bubblewrap and a browser are on this machine; None if one is missing."""
    wrap = shutil.which("bwrap")
    browser = next((found for one in _BROWSERS if (found := shutil.which(one))), None)
    return (wrap, os.path.realpath(browser)) if wrap and browser else None


def draw(page: str) -> bytes | None:
    """The upper part of a page as PNG; None if there is nothing to draw, or nothing to draw with.

    What the page names elsewhere is not asked for, so it is not in the picture. Nor is there one
    where there is no room: the rest of what was fetched is worth more.
    """
    found = programs()
    if found is None or not page:
        return None
    room = _MEMORY if _MEMORY.is_dir() else Path(gettempdir())
    try:
        _remove_left(room)
        with TemporaryDirectory(prefix=_FOLDER, dir=room) as folder:
            kept = Path(folder)
            framed = _FRAME.format(width=WIDTH, height=HEIGHT, page=html.escape(page))
            (kept / "page.html").write_text(framed, encoding="utf-8")
            _run(_command(*found, kept))
            return _picture(kept / "page.png")
    except OSError:
        return None


def _remove_left(room: Path) -> None:
    """Remove what a worker left behind that was ended while it drew."""
    before = time.time() - _LEFT_SECONDS
    for folder in room.glob(f"{_FOLDER}*"):
        with suppress(OSError):  # another worker removes it as well, or it is somebody else's
            if folder.lstat().st_mtime < before:
                shutil.rmtree(folder)


def _run(command: Sequence[str]) -> None:
    """Whatever becomes of it: there is a picture then, or there is none."""
    try:
        subprocess.run(  # noqa: S603  # two programs of the system, and words of our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return


def _command(wrap: str, browser: str, folder: Path) -> list[str]:
    own = str(Path(browser).parent)
    shown = [word for one in (*_SYSTEM, own) for word in ("--ro-bind-try", one, one)]
    return [
        *("/bin/sh", "-c", _GIVES_WAY, "sh"),
        *(wrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--clearenv", "--setenv", "HOME", "/tmp", "--setenv", "PATH", "/usr/bin:/bin"),  # noqa: S108
        *shown,
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108  # of its own
        *("--bind", str(folder), "/page", "--chdir", "/tmp"),  # noqa: S108
        *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        *("--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=/tmp/profile"),
        *(f"--window-size={WIDTH},{HEIGHT}", "--timeout=8000"),
        *("--screenshot=/page/page.png", "file:///page/page.html"),
    ]


def _picture(path: Path) -> bytes | None:
    """What was drawn, if it is a picture and no more than one is."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_PICTURE:
        return None
    content = path.read_bytes()
    return content if content.startswith(_PNG) else None
