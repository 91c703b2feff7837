"""What officials fill in to change the place: a row, several rows, and a version."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.administration.fields import PREFIX, Asked, NotToml, asked_of, begun, fields_for, typed
from portal.administration.words import told
from portal.jurisdiction.changing import (
    LONGEST_REASON,
    SHORTEST_REASON,
    ProposeChange,
    PublishChanges,
    check_rows,
)
from portal.jurisdiction.pack import COLUMNS
from portal.jurisdiction.pack_files import PackProblem, toml_lines
from portal.jurisdiction.parts import Part, Values
from portal.kernel.errors import NotFound
from portal.web.forms import LongText, Moment, PortalForm, Problem, ShortText, VersionedForm

LONGEST_LIST: Final = 60_000


class RowForm(PortalForm):
    """One row; its fields are those of the shape of the table."""

    part: Part
    asked: tuple[Asked, ...]
    fixed: Values
    is_new: bool

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401  # as WTForms has it
        """Every field by itself, and the row by its shape, in the words of the packs."""
        if not super().validate(extra_validators):
            return False
        row = self._read()
        for problem in [] if row is None else check_rows(self.part, [row]):
            self._blame(problem)
        return not self.errors

    def _read(self) -> Values | None:
        row = dict(self.fixed)
        for asked in self.asked:
            try:
                row.update(typed(asked, self))
            except NotToml as error:
                self._add(PREFIX + asked.name, str(error))
                return None
        return row

    def _blame(self, problem: PackProblem) -> None:
        """Put a problem at the field that it is about, with the line of a longer text."""
        first, _dot, rest = problem.field.partition(".")
        name = PREFIX + first
        if name in self and rest:
            line = toml_lines(self[name].data or "").get(rest)
            at = "" if line is None else " " + str(gettext("(line %(line)d)", line=line))
            self._add(name, told(problem) + at)
        elif f"{name}_{rest or 'zh'}" in self:
            self._add(f"{name}_{rest or 'zh'}", told(problem))
        elif name in self:
            self._add(name, told(problem))
        else:
            self.form_errors.append(told(problem))

    def _add(self, name: str, words: str) -> None:
        self[name].errors = [*self[name].errors, words]

    def to_command(self) -> ProposeChange:
        """The order, once the form is valid."""
        return ProposeChange(self.part.name, (self._read() or {},), is_new=self.is_new)


def row_form(part: Part, row: Mapping[str, Any] | None) -> RowForm:
    """The form for a row of a table as it is, or for a new one."""
    asked = asked_of(part, is_new=row is None)
    fields = {name: field for one in asked for name, field in fields_for(one)}
    shown = {} if row is None else {k: v for one in asked for k, v in begun(one, row)}
    fixed = {} if row is None else {name: row[name] for name in part.keys if name in row}
    known = {"part": part, "asked": asked, "fixed": fixed, "is_new": row is None}
    made = type("_RowForm", (RowForm,), {**fields, **known})
    form: RowForm = made(data=shown)
    return form


class RowsForm(PortalForm):
    """New rows of a table, as lines of CSV."""

    lines = LongText(
        _l("New rows, a line each"), required=_l("Enter at least one row"), max_length=LONGEST_LIST
    )
    part: Part

    def begin(self, part: Part) -> "RowsForm":
        """Say which columns there are; NotFound for a table that is not kept in columns."""
        if not columns_of(part):
            raise NotFound("place-part")
        self.part = part
        self.lines.description = gettext(
            "One row a line, with commas between: %(columns)s", columns=",".join(columns_of(part))
        )
        return self

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401  # as WTForms has it
        """Every row by its shape; a problem names its line."""
        if not super().validate(extra_validators):
            return False
        found = [_in_line(one) for one in check_rows(self.part, self._rows())]
        self.lines.errors = [*self.lines.errors, *found]
        return not found

    def problems(self) -> list[Problem]:
        """Every wrong line, not only the first."""
        found = [Problem(str(one), self.lines.id) for one in self.lines.errors]
        return found or super().problems()

    def _rows(self) -> tuple[Values, ...]:
        columns = columns_of(self.part)
        lines = csv.reader(io.StringIO(self.lines.data))
        cells = [line for line in lines if any(cell.strip() for cell in line)]
        return tuple(_row(columns, line) for line in cells)

    def to_command(self) -> ProposeChange:
        """The order."""
        return ProposeChange(self.part.name, self._rows(), is_new=True)


def columns_of(part: Part) -> tuple[str, ...]:
    """The columns of a table in the order of its file, those that may be left out last."""
    if part.file not in COLUMNS:
        return ()
    names = (field.alias or name for name, field in part.shape.model_fields.items())
    return tuple(dict.fromkeys((*COLUMNS[part.file], *names)))


def _row(columns: tuple[str, ...], cells: list[str]) -> Values:
    """A row; what stands beyond the last column has a name that no table knows."""
    named = zip([*columns, *(f"+{n}" for n in range(len(cells)))], cells, strict=False)
    return {name: cell.strip() for name, cell in named if cell.strip()}


def _in_line(problem: PackProblem) -> str:
    return str(gettext("Line %(line)d: %(problem)s", line=problem.line, problem=told(problem)))


class PublishForm(VersionedForm):
    """Why, and from when on."""

    reason = LongText(
        _l("Why is this changed?"),
        required=_l("Say why this is changed"),
        max_length=LONGEST_REASON,
        hint=_l("Everybody on the desk can read it beside the version. Name nobody."),
    )
    starts_at = Moment(_l("From when on"), hint=_l("Leave it empty for: at once"))

    def validate_reason(self, field: LongText) -> None:
        """A few words at least."""
        if field.data and len(field.data) < SHORTEST_REASON:
            raise StopValidation(gettext("Say in at least %(n)d characters why", n=SHORTEST_REASON))

    def to_command(self) -> PublishChanges:
        """The order; nonsense as a version counts as out of date."""
        return PublishChanges(self.reason.data, self.seen_version, self.starts_at.data)


class FindForm(PortalForm):
    """Which rows of a table to show."""

    words = ShortText(_l("Code or words"), max_length=100)

    class Meta(PortalForm.Meta):
        csrf = False
