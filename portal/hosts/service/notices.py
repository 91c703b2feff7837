"""A notice to a host: drafted, approved by a second person where the place asks, answered."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.accounts.queries import own_accounts
from portal.audit.trail import advance, record
from portal.cases.models import Case
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_head, step_of
from portal.cases.service.in_hand import take, take_open, today, touch
from portal.decisions.models import PartyAccess
from portal.decisions.service.access import party_of
from portal.hosts.models import CaseAddress, HostContact, HostNotice, HostNoticeAddress
from portal.hosts.queries.addresses import url_of
from portal.hosts.queries.contacts import list_owners
from portal.hosts.rules import STEP, demand_accepted, host_of, owner_of
from portal.hosts.service.addresses import get_address
from portal.hosts.states import (
    AFTER_CLOSING,
    BY_HAND,
    RUNNING,
    HostAnswer,
    HostNoticeAction,
    HostNoticeState,
)
from portal.infra.config import settings
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class DraftNotice:
    """What a host is to be told, and of which addresses of its own."""

    number: str
    contact_id: UUID
    addresses: tuple[UUID, ...]
    words: str = field(repr=False)
    work: str = field(default="", repr=False)
    rights_holder: str = field(default="", repr=False)
    party: UUID | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class SettleNotice:
    """The approval of a notice, its withdrawal, or what became of one in doubt."""

    number: str
    notice: int
    action: HostNoticeAction
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordHostAnswer:
    """What a host answered, and when."""

    number: str
    notice: int
    answer: HostAnswer
    answered_on: date
    words: str = field(default="", repr=False)
    seen_version: int | None = None


def draft_notice(command: DraftNotice, *, actor: Actor) -> int:
    """Draft a notice to one contact about addresses of its own; return its number in the case.

    Raises RuleBroken for a case that is not taken on, for an address that is somebody else's,
    struck out, or in another notice that runs, for none at all, and for a party that has read its
    page already: it needs no host to hand on a code.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        demand_accepted(case.state)
        contact = _contact(uow, command.contact_id)
        _demand_theirs(uow, case, contact, command.addresses)
        last = select(func.coalesce(func.max(HostNotice.number), 0))
        made = HostNotice(
            case_id=case.id,
            number=uow.session.scalars(last.where(HostNotice.case_id == case.id)).one() + 1,
            contact_id=contact.id,
            content=b"",
            drafted_at=uow.now,
            drafted_by=actor.id,
            party_id=_reached_by_host(uow, case, command.party),
        )
        said = {name: getattr(command, name) for name in ("words", "work", "rights_holder")}
        made.content = key_of(case).encrypt_json(said, context_of("host_notice.content", made.id))
        uow.session.add(made)
        uow.session.flush()
        for one in command.addresses:
            uow.session.add(HostNoticeAddress(notice_id=made.id, address_id=one))
        details = {"case": case.number, "contact": contact.id.hex}
        record(uow, "host_notice.draft", "host_notice", made.id, **details)
        touch(uow, case)
        return made.number


def settle_notice(command: SettleNotice, *, actor: Actor) -> None:
    """Approve a notice, which sends it; take it back; or say what became of one in doubt.

    Approving is the head's where the place asks for a second person, and never that of whoever
    drafted it then. Raises RuleBroken where no mail is set up, for a host that was taken out of the
    directory, and to send anything once the case is closed.
    """
    if command.action not in BY_HAND:
        raise RuleBroken("not-by-hand")
    with unit_of_work(actor) as uow:
        case = _take(uow, command, command.action)
        notice = get_notice(uow, case, command.notice)
        if command.action is HostNoticeAction.APPROVE:
            demand_accepted(case.state)
            _demand_second_person(uow, case, notice)
            notice.approved_at, notice.approved_by = uow.now, actor.id
        advance(uow, notice, command.action)
        if notice.state is HostNoticeState.SENT:
            run(uow, case, notice)
        if notice.state is HostNoticeState.APPROVED:
            _order(uow, notice)
        touch(uow, case)


