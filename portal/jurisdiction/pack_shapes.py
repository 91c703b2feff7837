"""What each record of a pack looks like, and how a wrong one is described."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from portal.jurisdiction.pack_files import PackProblem, Record
from portal.jurisdiction.place import (
    ClockEvent,
    DayKind,
    DayUnit,
    Level,
    OnBreach,
    ReasonKind,
    RoutingRule,
    Stage,
    Suspension,
    Text,
    Urgency,
)
from portal.jurisdiction.sentences import Sentence, verbatim
from portal.jurisdiction.tables import QuestionKind, Way


class ReportKindName(StrEnum):
    """The kinds of report a row may name.

    Those that `portal.intake` keeps, which comes later, and those that lists of reports from
    elsewhere use for a complaint and for the answer to one.
    """

    TIP = "tip"
    COMPLAINT = "complaint"
    INSTRUCTION = "instruction"
    RIGHTSHOLDER_COMPLAINT = "rightsholder_complaint"
    COUNTER_NOTICE = "counter_notice"


def _known_zone(zone: str) -> str:
    if zone not in available_timezones():
        raise ValueError("is not a time zone")
    return zone


Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,60}$")]
# Also the name of a field on a page.
FieldCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Split = Annotated[tuple[Filled, ...], BeforeValidator(lambda cell: _split(cell, "|"))]
Codes = Annotated[
    tuple[Code, ...],
    BeforeValidator(lambda cell: _split(cell, " ")),
    AfterValidator(lambda codes: tuple(sorted(codes))),
]
Zone = Annotated[str, AfterValidator(_known_zone)]
Weight = Annotated[int, Field(ge=1, le=10)]
Days = Annotated[int, Field(ge=0, le=3660)]
SomeDays = Annotated[int, Field(ge=1, le=3660)]
# A calendar is known for some years, not for all time.
Year = Annotated[int, Field(ge=1900, le=2200)]
Percent = Annotated[int, Field(ge=1, le=99)]


def _split(cell: object, by: str) -> object:
    """A cell with several values; anything that is not a cell is left for the check."""
    return tuple(part for part in cell.split(by) if part) if isinstance(cell, str) else cell


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextShape(Shape):
    zh: Filled
    en: Filled

    def text(self) -> Text:
        return Text(self.zh, self.en)


class NamedRow(Shape):
    """A row of a table with a name in both languages."""

    name: Filled
    name_en: Filled

    def text(self) -> Text:
        return Text(self.name, self.name_en)


class EmergencyShape(Shape):
    number: Filled
    name: TextShape


class YearsShape(Shape):
    first_year: Year
    last_year: Year


class PackShape(Shape):
    pack: Code
    version: Filled
    zone: Zone
    unsure_category: Code
    coordinator: Code
    supervision: Code
    hotline: str = ""
    school_distance: int = Field(default=200, ge=0, le=5000)
    preselect_confidence: int = Field(default=0, ge=0, le=100)
    name: TextShape
    calendar: YearsShape
    emergency: tuple[EmergencyShape, ...] = ()


class RegionShape(NamedRow):
    code: Code
    short: Filled
    level: Level
    parent: Code | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: Filled
    aliases: Split = ()
    successors: Codes = ()


class TownshipShape(Shape):
    name: Filled
    codes: Codes


class ReachedRow(NamedRow):
    """A row that may say how somebody is sent things; a `contact` has both languages."""

    receives_by: Way | None = None
    contact: Filled | None = None
    contact_en: Filled | None = None

    def contact_text(self) -> Text | None:
        return Text(self.contact, self.contact_en) if self.contact and self.contact_en else None


class DepartmentKindShape(ReachedRow):
    kind: Code
    duty: Filled
    duty_en: Filled
    outside: bool = False


class DepartmentShape(ReachedRow):
    kind: Code
    region: Code

    @property
    def code(self) -> str:
        return f"{self.kind}@{self.region}"


class CalendarShape(NamedRow):
    date: date
    kind: DayKind


class OptionShape(Shape):
    code: Code
    text: TextShape


class QuestionShape(Shape):
    code: FieldCode
    text: TextShape
    kind: QuestionKind
    hint: TextShape | None = None
    required: bool = False
    choices: tuple[OptionShape, ...] = ()


class CategoryShape(Shape):
    code: Code
    name: TextShape
    hint: TextShape
    group: Code
    urgency: Urgency
    terms: dict[Filled, Weight] = Field(default_factory=dict)
    stopper: TextShape | None = None
    link_only: bool = False
    restricted: bool = False
    allow_anonymous: bool = True
    reward_allowed: bool = False
    offered: bool = True
    question: tuple[QuestionShape, ...] = ()


class RuleShape(Shape):
    id: Code
    when: dict[Filled, Annotated[tuple[Filled, ...], Field(min_length=1)]]
    lead: Code
    support: tuple[Code, ...] = ()
    sentence: TextShape
    basis: str = ""

    def rule(self) -> RoutingRule:
        return RoutingRule(
            self.id, dict(self.when), self.lead, self.support, self.sentence.text(), self.basis
        )


class ExtensionShape(Shape):
    n: SomeDays
    times: Annotated[int, Field(ge=1, le=10)] = 1


class ClockShape(Shape):
    id: Code
    stage: Stage
    n: Days
    unit: DayUnit
    starts: ClockEvent
    warn_days: Days | None = None
    warn_share: Percent | None = None
    extension: ExtensionShape | None = None
    suspends_on: tuple[Suspension, ...] = ()
    pause_cap: Days = 0
    on_breach: Annotated[tuple[OnBreach, ...], Field(min_length=1)] = (OnBreach.SHOW,)
    urgency: tuple[Urgency, ...] = ()
    kind: tuple[ReportKindName, ...] = ()
    category: tuple[Code, ...] = ()
    basis: str = ""


class ReasonShape(Shape):
    code: Code
    kind: ReasonKind
    name: TextShape
    to_reporter: TextShape


ShapeT = TypeVar("ShapeT", bound=Shape)


@dataclass(frozen=True, slots=True)
class Entry(Generic[ShapeT]):
    """A valid record and where it came from."""

    record: Record
    row: ShapeT


def shape_all(
    records: Iterable[Record], shape: type[ShapeT], problems: list[PackProblem]
) -> list[Entry[ShapeT]]:
    """The records that are valid; what is wrong with the others goes to `problems`."""
    entries = []
    for record in records:
        try:
            entries.append(Entry(record, shape.model_validate(record.values)))
        except ValidationError as error:
            problems.extend(_problem(record, shape, detail) for detail in error.errors())
    return entries


def _problem(record: Record, shape: type[Shape], detail: ErrorDetails) -> PackProblem:
    path = [str(step) for step in detail["loc"] if step != "[key]"]
    name = ".".join(path)
    describe = _SENTENCES.get(detail["type"])
    if describe is None:
        what = Sentence("is not right: %(told)s", told=detail["msg"])
        right = Sentence("see the shipped packs")
    elif detail["type"] == "extra_forbidden" and len(path) == 1:
        known = ", ".join(field.alias or name for name, field in shape.model_fields.items())
        what = Sentence("is not a field of this file")
        right = Sentence("one of %(codes)s", codes=known)
    else:
        what, right = describe(detail)
    return record.problem(name, what, right)


def _context(detail: ErrorDetails, key: str) -> Any:  # noqa: ANN401  # what pydantic put there
    return detail.get("ctx", {}).get(key, "")


_Told = tuple[Sentence, Sentence]


_MOST_SHOWN = 60


def _short(detail: ErrorDetails) -> str:
    """What stood there, if it is short: a whole report is not said back."""
    text = str(detail["input"])
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _not_known(detail: ErrorDetails) -> _Told:
    expected = str(_context(detail, "expected")).replace(" or ", ", ")
    return Sentence("'%(value)s' is not known", value=_short(detail)), Sentence(
        "one of %(codes)s", codes=expected
    )


def _no_fields(detail: ErrorDetails) -> _Told:
    what = Sentence("'%(value)s' is not a group of fields", value=_short(detail))
    return what, Sentence("fields with names, as in the shipped packs")


def _no_number(detail: ErrorDetails) -> _Told:
    return Sentence("'%(value)s' is not a number", value=_short(detail)), Sentence("a whole number")


def _no_date(detail: ErrorDetails) -> _Told:
    return Sentence("'%(value)s' is not a date", value=_short(detail)), verbatim("2026-10-01")


def _no_moment(detail: ErrorDetails) -> _Told:
    return Sentence("'%(value)s' is not a moment", value=_short(detail)), verbatim(
        "2026-10-01T08:00:00+08:00"
    )


def _no_code(detail: ErrorDetails) -> _Told:
    right = Sentence(
        "letters, digits, '_', '-' and '.' only (small letters, digits and '_' for a question)"
    )
    return Sentence("'%(value)s' is not a code", value=_short(detail)), right


def _no_zone(detail: ErrorDetails) -> _Told:
    right = Sentence("a name like Asia/Shanghai")
    return Sentence("'%(value)s' is not a time zone", value=_short(detail)), right


_SENTENCES: dict[str, Callable[[ErrorDetails], _Told]] = {
    "missing": lambda _: (Sentence("is missing"), Sentence("a value")),
    "extra_forbidden": lambda _: (Sentence("is not a field here"), Sentence("leave it out")),
    "enum": _not_known,
    "literal_error": _not_known,
    "string_too_short": lambda _: (Sentence("is empty"), Sentence("a text")),
    "string_type": lambda d: (
        Sentence("'%(value)s' is not a text", value=_short(d)),
        Sentence("a text in quotes"),
    ),
    "string_unicode": lambda _: (Sentence("is not UTF-8 text"), Sentence("a text in quotes")),
    "string_pattern_mismatch": _no_code,
    "int_parsing": _no_number,
    "int_type": _no_number,
    "bool_parsing": lambda d: (
        Sentence("'%(value)s' is neither true nor false", value=_short(d)),
        Sentence("true or false"),
    ),
    "greater_than_equal": lambda d: (
        Sentence("'%(value)s' is too small", value=_short(d)),
        Sentence("%(n)s or more", n=_context(d, "ge")),
    ),
    "less_than_equal": lambda d: (
        Sentence("'%(value)s' is too large", value=_short(d)),
        Sentence("%(n)s or less", n=_context(d, "le")),
    ),
    "too_short": lambda _: (Sentence("is empty"), Sentence("at least one value")),
    "tuple_type": lambda d: (
        Sentence("'%(value)s' is not a list", value=_short(d)),
        Sentence('a list, for example ["POLICE"]'),
    ),
    "date_from_datetime_parsing": _no_date,
    "date_parsing": _no_date,
    "datetime_from_date_parsing": _no_moment,
    "datetime_parsing": _no_moment,
    "timezone_aware": lambda d: (
        Sentence("'%(value)s' has no time zone", value=_short(d)),
        verbatim("2026-10-01T08:00:00+08:00"),
    ),
    "value_error": _no_zone,
    "model_type": _no_fields,
    "model_attributes_type": _no_fields,
    "dict_type": _no_fields,
    "bool_type": lambda d: (
        Sentence("'%(value)s' is neither true nor false", value=_short(d)),
        Sentence("true or false"),
    ),
    "int_from_float": _no_number,
    "int_parsing_size": _no_number,
    "date_type": _no_date,
    "date_from_datetime_inexact": _no_date,
    "datetime_type": _no_moment,
    "datetime_object_invalid": _no_moment,
}
