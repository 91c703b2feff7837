"""A case transferred to the police: decided on in days, handed over in hours, answered (D8, E23).

The times are those of the rules on handing suspected crimes to the judicial organs
(行政执法机关移送涉嫌犯罪案件的规定, 2020), articles 3 and 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.audit.trail import advance, record
from portal.cases.models import Case, CasePaper
from portal.cases.queries.access import context_of, key_of
from portal.cases.queries.steps import hand_of
from portal.cases.rules import demand_head, step_of
from portal.cases.service.flash import demand_flash
from portal.cases.service.in_hand import take, take_open, today, touch
from portal.evidence import queries as evidence
from portal.evidence.kinds import KINDS
from portal.evidence.made import KeptMade, discard_made, keep_made, open_made, record_made
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.content import Content
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, Deadline, due_on
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.transfers.bundle import Member, pack, read_within
from portal.transfers.papers import Sheet, sheet_pdf
from portal.transfers.referral_models import CaseReferral, words_context
from portal.transfers.referrals import (
    OVER,
    find_police,
    had_a_hand,
    is_police_named,
    is_to_be_stopped,
    may_be_opened,
)
from portal.transfers.rules import MOST_BYTES, demand_day
from portal.transfers.said import Said
from portal.transfers.service.keeping import Bundle
from portal.transfers.states import Part, ReferralAction, ReferralResult, ReferralState

STEP: Final = "refer"
USUAL_DAYS: Final = 3
HAND_OVER_WITHIN: Final = timedelta(hours=24)
# What the head decides, and under which word its reason is kept.
_REASON_OF: Final = {
    ReferralAction.APPROVE: "decision",
    ReferralAction.REFUSE: "decision",
    ReferralAction.WITHDRAW: "withdrawn",
}


@dataclass(frozen=True, slots=True)
class ProposeReferral:
    """The proposal that a case goes to the police, why, and which papers go with it."""

    number: str
    reason: str = field(repr=False)
    papers: tuple[UUID, ...] = ()
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecideReferral:
    """What the head decides: to approve it, to refuse it, to withdraw it again; and why.

    `carried` says of a withdrawal that the police had the bundle already.
    """

    number: str
    which: UUID
    action: ReferralAction
    reason: str = field(repr=False)
    seen_version: int | None = None
    carried: bool = False


@dataclass(frozen=True, slots=True)
class HandOverCase:
    """That the bundle went to the police: who received it, under which receipt."""

    number: str
    which: UUID
    receiver: str = field(repr=False)
    receipt: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerReferral:
    """What the police decided, on which day, in which words."""

    number: str
    which: UUID
    answered_on: date
    result: ReferralResult
    text: str = field(repr=False)
    seen_version: int | None = None


def propose_referral(command: ProposeReferral, *, actor: Actor) -> UUID:
    """Propose that a case goes to the police; the days to decide begin.

    Raises RuleBroken while an earlier transfer is not over, where the place knows no police, where
    a report of the case complains of them, and for more papers than go into one bundle.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        police = find_police(case.region)
        if police is None:
            raise RuleBroken("no-police-here")
        if is_police_named(uow.session, case.id, case.department_code, police.code):
            raise RuleBroken("department-is-named-in-the-report")
        _demand_none(uow, case)
        end = decide_until(case.department_code, today(uow))
        made = CaseReferral(
            case_id=case.id,
            department_code=police.code,
            words=b"",
            proposed_at=uow.now,
            proposed_by=actor.id,
            decide_by=end.on,
            provisional=end.provisional,
        )
        _demand_papers(uow, case, command.papers)
        chosen = " ".join(one.hex for one in command.papers)
        _say(case, made, reason=command.reason, papers=chosen)
        uow.session.add(made)
        record(uow, "case.propose-referral", "case", case.id, department=police.code)
        touch(uow, case)
        return made.id


def decide_until(unit: str, start: date) -> Deadline:
    """Until when the head of a unit decides on what was proposed on this day."""
    place = current_place()
    days = step_of(place, STEP).days or USUAL_DAYS
    return due_on(start, days, DayUnit.CALENDAR, place.calendar_of(unit))


