"""Opening what is sealed: asked for by one of R, released by one of A, read once by who asked.

What is sealed belongs to a later stage, which says who may ask and hands over the seal; what
happens to the keys is here. Every function works inside the caller's unit of work.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from portal.accounts.queries import get_account
from portal.audit.trail import advance, record
from portal.custody.models import Custodian, Opening
from portal.custody.queries import find_member, get_group_key
from portal.custody.rules import (
    DECIDE_WITHIN,
    RELEASE_MINUTES,
    OpeningPurpose,
    demand_good_request,
    demand_hold,
    demand_reason,
)
from portal.custody.sealing import (
    CustodianGroup,
    Sealed,
    open_inner,
    peel_outer,
    seal,
    take_off_layers,
    unseal,
)
from portal.custody.service.unlocking import OpenKey
from portal.custody.states import OPEN_OPENINGS, OpeningAction, OpeningState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import ContentKey, vault
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: which fields of which sealed record, for what and on what basis."""

    subject_kind: str
    subject_id: UUID
    fields: tuple[str, ...]
    purpose: OpeningPurpose
    reason: str = field(repr=False)
    basis: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A seal, and the one place it may stand in."""

    sealed: Sealed
    context: str


def ask(uow: UnitOfWork, wanted: Wanted, kept: Sequence[str]) -> Opening:
    """Leave a request for the other group; refuse one without reason or basis, and a second one."""
    demand_good_request(wanted.fields, kept, wanted.reason, wanted.basis)
    requester = _member(uow, uow.actor, CustodianGroup.REQUESTERS)
    waiting = select(Opening.id).where(
        Opening.subject_id == wanted.subject_id,
        Opening.asked_person == requester.person_id,
        Opening.state.in_(tuple(OPEN_OPENINGS)),
    )
    if uow.session.scalar(waiting) is not None:
        raise RuleBroken("opening-asked-already")
    key, wrapped = vault().new_key()
    opening = Opening(
        subject_kind=wanted.subject_kind,
        subject_id=wanted.subject_id,
        fields=sorted(wanted.fields),
        purpose=wanted.purpose,
        words_key=wrapped,
        words=None,
        asked_by=requester.account_id,
        asked_person=requester.person_id,
        asked_at=uow.now,
        ends_at=uow.now + DECIDE_WITHIN,
    )
    said = {"reason": wanted.reason.strip(), "basis": wanted.basis.strip()}
    opening.words = key.encrypt_json(said, words_context(opening.id))
    uow.session.add(opening)
    record(
        uow,
        "opening.ask",
        "opening",
        opening.id,
        fields=" ".join(opening.fields),
        purpose=opening.purpose,
        of=wanted.subject_id.hex,
    )
    return opening


def release(
    uow: UnitOfWork, opening: Opening, record_: SealedRecord, key: OpenKey, minutes: int
) -> None:
    """Take the approvers' layer off, for the one who asked and for a time.

    Raises RuleBroken for the person who asked, by whichever account, and MoveRefused when the
    request is decided on or has run out.
    """
    approver = _decide(uow, opening)
    if minutes not in RELEASE_MINUTES:
        raise RuleBroken("opening-minutes-unknown")
    requester = find_member(uow.session, opening.asked_by)
    if requester is None or requester.custodian_group is not CustodianGroup.REQUESTERS:
        raise RuleBroken("opening-asker-left")
    version = record_.sealed.wrap_version
    approvers_key = get_group_key(uow.session, approver, key.private, version)
    inner = peel_outer(approvers_key, record_.sealed, record_.context)
    opening.inner_seal = seal(inner, requester.public_key, _release_place(opening.id))
    opening.ends_at = uow.now + timedelta(minutes=minutes)
    advance(uow, opening, OpeningAction.RELEASE, minutes=minutes)


def refuse(uow: UnitOfWork, opening: Opening, reason: str) -> None:
    """Say no, with a reason that the one who asked reads."""
    demand_reason(reason)
    _decide(uow, opening)
    opening.answer = _words_key(opening).encrypt_text(reason.strip(), _answer_context(opening.id))
    advance(uow, opening, OpeningAction.REFUSE)


def withdraw(uow: UnitOfWork, opening: Opening) -> None:
    """Take one's own request back; what was released is destroyed."""
    if opening.asked_by != uow.actor.id:
        raise NotFound("opening")
    opening.inner_seal = None
    advance(uow, opening, OpeningAction.WITHDRAW)


def read(
    uow: UnitOfWork, opening: Opening, record_: SealedRecord, key: OpenKey, tell_on: date
) -> dict[str, Any]:
    """The fields that were asked for, once; the release is destroyed with it."""
    if opening.asked_by != uow.actor.id:
        raise NotFound("opening")
    requester = _member(uow, uow.actor, CustodianGroup.REQUESTERS)
    _demand_in_time(opening, uow.now)
    released = opening.inner_seal
    opening.inner_seal, opening.read_at, opening.tell_on = None, uow.now, tell_on
    advance(uow, opening, OpeningAction.READ)
    if released is None:
        raise MoveRefused("changed-meanwhile", subject="opening", state=opening.state)
    inner = unseal(released, key.private, _release_place(opening.id))
    sealed, context = record_.sealed, record_.context
    keys = {
        version: get_group_key(uow.session, requester, key.private, version)
        for version in (sealed.key_version, *sealed.layers)
    }
    inner = take_off_layers(keys, inner, sealed, context)
    whole = open_inner(keys[sealed.key_version], inner, sealed, context)
    return {name: whole[name] for name in opening.fields if name in whole}


