"""The columns of a sheet: how people may head them, and what may be wrong with a whole sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.works import WorkField

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 40
# Rows that are looked at in all, empty ones too: a sheet may have a million of them.
MOST_LINES: Final = 20_000
LONGEST_CELL: Final = 4_000
# How a formula begins, and what stands where one failed.
_BEGINNINGS: Final = frozenset("=+-@\t\r")
_ERRORS: Final = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA")
)

Columns = Mapping[StrEnum, tuple[str, ...]]

# The first name of each language is the one that empty sheets have.
WORK_COLUMNS: Final[Columns] = {
    WorkField.TITLE: ("作品名称", "Title", "名称", "作品", "书名"),
    WorkField.KIND: ("类别", "Kind", "类型", "作品类型"),
    WorkField.AUTHOR: ("作者", "Author", "著作权人", "Artist"),
    WorkField.ISBN: ("ISBN", "ISBN"),
    WorkField.ISRC: ("ISRC", "ISRC"),
    WorkField.ISWC: ("ISWC", "ISWC"),
    WorkField.EIDR: ("EIDR", "EIDR"),
    WorkField.REGISTRATION: ("登记号", "Registration number", "著作权登记号", "作品登记号"),
    WorkField.SELLERS: ("授权销售者", "Licensed sellers", "授权商家"),
}
COMPLAINT_COLUMNS: Final[Columns] = {
    ComplaintField.WORK: ("作品", "Work", "作品编号", "作品名称", "Title"),
    ComplaintField.URL: ("侵权网址", "Address on the net", "网址", "链接", "URL"),
    ComplaintField.PLACE: ("侵权地点", "Place", "地点", "地址", "店名和地址"),
    ComplaintField.REGION: ("地区", "Region", "区县", "行政区划"),
    ComplaintField.CATEGORY: ("事项", "Subject", "类别", "Category"),
    ComplaintField.FOUND_ON: ("发现日期", "Found on", "发现时间", "Date"),
    ComplaintField.FACTS: ("事实", "Facts", "侵权事实", "说明"),
    ComplaintField.RIGHT: ("权利依据", "By what right", "投诉身份"),
    ComplaintField.ORIGINAL: ("原作网址", "Address of the original", "正版网址"),
    ComplaintField.SIGNATURE: ("签名", "Signature", "签字人"),
    ComplaintField.NUMBER: ("投诉编号", "Complaint number", "编号"),
}
NEEDED: Final[Mapping[int, tuple[StrEnum, ...]]] = {
    id(WORK_COLUMNS): (WorkField.TITLE, WorkField.KIND),
    id(COMPLAINT_COLUMNS): (ComplaintField.WORK,),
}


class SheetFault(StrEnum):
    """Why a sheet is not read at all."""

    UNREADABLE = "unreadable"
    OLD_OR_LOCKED = "old-or-locked"
    TOO_LARGE = "too-large"
    TOO_MANY_ROWS = "too-many-rows"
    TOO_MANY_LINES = "too-many-lines"
    EMPTY = "empty"
    ENCODING = "encoding"
    MERGED = "merged"
    FORMULA = "formula"
    CELL_TOO_LONG = "cell-too-long"
    NO_HEADINGS = "no-headings"
    NO_COLUMN = "no-column"
    COLUMN_TWICE = "column-twice"


class SheetRefused(Exception):
    """A sheet that is not read; `where` is a cell or the name of a column."""

    def __init__(self, fault: SheetFault, where: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.where = where


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number in the sheet, and what stands in the columns we know."""

    number: int
    cells: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: rows that are not empty, the columns that nobody asked for, the encoding."""

    rows: tuple[SheetRow, ...]
    ignored: tuple[str, ...] = ()
    encoding: str = ""


def head_of(cells: Sequence[str], columns: Columns) -> tuple[dict[int, StrEnum], tuple[str, ...]]:
    """Which column is where, and the headings that mean nothing to us; raises SheetRefused."""
    known = {fold_heading(name): one for one, names in columns.items() for name in names}
    found: dict[int, StrEnum] = {}
    ignored = []
    for at, cell in enumerate(cells):
        column = known.get(fold_heading(cell))
        if column is None:
            ignored += [cell] * bool(cell)
        elif column in found.values():
            raise SheetRefused(SheetFault.COLUMN_TWICE, cell)
        else:
            found[at] = column
    if not found:
        raise SheetRefused(SheetFault.NO_HEADINGS)
    for needed in NEEDED[id(columns)]:
        if needed not in found.values():
            raise SheetRefused(SheetFault.NO_COLUMN, " / ".join(columns[needed][:2]))
    return found, tuple(ignored)


def fold_heading(text: str) -> str:
    """A heading as headings are compared: without case, blanks and the star of what is needed."""
    return "".join(text.casefold().replace("*", "").split())


def cell_name(row: int, column: int) -> str:
    """`B7` for the second column of row 7."""
    name, at = "", column
    while at >= 0:
        name, at = chr(ord("A") + at % 26) + name, at // 26 - 1
    return f"{name}{row}"


def harmless(text: str) -> str:
    """A cell that no program takes for a formula (OWASP, CSV injection) or its error."""
    return f"'{text}" if _looks_computed(text) else text


def meant(text: str) -> str:
    """What a cell said before it was made harmless: a list that was taken along is sent back."""
    return text[1:] if text[:1] == "'" and _looks_computed(text[1:]) else text


def _looks_computed(text: str) -> bool:
    return text[:1] in _BEGINNINGS or text.strip().upper() in _ERRORS
