"""The smaller tables of a place: delegations, questions, measures, papers. Pure Python."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.deadline import DayUnit


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence or a name in both languages of the product."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The text in `language` (`zh-Hans`, `en`, ...): Chinese unless English is asked.

        What was said in one language only is better read in that than not at all.
        """
        if language.lower().startswith("en"):
            return self.en or self.zh
        return self.zh or self.en


class Way(StrEnum):
    """How an outside body receives what is passed on to it (B14)."""

    PRINT = "print"
    MAIL = "mail"
    API = "api"
    PORTAL = "portal"


class QuestionKind(StrEnum):
    """What an answer to a category's own question looks like."""

    TEXT = "text"
    YES_NO = "yes-no"
    NUMBER = "number"
    CHOICE = "choice"


class ComplaintElement(StrEnum):
    """What the complaint of a rights-holder must have, besides the work and where it is used."""

    RIGHT = "right"
    PROOF = "proof"
    FACTS = "facts"
    FOUND_ON = "found-on"
    SIGNATURE = "signature"


class CounterReason(StrEnum):
    """Why whoever put something on the net says that it may stay."""

    OWNER = "owner"
    LICENSED = "licensed"
    NO_RIGHT = "no-right"
    PERMITTED = "permitted"
    MISTAKEN = "mistaken"
    NOT_THERE = "not-there"
    OTHER = "other"


class CounterElement(StrEnum):
    """What a counter-notice must have, besides the reason, the address and the words."""

    WORK = "work"
    NAME = "name"
    ADDRESS = "address"
    CONTACT = "contact"
    PROOF = "proof"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class CounterRules:
    """What a counter-notice may rest on and needs; without reasons none are taken here."""

    reasons: tuple[CounterReason, ...] = ()
    demands: tuple[CounterElement, ...] = ()
    declaration: Text | None = None


@dataclass(frozen=True, slots=True)
class ComplaintRules:
    """What rights-holders may complain about, and what such a complaint needs.

    `days` are the working days there are to complete one; `declaration` is what is declared with
    it; `counter` is what may be answered. Without categories no complaints are taken here.
    """

    categories: tuple[str, ...] = ()
    demands: tuple[ComplaintElement, ...] = ()
    days: int = 10
    declaration: Text | None = None
    counter: CounterRules = CounterRules()


