"""What a work in the register must have, read from a form or from a row of a sheet."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.rights_holders.rules.identifiers import Scheme, normal
from portal.rights_holders.rules.problems import Fault, Problem

LONGEST_TITLE: Final = 300
MOST_SELLERS: Final = 50


class WorkKind(StrEnum):
    BOOK = "book"
    PERIODICAL = "periodical"
    MUSIC = "music"
    FILM = "film"
    SOFTWARE = "software"
    GAME = "game"
    ART = "art"
    OTHER = "other"


class WorkField(StrEnum):
    """The columns of a sheet of works."""

    TITLE = "title"
    KIND = "kind"
    AUTHOR = "author"
    ISBN = "isbn"
    ISRC = "isrc"
    ISWC = "iswc"
    EIDR = "eidr"
    REGISTRATION = "registration"
    SELLERS = "sellers"


# What people write in the column of the kind.
KINDS: Final[Mapping[str, WorkKind]] = {
    **{kind.value: kind for kind in WorkKind},
    "图书": WorkKind.BOOK,
    "书": WorkKind.BOOK,
    "书籍": WorkKind.BOOK,
    "期刊": WorkKind.PERIODICAL,
    "报刊": WorkKind.PERIODICAL,
    "报刊、期刊": WorkKind.PERIODICAL,
    "newspaper or journal": WorkKind.PERIODICAL,
    "音乐": WorkKind.MUSIC,
    "录音": WorkKind.MUSIC,
    "音乐、录音": WorkKind.MUSIC,
    "music or recording": WorkKind.MUSIC,
    "影视": WorkKind.FILM,
    "电影": WorkKind.FILM,
    "电视剧": WorkKind.FILM,
    "film or series": WorkKind.FILM,
    "软件": WorkKind.SOFTWARE,
    "游戏": WorkKind.GAME,
    "美术": WorkKind.ART,
    "摄影": WorkKind.ART,
    "美术、摄影": WorkKind.ART,
    "art or photograph": WorkKind.ART,
    "其他": WorkKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """A work as it goes into the register."""

    title: str
    kind: WorkKind
    author: str
    identifiers: Mapping[Scheme, str]
    sellers: tuple[str, ...]


def fold_title(title: str) -> str:
    """A title as titles are compared: without case, blanks and the marks around it."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(one for one in folded if one.isalnum())


def read_work(cells: Mapping[str, str]) -> WorkEntry | list[Problem]:
    """The work that a row is, or everything that is wrong with the row."""
    problems = list(_problems(cells))
    if problems:
        return problems
    identifiers = {one: normal(one, cells[one]) for one in Scheme if cells.get(one)}
    return WorkEntry(
        title=cells[WorkField.TITLE],
        kind=KINDS[cells[WorkField.KIND].casefold()],
        author=cells.get(WorkField.AUTHOR, ""),
        identifiers={one: value for one, value in identifiers.items() if value},
        sellers=sellers_in(cells.get(WorkField.SELLERS, "")),
    )


def sellers_in(text: str) -> tuple[str, ...]:
    """The licensed sellers, one on a line or between semicolons."""
    lines = text.replace("；", "\n").replace(";", "\n").splitlines()
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))[:MOST_SELLERS]


def _problems(cells: Mapping[str, str]) -> Iterator[Problem]:
    title = cells.get(WorkField.TITLE, "")
    if not title or not fold_title(title):
        yield Problem(WorkField.TITLE, Fault.MISSING)
    elif len(title) > LONGEST_TITLE:
        yield Problem(WorkField.TITLE, Fault.TOO_LONG)
    if not cells.get(WorkField.KIND):
        yield Problem(WorkField.KIND, Fault.MISSING)
    elif cells[WorkField.KIND].casefold() not in KINDS:
        yield Problem(WorkField.KIND, Fault.NO_SUCH_KIND)
    if len(cells.get(WorkField.AUTHOR, "")) > LONGEST_TITLE:
        yield Problem(WorkField.AUTHOR, Fault.TOO_LONG)
    for scheme in Scheme:
        if cells.get(scheme) and normal(scheme, cells[scheme]) is None:
            yield Problem(scheme, _FAULTS[scheme])


_FAULTS: Final[Mapping[Scheme, Fault]] = {
    Scheme.ISBN: Fault.BAD_ISBN,
    Scheme.ISRC: Fault.BAD_ISRC,
    Scheme.ISWC: Fault.BAD_ISWC,
    Scheme.EIDR: Fault.BAD_EIDR,
    Scheme.REGISTRATION: Fault.BAD_REGISTRATION,
}