def hold_notice(uow: UnitOfWork, opening: Opening, until: date, today: date, reason: str) -> None:
    """Have the reporter told later, never sooner, for a reason that is kept; each time anew."""
    demand_reason(reason)
    demand_hold(until, today)
    if opening.tell_on is not None and until <= opening.tell_on:
        raise RuleBroken("opening-hold-not-later")
    _member(uow, uow.actor, CustodianGroup.APPROVERS)
    if opening.state is not OpeningState.READ or opening.told_at is not None:
        raise MoveRefused("changed-meanwhile", subject="opening", state=opening.state)
    opening.tell_on = until
    opening.hold = _words_key(opening).encrypt_text(reason.strip(), _hold_context(opening.id))
    record(uow, "opening.hold-notice", "opening", opening.id, due=until.isoformat())


def demand_seen(opening: Opening, seen: int | None) -> None:
    """Refuse to act on a request that is not any more as the page showed it."""
    if seen is not None and opening.version != seen:
        raise MoveRefused("opening-changed", subject="opening", state=opening.state)


def end_openings(uow: UnitOfWork, subject_id: UUID) -> None:
    """End every open request for something that is no more."""
    wanted = select(Opening).where(
        Opening.subject_id == subject_id, Opening.state.in_(tuple(OPEN_OPENINGS))
    )
    for opening in uow.session.scalars(wanted.with_for_update()):
        _lapse(uow, opening)


def erase_words_of_openings(uow: UnitOfWork, subject_id: UUID) -> None:
    """Destroy what was typed about requests for something; that there were any stays."""
    for opening in uow.session.scalars(select(Opening).where(Opening.subject_id == subject_id)):
        opening.words_key = opening.words = opening.answer = opening.hold = None


def lapse_openings(*, actor: Actor) -> int:
    """End what nobody decided on, or nobody read, in time; return how many. Safe to run twice."""
    with unit_of_work(actor) as uow:
        late = (
            select(Opening)
            .where(
                or_(*(Opening.state == state for state in OPEN_OPENINGS)),
                Opening.ends_at <= uow.now,
            )
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        found = uow.session.scalars(late).all()
        for opening in found:
            _lapse(uow, opening)
        return len(found)


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed about a request, decrypted; empty once it was erased."""

    reason: str = ""
    basis: str = ""
    answer: str = ""
    hold: str = ""


def said_of(opening: Opening) -> Said:
    """What was typed about a request."""
    if opening.words_key is None or opening.words is None:
        return Said()
    key = _words_key(opening)
    asked = key.decrypt_json(opening.words, words_context(opening.id))
    answer = key.decrypt_text(opening.answer, _answer_context(opening.id)) if opening.answer else ""
    hold = key.decrypt_text(opening.hold, _hold_context(opening.id)) if opening.hold else ""
    return Said(asked["reason"], asked["basis"], answer, hold)


def words_context(opening_id: UUID) -> str:
    """The one place the words of a request may stand in."""
    return f"opening.words:{opening_id}"


def _answer_context(opening_id: UUID) -> str:
    return f"opening.answer:{opening_id}"


def _hold_context(opening_id: UUID) -> str:
    return f"opening.hold:{opening_id}"


def _release_place(opening_id: UUID) -> str:
    return f"sunline/release/1/{opening_id}"


def _words_key(opening: Opening) -> ContentKey:
    if opening.words_key is None:
        raise NotFound("erased")
    return vault().open_key(opening.words_key)


def _member(uow: UnitOfWork, actor: Actor, group: CustodianGroup) -> Custodian:
    custodian = find_member(uow.session, actor.id)
    if custodian is None or custodian.custodian_group is not group:
        raise RuleBroken("not-a-custodian")
    return custodian


def _decide(uow: UnitOfWork, opening: Opening) -> Custodian:
    """Note who decides; refuse the person who asked."""
    approver = _member(uow, uow.actor, CustodianGroup.APPROVERS)
    person = get_account(uow.session, approver.account_id).person_id
    if opening.asked_person in {person, approver.person_id}:
        raise RuleBroken("opening-own-request")
    _demand_in_time(opening, uow.now)
    opening.decided_by, opening.decided_person = approver.account_id, person
    opening.decided_at = uow.now
    return approver


def _demand_in_time(opening: Opening, now: datetime) -> None:
    if opening.ends_at.astimezone(UTC) <= now:
        raise MoveRefused("opening-ran-out", subject="opening", state=opening.state)


def _lapse(uow: UnitOfWork, opening: Opening) -> None:
    opening.inner_seal = None
    advance(uow, opening, OpeningAction.LAPSE)