def decide_referral(command: DecideReferral, *, actor: Actor) -> None:
    """Approve the proposal, whereupon the bundle is packed and the hours run, or refuse it.

    What was approved is withdrawn until it is handed over: the case waits for nobody then.
    Raises NotPermitted for whoever is not the head, and RuleBroken for whoever proposed it or has
    or had the case, by whichever account, and to approve it once a report complains of the police:
    then any head refuses or withdraws it.
    """
    action, word = command.action, _REASON_OF[command.action]
    with unit_of_work(actor) as uow:
        case, made = _take(uow, command.number, command.which, command.seen_version)
        demand_head(actor, case.department_code)
        stopped = is_to_be_stopped(uow.session, made, case)
        if stopped and action is ReferralAction.APPROVE:
            raise RuleBroken("department-is-named-in-the-report")
        if not stopped and had_a_hand(made, hand_of(uow.session, case, actor)):
            raise RuleBroken("handler-does-not-confirm")
        _say(case, made, **{word: command.reason})
        with uow.session.no_autoflush:
            advance(uow, made, action)
            # What is not stopped is handed over, with who received it, instead.
            _sign(uow, made, carried=command.carried and stopped and made.bundle_id is not None)
        _wait_or_not(uow, case, made)
        _note(uow, case, made, action)


def _sign(uow: UnitOfWork, made: CaseReferral, *, carried: bool) -> None:
    """Write down who decided, or withdrew it, and when."""
    if made.state is ReferralState.WITHDRAWN:
        made.withdrawn_at, made.withdrawn_by, made.carried = uow.now, uow.actor.id, carried
    else:
        made.decided_at, made.decided_by = uow.now, uow.actor.id


def _wait_or_not(uow: UnitOfWork, case: Case, made: CaseReferral) -> None:
    """From an approval on the case waits for the police; it does not once that is withdrawn."""
    if made.state is ReferralState.APPROVED:
        made.hand_over_by = uow.now + HAND_OVER_WITHIN
        case.referred_at = uow.now
        uow.task(TaskKind.SEAL_REFERRAL, made.id)
        demand_flash(uow, case)
    elif made.state is ReferralState.WITHDRAWN:
        case.referred_at = None


def hand_over_case(command: HandOverCase, *, actor: Actor) -> None:
    """Write down that the police have the bundle.

    Raises RuleBroken while it is not packed yet, and once a report complains of these police.
    """
    with unit_of_work(actor) as uow:
        case, made = _take(uow, command.number, command.which, command.seen_version)
        made.lifecycle.after(made.state, ReferralAction.HAND_OVER)
        if made.bundle_id is None:
            raise RuleBroken("bundle-not-packed")
        _demand_free(uow, case, made)
        _say(case, made, receiver=command.receiver, receipt=command.receipt)
        with uow.session.no_autoflush:
            advance(uow, made, ReferralAction.HAND_OVER)
            made.handed_over_at, made.handed_over_by = uow.now, actor.id
        _note(uow, case, made, ReferralAction.HAND_OVER)


def answer_referral(command: AnswerReferral, *, actor: Actor) -> None:
    """Write down what the police decided: the case is not pending any more."""
    with unit_of_work(actor) as uow:
        case, made = _take(uow, command.number, command.which, command.seen_version)
        made.lifecycle.after(made.state, ReferralAction.ANSWER)
        since = local_date(current_place(), made.handed_over_at or uow.now)
        demand_day(command.answered_on, today(uow), not_before=since)
        _say(case, made, answer=command.text)
        with uow.session.no_autoflush:
            advance(uow, made, ReferralAction.ANSWER)
            made.result, made.answered_on = command.result, command.answered_on
        case.referred_at = None
        _note(uow, case, made, ReferralAction.ANSWER)


def open_referral(number: str, which: UUID, *, actor: Actor) -> Bundle:
    """Open the bundle, to carry it or to read what was sent; who did is on the trail.

    NotFound while there is none, and once it was withdrawn; RuleBroken for one that has not left
    and must not.
    """
    with unit_of_work(actor) as uow:
        case = take(uow, number, None)  # what was sent is read on a closed case as well
        made = _referral_of(uow, case, which, None)
        if made.bundle_id is None or not may_be_opened(made):
            raise NotFound("bundle")
        _demand_free(uow, case, made)
        record(uow, "case.open-referral", "case", case.id, referral=made.id.hex)
        return Bundle(f"{case.number}.zip", open_made(uow.session, made.bundle_id))


# --- Packing up ----------------------------------------------------------------------------------


def seal_referral(referral_id: UUID, *, actor: Actor) -> None:
    """Pack the papers of the case with a sheet and their hashes, and keep it encrypted.

    Safe to run twice: the bundle whose row commits first stays, the file of the other is removed.
    """
    session = db.session()
    made = session.get(CaseReferral, referral_id)
    if made is None or not _is_unpacked(made):
        return
    case = session.get_one(Case, made.case_id)
    number, members = case.number, _members(case, made)
    session.commit()  # nothing stays open while the disk is written
    kept = keep_made(pack(number, members))
    if not _take_in(referral_id, kept, actor):
        discard_made(kept)


