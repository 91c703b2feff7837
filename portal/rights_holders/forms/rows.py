"""What is filled in about works and complaints, one by one or as a sheet."""

from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.evidence.service import IncomingFile
from portal.intake.forms.fields import demand_good_files
from portal.jurisdiction.place import Place
from portal.rights_holders.queries.complaints import ComplaintLine, Filters
from portal.rights_holders.queries.works import WorkPage
from portal.rights_holders.rules.complaints import RIGHTS, ComplaintField, RightBasis
from portal.rights_holders.rules.problems import Problem
from portal.rights_holders.rules.sheets import (
    COMPLAINT_COLUMNS,
    WORK_COLUMNS,
    Columns,
    Sheet,
    SheetRefused,
)
from portal.rights_holders.rules.works import WorkEntry, WorkField, WorkKind, read_work
from portal.rights_holders.service.complaints import FileComplaint, MendComplaint, SendSheet
from portal.rights_holders.service.works import ChangeWork
from portal.rights_holders.sheets import read_sheet
from portal.rights_holders.states import ComplaintState
from portal.rights_holders.words import FAULTS, row_words, sheet_words
from portal.web.forms import (
    Files,
    LongText,
    Pick,
    PortalForm,
    ShortText,
    Tick,
    VersionedForm,
)
from portal.web.labels import choices
from portal.web.language import current_language
from portal.web.returned import comes_back

SHOWN_PROBLEMS = 200


class WithFiles(PortalForm):
    """A form whose files are looked at with it; `already` are the sizes of those that are there."""

    files = Files(_l("Files that prove the right"))
    already: Sequence[int] = ()

    def validate(self, extra_validators: object = None) -> bool:
        """Check the files as well."""
        good = super().validate(extra_validators)
        return demand_good_files(self.files, self.already) and good

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())


class WorkForm(WithFiles):
    """One work."""

    title = ShortText(_l("Title of the work"), required=True, max_length=300)
    kind = Pick(_l("Kind of work"), required=True)
    author = ShortText(_l("Author or artist"), max_length=300)
    isbn = ShortText("ISBN", max_length=40)
    isrc = ShortText("ISRC", max_length=40)
    iswc = ShortText("ISWC", max_length=40)
    eidr = ShortText("EIDR", max_length=60)
    registration = ShortText(_l("Number of the copyright registration"), max_length=60)
    sellers = LongText(
        _l("Licensed sellers"), max_length=4000, hint=_l("One on a line: name or address.")
    )

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.kind.choices = choices(WorkKind)
        self.entry: WorkEntry | None = None

    def validate(self, extra_validators: object = None) -> bool:
        """Check the identifiers by their check digits."""
        good = super().validate(extra_validators)
        cells = {one.value: self[one.value].data or "" for one in WorkField}
        read = read_work(cells)
        if isinstance(read, WorkEntry):
            self.entry = read
            return good
        for problem in read:
            field = self[problem.field]
            field.errors = field.errors or [f"{field.label.text}: {FAULTS[problem.fault]}"]
        return False

    @property
    def entries(self) -> tuple[WorkEntry, ...]:
        """The work, as entered."""
        return (self.entry,) if self.entry else ()


class ChangeWorkForm(WorkForm, VersionedForm):
    """A work as it shall be from now on."""

    def show(self, page: WorkPage) -> None:
        """What the register says of it."""
        line = page.line
        if not self.is_submitted():
            self.title.data, self.kind.data = line.title, line.kind.value
            self.author.data, self.sellers.data = line.author, "\n".join(line.sellers)
            for scheme, value in line.identifiers:
                self[scheme.value].data = value
        self.see(len(page.earlier))

    def to_command(self, number: str, work: int, files: tuple[UUID, ...]) -> ChangeWork:
        """The order for the service; the files are kept already."""
        return ChangeWork(number, work, cast("WorkEntry", self.entry), files, self.seen_version)


class SheetForm(WithFiles):
    """A sheet, and files that go with all its rows; `sheet` is what was read of it."""

    table = Files(
        _l("The sheet"),
        required=_l("Choose the sheet"),
        hint=_l(
            "xlsx, or csv in UTF-8 or GB18030; at most 5,000 rows. The first sheet is read, with "
            "headings in its first row."
        ),
    )
    columns: Columns = COMPLAINT_COLUMNS

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.sheet: Sheet | None = None

    def validate(self, extra_validators: object = None) -> bool:
        """Read the sheet; what cannot be read says where and why."""
        good = super().validate(extra_validators)
        if not self.table.data or comes_back():
            return good
        if len(self.table.data) > 1:
            self.table.errors = [_("Send one sheet at a time.")]
            return False
        try:
            self.sheet = read_sheet(self.table.data[0].stream, self.columns)
        except SheetRefused as refused:
            self.table.errors = [sheet_words(refused)]
            return False
        return good

    def to_command(self, number: str) -> SendSheet:
        """The order for the service."""
        return SendSheet(number, cast("Sheet", self.sheet), current_language().tag)