def record_host_answer(command: RecordHostAnswer, *, actor: Actor) -> None:
    """Write down what a host answered, on a closed case as well.

    Refuses a day to come, or one before its approval: a host may have answered before anybody said
    that the notice was sent.
    """
    with unit_of_work(actor) as uow:
        case = _take(uow, command, HostNoticeAction.ANSWER)
        notice = get_notice(uow, case, command.notice)
        advance(uow, notice, HostNoticeAction.ANSWER, answer=command.answer)
        earliest = local_date(current_place(), notice.approved_at or uow.now)
        if not earliest <= command.answered_on <= today(uow):
            raise RuleBroken("day-out-of-range")
        notice.answer, notice.answered_on = command.answer, command.answered_on
        notice.answered_by = actor.id
        place = context_of("host_notice.answer", notice.id)
        notice.answer_words = key_of(case).encrypt_text(command.words, place)
        touch(uow, case)


def _take(
    uow: UnitOfWork, command: SettleNotice | RecordHostAnswer, action: HostNoticeAction
) -> Case:
    """The case of a notice, locked; an open one, unless the act is possible after its end."""
    taken = take if action in AFTER_CLOSING else take_open
    return taken(uow, command.number, command.seen_version)


def get_notice(uow: UnitOfWork, case: Case, number: int) -> HostNotice:
    """A notice of the case by its number, locked; NotFound if there is none."""
    wanted = select(HostNotice).where(HostNotice.case_id == case.id, HostNotice.number == number)
    notice = uow.session.scalar(wanted.with_for_update())
    if notice is None:
        raise NotFound("notice")
    return notice


def run(uow: UnitOfWork, case: Case, notice: HostNotice) -> None:
    """Have the time to answer begin, and the addresses looked at from now on."""
    notice.sent_at, notice.failure = uow.now, None
    told = select(HostNoticeAddress.address_id).where(HostNoticeAddress.notice_id == notice.id)
    for one in uow.session.scalars(select(CaseAddress).where(CaseAddress.id.in_(told))):
        if one.next_look_at is None and one.struck_at is None:
            one.next_look_at = uow.now
    touch(uow, case)


def _order(uow: UnitOfWork, notice: HostNotice) -> None:
    if not settings().mail_url:
        raise RuleBroken("mail-not-set-up")
    if uow.session.get_one(HostContact, notice.contact_id).ended_at is not None:
        raise RuleBroken("contact-ended")
    notice.attempts, notice.failure = notice.attempts + 1, None
    uow.task(TaskKind.SEND_HOST_NOTICE, notice.id, cause=str(notice.attempts))


def _reached_by_host(uow: UnitOfWork, case: Case, party: UUID | None) -> UUID | None:
    if party is None:
        return None
    access = uow.session.get(PartyAccess, party_of(uow, case, party).id)
    if access is not None and access.opened_on is not None:
        raise RuleBroken("party-has-its-page")
    return party


def _contact(uow: UnitOfWork, contact_id: UUID) -> HostContact:
    contact = uow.session.get(HostContact, contact_id)
    if contact is None or contact.ended_at is not None:
        raise NotFound("contact")
    return contact


def _demand_theirs(
    uow: UnitOfWork, case: Case, contact: HostContact, chosen: tuple[UUID, ...]
) -> None:
    owners, key = list_owners(uow.session), key_of(case)
    if not chosen:
        raise RuleBroken("notice-without-address")
    for one in chosen:
        address = get_address(uow, case, one)
        if address.struck_at is not None:
            raise RuleBroken("address-struck-out")
        if owner_of(host_of(url_of(key, address)), owners) != contact.id:
            raise RuleBroken("address-not-theirs")
    running = (
        select(HostNotice.id)
        .join(HostNoticeAddress, HostNoticeAddress.notice_id == HostNotice.id)
        .where(HostNoticeAddress.address_id.in_(chosen), HostNotice.state.in_(RUNNING))
    )
    if uow.session.scalar(running.limit(1)) is not None:
        raise RuleBroken("address-in-notice")


def _demand_second_person(uow: UnitOfWork, case: Case, notice: HostNotice) -> None:
    if not step_of(current_place(), STEP).confirmed:
        return
    demand_head(uow.actor, case.department_code)
    if notice.drafted_by in own_accounts(uow.session, uow.actor.id):
        raise RuleBroken("drafter-does-not-approve")
