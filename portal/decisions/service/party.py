"""What a party does on its page: a statement, a hearing, an objection; and the hearing's day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.audit.trail import record
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_head
from portal.cases.service.in_hand import next_date, take_open, today, touch
from portal.cases.states import CaseState
from portal.decisions.models import (
    Decision,
    PartyFile,
    PartyHearing,
    PartyLetter,
    Review,
    Service,
)
from portal.decisions.queries.hearings import PLACE, REFUSED, newest_of, notices_among
from portal.decisions.queries.parties import services_on
from portal.decisions.service.access import party_of
from portal.decisions.service.reviewing import file_review
from portal.decisions.service.telling import put_letter
from portal.decisions.states import DecisionState, LetterKind
from portal.evidence.holding import hold_file
from portal.infra.throttle import Throttle, bucket_of_name
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.place import Text
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken

# A desk that is flooded by one party cannot read what the others write.
LETTERS = Throttle("party-letters", 30, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class WriteStatement:
    """What a party says to what is held against it, with files."""

    party: UUID
    text: str = field(repr=False)
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class AskForHearing:
    """The wish of a party to be heard in person."""

    party: UUID
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnterHearingWish:
    """That a party asked on paper, by telephone or at the counter to be heard, in its words."""

    number: str
    party: UUID
    text: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class FileObjection:
    """A party's objection to a decision that was served on it."""

    party: UUID
    decision: int
    text: str = field(repr=False)
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class SetHearing:
    """The day and place of a hearing, as the office sets it."""

    number: str
    party: UUID
    on: date
    where: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RefuseHearing:
    """That a party is not heard in person, though it asked or has a day, and why: it reads that."""

    number: str
    party: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


def write_statement(command: WriteStatement, *, actor: Actor) -> None:
    """Send a statement; RuleBroken once the case is closed."""
    with unit_of_work(actor) as uow:
        case = _own_case(uow, command.party)
        if case.state is CaseState.CLOSED:
            raise RuleBroken("case-is-closed")
        letter = _write(uow, case, command.party, LetterKind.STATEMENT, command.text)
        _attach(uow, letter, command.files)


def ask_for_hearing(command: AskForHearing, *, actor: Actor) -> None:
    """Ask for a hearing, once about each notice; RuleBroken once more, and in a closed case."""
    with unit_of_work(actor) as uow:
        case = _own_case(uow, command.party)
        if case.state is CaseState.CLOSED:
            raise RuleBroken("case-is-closed")
        _ask(uow, command.party)
        _write(uow, case, command.party, LetterKind.HEARING_ASKED, command.text)


def enter_hearing_wish(command: EnterHearingWish, *, actor: Actor) -> None:
    """Write down that a party asked for a hearing elsewhere than on its page, if it has one.

    It counts like a wish of its page. RuleBroken where the party could not ask there.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        party = party_of(uow, case, command.party)
        _ask(uow, party.id)
        said = Text(command.text, command.text)
        put_letter(uow, case, party.id, LetterKind.HEARING_ASKED, said)
        record(uow, "case.enter-hearing-wish", "case", case.id, party=party.id.hex)
        touch(uow, case)


def file_objection(command: FileObjection, *, actor: Actor) -> None:
    """Object to a decision, once, until the last day.

    Raises NotFound for a decision that was not served on this party, and RuleBroken for one that
    is in force no more, for the second time, and when the time is over.
    """
    with unit_of_work(actor) as uow:
        case = _own_case(uow, command.party)
        decision = _open_to_objection(uow, case, command)
        letter = _write(uow, case, command.party, LetterKind.OBJECTION, command.text)
        _attach(uow, letter, command.files)
        file_review(uow, case, party=command.party, decision=decision.id)


def set_hearing(command: SetHearing, *, actor: Actor) -> None:
    """Set the day of a hearing, which the party reads on its page.

    One that lies ahead, was asked for or was refused gets this day; or it is one more. Raises
    RuleBroken for a day gone by, and for one of which the party would be told later than the place
    says (行政处罚法, article 64: 7 working days before).
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        party = party_of(uow, case, command.party)
        if command.on < today(uow):
            raise RuleBroken("hearing-day-over")
        if command.on < next_date(uow, case, "hearing", today(uow)):
            raise RuleBroken("hearing-too-soon")
        hearing = _hearings_of(uow, party.id)[-1:]
        one = hearing[0] if hearing and not _was_held(uow, hearing[0]) else _begin(uow, party.id)
        one.held_on, one.refused, one.refused_on = command.on, None, None
        one.place = key_of(case).encrypt_text(command.where, context_of(PLACE, one.id))
        record(uow, "case.set-hearing", "case", case.id, party=party.id.hex)
        touch(uow, case)


