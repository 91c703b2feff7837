"""What differs from place to place, as one immutable value: the loaded pack.

Pure Python, so that triage rules can be run on it without a database. `queries.current_place`
loads it and keeps it in the process; records keep the `version` they were decided under.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.jurisdiction.calendar import SATURDAY as SATURDAY  # noqa: PLC0414  # part of the pack
from portal.jurisdiction.calendar import Calendar as Calendar  # noqa: PLC0414  # part of the pack
from portal.jurisdiction.calendar import DayKind as DayKind  # noqa: PLC0414  # part of the pack
from portal.jurisdiction.reward_tables import RewardScheme
from portal.jurisdiction.tables import (
    CaseStep,
    ComplaintRules,
    Delegation,
    LegalBasis,
    Letterhead,
    MajorRule,
    Measure,
    Notice,
    PaperForm,
    Question,
    RetentionRule,
    StatusText,
    Way,
)
from portal.jurisdiction.tables import Text as Text  # noqa: PLC0414  # what everything is named by
from portal.kernel.deadline import DayUnit as DayUnit  # noqa: PLC0414  # part of the pack

# The kind of unit that every pack has for what is not (yet) anybody else's.
RECEPTION = "TRIAGE"
# The category of what is said about an office or an officer: closed to all but supervision (F13).
ABOUT_STAFF = "complaint.staff"
ABOUT_CHILD_ABUSE = "child_abuse."
CONFLICT = "conflict_of_interest"
"""The flag of a report that names an office or its staff as the wrongdoer (F13)."""


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


class Stage(StrEnum):
    """What a clock measures; each runs on its own (U30).

    `feedback` is the first answer to what was reported, `result` what came of a decision,
    `transfer` the answer of whoever a matter was passed to, `recheck` the look whether an
    order was followed.
    """

    TRIAGE = "triage"
    ACCEPT = "accept"
    VERIFY = "verify"
    FEEDBACK = "feedback"
    RESULT = "result"
    TRANSFER = "transfer"
    RECHECK = "recheck"
    CLOSE = "close"
    CONTEST = "contest"


class ClockEvent(StrEnum):
    """What can start a clock."""

    RECEIVED = "received"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    VERIFIED = "verified"
    DECIDED = "decided"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    CONTESTED = "contested"


# What the clock of each stage may start with: in time for the state in which it must run.
STARTS: Mapping[Stage, tuple[ClockEvent, ...]] = {
    Stage.TRIAGE: (ClockEvent.RECEIVED,),
    Stage.ACCEPT: (ClockEvent.RECEIVED,),
    Stage.VERIFY: (ClockEvent.RECEIVED, ClockEvent.ROUTED, ClockEvent.ACCEPTED),
    Stage.FEEDBACK: (
        ClockEvent.RECEIVED,
        ClockEvent.ROUTED,
        ClockEvent.ACCEPTED,
        ClockEvent.VERIFIED,
    ),
    Stage.RESULT: (
        ClockEvent.RECEIVED,
        ClockEvent.ROUTED,
        ClockEvent.ACCEPTED,
        ClockEvent.VERIFIED,
        ClockEvent.DECIDED,
    ),
    Stage.TRANSFER: (ClockEvent.TRANSFERRED,),
    Stage.RECHECK: (ClockEvent.DECIDED, ClockEvent.ANSWERED),
    Stage.CLOSE: (ClockEvent.ANSWERED,),
    Stage.CONTEST: (ClockEvent.CONTESTED,),
}


class Suspension(StrEnum):
    """What a clock may stand still for; the reason `pause.<value>` of the pack tells people."""

    REPORTER = "waiting-for-reporter"
    EXPERT = "expert"
    OTHER_AUTHORITY = "other-authority"
    LEGAL_ADVICE = "legal-advice"

    @property
    def reason(self) -> str:
        """The code of the reason in the pack."""
        return f"pause.{self.value}"


class OnBreach(StrEnum):
    """What happens when a clock has run out; everybody always sees that it has."""

    SHOW = "show"
    TELL_HEAD = "tell-head"
    ESCALATE = "escalate"


class ReasonKind(StrEnum):
    """What a listed reason may be given for."""

    DECLINE = "decline"
    CLOSE = "close"
    CLOSE_UNROUTED = "close-unrouted"
    PAUSE = "pause"
    CONTEST = "contest"


@dataclass(frozen=True, slots=True)
class Region:
    """An administrative division. `short` is the name without its suffix (武进 for 武进区).

    One that is no more keeps its row, so that old records keep its name; `successors` are the
    codes of what it became.
    """

    code: str
    name: Text
    short: str
    level: Level
    parent: str | None
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    successors: tuple[str, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether the region exists on `day`; `valid_to` is its last day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Department:
    """One unit: a `kind` (CULTURE_ENF) for one region (320412); `code` is `kind@region`.

    `receives_by` and `contact` stand before those of its kind.
    """

    code: str
    kind: str
    region: str
    name: Text
    receives_by: Way | None = None
    contact: Text | None = None


@dataclass(frozen=True, slots=True)
class DepartmentKind:
    """A sphere of competence, whatever the unit is called in a region.

    An `outside` one is a body of its own: what is its matter is passed on to it, `receives_by`.
    """

    kind: str
    name: Text
    duty: Text
    outside: bool = False
    receives_by: Way | None = None
    contact: Text | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """What a report can be about.

    `stopper` sends people to the right place before they write (an emergency number, a court);
    `link_only` means that having the material is itself unlawful: files are refused; `capture`
    that addresses may be kept as evidence; `terms` suggest it by words; `questions` are its own.
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
    capture: bool = False
    questions: tuple[Question, ...] = ()


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
    basis: Text | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """How many days, in the clock's own unit, its time may be extended by, and how often."""

    n: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long a stage may take from the event that `starts` it.

    The desk is warned `warn_days` before the end or, where `warn_share` is set, when so many
    percent of the time have gone. `pause_cap` bounds, in the clock's own days, how long it may
    stand still for what it `suspends_on`. An empty `urgency`, `kind` or `category` fits all.
    """

    id: str
    stage: Stage
    n: int
    unit: DayUnit
    starts: ClockEvent
    warn_days: int = 1
    warn_share: int = 0
    extension: Extension | None = None
    suspends_on: tuple[Suspension, ...] = ()
    pause_cap: int = 0
    on_breach: tuple[OnBreach, ...] = (OnBreach.SHOW,)
    urgency: tuple[Urgency, ...] = ()
    kind: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    basis: Text | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A listed reason; `to_reporter` is what the reporter reads (U2)."""

    code: str
    kind: ReasonKind
    name: Text
    to_reporter: Text


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
    delegations: tuple[Delegation, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    papers: Mapping[str, PaperForm] = field(default_factory=dict)
    letterheads: Mapping[str, Letterhead] = field(default_factory=dict)
    case_steps: Mapping[str, CaseStep] = field(default_factory=dict)
    major_rules: tuple[MajorRule, ...] = ()
    retention: tuple[RetentionRule, ...] = ()
    schemes: Mapping[str, RewardScheme] = field(default_factory=dict)
    bases: Mapping[str, LegalBasis] = field(default_factory=dict)
    notices: Mapping[tuple[str, str], Notice] = field(default_factory=dict)
    texts: Mapping[tuple[str, str], StatusText] = field(default_factory=dict)
    unsure_category: str = "other.unclear"
    coordinator: str = ""
    supervision: str = ""
    edition: str = ""
    hotline: str = ""
    school_distance: int = 200  # how near to a school is near, in metres; 0 tags nothing
    # From this confidence on (percent) a learnt category is preselected for a person; 0: never.
    preselect_confidence: int = 0
    opening_told_days: int = 30  # so long after their identity was opened reporters are told
    contest_days: int = 30  # so long after they have read a result they can call it not resolved
    complaints: ComplaintRules = field(default_factory=ComplaintRules)
    # Priority territories, each with all in it: what happens there is looked at sooner (B29).
    priority: tuple[str, ...] = ()

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

    def territory_of(self, where: str | None) -> str:
        """The narrowest region with days of its own around a region or a unit; `""` for none."""
        own = self.calendar.territories
        if not (own and where):
            return ""
        around = reversed(self.lineage(where.rpartition("@")[2]))
        return next((step.code for step in around if step.code in own), "")

    def calendar_of(self, where: str | None) -> Calendar:
        """The calendar by which people work in a region, or at a unit."""
        territory = self.territory_of(where)
        if not territory:
            return self.calendar
        return self.calendar.inside([step.code for step in self.lineage(territory)])

    def region_name(self, region: str, language: str) -> str:
        """`江苏省常州市武进区` or `Birmingham`: the whole way down, as people write it."""
        names = [step.name.in_(language) for step in self.lineage(region)]
        return ", ".join(reversed(names)) if language.startswith("en") else "".join(names)

    def is_priority(self, region: str) -> bool:
        """Whether `region` lies in a priority territory."""
        return any(self.inside(region, outer) for outer in self.priority)

    def inside(self, region: str, outer: str) -> bool:
        """Whether `region` is `outer` or lies in it."""
        return outer == self.root or any(step.code == outer for step in self.lineage(region))

    def is_outside(self, unit: str | None) -> bool:
        """Whether the unit with this code is a body of its own, to which things are passed on."""
        kind = self.department_kinds.get((unit or "").partition("@")[0])
        return kind is not None and kind.outside

    def status_text(self, stage: str, category: str) -> Text | None:
        """What the pack wants the reporter to read at a stage, the category's own words first."""
        found = self.texts.get((stage, category)) or self.texts.get((stage, ""))
        return found.sentence if found else None
