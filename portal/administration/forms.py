"""What officials fill in to change the place: a row, several rows, and a version."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.administration.choosing import Choosing
from portal.administration.conditions import MORE, open_keys
from portal.administration.fields import (
    PREFIX,
    Asked,
    Look,
    asked_of,
    begun,
    fields_for,
    typed,
)
from portal.administration.lines import weight_lines
from portal.administration.words import NotRead, told
from portal.jurisdiction.changing import ProposeChange, check_rows
from portal.jurisdiction.pack import COLUMNS
from portal.jurisdiction.pack_files import PackProblem, toml_lines
from portal.jurisdiction.parts import Part, Values
from portal.jurisdiction.publishing import (
    LONGEST_REASON,
    SHORTEST_REASON,
    ConfirmChanges,
    PublishChanges,
    ReturnChanges,
)
from portal.kernel.errors import NotFound
from portal.web.forms import LongText, Moment, Pick, PortalForm, Problem, ShortText, VersionedForm

LONGEST_LIST: Final = 60_000


class RowForm(PortalForm):
    """One row; its fields are those of the shape of the table."""

    part: Part
    asked: tuple[Asked, ...]
    fixed: Values
    has: Values
    is_new: bool
    choosing: Choosing

    @property
    def conditions(self) -> list[str]:
        """The conditions that the page shows, to be sent along."""
        names = [one.name for one in self.asked if one.look is Look.CONDITIONS]
        return open_keys(self.has.get(names[0]) or {}) if names else []

    @property
    def wants_more(self) -> bool:
        """Whether another condition is to be opened, and nothing to be saved yet."""
        return MORE in self and bool(self[MORE].data)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401  # as WTForms has it
        """Every field by itself, and the row by its shape, in the words of the packs."""
        if self.wants_more or not super().validate(extra_validators):
            return False
        row = self._read()
        for problem in [] if row is None else check_rows(self.part, [row]):
            self._blame(problem)
        return not self.errors

    def _read(self) -> Values | None:
        row = dict(self.fixed)
        for asked in self.asked:
            try:
                row.update(typed(asked, self, self.choosing, self.has))
            except NotRead as error:
                self._add(error.field, str(error))
                return None
        return row

    def _blame(self, problem: PackProblem) -> None:
        """Put a problem at the field that it is about, with the line of a longer text."""
        first, _dot, rest = problem.field.partition(".")
        name = PREFIX + first
        if name in self and rest and isinstance(self[name].data, str):
            line = self._lines(first, self[name].data).get(rest)
            at = "" if line is None else " " + str(gettext("(line %(line)d)", line=line))
            self._add(name, told(problem) + at)
        elif (entry := f"{name}_{rest.replace('.', '_')}") in self or f"{entry}_zh" in self:
            self._add(entry if entry in self else f"{entry}_zh", told(problem))
        elif f"{name}_{rest or 'zh'}" in self:
            self._add(f"{name}_{rest or 'zh'}", told(problem))
        elif name in self:
            self._add(name, told(problem))
        else:
            self.form_errors.append(told(problem))

    def _lines(self, name: str, text: str) -> Mapping[str, int]:
        """On which line of a longer text each thing is said."""
        weighed = any(one.name == name and one.look is Look.WEIGHTS for one in self.asked)
        return weight_lines(text) if weighed else toml_lines(text)

    def _add(self, name: str, words: str) -> None:
        self[name].errors = [*self[name].errors, words]

    def to_command(self) -> ProposeChange:
        """The order, once the form is valid."""
        return ProposeChange(self.part.name, (self._read() or {},), is_new=self.is_new)


def row_form(part: Part, row: Values | None, choosing: Choosing) -> RowForm:
    """The form for a row of a table as it is, or for a new one."""
    asked, has = asked_of(part, is_new=row is None), row or {}
    fields = {name: field for one in asked for name, field in fields_for(one, choosing, has)}
    shown = {} if row is None else {k: v for one in asked for k, v in begun(one, row)}
    known = {
        "part": part,
        "asked": asked,
        "fixed": {name: has[name] for name in part.keys if name in has},
        "has": has,
        "is_new": row is None,
        "choosing": choosing,
    }
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


class ConfirmForm(VersionedForm):
    """That one has seen what somebody else handed in, upon which version."""

    def to_command(self, request_id: UUID) -> ConfirmChanges:
        """The order; nonsense as a version counts as out of date."""
        return ConfirmChanges(request_id, self.seen_version)


class ReturnForm(PortalForm):
    """Why something that was handed in goes back."""

    answer = LongText(
        _l("Why does it go back?"),
        required=_l("Say why it goes back"),
        max_length=LONGEST_REASON,
        hint=_l("Whoever handed it in reads this. Name nobody."),
    )

    def to_command(self, request_id: UUID) -> ReturnChanges:
        """The order."""
        return ReturnChanges(request_id, self.answer.data)


class PutForm(PortalForm):
    """Before which row another one is to stand."""

    before = Pick(_l("Put it before"))

    def offer(self, rows: Sequence[tuple[str, str]]) -> "PutForm":
        """The other rows, and the end."""
        self.before.choices = [*rows, ("", gettext("The end of the table"))]
        return self


class FindForm(PortalForm):
    """Which rows of a table to show."""

    words = ShortText(_l("Code or words"), max_length=100)

    class Meta(PortalForm.Meta):
        csrf = False