@dataclass(frozen=True, slots=True)
class Delegation:
    """In a region one kind of unit acts for another, in these categories or (if none) in all."""

    giver: str
    taker: str
    region: str
    categories: tuple[str, ...]
    basis: Text
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on `day`; `valid_to` is its last day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to a question of kind `choice`."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Question:
    """Something only reports of one category are asked; the form calls its field `q_<code>`."""

    code: str
    text: Text
    kind: QuestionKind
    hint: Text | None = None
    choices: tuple[Option, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """Something an office can do in a case, counted in `unit` (家, 套; premises, sets).

    One with a `least_grade` is offered from that grade of a case on (D22).
    """

    code: str
    name: Text
    unit: Text
    needs_legal_basis: bool
    least_grade: str = ""


class PaperPart(StrEnum):
    """What people write on a paper, in the order in which it stands there."""

    RECEIVER = "receiver"
    MATTER = "matter"
    TIME = "time"
    SITE = "site"
    PRESENT = "present"
    FACTS = "facts"
    EVIDENCE = "evidence"
    STATEMENT = "statement"
    LAW = "law"
    ITEMS = "items"
    INTENDED = "intended"
    DECISION = "decision"
    DEMANDS = "demands"
    PAYMENT = "payment"
    OUTCOME = "outcome"
    REPLY = "reply"
    ENCLOSED = "enclosed"
    OPINION = "opinion"
    APPROVAL = "approval"


class Signer(StrEnum):
    """Who signs a paper."""

    OFFICERS = "officers"
    PARTY = "party"
    WITNESS = "witness"
    HEAD = "head"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Period:
    """A time that runs from the day on which a paper is served: to pay, to ask for a review."""

    name: Text
    days: int
    unit: DayUnit


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that the place has ready for a part of a paper (规范用语)."""

    part: PaperPart
    text: Text


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A kind of paper that the file of a case holds (文书); `number` is its number in the law.

    One with `parts` can be made here; one that is `served` goes to a party, and its `periods`
    run from then; a `proof` says that another one was served. `phrase` is what all of the kind say,
    `phrases` are those that whoever writes one may take. One `without_case` is made of a report.
    """

    code: str
    name: Text
    number: int | None = None
    parts: tuple[PaperPart, ...] = ()
    reports: bool = False
    served: bool = False
    proof: bool = False
    phrase: Text | None = None
    periods: tuple[Period, ...] = ()
    signed_by: tuple[Signer, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    without_case: bool = False


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a unit, or every unit of a kind, has at the head of its papers.

    `picture` is as `portal.jurisdiction.emblems` makes it.
    """

    department: str
    name: Text | None
    address: Text
    phone: str
    picture: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """What a move of a case asks for: papers, and perhaps a second person (B6).

    Each of `papers` is a code or alternatives, `inspection|inquiry`, one of which must be there.
    `days` is how many calendar days the next step may take; None leaves the date as it is. The
    desk is warned `warn_days` before, the head may add up to `extension_days` once, and the time
    stands still for `pause_cap` days at most while a legal question waits (C12). `decision` asks
    for an approved decision. A paper proves the step at whose stage it was put in; those that
    `carries` names prove it whenever that was. `unit` is that of the days where they are no time
    of the case itself. `notice` is what a party is told by before it is decided, and so served
    before the decision: a code or alternatives.
    """

    move: str
    papers: tuple[str, ...] = ()
    confirmed: bool = False
    days: int | None = None
    warn_days: int = 3
    extension_days: int | None = None
    pause_cap: int = 0
    decision: bool = False
    carries: tuple[str, ...] = ()
    unit: DayUnit = DayUnit.CALENDAR
    notice: str = ""

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The alternatives of each paper that is asked for."""
        return tuple(tuple(group.split("|")) for group in self.papers)

    @property
    def forms(self) -> frozenset[str]:
        """Every paper that is asked for, or would do."""
        return frozenset(form for group in self.groups for form in group)


@dataclass(frozen=True, slots=True)
class MajorRule:
    """What makes a case a major one, of which the office above is told at once (A9).

    All that is said must hold: an `amount` in minor units of the currency, `copies`, one of the
    `factors` of its grade, a transfer to the police.
    """

    code: str
    sentence: Text
    amount: int | None = None
    copies: int | None = None
    factors: tuple[str, ...] = ()
    police: bool = False


class RecordKind(StrEnum):
    """What a series of records is made of."""

    REPORT = "report"
    CASE = "case"


class RetentionStart(StrEnum):
    """From when a period counts: the end of the record, or its beginning."""

    CLOSED = "closed"
    RECEIVED = "received"


class FinalAction(StrEnum):
    """What becomes of a record whose period is over."""

    DESTROY = "destroy"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A series of records, and how long it is kept (U9): the first one that fits counts.

    `endings` are listed reasons of reports or endings of cases; none means all. `months` is None
    for what is kept for good. `identity_months` is when a sealed identity goes, if before that.
    """

    code: str
    name: Text
    record: RecordKind
    basis: Text
    kinds: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    starts: RetentionStart = RetentionStart.CLOSED
    months: int | None = None
    action: FinalAction = FinalAction.DESTROY
    identity_months: int | None = None


class NoticeEvent(StrEnum):
    """What parties and reporters may be told of: a decision, objections to it, who has the case."""

    SERVED = "served"
    SERVICE_STRUCK = "service-struck"
    OBJECTION_FILED = "objection-filed"
    OBJECTION_ADMITTED = "objection-admitted"
    OBJECTION_REFUSED = "objection-refused"
    OBJECTION_EXTENDED = "objection-extended"
    OBJECTION_UPHELD = "objection-upheld"
    OBJECTION_CHANGED = "objection-changed"
    OBJECTION_OVERTURNED = "objection-overturned"
    REVIEW_ASKED = "review-asked"
    REVIEW_ADMITTED = "review-admitted"
    REVIEW_REFUSED = "review-refused"
    REVIEW_EXTENDED = "review-extended"
    REVIEW_UPHELD = "review-upheld"
    REVIEW_CHANGED = "review-changed"
    REVIEW_OVERTURNED = "review-overturned"
    TRANSFER_DISPUTED = "transfer-disputed"
    TRANSFER_ACCEPTED = "transfer-accepted"
    TRANSFER_KEPT = "transfer-kept"
    COUNTER_FILED = "counter-filed"
    COUNTER_PASSED_ON = "counter-passed-on"
    COUNTER_ACCEPTED = "counter-accepted"
    COUNTER_REFUSED = "counter-refused"
    COUNTER_WITHDRAWN = "counter-withdrawn"
    COUNTER_REINSTATED = "counter-reinstated"


class Recipient(StrEnum):
    """Who is told: whoever the event is about, and the others of the same case."""

    THE_PARTY = "the-party"
    OTHER_PARTIES = "other-parties"
    THE_REPORTER = "the-reporter"
    OTHER_REPORTERS = "other-reporters"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A provision that a decision may rest on, as the place cites it."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Notice:
    """What one recipient is told at one event; without a row nothing is (U36)."""

    event: str
    recipient: str
    sentence: Text


@dataclass(frozen=True, slots=True)
class StatusText:
    """What the tracking page says at a stage, for one category or (if "") for all."""

    stage: str
    category: str
    sentence: Text
