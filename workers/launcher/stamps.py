"""Stamps: a step whose inputs have not changed since it last succeeded is not done again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(*parts: str | Path) -> str:
    """A hash over texts, files and whole folders; an absent file counts as absent."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            _add(digest, b"text", part.encode())
            continue
        for path in _files(part):
            _add(digest, path.name.encode(), path.read_bytes())
    return digest.hexdigest()


def is_fresh(stamp: Path, wanted: str) -> bool:
    """True when the step that left `stamp` succeeded with these inputs."""
    try:
        return stamp.read_text(encoding="ascii") == wanted
    except (OSError, UnicodeDecodeError):
        return False


def leave(stamp: Path, value: str) -> None:
    """Note that the step succeeded; whole or not at all."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    unfinished = stamp.with_name(stamp.name + ".new")
    unfinished.write_text(value, encoding="ascii")
    unfinished.replace(stamp)


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(inner for inner in path.rglob("*") if inner.is_file())
    return [path] if path.is_file() else []


def _add(digest: "hashlib._Hash", name: bytes, content: bytes) -> None:
    digest.update(len(name).to_bytes(8, "big") + name + len(content).to_bytes(8, "big") + content)
