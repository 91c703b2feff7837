"""A bag (BagIt 1.0, RFC 8493): files with their hashes, written and checked.

The same content makes the same bytes. A bag is checked as a folder or as the ZIP it was handed out
as, which is never unpacked for it.
"""

import hashlib
import io
import json
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from uuid import UUID

from portal.audit.trail import entry_hash

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST = "manifest-sha512.txt", "tagmanifest-sha512.txt"
TAGS: Final = ("bagit.txt", "bag-info.txt", MANIFEST)
TRAIL: Final = "data/trail.jsonl"
# A ZIP must give its members a time; this is the earliest it can.
NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_CHUNK: Final = 1 << 20
# How a ZIP says that a member cannot be what was written: its sum, its head or name, its packing
# (a changed byte may call it packed in any way there is), or its place.
_BROKEN: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a bag: which file, and what it is."""

    name: str
    what: str


def write_bag(name: str, payload: Mapping[str, bytes], about: Mapping[str, str]) -> io.BytesIO:
    """The bag with these files below `data/`, as one ZIP with a folder of that name."""
    oxum = f"{sum(map(len, payload.values()))}.{len(payload)}"
    said = {**about, "Payload-Oxum": oxum}
    files = {f"data/{path}": body for path, body in sorted(payload.items())}
    tags = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": "".join(f"{key}: {value}\n" for key, value in said.items()).encode(),
        MANIFEST: _sums(files),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for path, body in {**tags, TAG_MANIFEST: _sums(tags), **files}.items():
            entry = zipfile.ZipInfo(f"{name}/{path}", NO_TIME)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, body)
    made.seek(0)
    return made


def verify_bag(path: Path) -> list[Fault]:
    """Everything that is wrong with a bag, by file; an empty list if it is whole."""
    if path.is_dir():
        return list(dict.fromkeys(_faults(_Folder(path))))
    try:
        packed = zipfile.ZipFile(path)
    except _BROKEN:
        return [Fault(path.name, "is no bag: neither a folder nor a ZIP")]
    with packed:
        return list(dict.fromkeys(_faults(_Zip(packed))))


class _Folder:
    """A bag that lies unpacked; what a link points to is none of it."""

    beside: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()

    def __init__(self, root: Path) -> None:
        self.root = root
        found = (one for one in root.rglob("*") if one.is_file() and not one.is_symlink())
        self.names = frozenset(one.relative_to(root).as_posix() for one in found)

    def digest(self, name: str) -> str | None:
        with (self.root / name).open("rb") as file:
            return hashlib.file_digest(file, "sha512").hexdigest()

    def read(self, name: str) -> bytes | None:
        return (self.root / name).read_bytes()


class _Zip:
    """A bag as one ZIP, with everything in one folder."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self.packed = packed
        names = [one for one in packed.namelist() if not one.endswith("/")]
        self.inside = f"{names[0].partition('/')[0]}/" if names else ""
        own = [one.removeprefix(self.inside) for one in names if one.startswith(self.inside)]
        self.names = frozenset(own)
        self.beside = frozenset(one for one in names if not one.startswith(self.inside))
        self.twice = frozenset(one for one, count in Counter(own).items() if count > 1)

    def digest(self, name: str) -> str | None:
        found = hashlib.sha512()
        try:
            with self.packed.open(f"{self.inside}{name}") as file:
                while chunk := file.read(_CHUNK):
                    found.update(chunk)
        except _BROKEN:
            return None
        return found.hexdigest()

    def read(self, name: str) -> bytes | None:
        try:
            return self.packed.read(f"{self.inside}{name}")
        except _BROKEN:
            return None


def _faults(bag: _Folder | _Zip) -> Iterator[Fault]:
    lacking = [name for name in (*TAGS, TAG_MANIFEST) if name not in bag.names]
    if lacking:
        yield from (Fault(name, "is missing") for name in lacking)
        return
    yield from (Fault(name, "is there twice") for name in sorted(bag.twice))
    yield from (Fault(name, "lies outside the bag") for name in sorted(bag.beside))
    lists = {name: bag.read(name) for name in (TAG_MANIFEST, MANIFEST)}
    listed = [one for body in lists.values() for one in _listed(body or b"")]
    yield from filter(None, (_fault_of(bag, name, digest) for name, digest in listed))
    broken = [name for name, body in lists.items() if body is None]
    yield from (Fault(name, "was changed") for name in broken)
    named = {TAG_MANIFEST, *(name for name, _digest in listed)}
    if not broken:
        yield from (Fault(name, "is in no list of the bag") for name in sorted(bag.names - named))
    if TRAIL in bag.names & named:
        yield from _trail_faults(bag)


def _fault_of(bag: _Folder | _Zip, name: str, digest: str) -> Fault | None:
    """What is wrong with a file that a list of the bag names."""
    if not _is_inside(name):
        return Fault(name, "lies outside the bag")
    if name not in bag.names:
        return Fault(name, "is missing")
    return Fault(name, "was changed") if bag.digest(name) != digest else None


def _trail_faults(bag: _Folder | _Zip) -> Iterator[Fault]:
    """Entries of the trail that are not what their own hash says."""
    for number, line in enumerate((bag.read(TRAIL) or b"").splitlines(), start=1):
        if not _holds(line):
            yield Fault(TRAIL, f"line {number} is not what its hash says")


def _holds(line: bytes) -> bool:
    try:
        entry: dict[str, Any] = json.loads(line)
        row = {**entry, "at": datetime.fromisoformat(entry["at"])}
        for name in ("actor_id", "subject_id"):
            row[name] = UUID(entry[name]) if entry[name] else None
        return bool(entry_hash(row) == entry["hash"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _listed(manifest: bytes) -> Iterator[tuple[str, str]]:
    """Name and hash of each line of a manifest."""
    for line in manifest.decode("utf-8", "replace").splitlines():
        digest, _space, name = line.partition(" ")
        yield name.strip(), digest.lower()


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(
        f"{hashlib.sha512(body).hexdigest()}  {name}\n" for name, body in files.items()
    ).encode()
