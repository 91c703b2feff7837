"""Sheets as people send them: what is read, and the clear answer to what is not."""

import io
import zipfile
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook

from portal.rights_holders import sheets
from portal.rights_holders.rules.sheets import (
    COMPLAINT_COLUMNS,
    SheetFault,
    SheetRefused,
    cell_name,
)

ERRORS = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#n/a"]
HEAD = ["作品", "侵权网址", "发现日期"]


def book(*rows, merge=""):
    made = Workbook()
    for row in rows:
        made.active.append(row)
    if merge:
        made.active.merge_cells(merge)
    target = io.BytesIO()
    made.save(target)
    target.seek(0)
    return target


def text(content, encoding="utf-8"):
    return io.BytesIO(content.encode(encoding))


def refused(stream):
    with pytest.raises(SheetRefused) as raised:
        sheets.read_sheet(stream, COMPLAINT_COLUMNS)
    return raised.value.fault, raised.value.where


def test_a_workbook_is_read_by_its_headings_whatever_their_order_and_dress():
    rows = [
        ["Found ON *", "无关", "Work"],
        ["2026-11-01", "x", 7],
        [None, None, None],
        ["", "", "八"],
    ]

    read = sheets.read_sheet(book(*rows), COMPLAINT_COLUMNS)

    assert [(row.number, row.cells) for row in read.rows] == [
        (2, {"found-on": "2026-11-01", "work": "7"}),
        (4, {"work": "八"}),
    ]
    assert (read.ignored, read.encoding) == (("无关",), "xlsx")


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_csv_is_read_in_the_encodings_people_have_and_which_is_told(encoding, told):
    read = sheets.read_sheet(text("作品;侵权网址\n《红》;a.example\n", encoding), COMPLAINT_COLUMNS)

    assert read.rows[0].cells == {"work": "《红》", "url": "a.example"}
    assert read.encoding == told


@pytest.mark.parametrize(
    ("stream", "answer"),
    [
        (lambda: book(HEAD, ["1", "=A1", ""]), (SheetFault.FORMULA, "B2")),
        (
            lambda: book(HEAD, ["1", "a", ""], ["1", "b", ""], merge="A2:A3"),
            (SheetFault.MERGED, "A2:A3"),
        ),
        (lambda: book(HEAD), (SheetFault.EMPTY, "")),
        (lambda: book(["甲", "乙"], ["1", "2"]), (SheetFault.NO_HEADINGS, "")),
        (lambda: book(["侵权网址"], ["a.example"]), (SheetFault.NO_COLUMN, "作品 / Work")),
        (lambda: book(["作品", "Work"], ["1", "2"]), (SheetFault.COLUMN_TWICE, "Work")),
        (lambda: book(HEAD, ["长" * 4001, "", ""]), (SheetFault.CELL_TOO_LONG, "A2")),
        (lambda: text("作品,侵权网址\n" + "长" * 4001), (SheetFault.CELL_TOO_LONG, "A2")),
        (lambda: io.BytesIO(b"PK\x03\x04 no workbook at all"), (SheetFault.UNREADABLE, "")),
        (lambda: io.BytesIO(b"\xff\xff\xff\xff\x80"), (SheetFault.ENCODING, "")),
        (lambda: io.BytesIO(b"work\0,url\n"), (SheetFault.ENCODING, "")),
        (lambda: io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), (SheetFault.OLD_OR_LOCKED, "")),
        (lambda: book(HEAD, ["1", "#REF!", ""]), (SheetFault.FORMULA, "B2")),
        (lambda: book(["投诉登记表"], [], HEAD, ["1", "a", ""]), (SheetFault.NO_HEADINGS, "")),
    ],
)
def test_what_cannot_be_read_as_plain_values_is_refused_with_its_place(stream, answer):
    assert refused(stream()) == answer


def test_two_hundred_thousand_rows_are_refused_without_reading_them_all():
    assert refused(text("作品\n" + "1\n" * 200_000))[0] is SheetFault.TOO_MANY_ROWS


def test_a_million_empty_lines_before_a_row_are_too_many():
    assert refused(text("作品\n" + "\n" * 30_000 + "1\n"))[0] is SheetFault.TOO_MANY_LINES


def test_a_package_that_unpacks_to_more_than_it_should_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1_000_000)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/sharedStrings.xml", b" " * 2_000_000)
    target.seek(0)

    assert refused(target)[0] is SheetFault.TOO_LARGE


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@cmd", "\tx", *ERRORS])
def test_no_cell_that_people_take_along_is_a_formula(cell):
    as_csv = sheets.write_csv(["标题"], [[cell]]).decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(sheets.write_workbook(["标题"], [[cell]]))).active

    assert as_csv.splitlines()[1].lstrip('"').startswith("'")
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", f"'{cell}")


@pytest.mark.parametrize("written", [sheets.write_csv, sheets.write_workbook])
def test_what_was_taken_along_says_the_same_when_it_is_sent_back(written):
    said = ["=LOVE", "-5 度的书店", "@home", "'t Hart", "'", *ERRORS]

    read = sheets.read_sheet(
        io.BytesIO(written(["作品"], [[one] for one in said])), COMPLAINT_COLUMNS
    )

    assert [row.cells["work"] for row in read.rows] == said


def test_a_cell_has_the_name_that_programs_give_it():
    assert [cell_name(2, at) for at in (0, 25, 26, 39)] == ["A2", "Z2", "AA2", "AN2"]


def test_of_a_workbook_the_first_sheet_that_people_see_is_read():
    made = Workbook()
    made.active.append(["作品"])
    made.active.append(["秘密"])
    made.active.sheet_state = "hidden"
    for row in (HEAD, ["1", "a.example", datetime(2026, 11, 1, 13, 5)]):  # noqa: DTZ001  # Excel
        (made["看得见"] if "看得见" in made.sheetnames else made.create_sheet("看得见")).append(row)
    made.active = 1
    target = io.BytesIO()
    made.save(target)
    target.seek(0)

    read = sheets.read_sheet(target, COMPLAINT_COLUMNS)

    assert [row.cells for row in read.rows] == [
        {"work": "1", "url": "a.example", "found-on": "2026-11-01"}
    ]


def test_rows_without_end_are_refused_before_any_is_read(monkeypatch):
    stream = book(HEAD, *[["1", "a.example", ""]] * 30)
    monkeypatch.setattr(sheets, "MOST_LINES", 20)
    monkeypatch.setattr("openpyxl.worksheet._read_only.ReadOnlyWorksheet", None)

    assert refused(stream) == (SheetFault.TOO_MANY_LINES, "")


def test_only_the_sheet_that_is_read_must_be_short_and_without_merged_cells(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_LINES", 20)
    made = Workbook()
    for row in (HEAD, ["1", "a.example", ""]):
        made.active.append(row)
    other = made.create_sheet("说明")
    for _ in range(30):
        other.append(["很长的说明"])
    other.merge_cells("A1:B2")
    target = io.BytesIO()
    made.save(target)
    target.seek(0)

    read = sheets.read_sheet(target, COMPLAINT_COLUMNS)

    assert [row.cells["work"] for row in read.rows] == ["1"]


def test_rows_that_are_only_formatted_are_refused_as_empty_ones_to_delete():
    made = Workbook()
    for row in (HEAD, *[["1", "a.example", ""]] * 300):
        made.active.append(row)
    for at in range(302, 20_400):
        made.active.row_dimensions[at].height = 20
    target = io.BytesIO()
    made.save(target)
    target.seek(0)

    assert refused(target) == (SheetFault.TOO_MANY_LINES, "")
