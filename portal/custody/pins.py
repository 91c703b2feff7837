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

    Raises RuleBroken if there are pins already: they are never replaced.
    """
    path = pin_path()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:
        raise RuleBroken("custody-exists") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(_as_json(keys), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        yield
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
