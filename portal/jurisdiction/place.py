"""What differs from place to place, as one immutable value: the loaded pack.

Pure Python, so that triage rules can be run on it without a database. `queries.current_place`
loads it and keeps it in the process; records keep the `version` they were decided under.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.deadline import DayUnit as DayUnit  # noqa: PLC0414  # part of the pack

SATURDAY = 5

# The kind of unit that every pack has for what is not (yet) anybody else's.
RECEPTION = "TRIAGE"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or a name in both languages of the product."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The text in `language` (`zh-Hans`, `en`, ...): Chinese unless English is asked."""
        return self.en if language.lower().startswith("en") else self.zh


class Level(StrEnum):
    COUNTRY = "country"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    SUBDIVISION = "subdivision"


class Urgency(StrEnum):
    """From most to least urgent; the order of the members is the order of the desk."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make-up-workday"


class Stage(StrEnum):
    """What a clock measures; each runs on its own (U30)."""

    TRIAGE = "triage"
    ACCEPT = "accept"
    VERIFY = "verify"
    FEEDBACK = "feedback"
    CLOSE = "close"
    CONTEST = "contest"


class ReasonKind(StrEnum):
    """What a listed reason may be given for."""

    DECLINE = "decline"
    CLOSE = "close"
    CLOSE_UNROUTED = "close-unrouted"
    PAUSE = "pause"
    CONTEST = "contest"


@dataclass(frozen=True, slots=True)
class Region:
    """An administrative division. `short` is the name without its suffix (武进 for 武进区)."""

    code: str
    name: Text
    short: str
    level: Level
    parent: str | None
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """One unit: a `kind` (CULTURE_ENF) for one region (320412); `code` is `kind@region`."""

    code: str
    kind: str
    region: str
    name: Text


@dataclass(frozen=True, slots=True)
class DepartmentKind:
    """A sphere of competence, whatever the unit is called in a region."""

    kind: str
    name: Text
    duty: Text


@dataclass(frozen=True, slots=True)
class Category:
    """What a report can be about.

    `stopper` sends people to the right place before they write (an emergency number, a court);
    `link_only` means that having the material is itself unlawful: files are refused;
    `terms` are words that suggest the category when the reporter did not choose (word -> weight).
    """

    code: str
    name: Text
    hint: Text
    group: str
    urgency: Urgency
    terms: Mapping[str, int]
    stopper: Text | None = None
    link_only: bool = False
    restricted: bool = False
    allow_anonymous: bool = True
    reward_allowed: bool = False
    offered: bool = True


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One row of the decision table; rows are tried in order and the first that holds wins.

    `when` maps a fact (`category`, `flag`, `kind`, `region_level`, `secondary`) to the values
    of which one must be present; an empty `when` always holds.
    """

    id: str
    when: Mapping[str, tuple[str, ...]]
    lead: str
    support: tuple[str, ...]
    sentence: Text
    basis: str = ""


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long a stage may take; `warn_days` before the end the desk is warned.

    `pause_cap` bounds (in the clock's own days) how long waiting for the reporter may stop it.
    """

    id: str
    stage: Stage
    n: int
    unit: DayUnit
    warn_days: int = 1
    pause_cap: int = 0
    urgency: tuple[Urgency, ...] = ()
    kind: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A listed reason; `to_reporter` is what the reporter reads (U2)."""

    code: str
    kind: ReasonKind
    name: Text
    to_reporter: Text


@dataclass(frozen=True, slots=True)
class Calendar:
    """Day kinds that differ from the plain week; `last_year` is the last year fully known."""

    days: Mapping[date, DayKind]
    first_year: int
    last_year: int
    names: Mapping[date, Text] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on `day`: Monday to Friday unless the calendar says otherwise."""
        kind = self.days.get(day)
        return day.weekday() < SATURDAY if kind is None else kind is DayKind.MAKE_UP_WORKDAY


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    number: str
    name: Text


@dataclass(frozen=True, slots=True)
class Place:
    """Everything of the loaded pack, in memory."""

    pack: str
    version: int
    name: Text
    zone: str
    regions: Mapping[str, Region]
    departments: Mapping[str, Department]
    department_kinds: Mapping[str, DepartmentKind]
    categories: Mapping[str, Category]
    rules: tuple[RoutingRule, ...]
    clocks: tuple[ClockRule, ...]
    reasons: Mapping[str, Reason]
    calendar: Calendar
    emergency: tuple[EmergencyNumber, ...] = ()
    townships: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unsure_category: str = "other.unclear"
    coordinator: str = ""
    supervision: str = ""
    edition: str = ""
    hotline: str = ""
    # How near to a school is near, in metres; 0 tags nothing.
    school_distance: int = 200
    # From this confidence on (percent) a learnt category is preselected for a person; 0: never.
    preselect_confidence: int = 0

    def department_for(self, kind: str, region: str | None) -> Department | None:
        """The unit of `kind` for `region`, or for the nearest region above it that has one."""
        at: str | None = region or self.root
        while at is not None:
            unit = self.departments.get(f"{kind}@{at}")
            if unit is not None:
                return unit
            parent = self.regions[at].parent if at in self.regions else None
            at = parent if parent is not None else (self.root if at != self.root else None)
        return None

    @property
    def root(self) -> str:
        """The code of the country: `000000` or `GB`."""
        return next(code for code, region in self.regions.items() if region.parent is None)

    def lineage(self, region: str) -> tuple[Region, ...]:
        """The region and those above it, from the widest to the narrowest, without the country."""
        chain: list[Region] = []
        at: str | None = region
        while at is not None and at in self.regions and self.regions[at].parent is not None:
            chain.append(self.regions[at])
            at = self.regions[at].parent
        return tuple(reversed(chain))

    def region_name(self, region: str, language: str) -> str:
        """`江苏省常州市武进区` or `Birmingham`: the whole way down, as people write it."""
        names = [step.name.in_(language) for step in self.lineage(region)]
        return ", ".join(reversed(names)) if language.startswith("en") else "".join(names)

    def inside(self, region: str, outer: str) -> bool:
        """Whether `region` is `outer` or lies in it."""
        return outer == self.root or any(step.code == outer for step in self.lineage(region))