def refuse_hearing(command: RefuseHearing, *, actor: Actor) -> None:
    """Refuse to hear a party in person, for a reason that it reads on its page.

    Raises NotPermitted for whoever does not head the unit, and RuleBroken without a reason, where
    no hearing was asked for and none is set, and once its day has come.
    """
    if not command.reason.strip():
        raise RuleBroken("hearing-refused-without-reason")
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_head(actor, case.department_code)
        party = party_of(uow, case, command.party)
        hearings = _hearings_of(uow, party.id)
        newest = newest_of(hearings)
        if not newest.is_open:
            raise RuleBroken("hearing-not-asked")
        if not newest.is_owed(today(uow)):
            raise RuleBroken("hearing-was-held")
        one = hearings[-1]
        one.refused = key_of(case).encrypt_text(command.reason, context_of(REFUSED, one.id))
        one.refused_on, one.held_on, one.place = today(uow), None, None
        record(uow, "case.refuse-hearing", "case", case.id, party=party.id.hex)
        touch(uow, case)


def _ask(uow: UnitOfWork, party: UUID) -> None:
    """Note the wish of a party, whose case is locked; RuleBroken for one about the same notice."""
    notices = notices_among(services_on(uow.session, party))
    if not newest_of(_hearings_of(uow, party)).may_be_asked(notices, today(uow)):
        raise RuleBroken("hearing-asked-already")
    _begin(uow, party)


def _begin(uow: UnitOfWork, party: UUID) -> PartyHearing:
    """One more hearing of a party; the words of the first are bound to the id of the party."""
    own = uuid4() if _hearings_of(uow, party) else party
    made = PartyHearing(id=own, party_id=party, asked_at=uow.now, entered_by=uow.actor.id)
    uow.session.add(made)
    return made


def _hearings_of(uow: UnitOfWork, party: UUID) -> Sequence[PartyHearing]:
    own = select(PartyHearing).where(PartyHearing.party_id == party)
    return uow.session.scalars(own.order_by(PartyHearing.asked_at)).all()


def _was_held(uow: UnitOfWork, one: PartyHearing) -> bool:
    """Whether its day is over: on the day itself it can still be put off."""
    return one.held_on is not None and one.held_on < today(uow)


def _own_case(uow: UnitOfWork, party_id: UUID) -> Case:
    """The case of a party, locked: the ticket has shown the right to it; NotFound once struck."""
    LETTERS.attempt(uow, bucket_of_name(party_id.hex))
    case = uow.session.scalar(
        select(Case)
        .join(CaseParty, CaseParty.case_id == Case.id)
        .where(CaseParty.id == party_id, CaseParty.struck_at.is_(None))
        .with_for_update(of=Case)
    )
    if case is None:
        raise NotFound("party")
    return case


def _open_to_objection(uow: UnitOfWork, case: Case, command: FileObjection) -> Decision:
    found = uow.session.execute(
        select(Decision, Service.object_by)
        .join(Service, Service.decision_id == Decision.id)
        .where(
            Decision.case_id == case.id,
            Decision.number == command.decision,
            Service.party_id == command.party,
            Service.struck_at.is_(None),
        )
        .order_by(Service.served_on, Service.recorded_at)
        .limit(1)
    ).first()
    if found is None:
        raise NotFound("decision")
    decision, object_by = found[0], found[1]
    own = Review.decision_id == decision.id, Review.party_id == command.party
    if uow.session.scalar(select(Review.id).where(*own)) is not None:
        raise RuleBroken("objected-already")
    if decision.state is not DecisionState.IN_FORCE:
        raise RuleBroken("objection-to-what-ended")
    if object_by is None or today(uow) > object_by:
        raise RuleBroken("objection-too-late")
    return decision


def _write(uow: UnitOfWork, case: Case, party_id: UUID, kind: LetterKind, text: str) -> PartyLetter:
    letter = put_letter(uow, case, party_id, kind, Text(text, text))
    record(uow, "case.party-wrote", "case", case.id, kind=kind, party=party_id.hex)
    touch(uow, case)
    return letter


def _attach(uow: UnitOfWork, letter: PartyLetter, files: tuple[UUID, ...]) -> None:
    uow.session.flush()
    for evidence_id in files:
        hold_file(uow, evidence_id)
        uow.session.add(PartyFile(evidence_id=evidence_id, letter_id=letter.id))
