"""Making a version of drafts: alone, or by a second person where what is changed is guarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account
from portal.audit.trail import advance, record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.candidate import candidate_of
from portal.jurisdiction.change_models import PlaceChange, PlaceRequest
from portal.jurisdiction.changing import DRAFTS, free, held_drafts
from portal.jurisdiction.guarded import needs_second_person
from portal.jurisdiction.pack_files import PackInvalid, PackProblem
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import forget_place, place_at
from portal.jurisdiction.service import (
    find_newest,
    next_start,
    store,
    take_back,
    was_served,
)
from portal.jurisdiction.states import ChangeAction, RequestAction, RequestState
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500
FURTHEST_AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class PublishChanges:
    """The order to make one's drafts a version, decided on while `seen_version` was the newest."""

    reason: str
    seen_version: int
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConfirmChanges:
    """The order to publish what somebody else handed in, seen upon `seen_version`."""

    request_id: UUID
    seen_version: int


@dataclass(frozen=True, slots=True)
class ReturnChanges:
    """The order to give back what somebody handed in, and why."""

    request_id: UUID
    answer: str


@dataclass(frozen=True, slots=True)
class TakeBackChanges:
    """The order to have back what one handed in oneself."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawVersion:
    """The order to take back a version that has not started."""

    version: int


@dataclass(frozen=True, slots=True)
class _Said:
    """Why a version is made, from when on, and who drafted it if that is not who publishes it."""

    reason: str
    starts_at: datetime | None
    drafted_by: UUID | None = None


def publish_changes(command: PublishChanges, *, actor: Actor) -> int | None:
    """Make the actor's drafts the next version and return it; None if a second person is asked to.

    Raises MoveRefused if the place, or a row that was drafted on, is not as it was seen;
    PackInvalid if something would be wrong with it; RuleBroken without a reason or anything to
    publish, or with a start in the past, before that of a planned version, or more than a year
    ahead, since nothing can be published before what is planned.
    """
    demand(actor, Permission.MANAGE_PLACE)
    said = _Said(command.reason.strip(), command.starts_at)
    if len(said.reason) < SHORTEST_REASON:
        raise RuleBroken("place-needs-reason")
    with unit_of_work(actor) as uow:
        base = _base_as_seen(uow, command.seen_version)
        _check_start(uow, said.starts_at)
        next_start(uow, find_newest(uow), said.starts_at)
        changes = free(held_drafts(uow))
        place = _publishable(base, changes)
        if needs_second_person(changes):
            _hand_in(uow, said, changes)
            return None
        version = _publish(uow, place, said, changes)
    forget_place()
    return version


def _base_as_seen(uow: UnitOfWork, seen_version: int) -> Place:
    newest = find_newest(uow)
    if newest is None or newest.version != seen_version:
        raise MoveRefused("place-changed")
    return place_at(newest.version)


def _check_start(uow: UnitOfWork, starts_at: datetime | None) -> None:
    if starts_at is not None and starts_at < uow.now:
        raise RuleBroken("starts-in-the-past")
    if starts_at is not None and starts_at > uow.now + FURTHEST_AHEAD:
        raise RuleBroken("starts-too-late", days=FURTHEST_AHEAD.days)


def _publishable(base: Place, changes: Sequence[PlaceChange]) -> Place:
    if not changes:
        raise RuleBroken("nothing-to-publish")
    candidate = candidate_of(base, changes)
    if candidate.overtaken:
        raise MoveRefused("place-changed")
    if candidate.place is None:
        raise PackInvalid(
            [
                PackProblem(one.part, 0, one.field, one.what, one.would_be_right)
                for one in candidate.faults
            ]
        )
    return candidate.place


def _hand_in(uow: UnitOfWork, said: _Said, changes: Sequence[PlaceChange]) -> None:
    """Leave the drafts to a second person; until they answer, nobody changes them."""
    asking = _account(uow)
    request = PlaceRequest(
        asked_by=asking.id,
        asked_person=asking.person_id,
        asked_at=uow.now,
        reason=said.reason,
        starts_at=said.starts_at,
    )
    uow.session.add(request)
    uow.session.flush()
    for change in changes:
        change.request_id = request.id
    record(uow, "place_request.ask", "place_request", request.id, **_counted(changes))


def _account(uow: UnitOfWork) -> Account:
    """Whoever is acting, as an account: a person has to stand for what two must agree on."""
    account = uow.session.get(Account, uow.actor.id) if uow.actor.id else None
    if account is None:
        raise NotFound("account")
    return account


def _publish(uow: UnitOfWork, place: Place, said: _Said, changes: Sequence[PlaceChange]) -> int:
    """The reason stays with the version, not on the trail: it is somebody's own words."""
    stored = store(uow, place, said.starts_at, said.reason, said.drafted_by)
    drafted_by = str(said.drafted_by) if said.drafted_by else None
    told = {"version": stored.version, "drafted_by": drafted_by}
    record(uow, "place.publish", "pack", stored.id, **told, **_counted(changes))
    for change in changes:
        change.version = stored.version
        advance(uow, change, ChangeAction.PUBLISH, part=change.part, version=stored.version)
    return stored.version


