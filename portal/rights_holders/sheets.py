"""Reading the sheets people send (xlsx, csv), and writing those they take along.

A sheet is somebody else's file: the size of what it unpacks to, its rows, columns and cells are
bounded before anything is kept, and what cannot be read as plain values is refused by its place.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, BinaryIO, Final

from portal.infra.config import MEGABYTE
from portal.rights_holders.rules.sheets import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_ROWS,
    Columns,
    Sheet,
    SheetFault,
    SheetRefused,
    SheetRow,
    cell_name,
    harmless,
    head_of,
    meant,
)

MOST_BYTES: Final = 20 * MEGABYTE
MOST_UNPACKED: Final = 80 * MEGABYTE
MOST_PARTS: Final = 1_000
_CHUNK: Final = 64 * 1024
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:]{2,20})\"")
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s>]")
_ZIP: Final = b"PK\x03\x04"
# What Excel before 2007 writes, and the envelope of a workbook with a password.
_OLE: Final = b"\xd0\xcf\x11\xe0"
_COMPUTED: Final = frozenset({"f", "e"})
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError),
    *(AttributeError, OSError, EOFError, SyntaxError, NotImplementedError),
)


def read_sheet(stream: BinaryIO, columns: Columns) -> Sheet:
    """The rows of a sheet, whichever kind it is by its content; raises SheetRefused."""
    start = stream.read(4)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > MOST_BYTES:
        raise SheetRefused(SheetFault.TOO_LARGE)
    if start == _ZIP:
        return _sheet_of(_workbook_lines(stream), columns, "xlsx")
    if start == _OLE:
        raise SheetRefused(SheetFault.OLD_OR_LOCKED)
    text, encoding = _decoded(stream.read())
    return _sheet_of(_text_lines(text), columns, encoding)


def _sheet_of(lines: Iterator[list[str]], columns: Columns, encoding: str) -> Sheet:
    """Take the first line that says anything as the headings; what is beneath are the rows."""
    found: dict[int, StrEnum] | None = None
    ignored: tuple[str, ...] = ()
    rows: list[SheetRow] = []
    for number, cells in enumerate(lines, start=1):
        if not any(cells):
            continue
        if found is None:
            found, ignored = head_of(cells, columns)
            continue
        said = {str(one): cells[at] for at, one in found.items() if at < len(cells) and cells[at]}
        if said:
            rows.append(SheetRow(number, said))
        if len(rows) > MOST_ROWS:
            raise SheetRefused(SheetFault.TOO_MANY_ROWS)
        if number > MOST_LINES:
            raise SheetRefused(SheetFault.TOO_MANY_LINES)
    if not rows:
        raise SheetRefused(SheetFault.EMPTY)
    return Sheet(tuple(rows), ignored, encoding)


def _workbook_lines(stream: BinaryIO) -> Iterator[list[str]]:
    """The lines of the first sheet that people see of a workbook, read as it comes."""
    _demand_tame(stream)
    try:
        for number, row in enumerate(_first_seen(stream), 1):
            yield [_cell(one, number, at) for at, one in enumerate(row)]
    except _UNREADABLE as error:
        raise SheetRefused(SheetFault.UNREADABLE) from error


def _first_seen(stream: BinaryIO) -> Iterator[Sequence[Any]]:
    """The rows of the first sheet that people see; no other is opened, as openpyxl would."""
    from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415  # a tenth of a second
    from openpyxl.styles.stylesheet import apply_stylesheet  # noqa: PLC0415
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # noqa: PLC0415

    reader = ExcelReader(stream, read_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    for sheet, part in reader.parser.find_sheets():
        path = part.target
        if sheet.state == "visible" and path in reader.valid_files and "chart" not in part.Type:
            _demand_plain(reader.archive, path)
            seen: Any = ReadOnlyWorksheet(reader.wb, sheet.name, path, reader.shared_strings)
            rows: Iterator[Sequence[Any]] = seen.iter_rows(max_col=MOST_COLUMNS)
            return rows
    raise KeyError("sheet")


def _demand_tame(stream: BinaryIO) -> None:
    """Refuse what unpacks to more than it should.

    zipfile gives out no more of a part than its size says, so the sizes can be relied on.
    """
    try:
        with zipfile.ZipFile(stream) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_UNPACKED:
                raise SheetRefused(SheetFault.TOO_LARGE)
    except _UNREADABLE as error:
        raise SheetRefused(SheetFault.UNREADABLE) from error
    stream.seek(0)


def _demand_plain(package: zipfile.ZipFile, part: str) -> None:
    """Refuse rows without end, and merged cells, in the sheet that is to be read.

    Merged cells hide where values go; many rows take openpyxl long before it gives out the first.
    """
    kept, rows = b"", 0
    with package.open(part) as content:
        while chunk := content.read(_CHUNK):
            found = _MERGED.search(kept + chunk)
            if found:
                raise SheetRefused(SheetFault.MERGED, found[1].decode())
            rows += len(_ROW.findall(chunk))
            if rows > MOST_LINES:
                raise SheetRefused(SheetFault.TOO_MANY_LINES)
            kept = chunk[-200:]


def _cell(cell: Any, row: int, column: int) -> str:  # noqa: ANN401  # one of three kinds of cell
    """What a cell says as text, of a time its day.

    A formula is refused, since only its author's program knows it, and so is what one failed with.
    """
    value = cell.value
    if cell.data_type in _COMPUTED:
        raise SheetRefused(SheetFault.FORMULA, cell_name(row, column))
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else meant(str(value).strip())
    if len(text) > LONGEST_CELL:
        raise SheetRefused(SheetFault.CELL_TOO_LONG, cell_name(row, column))
    return text


def _decoded(content: bytes) -> tuple[str, str]:
    """The text of a csv file and how it was written: UTF-8, or else what Chinese Excel writes."""
    if content.startswith(_UTF_16):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding.removesuffix("-sig")
    raise SheetRefused(SheetFault.ENCODING)


def _text_lines(text: str) -> Iterator[list[str]]:
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for number, cells in enumerate(reader, start=1):
            for at, cell in enumerate(cells[:MOST_COLUMNS]):
                if len(cell) > LONGEST_CELL:
                    raise SheetRefused(SheetFault.CELL_TOO_LONG, cell_name(number, at))
            yield [meant(cell.strip()) for cell in cells[:MOST_COLUMNS]]
    except csv.Error as error:
        raise SheetRefused(SheetFault.UNREADABLE) from error


def write_workbook(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet; no cell of it is a formula."""
    from openpyxl import Workbook  # noqa: PLC0415  # see above

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(heads))
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def write_csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The same as csv, in UTF-8 with the mark by which Excel knows it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")