class WorkSheetForm(SheetForm):
    """A sheet of works: all rows are right, or none is entered."""

    columns = WORK_COLUMNS

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.entries: tuple[WorkEntry, ...] = ()
        self.wrong: list[tuple[int, Problem]] = []

    def validate(self, extra_validators: object = None) -> bool:
        """Name each row, column, what is wrong and what would be right."""
        if not super().validate(extra_validators) or self.sheet is None:
            return False
        entries = []
        for row in self.sheet.rows:
            read = read_work(row.cells)
            if isinstance(read, WorkEntry):
                entries.append(read)
            else:
                self.wrong += [(row.number, problem) for problem in read]
        self.entries = tuple(entries)
        if self.wrong:
            self.table.errors = [_("Nothing was entered: mend the rows below and send it again.")]
        return not self.wrong

    @property
    def wrong_rows(self) -> list[str]:
        """What is wrong, row by row."""
        return [row_words(number, problem) for number, problem in self.wrong[:SHOWN_PROBLEMS]]


class ComplaintForm(WithFiles, VersionedForm):
    """One complaint; an answer that is wrong is kept and can be mended later."""

    work = ShortText(
        _l("Work"),
        required=True,
        max_length=300,
        hint=_l("Number, title or identifier of a work in your register."),
    )
    url = ShortText(_l("Address on the net"), max_length=2000)
    place = ShortText(_l("Or the place"), max_length=300, hint=_l("Shop and street."))
    region = ShortText(_l("Region of the place"), max_length=100, hint=_l("County or city."))
    category = Pick(_l("Subject"))
    found_on = ShortText(
        _l("Day on which you found it"), max_length=20, hint=_l("Like 2026-11-22.")
    )
    facts = LongText(_l("What happens there, and why it is not permitted"), max_length=2000)
    right = Pick(_l("By what right do you complain?"))
    original = ShortText(
        _l("Address of the original"), max_length=2000, hint=_l("Only if there is one.")
    )
    signature = ShortText(_l("Signature: your full name"), max_length=100)
    declared = Tick(_l("I declare this"), required=_l("Without the declaration nothing is filed"))

    def __init__(self, *, already: Sequence[int] = (), **options: object) -> None:
        super().__init__(**options)
        self.already = already

    def offer(self, place: Place) -> None:
        """The subjects that the place has complaints about."""
        tag = current_language().tag
        subjects = [(code, place.categories[code].name.in_(tag)) for code in _subjects(place)]
        self.category.choices = [("", "–"), *subjects]
        self.right.choices = [("", "–"), *choices(RightBasis)]

    def show(self, line: ComplaintLine, place: Place) -> None:
        """What was typed before, with what is wrong beside it."""
        for column in ComplaintField:
            name = _name(column)
            if name in self and not self.is_submitted():
                self[name].data = line.cells.get(column, "")
        if not self.is_submitted():
            self._choose(place)

    def _choose(self, place: Place) -> None:
        """What a sheet says in words, as the member of the list that it means."""
        typed = str(self.category.data or "").casefold()
        for code in _subjects(place):
            name = place.categories[code].name
            if typed in {name.zh.casefold(), name.en.casefold()}:
                self.category.data = code
        right = RIGHTS.get(str(self.right.data or "").casefold())
        self.right.data = right.value if right else ""

    @property
    def cells(self) -> Mapping[str, str]:
        """The answers by the columns of a sheet."""
        said = {
            column: self[_name(column)].data for column in ComplaintField if _name(column) in self
        }
        return {str(column): value for column, value in said.items() if value}

    def to_command(self, number: str, files: tuple[UUID, ...]) -> FileComplaint:
        """The order for the service; the files are kept already."""
        return FileComplaint(number, self.cells, current_language().tag, files)

    def to_mending(self, number: str, complaint: int, files: tuple[UUID, ...]) -> MendComplaint:
        """The order to mend one that is there."""
        return MendComplaint(number, complaint, self.cells, files, self.seen_version)


class FilterForm(PortalForm):
    """Which complaints are listed; stands in the URL."""

    class Meta(PortalForm.Meta):
        csrf = False

    state = Pick(_l("State"))
    order = Pick(_l("Order"))

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.state.choices = [("", _("All")), *choices(ComplaintState)]
        self.order.choices = [("", _("Newest first")), ("old", _("Oldest first"))]


# What of a URL is a filter: anything else in it is no part of the next one.
FILTERS: Final = ("state", "order", "work", "sheet", "like", "asked", "countered")


def read_filters(arguments: Mapping[str, str]) -> Filters:
    """The filters that stand in a URL; what means nothing is no filter."""
    state = arguments.get("state", "")
    return Filters(
        state=ComplaintState(state) if state in set(ComplaintState) else None,
        work=_number(arguments.get("work")),
        sheet=_number(arguments.get("sheet")),
        like=_number(arguments.get("like")),
        asked=bool(arguments.get("asked")),
        countered=bool(arguments.get("countered")),
        oldest_first=arguments.get("order") == "old",
    )


def _number(text: str | None) -> int | None:
    good = text and text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004
    return int(text) if text and good else None


def _name(column: ComplaintField) -> str:
    return column.value.replace("-", "_")


def _subjects(place: Place) -> tuple[str, ...]:
    return tuple(code for code in place.complaints.categories if code in place.categories)
