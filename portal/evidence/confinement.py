"""Asking the confined child process for a rendition, and believing nothing it says."""

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO, Final

from portal.evidence.identification import identify
from portal.evidence.kinds import KINDS, FileKind
from portal.evidence.refusals import FileRefused
from portal.evidence.renditions import FINGERPRINT_BYTES, Impossible, Rendered
from portal.evidence.states import NoRendition
from portal.infra.config import ROOT
from portal.kernel.errors import Unavailable

WALL_SECONDS: Final = 45
_MAX_HEADER_BYTES: Final = 200
_MADE_KINDS: Final = frozenset({FileKind.JPEG, FileKind.PNG, FileKind.PDF})


def render(kind: FileKind, chunks: Iterable[bytes], *, seconds: float = WALL_SECONDS) -> Rendered:
    """Have the child decode the plain text in `chunks`; nothing of it touches a disk on Linux.

    Raises Impossible with the reason, and Unavailable when the machine was too busy for the
    child to end within `seconds` (a file that needs too much of the processor is Impossible).
    """
    with _anonymous_file() as source, _anonymous_file() as sink:
        for chunk in chunks:
            source.write(chunk)
        source.seek(0)
        code = _run_child(kind, source, sink, seconds)
        if code < 0:  # killed: by its own limit on time, or for want of memory
            raise Impossible(NoRendition.TOO_LARGE)
        if code > 0:
            raise Impossible(NoRendition.BROKEN)
        sink.seek(0)
        return _read_answer(sink)


def _anonymous_file() -> BinaryIO:
    """A file without a name, in memory where the system can; the child gets it and no other."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("sunline-rendition"), "w+b")
    return tempfile.TemporaryFile()


def _run_child(kind: FileKind, source: BinaryIO, sink: BinaryIO, seconds: float) -> int:
    with tempfile.TemporaryDirectory() as empty:
        command = [
            sys.executable,
            "-s",
            "-B",
            "-m",
            "portal.evidence.confined",
            kind,
            empty,
        ]
        try:
            done = subprocess.run(  # noqa: S603  # our own module, two words of our own
                command,
                stdin=source,
                stdout=sink,
                stderr=subprocess.DEVNULL,
                env={},
                cwd=ROOT,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable("rendition-too-slow") from None
    return done.returncode


def _read_answer(sink: BinaryIO) -> Rendered:
    """Read the answer as if the child had been taken over: every claim is checked."""
    try:
        header: dict[str, Any] = json.loads(sink.readline(_MAX_HEADER_BYTES))
        if "impossible" in header:
            raise Impossible(NoRendition(header["impossible"]))
        kind = FileKind(header["kind"])
        content, preview = (
            sink.read(int(header["content"])),
            sink.read(int(header["preview"])),
        )
        looks = bytes.fromhex(header["looks"])
    except (ValueError, KeyError, TypeError):
        raise Impossible(NoRendition.BROKEN) from None
    if kind not in _MADE_KINDS or not _is(kind, content):
        raise Impossible(NoRendition.BROKEN)
    if preview and not _is(FileKind.JPEG, preview):
        raise Impossible(NoRendition.BROKEN)
    if len(looks) not in (0, FINGERPRINT_BYTES):
        raise Impossible(NoRendition.BROKEN)
    return Rendered(kind, content, preview, looks)


def _is(kind: FileKind, content: bytes) -> bool:
    try:
        return identify(io.BytesIO(content), f"answer.{KINDS[kind].endings[0]}") is kind
    except FileRefused:
        return False
