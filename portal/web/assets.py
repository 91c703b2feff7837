"""Addresses of static files that change with their contents, so that they may be kept for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import current_app, request, url_for

YEAR = 31_536_000


@lru_cache(maxsize=256)
def _digest(path: str, _modified_ns: int, _size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


def fingerprint(filename: str) -> str | None:
    """The first 16 hex digits of the SHA-256 of a static file; None if it is not there."""
    path = Path(current_app.static_folder or "") / filename
    if not path.is_file():
        return None
    stat = path.stat()
    return _digest(str(path), stat.st_mtime_ns, stat.st_size)


def static_url(filename: str) -> str:
    """The address of a static file, with its fingerprint when the file is there."""
    return url_for("static", filename=filename, v=fingerprint(filename))


def static_cache_control() -> str:
    """For ever if the address carries the right fingerprint, else ask again each time."""
    filename = (request.view_args or {}).get("filename", "")
    if request.args.get("v") and request.args["v"] == fingerprint(filename):
        return f"public, max-age={YEAR}, immutable"
    return "public, no-cache"