def _take_in(referral_id: UUID, kept: KeptMade, actor: Actor) -> bool:
    with unit_of_work(actor) as uow:
        made = uow.session.get(CaseReferral, referral_id, with_for_update=True)
        if made is None or not _is_unpacked(made):
            return False
        made.bundle_id = record_made(uow, kept)
        size = kept.stored.size
        record(uow, "case.seal-referral", "case", made.case_id, referral=made.id.hex, size=size)
        return True


def _is_unpacked(made: CaseReferral) -> bool:
    return made.bundle_id is None and made.state is ReferralState.APPROVED


def _members(case: Case, made: CaseReferral) -> tuple[Member, ...]:
    place, words = current_place(), key_of(case).decrypt_json(made.words, words_context(made.id))
    files = _papers([UUID(one) for one in words["papers"].split()])
    said = key_of(case).decrypt_json(case.content, context_of("case_file.content", case.id))
    sheet = Sheet(
        number=case.number,
        sender=case.department_code,
        receiver=made.department_code,
        category=case.category,
        region=case.region,
        reported_on=local_date(place, case.opened_at),
        made_on=local_date(place, made.decided_at or made.proposed_at),
        said=Said(reason=words["reason"], outline=f"{said['title']}\n{said['summary']}"),
        content=Content(narrative=""),
        parts=frozenset({Part.PLACE}),
        files=tuple((one.name, f"{len(one.body)}") for one in files),
    )
    return (Member("sheet.pdf", "sheet", sheet_pdf(sheet, place, "zh-Hans")), *files)


def _papers(chosen: Sequence[UUID]) -> tuple[Member, ...]:
    """The chosen papers under numbers and their kind; nothing that was struck out since."""
    session = db.session()
    held = session.scalars(
        select(CasePaper)
        .where(CasePaper.id.in_(chosen), CasePaper.struck_at.is_(None))
        .order_by(CasePaper.added_at, CasePaper.id)
    )
    found, room = [], MOST_BYTES
    for count, paper in enumerate(held, 1):
        if paper.evidence_id is None:
            continue
        opened = evidence.open_original(session, paper.evidence_id)
        name = f"papers/{count:03}-{paper.form}.{KINDS[opened.kind].endings[0]}"
        found.append(Member(name, "original", read_within(opened.chunks, room)))
        room -= len(found[-1].body)
    return tuple(found)


# --- What they share -----------------------------------------------------------------------------


def _take(uow: UnitOfWork, number: str, which: UUID, seen: int | None) -> tuple[Case, CaseReferral]:
    case = take_open(uow, number, None)
    return case, _referral_of(uow, case, which, seen)


def _referral_of(uow: UnitOfWork, case: Case, which: UUID, seen: int | None) -> CaseReferral:
    made = uow.session.get(CaseReferral, which, with_for_update=True)
    if made is None or made.case_id != case.id:
        raise NotFound("referral")
    if seen is not None and made.version != seen:
        raise MoveRefused("changed-meanwhile", subject="case_referral", state=made.state)
    return made


def _say(case: Case, made: CaseReferral, **words: str) -> None:
    """Add to what was typed."""
    key, context = key_of(case), words_context(made.id)
    before = key.decrypt_json(made.words, context) if made.words else {}
    made.words = key.encrypt_json({**before, **words}, context)


def _note(uow: UnitOfWork, case: Case, made: CaseReferral, action: ReferralAction) -> None:
    said = {"carried": "yes"} if made.carried else {}
    record(uow, f"case.referral-{action}", "case", case.id, referral=made.id.hex, **said)
    touch(uow, case)


def _demand_free(uow: UnitOfWork, case: Case, made: CaseReferral) -> None:
    """Refuse what leads a case to police of whom a report complains (F13)."""
    if is_to_be_stopped(uow.session, made, case):
        raise RuleBroken("department-is-named-in-the-report")


def _demand_papers(uow: UnitOfWork, case: Case, papers: Sequence[UUID]) -> None:
    """NotFound for what is no paper of the file, or no file; RuleBroken for too much of them."""
    there = select(CasePaper.id, CasePaper.evidence_id).where(
        CasePaper.case_id == case.id,
        CasePaper.evidence_id.is_not(None),
        CasePaper.struck_at.is_(None),
    )
    held = {row.id: row.evidence_id for row in uow.session.execute(there)}
    if not set(papers) <= set(held):
        raise NotFound("paper")
    chosen = evidence.list_files(uow.session, [held[one] for one in papers])
    if sum(one.size for one in chosen) > MOST_BYTES:
        raise RuleBroken("bundle-too-large")


def _demand_none(uow: UnitOfWork, case: Case) -> None:
    wanted = select(CaseReferral.id).where(
        CaseReferral.case_id == case.id, CaseReferral.state.not_in(OVER)
    )
    if uow.session.scalar(wanted.limit(1)) is not None:
        raise RuleBroken("with-the-police")
