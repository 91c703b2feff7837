"""What each record of a pack looks like, and how a wrong one is described."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Generic, Self, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from portal.jurisdiction.pack_files import PackProblem, Record
from portal.jurisdiction.pack_words import described
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
from portal.jurisdiction.sentences import Sentence
from portal.jurisdiction.tables import (
    ComplaintElement,
    ComplaintRules,
    CounterElement,
    CounterReason,
    CounterRules,
    QuestionKind,
    Way,
)


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
Said = Annotated[str, StringConstraints(strip_whitespace=True)]
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


class CitedShape(TextShape):
    """What something rests on, as it is cited: one language may stand for both.

    So does a plain text, which is what packs had before they could say it in both.
    """

    zh: Said = ""
    en: Said = ""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, said: object) -> object:
        return {"zh": said} if isinstance(said, str) else said

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.zh or self.en):
            raise PydanticCustomError("string_too_short", "is empty")
        return self


def _if_said(said: object) -> object:
    """A text of blanks only is none, as packs have it that had to say something."""
    parts = said.values() if isinstance(said, dict) else (said,)
    return said if any(not isinstance(one, str) or one.strip() for one in parts) else None


MaybeCited = Annotated[CitedShape | None, BeforeValidator(_if_said)]


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
    opening_told_days: int = Field(default=30, ge=0, le=365)
    contest_days: int = Field(default=30, ge=7, le=3650)
    priority: Codes = ()
    complaint_categories: tuple[Code, ...] = ()
    complaint_demands: tuple[ComplaintElement, ...] = ()
    complaint_days: int = Field(default=10, ge=1, le=90)
    complaint_declaration: TextShape | None = None
    counter_reasons: tuple[CounterReason, ...] = ()
    counter_demands: tuple[CounterElement, ...] = ()
    counter_declaration: TextShape | None = None
    name: TextShape
    calendar: YearsShape
    emergency: tuple[EmergencyShape, ...] = ()

    def complaints(self) -> ComplaintRules:
        """What complaints of rights-holders need, and what answers to them."""
        declared, countered = self.complaint_declaration, self.counter_declaration
        return ComplaintRules(
            self.complaint_categories,
            self.complaint_demands,
            self.complaint_days,
            declared.text() if declared else None,
            CounterRules(
                self.counter_reasons,
                self.counter_demands,
                countered.text() if countered else None,
            ),
        )


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
    """A day that is not as the plain week has it: everywhere, or in one territory."""

    date: date
    kind: DayKind
    region: Code | None = None

    @property
    def key(self) -> str:
        return f"{self.date} {self.region or ''}".rstrip()


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
    capture: bool = False
    question: tuple[QuestionShape, ...] = ()


class RuleShape(Shape):
    id: Code
    when: dict[Filled, Annotated[tuple[Filled, ...], Field(min_length=1)]]
    lead: Code
    support: tuple[Code, ...] = ()
    sentence: TextShape
    basis: MaybeCited = None

    def rule(self) -> RoutingRule:
        said = self.sentence.text(), self.basis.text() if self.basis else None
        return RoutingRule(self.id, dict(self.when), self.lead, self.support, *said)


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
    basis: MaybeCited = None


class ReasonShape(Shape):
    code: Code
    kind: ReasonKind
    name: TextShape
    to_reporter: TextShape


ShapeT = TypeVar("ShapeT", bound=Shape)


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Generic[ShapeT]):
    """A valid record and where it came from; equal to itself only, so tables compare at once."""

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
    at = detail["loc"] or (detail.get("ctx", {}).get("field"),)
    path = [str(step) for step in at if step not in {"[key]", None}]
    what, right = described(detail)
    if detail["type"] == "extra_forbidden" and len(path) == 1:
        known = ", ".join(field.alias or name for name, field in shape.model_fields.items())
        what = Sentence("is not a field of this file")
        right = Sentence("one of %(codes)s", codes=known)
    return record.problem(".".join(path), what, right)
