"""Reading the files of a pack, keeping the line of everything, so that a problem can say where."""

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.jurisdiction.sentences import Sentence, verbatim
from portal.kernel.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class PackProblem:
    """One thing that is wrong with a pack; a `warning` does not keep it from being loaded."""

    file: str
    line: int
    field: str
    what: Sentence
    would_be_right: Sentence
    warning: bool = False

    def __str__(self) -> str:
        """`departments.csv line 12, kind: 'CULTUR' is not known; would be right: …`."""
        place = f"{self.file} line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{place}: {self.what}; would be right: {self.would_be_right}"


def nothing_in(file: str, line: int) -> PackProblem:
    """A file or table without a single row."""
    what, right = Sentence("has nothing in it"), Sentence("at least one entry")
    return PackProblem(file, line, "", what, right)


class PackInvalid(RuleBroken):
    """A pack that cannot be loaded, with every problem found in it."""

    def __init__(self, problems: Sequence[PackProblem]) -> None:
        super().__init__("pack-invalid", problems=len(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table or one block of a TOML file; `lines` has those of its fields."""

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def problem(
        self, name: str, what: Sentence, would_be_right: Sentence, *, warning: bool = False
    ) -> PackProblem:
        """A problem with the field `name` (`terms.碟`, `name.en`) of this record."""
        at = name
        while at and at not in self.lines:
            at = at.rpartition(".")[0]
        line = self.lines.get(at, self.line)
        return PackProblem(self.file, line, name, what, would_be_right, warning)


def read_table(
    folder: Path, name: str, columns: Sequence[str], problems: list[PackProblem]
) -> list[Record]:
    """The rows of a CSV file; empty cells are left out, so that they count as missing."""
    text = _read_text(folder, name, problems)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[Record] = []
    try:
        head = next(reader, [])
        missing = [column for column in columns if column not in head]
        if missing:
            problems.append(_wrong_head(name, head, columns))
            return []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _add_row(name, reader.line_num, head, cells, records, problems)
    except csv.Error as error:
        what, right = Sentence("is not CSV (%(error)s)", error=error), Sentence("balanced quotes")
        problems.append(PackProblem(name, reader.line_num, "", what, right))
    return records


def _add_row(
    name: str,
    line: int,
    head: list[str],
    cells: list[str],
    records: list[Record],
    problems: list[PackProblem],
) -> None:
    if len(cells) != len(head):
        what = Sentence("has %(n)d cells", n=len(cells))
        right = Sentence("%(n)d cells, as in the first row", n=len(head))
        problems.append(PackProblem(name, line, "", what, right))
        return
    values = {
        column: cell.strip() for column, cell in zip(head, cells, strict=True) if cell.strip()
    }
    records.append(Record(name, line, values))


def _wrong_head(name: str, head: Sequence[str], columns: Sequence[str]) -> PackProblem:
    found, wanted = ",".join(head), verbatim(",".join(columns))
    what = Sentence("the first row is %(columns)s", columns=found)
    return PackProblem(name, 1, "", what if found else Sentence("the first row is empty"), wanted)


def read_blocks(folder: Path, name: str, block: str, problems: list[PackProblem]) -> list[Record]:
    """The `[[block]]`s of a TOML file, in their order."""
    text = _read_text(folder, name, problems)
    parsed = None if text is None else _parse_toml(name, text, problems)
    if text is None or parsed is None:
        return []
    for key in parsed.keys() - {block}:
        line = toml_lines(text).get(key, 1)
        what = Sentence("is not known here")
        problems.append(PackProblem(name, line, key, what, _block(block)))
    found = parsed.get(block, [])
    if not isinstance(found, list) or not all(isinstance(values, dict) for values in found):
        what = Sentence("is not a list of blocks")
        problems.append(PackProblem(name, 1, block, what, _block(block)))
        return []
    return _records(name, block, found, toml_lines(text))


def _block(name: str) -> Sentence:
    return verbatim(f"[[{name}]]")


def read_document(folder: Path, name: str, problems: list[PackProblem]) -> Record | None:
    """A whole TOML file as one record."""
    text = _read_text(folder, name, problems)
    parsed = None if text is None else _parse_toml(name, text, problems)
    if text is None or parsed is None:
        return None
    return Record(name, 1, parsed, toml_lines(text))


def _records(
    name: str, block: str, found: list[dict[str, Any]], lines: Mapping[str, int]
) -> list[Record]:
    records = []
    for number, values in enumerate(found):
        prefix = f"{block}.{number}"
        own = {
            path.removeprefix(f"{prefix}."): line
            for path, line in lines.items()
            if path.startswith(f"{prefix}.")
        }
        records.append(Record(name, lines.get(prefix, 1), values, own))
    return records


def _read_text(folder: Path, name: str, problems: list[PackProblem]) -> str | None:
    path = folder / name
    if not path.is_file():
        right = Sentence("a file %(name)s in the folder", name=name)
        problems.append(PackProblem(name, 1, "", Sentence("is missing"), right))
        return None
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        right = Sentence("the file saved as UTF-8")
        problems.append(PackProblem(name, line, "", _what_encoding(raw), right))
        return None


def _what_encoding(raw: bytes) -> Sentence:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return Sentence("is not UTF-8 text")
    return Sentence("is not UTF-8 text (it looks like GB18030)")


def _parse_toml(name: str, text: str, problems: list[PackProblem]) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        what = Sentence("is not TOML (%(error)s)", error=error)
        problems.append(PackProblem(name, line, "", what, Sentence("valid TOML")))
        return None
    except RecursionError:
        too_deep = Sentence("is not TOML (lists within lists, too deep)")
        problems.append(PackProblem(name, 1, "", too_deep, Sentence("valid TOML")))
        return None


_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?")
_KEY = re.compile(r"""^\s*("(?:[^"\\]|\\.)*"|'[^']*'|[\w\-]+)\s*=""")


def toml_lines(text: str) -> dict[str, int]:
    """Where each block and key of a TOML text stands: `rule.3.lead` -> line.

    The parser of the standard library gives no positions; this follows headers and keys line
    by line, which is enough for files without strings of several lines.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            prefix = _block_path(header[2], counts, is_new=header[1] == "[[")
            lines.setdefault(prefix, number)
        elif key:
            name = key[1].strip("\"'")
            lines.setdefault(f"{prefix}.{name}".lstrip("."), number)
    return lines


def _block_path(header: str, counts: dict[str, int], *, is_new: bool) -> str:
    """`category.question` inside the third category, there for the first time: `….2.question.0`.

    Each list of blocks counts for itself: the questions of one category are not those of the next.
    """
    path = ""
    *outer, last = header.split(".")
    for step in outer:
        path = f"{path}.{step}".lstrip(".")
        path = f"{path}.{counts[path]}" if path in counts else path
    path = f"{path}.{last}".lstrip(".")
    if is_new:
        counts[path] = counts.get(path, -1) + 1
        return f"{path}.{counts[path]}"
    return path