def _counted(changes: Sequence[PlaceChange]) -> dict[str, str | int]:
    return {
        "parts": " ".join(sorted({change.part for change in changes})),
        "changes": len(changes),
    }


def confirm_changes(command: ConfirmChanges, *, actor: Actor) -> int:
    """Publish what another person handed in, as they handed it in; return the version.

    Raises NotFound if nothing waits, RuleBroken for the person who handed it in, whichever of
    their accounts they use (so does the database), and what `publish_changes` raises.
    """
    demand(actor, Permission.MANAGE_PLACE)
    with unit_of_work(actor) as uow:
        base = _base_as_seen(uow, command.seen_version)
        request = _waiting(uow, command.request_id)
        second = _second(uow, request)
        if request.starts_at is not None and request.starts_at < uow.now:
            raise RuleBroken("start-has-passed")
        changes = changes_of(uow, request.id)
        place = _publishable(base, changes)
        said = _Said(request.reason, request.starts_at, request.asked_by)
        version = _publish(uow, place, said, changes)
        _decide(uow, request, second, RequestAction.CONFIRM)
    forget_place()
    return version


def _waiting(uow: UnitOfWork, request_id: UUID) -> PlaceRequest:
    request = uow.session.get(PlaceRequest, request_id, with_for_update=True)
    if request is None or request.state is not RequestState.WAITING:
        raise NotFound("place-request")
    return request


def _second(uow: UnitOfWork, request: PlaceRequest) -> Account:
    second = _account(uow)
    if second.person_id == request.asked_person:
        raise RuleBroken("place-needs-second")
    return second


def _decide(uow: UnitOfWork, request: PlaceRequest, by: Account, action: RequestAction) -> None:
    request.decided_by, request.decided_person = by.id, by.person_id
    request.decided_at = uow.now
    advance(uow, request, action)


def changes_of(uow: UnitOfWork, request_id: UUID) -> Sequence[PlaceChange]:
    """What was handed in, held until the work commits."""
    handed_in = DRAFTS.where(PlaceChange.request_id == request_id)
    return uow.session.scalars(handed_in.with_for_update()).all()


def return_changes(command: ReturnChanges, *, actor: Actor) -> None:
    """Give what another person handed in back to them as drafts, with a word why."""
    demand(actor, Permission.MANAGE_PLACE)
    answer = command.answer.strip()
    if not answer:
        raise RuleBroken("place-needs-answer")
    with unit_of_work(actor) as uow:
        request = _waiting(uow, command.request_id)
        second = _second(uow, request)
        request.answer = answer
        _decide(uow, request, second, RequestAction.RETURN)
        _free(uow, request.id)


def take_back_changes(command: TakeBackChanges, *, actor: Actor) -> None:
    """Make what the actor handed in their drafts again; somebody else's is not there."""
    demand(actor, Permission.MANAGE_PLACE)
    with unit_of_work(actor) as uow:
        request = _waiting(uow, command.request_id)
        if request.asked_by != actor.id:
            raise NotFound("place-request")
        _decide(uow, request, _account(uow), RequestAction.TAKE_BACK)
        _free(uow, request.id)


def _free(uow: UnitOfWork, request_id: UUID) -> None:
    for change in changes_of(uow, request_id):
        change.request_id = None


def withdraw_version(command: WithdrawVersion, *, actor: Actor) -> None:
    """Take back the newest version before it starts; MoveRefused if it is not, or has started."""
    demand(actor, Permission.MANAGE_PLACE)
    with unit_of_work(actor) as uow:
        newest = find_newest(uow)
        if newest is None or newest.version != command.version or was_served(uow, newest):
            raise MoveRefused("version-not-planned")
        take_back(uow, newest)
        record(uow, "place.withdraw", "pack", newest.id, version=newest.version)
    forget_place()
