"""A party files a counter-notice on its page, and whoever complained answers on theirs."""

from dataclasses import asdict, dataclass, field
from uuid import UUID

from sqlalchemy import func, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.service.in_hand import next_date, today, touch
from portal.counter_notices.models import (
    CounterNotice,
    CounterNoticeComplaint,
    CounterNoticeFile,
)
from portal.counter_notices.queries.desk import answer_place
from portal.counter_notices.queries.reading import (
    Said,
    get_notice,
    said_in,
    takes_counter_notices,
)
from portal.counter_notices.rules import MOST_ADDRESSES, MOST_NOTICES, demand_complete
from portal.counter_notices.service.telling import tell_of
from portal.counter_notices.states import (
    WAITING,
    ComplainantAnswer,
    CounterAction,
    CounterState,
)
from portal.decisions.service.party import LETTERS
from portal.decisions.service.telling import tell
from portal.evidence.holding import hold_file
from portal.evidence.queries import hashes_of
from portal.infra.throttle import bucket_of_name
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import CounterReason, NoticeEvent
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.rights_holders.queries.complaints import find_own
from portal.rights_holders.queries.own import get_own

MOVE_RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class FileCounterNotice:
    """What a party says against the removal of something; the files are kept already."""

    party: UUID
    reason: CounterReason
    said: Said = field(repr=False)
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerCounterNotice:
    """What whoever complained says to a counter-notice."""

    number: str
    complaint: int
    notice: UUID
    answer: ComplainantAnswer
    words: str = field(default="", repr=False)


def file_counter_notice(command: FileCounterNotice, *, actor: Actor) -> int:
    """File a counter-notice; return its number in the case. Nothing changes by it but the clock.

    What is sent twice is one, with the number of the first, as long as that waits. Raises
    RuleBroken where the place or the case takes none, for what is missing, and for too many;
    NotFound for a party that is struck out.
    """
    with unit_of_work(actor) as uow:
        case = _own_case(uow, command.party)
        rules = current_place().complaints.counter
        has = {**asdict(command.said), "proof": command.files}
        demand_complete(rules, command.reason, has)
        if not takes_counter_notices(uow.session, case.number):
            raise RuleBroken("no-counter-notices-here")
        if not 0 < len(command.said.addresses) <= MOST_ADDRESSES:
            raise RuleBroken("counter-incomplete")
        before = _sent_before(uow, case, command)
        if before is not None:
            return before
        made = _new(uow, case, command)
        uow.session.add(made)
        uow.session.flush()
        for file in command.files:
            hold_file(uow, file)
            uow.session.add(CounterNoticeFile(evidence_id=file, notice_id=made.id))
        details = {"case": case.number, "reason": command.reason}
        record(uow, "counter_notice.file", "counter_notice", made.id, **details)
        tell(uow, case, NoticeEvent.COUNTER_FILED, party=command.party)
        touch(uow, case)
        return made.number


def withdraw_counter_notice(party: UUID, number: int, *, actor: Actor) -> None:
    """Take back what a party filed, as long as nothing is decided; it stays in the file.

    Whoever it was passed on to is told. NotFound for one of another party.
    """
    with unit_of_work(actor) as uow:
        case = _own_case(uow, party)
        notice = get_notice(uow.session, case, number, lock=True)
        if notice.party_id != party:
            raise NotFound("counter-notice")
        advance(uow, notice, CounterAction.WITHDRAW)
        tell_of(uow, case, notice, NoticeEvent.COUNTER_WITHDRAWN)
        touch(uow, case)


def _own_case(uow: UnitOfWork, party_id: UUID) -> Case:
    """The case of a party, locked: the ticket has shown the right to it; NotFound once struck."""
    LETTERS.attempt(uow, bucket_of_name(party_id.hex))
    case = uow.session.scalar(
        select(Case)
        .join(CaseParty, CaseParty.case_id == Case.id)
        .where(CaseParty.id == party_id, CaseParty.struck_at.is_(None), Case.disposed_at.is_(None))
        .with_for_update(of=Case)
    )
    if case is None:
        raise NotFound("party")
    return case


def _sent_before(uow: UnitOfWork, case: Case, command: FileCounterNotice) -> int | None:
    """The number of one that waits with the same reason, words and files."""
    waiting = CounterNotice.party_id == command.party, CounterNotice.state.in_(WAITING)
    files, key = sorted(hashes_of(uow.session, command.files)), key_of(case)
    for one in uow.session.scalars(select(CounterNotice).where(*waiting)):
        if one.reason is command.reason and said_in(one, key) == command.said:
            links = select(CounterNoticeFile.evidence_id).where(
                CounterNoticeFile.notice_id == one.id
            )
            if sorted(hashes_of(uow.session, uow.session.scalars(links).all())) == files:
                return one.number
    return None


def _new(uow: UnitOfWork, case: Case, command: FileCounterNotice) -> CounterNotice:
    own = select(func.count()).where(CounterNotice.party_id == command.party)
    if (uow.session.scalar(own) or 0) >= MOST_NOTICES:
        raise RuleBroken("too-many-counter-notices")
    last = select(func.coalesce(func.max(CounterNotice.number), 0))
    made = CounterNotice(
        case_id=case.id,
        party_id=command.party,
        number=uow.session.scalars(last.where(CounterNotice.case_id == case.id)).one() + 1,
        reason=command.reason,
        body=b"",
        filed_at=uow.now,
        due_on=next_date(uow, case, MOVE_RESTORE, today(uow)),
    )
    place = context_of("counter_notice.body", made.id)
    made.body = key_of(case).encrypt_json(asdict(command.said), place)
    return made


def answer_counter_notice(command: AnswerCounterNotice, *, actor: Actor) -> None:
    """Answer a counter-notice once, until the last day.

    Raises NotFound for what was not passed on to this organisation, MoveRefused for the second
    time and for what is decided, RuleBroken when the time is over.
    """
    demand(actor, Permission.FILE_COMPLAINTS)
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, command.number, actor)
        complaint = find_own(uow.session, organisation, command.complaint)
        case = _case_of(uow, command.notice)
        notice = uow.session.get(CounterNotice, command.notice, with_for_update=True)
        told = uow.session.get(
            CounterNoticeComplaint, (command.notice, complaint.id), with_for_update=True
        )
        if case is None or notice is None or told is None:
            raise NotFound("counter-notice")
        if told.answer is not None or notice.state not in WAITING:
            raise MoveRefused("changed-meanwhile", subject="counter_notice", state=notice.state)
        if notice.state is CounterState.PASSED_ON and today(uow) > (notice.answer_by or today(uow)):
            raise RuleBroken("counter-answer-too-late")
        told.answer, told.answered_at = command.answer, uow.now
        told.answer_words = key_of(case).encrypt_text(command.words, answer_place(told))
        details = {"answer": command.answer}
        record(uow, "counter_notice.answer", "counter_notice", notice.id, **details)
        touch(uow, case)


def _case_of(uow: UnitOfWork, notice_id: UUID) -> Case | None:
    """The case of a counter-notice, locked before it as those who decide lock them."""
    wanted = select(Case).join(CounterNotice, CounterNotice.case_id == Case.id)
    return uow.session.scalar(wanted.where(CounterNotice.id == notice_id).with_for_update(of=Case))
