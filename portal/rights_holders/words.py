"""What pages say of rows and sheets: what is wrong, where, and what would be right."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from portal.rights_holders.rules.complaints import ComplaintField
from portal.rights_holders.rules.problems import Fault, Problem
from portal.rights_holders.rules.sheets import (
    COMPLAINT_COLUMNS,
    MOST_LINES,
    MOST_ROWS,
    WORK_COLUMNS,
    SheetFault,
    SheetRefused,
)
from portal.web.language import current_language

FAULTS: Final[Mapping[Fault, LazyString]] = {
    Fault.MISSING: _l("is empty: please fill it in"),
    Fault.TOO_LONG: _l("is too long: shorten it"),
    Fault.NO_SUCH_KIND: _l(
        "is no kind we know: book, periodical, music, film, software, game, art or other"
    ),
    Fault.BAD_ISBN: _l("is no ISBN: 13 digits from 978 or 979 (or the older 10), the last checks"),
    Fault.BAD_ISRC: _l("is no ISRC: two letters, three symbols, seven digits, like CNA012600001"),
    Fault.BAD_ISWC: _l("is no ISWC: T and ten digits, the last checks, like T-034.524.680-1"),
    Fault.BAD_EIDR: _l("is no EIDR: like 10.5240/7791-8534-2C23-9030-8610-5, the last checks"),
    Fault.BAD_REGISTRATION: _l("is no registration number: 5 to 40 letters and digits"),
    Fault.NOT_IN_REGISTER: _l(
        "is not in your register: enter the work first, or give its number, title or identifier"
    ),
    Fault.SEVERAL_WORKS: _l("fits several of your works: give the number of the one you mean"),
    Fault.NO_TARGET: _l("is empty, and so is the place: give one of the two"),
    Fault.NOT_AN_ADDRESS: _l("is not an address: like https://www.example.com/page"),
    Fault.NO_SUCH_PLACE: _l("is no place, or several: give the county or city, or its code"),
    Fault.NO_SUCH_CATEGORY: _l("is no subject of complaints: take one from the list"),
    Fault.NOT_A_DAY: _l("is not a day: like 2026-11-22"),
    Fault.IN_THE_FUTURE: _l("is a day to come: give the day on which you found it"),
    Fault.NO_SUCH_RIGHT: _l(
        "is no right we know: owner, exclusive licensee, agent or another interested party"
    ),
    Fault.NO_PROOF: _l("has no proof of the right yet: add a file to the work or here"),
    Fault.NO_SUCH_COMPLAINT: _l(
        "is no complaint that waits for you: leave it empty for a new complaint"
    ),
}

_SHEETS: Final[Mapping[SheetFault, LazyString]] = {
    SheetFault.UNREADABLE: _l("This file cannot be read. Save it as xlsx or csv and send it."),
    SheetFault.OLD_OR_LOCKED: _l(
        "This is an old Excel file (xls), or one with a password. "
        "Save it as xlsx without a password and send it."
    ),
    SheetFault.TOO_LARGE: _l("This file is too large, or unpacks to too much. Split it."),
    SheetFault.TOO_MANY_ROWS: _l("More than %(most)d rows. Split it into several sheets."),
    SheetFault.TOO_MANY_LINES: _l(
        "More than %(most_lines)d rows, with the empty ones. Delete the empty rows beneath the "
        "last one, or split it into several sheets."
    ),
    SheetFault.EMPTY: _l("There is no row beneath the headings."),
    SheetFault.ENCODING: _l("The letters cannot be read. Save it as csv in UTF-8, or as xlsx."),
    SheetFault.MERGED: _l("The cells %(where)s are merged. Split them and fill in each row."),
    SheetFault.FORMULA: _l(
        "Cell %(where)s holds a formula or an error of one. Copy and paste the values alone."
    ),
    SheetFault.CELL_TOO_LONG: _l("Cell %(where)s is too long. Shorten it."),
    SheetFault.NO_HEADINGS: _l(
        "The first sheet has no heading that we know in its first row. Take out what stands before "
        "the headings, or use the empty sheet."
    ),
    SheetFault.NO_COLUMN: _l(
        "The first sheet has no column “%(where)s” in its first row. Use the empty sheet."
    ),
    SheetFault.COLUMN_TWICE: _l("The column “%(where)s” is there twice. Leave one out."),
}

ENCODINGS: Final[Mapping[str, str]] = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030",
    "utf-16": "UTF-16",
    "xlsx": "Excel",
    "json": "JSON",
}


def column_name(field: str) -> str:
    """The heading of a column in the language of the reader."""
    for columns in (COMPLAINT_COLUMNS, WORK_COLUMNS):
        for column, names in columns.items():
            if column == field and (columns is COMPLAINT_COLUMNS or field not in _SHARED):
                return names[1 if current_language().tag == "en" else 0]
    return field


_SHARED: Final = frozenset(ComplaintField)


def problem_words(problem: Problem) -> str:
    """The column, what is wrong in it and what would be right."""
    said = {"column": column_name(problem.field), "words": FAULTS[problem.fault]}
    return str(gettext("%(column)s: %(words)s", **said))


def sheet_words(refused: SheetRefused) -> str:
    """Why a sheet is not read, and what to do."""
    words = _SHEETS[refused.fault]
    return str(words) % {"where": refused.where, "most": MOST_ROWS, "most_lines": MOST_LINES}


def row_words(number: int, problem: Problem) -> str:
    """The same with the row of the sheet."""
    return str(gettext("Row %(row)d: %(words)s", row=number, words=problem_words(problem)))
