"""Sending a notice that was approved: once, and honest about what nobody knows."""

from datetime import date
from uuid import UUID

from portal.audit.trail import advance
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import step_of
from portal.cases.service.in_hand import today
from portal.decisions.models import PartyAccess
from portal.decisions.service.access import give_time_to_answer, issue_party_code
from portal.hosts.letters import Letter, attachments, subject_and_text
from portal.hosts.models import HostContact, HostNotice
from portal.hosts.queries.notices import list_told, said_in
from portal.hosts.rules import ABOUT_COPYING, STEP
from portal.hosts.service.notices import run
from portal.hosts.states import HostNoticeAction, HostNoticeState
from portal.infra.mail import MailNotSent, MailUnconfirmed, send_mail
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, due_on


def send_host_notice(notice_id: UUID, *, actor: Actor) -> None:
    """Send one notice.

    It is marked as unconfirmed before the server hears of it. So a worker that dies meanwhile
    leaves it so, and no machine sends it twice. Run again it does nothing, since it begins with
    what is approved only.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        letter = _attempt(uow, notice_id)
        at = uow.now
    if letter is None:
        return
    subject, text = subject_and_text(letter)
    reports = attachments(letter, at)
    try:
        send_mail(letter.mailbox, subject, text, message_id=notice_id.hex, attached=reports)
    except MailNotSent as refusal:
        _failed(notice_id, refusal.code, actor)
    except MailUnconfirmed:
        return
    else:
        _went(notice_id, actor)


def _attempt(uow: UnitOfWork, notice_id: UUID) -> Letter | None:
    """Mark a notice as on its way; None if there is nothing to send (any more)."""
    notice = uow.session.get(HostNotice, notice_id, with_for_update=True)
    if notice is None or notice.state is not HostNoticeState.APPROVED:
        return None
    case = uow.session.get_one(Case, notice.case_id)
    contact = uow.session.get_one(HostContact, notice.contact_id)
    notice.due_on = _answer_by(uow, case, contact)
    advance(uow, notice, HostNoticeAction.ATTEMPT)
    said, place = said_in(case, notice), current_place()
    unit, matter = place.departments.get(case.department_code), place.categories.get(case.category)
    return Letter(
        reference=f"{case.number}-{notice.number}",
        mailbox=contact.mailbox,
        language=contact.language,
        office=(unit.name if unit else place.name).in_(contact.language),
        category=matter.name.in_(contact.language) if matter else case.category,
        words=said["words"],
        work=said["work"],
        rights_holder=said["rights_holder"],
        answer_by=notice.due_on,
        about_copying=case.category.startswith(ABOUT_COPYING),
        addresses=list_told(uow.session, case, notice),
        code=_code_for(uow, case, notice, said["words"]),
    )


def _code_for(uow: UnitOfWork, case: Case, notice: HostNotice, words: str) -> str:
    """A new code of the page of whoever only the host reaches; it stands in the letter alone.

    None for a party that has read its page meanwhile, or is struck out. What the notice says is
    what is held against it, unless the office has said so in words of its own.
    """
    party = uow.session.get(CaseParty, notice.party_id) if notice.party_id else None
    if party is None or party.struck_at is not None:
        return ""
    before = uow.session.get(PartyAccess, party.id)
    if before is not None and before.opened_on is not None:
        return ""
    code = issue_party_code(uow, party)
    uow.session.flush()
    access = uow.session.get_one(PartyAccess, party.id)
    if access.alleged is None:
        place = context_of("party_access.alleged", party.id)
        access.alleged = key_of(case).encrypt_text(words, place)
        give_time_to_answer(uow, case, access)
    return code.text


def _answer_by(uow: UnitOfWork, case: Case, contact: HostContact) -> date:
    """The last day to answer: as the host has promised, or as the place says."""
    place = current_place()
    step = step_of(place, STEP)
    days = contact.answer_days or step.days or 1
    unit = DayUnit.WORKING if contact.answer_days else step.unit
    return due_on(today(uow), days, unit, place.calendar_of(case.department_code)).on


def _failed(notice_id: UUID, code: str, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        notice = uow.session.get(HostNotice, notice_id, with_for_update=True)
        if notice is not None and notice.state is HostNoticeState.UNCONFIRMED:
            notice.failure = code
            advance(uow, notice, HostNoticeAction.FAIL, reason=code)


def _went(notice_id: UUID, actor: Actor) -> None:
    with unit_of_work(actor) as uow:
        notice = uow.session.get(HostNotice, notice_id, with_for_update=True)
        if notice is not None and notice.state is HostNoticeState.UNCONFIRMED:
            by = notice.approved_by.hex if notice.approved_by else None
            advance(uow, notice, HostNoticeAction.SEND, approved_by=by)
            run(uow, uow.session.get_one(Case, notice.case_id), notice)
