"""The public keys of the groups, pinned in a file beside the server's keys, not in the database.

Whoever can write to the database could put a key of their own there and collect new records;
with the file they would have to change both, and the fingerprints on the trail besides.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.custody.sealing import SUITE, GroupKeys
from portal.infra.config import settings
from portal.kernel.errors import RuleBroken, Unavailable

FILE_NAME: Final = "custody.json"


class CustodyNotReady(Unavailable):
    """There are no groups, or file and database do not agree: no identity can be sealed."""

    def __init__(self, why: str) -> None:
        super().__init__("custody-not-ready")
        self.why = why

    def __str__(self) -> str:
        return self.why


def pin_path() -> Path:
    """Where the pinned keys are."""
    return settings().keys_dir / FILE_NAME


def read_pins(path: Path) -> GroupKeys:
    """Return the pinned keys; raise CustodyNotReady if the file is absent or not ours."""
    try:
        pinned = json.loads(path.read_text(encoding="ascii"))
        keys = GroupKeys(
            bytes.fromhex(pinned["requesters"]),
            bytes.fromhex(pinned["approvers"]),
            int(pinned["version"]),
        )
        suite = pinned["suite"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CustodyNotReady(f"{FILE_NAME}: {type(problem).__name__}") from problem
    if suite != SUITE:
        raise CustodyNotReady(f"{FILE_NAME}: suite {suite} is not known here")
    return keys


@contextmanager
def pinning(keys: GroupKeys) -> Iterator[None]:
    """Pin `keys` for what follows, and take the pins back if that fails.

    Raises RuleBroken if there are pins already: only `replacing` changes them.
    """
    path = pin_path()
    try:
        _write(path, keys)
    except FileExistsError:
        raise RuleBroken("custody-exists") from None
    try:
        yield
    except BaseException:
        path.unlink()
        raise


@contextmanager
def replacing(keys: GroupKeys) -> Iterator[None]:
    """Pin the next version of the keys once what follows is done; the pins stay if that fails.

    For an instant the database is ahead of the pins, and nothing with a name is taken in.
    """
    path = pin_path()
    waiting = path.with_suffix(".next")
    waiting.unlink(missing_ok=True)
    _write(waiting, keys)
    try:
        yield
    except BaseException:
        waiting.unlink()
        raise
    waiting.replace(path)


def _write(path: Path, keys: GroupKeys) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(_as_json(keys), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


def _as_json(keys: GroupKeys) -> dict[str, str | int]:
    return {
        "version": keys.version,
        "suite": SUITE,
        "requesters": keys.requesters.hex(),
        "approvers": keys.approvers.hex(),
    }
