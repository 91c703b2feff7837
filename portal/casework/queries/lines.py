"""What the page of a report is made of: plain values, decrypted for this reader only."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.casework.queries.leads import LeadLine
from portal.casework.states import Finding, FollowActKind, VerificationMethod
from portal.evidence.queries import FileLine
from portal.intake.content import Content
from portal.intake.models import (
    Author,
    Channel,
    ContactMode,
    MessageKind,
    RegionState,
    ReportKind,
    Stream,
)
from portal.intake.states import ReportAction, ReportState
from portal.jurisdiction.place import Stage, Text, Urgency
from portal.jurisdiction.queries import UnitNames
from portal.triage.states import LikenessReason, RelationKind


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands on the report itself, by the names of its columns; nothing of what it says."""

    id: UUID
    reference: str
    version: int
    state: ReportState
    kind: ReportKind
    channel: Channel
    stream: Stream
    language: str
    contact_mode: ContactMode
    wants_feedback: bool
    wants_reward: bool
    received_at: datetime
    entered_at: datetime
    chosen_category: str | None
    chosen_region: str | None
    wished_kind: str | None
    category: str
    region: str | None
    region_state: RegionState
    region_candidates: list[str]
    urgency: Urgency
    flags: list[str]
    restricted: bool
    conflict: bool
    excluded_units: list[str]
    department_code: str | None
    handler_id: UUID | None
    decline_reason: str | None
    close_reason: str | None
    waiting_since: datetime | None
    written_at: datetime | None
    result_number: int
    contested_result: int
    merged_into: UUID | None
    held_at: datetime | None
    open_actions: tuple[ReportAction, ...]


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A promise and how it stands; `days_left` in working days, negative when late.

    `paused_for` is the code of a reason, `runs_on` the day on which the clock runs on by itself.
    """

    stage: Stage
    due_on: date
    promised_on: date
    met_at: datetime | None
    paused: bool
    paused_for: str | None
    runs_on: date | None
    overdue: bool
    days_left: int
    provisional: bool
    extensions: int
    may_extend: bool
    may_stand_still: bool


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One entry of the thread; an erased one has no text.

    `by_reader` says that the person who reads the page wrote it, from whichever account.
    `of` is the reference of the merged report whose reporter wrote it, if it is not this one's.
    """

    id: UUID
    kind: MessageKind
    author: Author
    name: str | None = field(repr=False)
    at: datetime
    text: str = field(repr=False)
    read_at: datetime | None
    result_number: int
    by_reader: bool = False
    of: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """Why the report went where it went: a rule with its explanation, or a person's reason."""

    version: int
    at: datetime
    department: str
    pack_version: int
    support: tuple[str, ...]
    rule: str | None
    name: str | None = field(repr=False)
    reason: str = field(repr=False)
    explanation: tuple[Text, ...]
    split: tuple[str, ...]
    handed_out_by: str | None


@dataclass(frozen=True, slots=True)
class VerificationLine:
    """One verification, with its officer."""

    method: VerificationMethod
    finding: Finding
    round: int
    summary: str = field(repr=False)
    name: str | None = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class InstructionLine:
    """One instruction from above."""

    author: str = field(repr=False)
    text: str = field(repr=False)
    given_on: date
    entered_at: datetime
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EventLine:
    """One entry of the trail about the report."""

    action: str
    at: datetime
    by: str | None = field(repr=False)
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NeighbourLine:
    """Another report in the reader's scope that was found alike, or decided about.

    Without a `kind` it is an offer. `leads` if the other one leads, or came first. `note` is why,
    in the words of whoever decided; `reasons` quote neither report.
    """

    reference: str
    state: ReportState
    received_at: datetime
    files: int
    reasons: tuple[LikenessReason, ...]
    kind: RelationKind | None = None
    leads: bool = False
    relation_id: UUID | None = None
    decided_at: datetime | None = None
    name: str | None = field(default=None, repr=False)
    note: str = field(default="", repr=False)

    @property
    def by_itself(self) -> bool:
        """Whether it was linked without a person: it is kept apart by somebody who says why."""
        return self.kind is RelationKind.LINKED and self.name is None


@dataclass(frozen=True, slots=True)
class FollowLine:
    """What is still being done for the many that follow, and how far it has come."""

    act: FollowActKind
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over every page about a report, and what decides whether an act is open."""

    facts: Facts
    handler: str | None = field(repr=False)
    merged: int = 0
    clocks: tuple[ClockLine, ...] = ()
    own_result_contested: bool = False
    spoken_for: bool = False


@dataclass(frozen=True, slots=True)
class LeadFile:
    """A report as a unit reads it that only has a lead of it: what was reported, and no more.

    Who reported it, how, and what was said to and fro with them is not here (A7).
    """

    id: UUID
    reference: str
    category: str
    region: str | None
    department: str | None
    urgency: Urgency
    received_at: datetime
    flags: tuple[str, ...]
    content: Content | None = field(repr=False)
    files: tuple[FileLine, ...]
    leads: tuple[LeadLine, ...]
    opened_lately: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """The whole page; `content` is None once it was erased.

    `merged` are those that follow this report: what it is told, their reporters are told.
    """

    facts: Facts
    handler: str | None = field(repr=False)
    content: Content | None = field(repr=False)
    clocks: tuple[ClockLine, ...]
    messages: tuple[MessageLine, ...]
    files: tuple[FileLine, ...]
    decisions: tuple[DecisionLine, ...]
    verifications: tuple[VerificationLine, ...]
    instructions: tuple[InstructionLine, ...]
    leads: tuple[LeadLine, ...]
    neighbours: tuple[NeighbourLine, ...]
    merged: int
    spoken_for: bool
    telling: tuple[FollowLine, ...]
    events: tuple[EventLine, ...]
    units: UnitNames
    opened_lately: bool
    erased_on: date | None

    @property
    def id(self) -> UUID:
        return self.facts.id

    @property
    def own_result_contested(self) -> bool:
        """Whether the reader gave the result that the reporter contests: somebody else decides."""
        return self.facts.contested_result > 0 and any(
            message.by_reader
            for message in self.messages
            if message.kind is MessageKind.ANSWER
            and message.result_number == self.facts.contested_result
        )

    @property
    def of_merged(self) -> int:
        """How many of the messages are those of merged reports."""
        return sum(message.of is not None for message in self.messages)

    @property
    def offers(self) -> tuple[NeighbourLine, ...]:
        """The reports that look alike and about which nobody has decided yet."""
        return tuple(one for one in self.neighbours if one.kind is None)

    @property
    def relations(self) -> tuple[NeighbourLine, ...]:
        """What was decided about this report and others."""
        return tuple(one for one in self.neighbours if one.kind is not None)

    @property
    def next_clock(self) -> ClockLine | None:
        """The running clock that ends first."""
        running = [clock for clock in self.clocks if clock.met_at is None]
        return min(running, key=lambda clock: clock.due_on, default=None)
