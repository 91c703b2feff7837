"""What the records of a pack's smaller tables look like: delegations, measures, papers, texts."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from portal.jurisdiction.emblems import LONGEST
from portal.jurisdiction.pack_shapes import (
    CitedShape,
    Code,
    Codes,
    Filled,
    ReportKindName,
    Shape,
    TextShape,
)
from portal.jurisdiction.tables import (
    FinalAction,
    NoticeEvent,
    PaperPart,
    Recipient,
    RecordKind,
    RetentionStart,
    Signer,
)
from portal.kernel.deadline import DayUnit

# A kind of unit, or one unit: `CULTURE_ENF`, `CULTURE_ENF@320412`.
UnitOrKind = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,60}(@[A-Za-z0-9_.\-]{1,60})?$")
]
# Codes of papers, one of which is enough: `inspection|inquiry`.
Alternatives = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,60}(\|[A-Za-z0-9_.\-]{1,60}){0,9}$")
]


class PublicStageName(StrEnum):
    """The stages a status text may be for: those that `portal.intake`, which comes later, shows."""

    BEING_ROUTED = "being-routed"
    WITH_DEPARTMENT = "with-department"
    BEING_CHECKED = "being-checked"
    WAITING_FOR_YOU = "waiting-for-you"
    ANSWER_READY = "answer-ready"
    NOT_TAKEN_ON = "not-taken-on"
    CLOSED = "closed"
    LOOKED_AT_AGAIN = "looked-at-again"


class DelegationShape(Shape):
    giver: Code = Field(alias="from")
    taker: Code = Field(alias="to")
    region: Code
    categories: Codes = ()
    basis: Filled | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    # Last: rows without it are pasted in the order that they always had.
    basis_en: Filled | None = None

    @model_validator(mode="after")
    def _cites(self) -> Self:
        """One language may stand for both."""
        if not (self.basis or self.basis_en):
            raise PydanticCustomError("missing", "is missing", {"field": "basis"})
        return self

    @property
    def key(self) -> str:
        return f"{self.giver} -> {self.taker} in {self.region}"


class GradeName(StrEnum):
    """The grades a measure may begin with: those of `portal.cases`, which comes later."""

    MINOR = "minor"
    ORDINARY = "ordinary"
    SERIOUS = "serious"
    GRAVE = "grave"


class MeasureShape(Shape):
    code: Code
    name: TextShape
    unit: TextShape
    needs_legal_basis: bool
    least_grade: GradeName | Literal[""] = ""


class CaseMove(StrEnum):
    """The moves a step may be for, as `portal.cases` and `portal.decisions`, later, know them.

    The last eight are no moves of the case: how long a party may answer what is held against it
    and object to a decision, how long it is told of a hearing before, how long it may take to
    look whether a review is admissible, and to decide it, how long a host has for a notice, how
    long whoever complained has to answer a counter-notice, and the office to decide on one.
    """

    OPEN = "open"
    FILE = "file"
    FINISH_INVESTIGATION = "finish-investigation"
    NOTIFY = "notify"
    DECIDE = "decide"
    DECIDE_ON_THE_SPOT = "decide-on-the-spot"
    EXECUTE = "execute"
    CLOSE = "close"
    DROP = "drop"
    REFER = "refer"
    ANSWER = "answer"
    OBJECT = "object"
    HEARING = "hearing"
    EXAMINE = "examine"
    REVIEW = "review"
    NOTICE = "notice"
    COUNTER = "counter"
    RESTORE = "restore"


# The times that are none of the case itself, and may be in working days.
TIMES_BESIDE: Final = frozenset(
    {
        CaseMove.ANSWER,
        CaseMove.OBJECT,
        CaseMove.HEARING,
        CaseMove.EXAMINE,
        CaseMove.REVIEW,
        CaseMove.NOTICE,
        CaseMove.COUNTER,
        CaseMove.RESTORE,
    }
)


class PeriodShape(Shape):
    name: TextShape
    days: int = Field(ge=1, le=3650)
    unit: DayUnit


class PhraseShape(Shape):
    part: PaperPart
    text: TextShape


class PaperShape(Shape):
    code: Code
    name: TextShape
    number: int | None = Field(default=None, ge=1, le=999)
    parts: tuple[PaperPart, ...] = ()
    reports: bool = False
    served: bool = False
    proof: bool = False
    phrase: TextShape | None = None
    periods: tuple[PeriodShape, ...] = ()
    signed_by: tuple[Signer, ...] = ()
    phrases: tuple[PhraseShape, ...] = ()
    without_case: bool = False


class LetterheadShape(Shape):
    department: UnitOrKind
    name: TextShape | None = None
    address: TextShape
    phone: Filled
    picture: str = Field(default="", max_length=LONGEST)


class CaseStepShape(Shape):
    move: CaseMove
    papers: tuple[Alternatives, ...] = ()
    confirmed: bool = False
    days: int | None = Field(default=None, ge=1, le=3650)
    decision: bool = False
    warn_days: int = Field(default=3, ge=0, le=365)
    extension_days: int | None = Field(default=None, ge=1, le=3650)
    pause_cap: int = Field(default=0, ge=0, le=365)
    carries: tuple[Code, ...] = ()
    unit: DayUnit = DayUnit.CALENDAR
    notice: Alternatives | Literal[""] = ""


class CaseFactor(StrEnum):
    """The factors a major-case rule may name: those that `portal.cases`, which comes later, has."""

    MINORS_REACHED = "minors-reached"
    NEAR_A_SCHOOL = "near-a-school"
    LARGE_AMOUNT = "large-amount"
    MANY_COPIES = "many-copies"
    ORGANISED = "organised"
    REPEATED = "repeated"
    OBSTRUCTED = "obstructed"
    DANGER_TO_HEALTH = "danger-to-health"


class MajorRuleShape(Shape):
    code: Code
    sentence: TextShape
    amount: int | None = Field(default=None, ge=1, le=10**15)
    copies: int | None = Field(default=None, ge=1, le=10**9)
    factors: tuple[CaseFactor, ...] = ()
    police: bool = False

    @property
    def says_something(self) -> bool:
        """Whether there is any condition."""
        return bool(self.amount or self.copies or self.factors or self.police)


class CaseEndingName(StrEnum):
    """The endings a series of cases may name: those of `portal.cases`, which comes later."""

    PENALTY_CARRIED_OUT = "penalty-carried-out"
    NO_BREACH = "no-breach"
    MINOR_AND_CORRECTED = "minor-and-corrected"
    NOT_ESTABLISHED = "not-established"
    OUT_OF_TIME = "out-of-time"
    ANOTHER_BODY = "another-body"


class RetentionShape(Shape):
    code: Code
    name: TextShape
    record: RecordKind
    basis: CitedShape
    kinds: tuple[ReportKindName, ...] = ()
    endings: tuple[Code, ...] = ()
    starts: RetentionStart = RetentionStart.CLOSED
    months: int | None = Field(default=None, ge=1, le=1200)
    action: FinalAction = FinalAction.DESTROY
    identity_months: int | None = Field(default=None, ge=1, le=1200)


class BasisShape(Shape):
    code: Code
    name: TextShape


class NoticeShape(Shape):
    event: NoticeEvent
    recipient: Recipient
    sentence: TextShape

    @property
    def key(self) -> str:
        return f"{self.event} {self.recipient}"


class StatusTextShape(Shape):
    stage: PublicStageName
    category: Code | Literal[""] = ""
    sentence: TextShape

    @property
    def key(self) -> str:
        return f"{self.stage} {self.category}" if self.category else str(self.stage)
