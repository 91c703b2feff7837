"""How much may be sent, everything that is wrong with what was sent, and who may open what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from portal.evidence.identification import identify
from portal.evidence.kinds import KINDS, Family, FileKind
from portal.evidence.names import display_name
from portal.evidence.refusals import FileRefused, Refusal
from portal.evidence.states import EvidenceState


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent: bytes of one file, bytes and number of files of one report."""

    file_bytes: int
    report_bytes: int
    report_files: int


def size_of(file: BinaryIO) -> int:
    """Bytes of a seekable file, left at its start."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def demand_size(size: int, limits: Limits) -> None:
    """Refuse a file that is empty or larger than one file may be."""
    if size == 0:
        raise FileRefused(Refusal.EMPTY)
    if size > limits.file_bytes:
        raise FileRefused(Refusal.TOO_LARGE, limit=limits.file_bytes)


def demand_room(sizes: Sequence[int], limits: Limits) -> None:
    """Refuse more files, or more bytes together, than one report may have."""
    if len(sizes) > limits.report_files:
        raise FileRefused(Refusal.TOO_MANY, limit=limits.report_files)
    if sum(sizes) > limits.report_bytes:
        raise FileRefused(Refusal.TOO_LARGE_TOGETHER, limit=limits.report_bytes)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one of several files; `position` from 1, 0 for all together."""

    position: int
    filename: str
    refused: FileRefused


def problems(
    files: Sequence[tuple[str, BinaryIO]], limits: Limits, already: Sequence[int] = ()
) -> Iterator[Problem]:
    """Everything that is wrong with the (name, stream) pairs, for a form to show at once.

    `already` are the sizes of the files the report has.
    """
    sizes = [size_of(stream) for _, stream in files]
    try:
        demand_room([*already, *sizes], limits)
    except FileRefused as refused:
        yield Problem(0, "", refused)
    for position, ((filename, stream), size) in enumerate(zip(files, sizes, strict=True), 1):
        try:
            demand_size(size, limits)
            identify(stream, filename)
        except FileRefused as refused:
            yield Problem(position, display_name(filename), refused)


def may_open(state: EvidenceState, *, scanner: bool) -> bool:
    """Whether staff may open a file: no infected one and, with a `scanner`, only what it passed."""
    if state is EvidenceState.UNCHECKED or state is EvidenceState.RECEIVED:
        return not scanner
    return state is EvidenceState.CLEAN


def may_name_author(kind: FileKind) -> bool:
    """Whether an original of this kind is marked "may identify the author": all but plain text."""
    return KINDS[kind].family is not Family.TEXT
