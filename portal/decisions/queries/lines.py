"""The lines of the page of decisions, as the desk reads them."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.cases.queries.page import CaseFacts
from portal.cases.states import PartyRole
from portal.decisions.queries.hearings import HearingLine
from portal.decisions.queries.parties import MeasureLine
from portal.decisions.rules import Hearing
from portal.decisions.states import (
    DecisionSource,
    DecisionState,
    LetterKind,
    ReviewOutcome,
    ReviewState,
)
from portal.evidence.queries import FileLine
from portal.jurisdiction.place import Text
from portal.kernel.errors import NotFound


class DecisionAct(StrEnum):
    """What the page of decisions offers, by the names of its pages."""

    DRAFT = "draft"
    ADD_MEASURE = "add_measure"
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    PARTY_PAGE = "party_page"
    ENTER_HEARING = "enter_hearing"
    SET_HEARING = "set_hearing"
    REFUSE_HEARING = "refuse_hearing"
    ADMIT_REVIEW = "admit_review"
    DECIDE_REVIEW = "decide_review"
    EXTEND_REVIEW = "extend_review"


@dataclass(frozen=True, slots=True)
class AddressedMeasure:
    """A measure and the party it is addressed to."""

    id: UUID
    party_id: UUID
    party: str = field(repr=False)
    line: MeasureLine


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """On whom a decision was served, and until when that party may object."""

    party_id: UUID
    party: str = field(repr=False)
    served_on: date
    object_by: date


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision with all it says; the `untold` were served no notice before it.

    The `unheard` have to be heard in person before it, and of a draft the `answering` have said
    nothing yet though their time to answer runs. `own_waiver`: the reader, or whoever approved it,
    waived the notice that it rests on.
    """

    number: int
    state: DecisionState
    source: DecisionSource
    automated: bool
    basis: Text | None
    article: str = field(repr=False)
    facts: str = field(repr=False)
    objection_to: str = field(repr=False)
    court: str = field(repr=False)
    drafted_by: str | None = field(repr=False)
    approved_by: str | None = field(repr=False)
    approved_on: date | None
    replaces: int | None
    measures: tuple[AddressedMeasure, ...]
    services: tuple[ServiceLine, ...]
    unserved: bool
    untold: tuple[str, ...] = field(repr=False)
    unheard: tuple[str, ...] = field(repr=False)
    answering: tuple[str, ...] = field(repr=False)
    own_waiver: bool
    offered: tuple[DecisionAct, ...]

    @property
    def concerned(self) -> tuple[UUID, ...]:
        """The parties of whom it orders something, those on whom it was served last."""
        parties = dict.fromkeys(one.party_id for one in self.measures)
        served = {one.party_id for one in self.services}
        return tuple(sorted(parties, key=served.__contains__))


@dataclass(frozen=True, slots=True)
class DeskLetter:
    """A letter of a party, or a notice it was sent."""

    kind: LetterKind
    on: date
    text: Text = field(repr=False)
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class PartyWithPage:
    """A party and its page, if it has one; `struck` once it is struck out of the case."""

    id: UUID
    struck: bool
    role: PartyRole
    name: str = field(repr=False)
    has_page: bool
    alleged: str = field(repr=False)
    answer_by: date | None
    opened_on: date | None
    hearing: Hearing
    hearings: tuple[HearingLine, ...]
    letters: tuple[DeskLetter, ...]
    offered: tuple[DecisionAct, ...]

    def may_answer(self, on: date) -> bool:
        """Whether its time to answer runs on this day, and it has said nothing yet."""
        answered = any(one.kind is LetterKind.STATEMENT for one in self.letters)
        return not answered and self.answer_by is not None and on <= self.answer_by


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review; `party` is None for one that a reporter asked for.

    `due_before` is the day that was told before it was given more time.
    """

    id: UUID
    party: str | None = field(repr=False)
    decision: int | None
    state: ReviewState
    due_on: date
    due_before: date | None
    filed_on: date
    decided_on: date | None
    outcome: ReviewOutcome | None
    reasons: str = field(repr=False)
    warned: bool
    breached: bool
    offered: tuple[DecisionAct, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What an act is about, for its page to say: one of these, or none."""

    decision: DecisionLine | None
    party: PartyWithPage | None
    review: ReviewLine | None

    @property
    def on_paper(self) -> bool:
        """Whether it is about a party that has no page."""
        return self.party is not None and not self.party.has_page


@dataclass(frozen=True, slots=True)
class DecisionsPage:
    """The whole page; what is `offered` beside each thing are its buttons for this reader.

    The `former` are the parties that were struck out: no page shows them, and the file has them.
    """

    facts: CaseFacts
    decisions: tuple[DecisionLine, ...]
    parties: tuple[PartyWithPage, ...]
    former: tuple[PartyWithPage, ...]
    reviews: tuple[ReviewLine, ...]
    works: bool

    def named(self, about: UUID | int | None) -> Named:
        """The decision of this number, or the party or the review of this id."""
        return Named(
            decision=next((one for one in self.decisions if one.number == about), None),
            party=next((one for one in self.parties if one.id == about), None),
            review=next((one for one in self.reviews if one.id == about), None),
        )

    def offers(self, act: DecisionAct, about: UUID | int | None = None) -> bool:
        """Whether an act has a button; NotFound for one about what is not on the page."""
        if about is None:
            return self.works
        numbered = {one.number: one.offered for one in self.decisions}
        named = {one.id: one.offered for one in self.parties}
        named |= {one.id: one.offered for one in self.reviews}
        offered = numbered.get(about) if isinstance(about, int) else named.get(about)
        if offered is None:
            raise NotFound("decision")
        return act in offered
