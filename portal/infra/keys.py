"""The server's secrets: one file outside the database, made by the set-up command only.

Losing the file loses every narrative and file; a dump of the database without it is an
incomplete backup (`docs/operations.md`). Identities are not under these keys: see custody.
"""

import base64
import contextlib
import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from pathlib import Path

from portal.infra.config import SettingsWrong, settings

KEY_BYTES = 32
FILE_NAME = "server.json"
SIGNING_FILE = "checkpoint-signing.key"


class KeysMissing(RuntimeError):
    """The key file is absent or incomplete; the process must not start."""

    def __str__(self) -> str:
        return (
            f"The keys cannot be read ({self.args[0]}): restore the folder keys from your copy, "
            "or run `./sunline setup` for a new installation."
        )


@dataclass(frozen=True, slots=True)
class Keys:
    """32 random bytes for each purpose; none is derived from another."""

    kek: bytes = field(repr=False)  # wraps the key of every record (tier C)
    pepper: bytes = field(repr=False)  # receipt codes, passwords
    locator: bytes = field(repr=False)  # finds a receipt by its first seven symbols
    index: bytes = field(repr=False)  # tokens of the search index
    payee_index: bytes = field(repr=False)  # equality of phones and accounts
    session: bytes = field(repr=False)  # signs cookies and CSRF tokens
    throttle: bytes = field(repr=False)  # labels of networks, with the day in it
    file_mac: bytes = field(repr=False)  # the same file reported twice


def create(folder: Path) -> Path:
    """Write a new key file, readable by its owner only; refuse to replace one."""
    path = folder / FILE_NAME
    made = Keys(**{f.name: secrets.token_bytes(KEY_BYTES) for f in fields(Keys)})
    text = {name: base64.b64encode(value).decode() for name, value in asdict(made).items()}
    _place(path, json.dumps(text, indent=1).encode())
    return path


def load(folder: Path) -> Keys:
    """Read the key file; raise KeysMissing when it is absent or a key is missing or short."""
    path = folder / FILE_NAME
    try:
        text = json.loads(path.read_text())
        values = {f.name: base64.b64decode(text[f.name]) for f in fields(Keys)}
    except (OSError, ValueError, KeyError) as problem:
        raise KeysMissing(f"{path.name}: {type(problem).__name__}") from problem
    if any(len(value) != KEY_BYTES for value in values.values()):
        raise KeysMissing(f"{path.name}: a key is not {KEY_BYTES} bytes")
    return Keys(**values)


def signing_seed(folder: Path) -> bytes:
    """The Ed25519 seed that signs checkpoints of the trail; made when there is none yet.

    A file of its own: it may be moved to another host, and older installations lack it.
    Raises KeysMissing when it can be neither read nor made.
    """
    path = folder / SIGNING_FILE
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                _place(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)))
        seed = base64.b64decode(path.read_bytes(), validate=True)
    except (OSError, ValueError) as problem:
        raise KeysMissing(f"{path.name}: {type(problem).__name__}") from problem
    if len(seed) != KEY_BYTES:
        raise KeysMissing(f"{path.name}: the key is not {KEY_BYTES} bytes")
    return seed


def _place(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all; refuse to replace one."""
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(partial)
    finally:
        partial.unlink()


@cache
def keys() -> Keys:
    """The secrets of this process."""
    return load(settings().keys_dir)


def main() -> int:
    """`python -m portal.infra.keys create`: make the key files that are not there."""
    if sys.argv[1:] != ["create"]:
        print("usage: python -m portal.infra.keys create", file=sys.stderr)
        return 2
    try:
        _complete(settings().keys_dir)
    except (SettingsWrong, KeysMissing) as problem:
        print(f"sunline: {problem}", file=sys.stderr)
        return 1
    return 0


def _complete(folder: Path) -> None:
    try:
        create(folder)
    except FileExistsError:
        load(folder)
    signing_seed(folder)


if __name__ == "__main__":
    raise SystemExit(main())
