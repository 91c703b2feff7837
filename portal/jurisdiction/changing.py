"""Changing the place on the desk: rows are drafted, and drafts are published as a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction import models as m
from portal.jurisdiction.candidate import ORDER, candidate_of, current_value, with_drafts
from portal.jurisdiction.pack_files import PackInvalid, PackProblem, Record
from portal.jurisdiction.pack_shapes import shape_all
from portal.jurisdiction.parts import Part, Values, get_part
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import forget_place, newest_version, place_at
from portal.jurisdiction.service import find_newest, store, take_back, was_served
from portal.jurisdiction.states import ChangeAction, ChangeState
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken, Unavailable

SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500
# Drafts that one person may have open: a year of holidays and more.
MOST_DRAFTS: Final = 500
FURTHEST_AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ProposeChange:
    """The order to draft rows of one table as they shall be; new ones are not there yet."""

    part: str
    rows: tuple[Values, ...]
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class RemoveRow:
    """The order to draft that a row shall be gone."""

    part: str
    key: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """The order to draft that a row changes places with the one above it, or below it."""

    part: str
    key: str
    up: bool


@dataclass(frozen=True, slots=True)
class DiscardChange:
    """The order to throw one of one's own drafts away."""

    change_id: UUID


@dataclass(frozen=True, slots=True)
class PublishChanges:
    """The order to make one's drafts a version, decided on while `seen_version` was the newest."""

    reason: str
    seen_version: int
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WithdrawVersion:
    """The order to take back a version that has not started."""

    version: int


def newest_place(session: Session) -> Place:
    """The place of the newest version, also of a planned one: what changes are drafted on."""
    version = newest_version(session)
    if version is None:
        raise Unavailable("no-pack", remedy="sunline pack load cn_culture_market")
    return place_at(version)


def list_drafts(session: Session, actor: Actor) -> Sequence[m.PlaceChange]:
    """The actor's own drafts, in the order they were begun."""
    return session.scalars(_drafts_of(actor)).all()


def _drafts_of(actor: Actor) -> Select[m.PlaceChange]:
    own = m.PlaceChange.made_by == actor.id, m.PlaceChange.state == ChangeState.DRAFT
    return (
        select(m.PlaceChange)
        .where(*own)
        .order_by(m.PlaceChange.made_at, m.PlaceChange.key, m.PlaceChange.id)
    )


def _held_drafts(uow: UnitOfWork) -> Sequence[m.PlaceChange]:
    """The actor's own drafts, held until the work commits."""
    return uow.session.scalars(_drafts_of(uow.actor).with_for_update()).all()


def check_rows(part: Part, rows: Sequence[Values]) -> list[PackProblem]:
    """What is wrong with rows by themselves; the line is the number of the row."""
    problems: list[PackProblem] = []
    records = [Record(part.file, number, values) for number, values in enumerate(rows, start=1)]
    shape_all(records, part.shape, problems)
    return problems


def propose_change(command: ProposeChange, *, actor: Actor) -> None:
    """Draft rows; one that says what the place says already ends its draft.

    Raises PackInvalid for rows that are not well formed, RuleBroken for a new one that is there.
    """
    demand(actor, Permission.MANAGE_PLACE)
    if len(command.rows) > MOST_DRAFTS:
        raise RuleBroken("too-many-place-changes", most=MOST_DRAFTS)
    part = get_part(command.part)
    problems: list[PackProblem] = []
    records = [Record(part.file, at, row) for at, row in enumerate(command.rows, start=1)]
    shaped = shape_all(records, part.shape, problems)
    if problems:
        raise PackInvalid(problems)
    with unit_of_work(actor) as uow:
        base, drafts = newest_place(uow.session), _held_drafts(uow)
        there, open_drafts = with_drafts(base, part, drafts), _by_row(drafts)
        for row in (part.normal(entry.row) for entry in shaped):
            key = part.key_of(row)
            if command.is_new and key in there:
                raise RuleBroken("place-row-exists")
            if not command.is_new and key not in there:
                raise NotFound("place-row")
            _draft(uow, base, part, open_drafts, key, row)


def remove_row(command: RemoveRow, *, actor: Actor) -> None:
    """Draft that a row shall be gone; one that is only drafted goes at once."""
    demand(actor, Permission.MANAGE_PLACE)
    part = get_part(command.part)
    with unit_of_work(actor) as uow:
        base, drafts = newest_place(uow.session), _held_drafts(uow)
        if command.key not in with_drafts(base, part, drafts) or not part.keys:
            raise NotFound("place-row")
        _draft(uow, base, part, _by_row(drafts), command.key, None)


def move_row(command: MoveRow, *, actor: Actor) -> None:
    """Draft another order of a table; the first row cannot go up, nor the last one down."""
    demand(actor, Permission.MANAGE_PLACE)
    part = get_part(command.part)
    with unit_of_work(actor) as uow:
        base, drafts = newest_place(uow.session), _held_drafts(uow)
        order = list(with_drafts(base, part, drafts))
        if command.key not in order or not part.ordered:
            raise NotFound("place-row")
        at = order.index(command.key)
        other = at - 1 if command.up else at + 1
        if 0 <= other < len(order):
            order[at], order[other] = order[other], order[at]
            _draft(uow, base, part, _by_row(drafts), ORDER, {"order": order})


def discard_change(command: DiscardChange, *, actor: Actor) -> None:
    """Throw a draft away; somebody else's is not there."""
    demand(actor, Permission.MANAGE_PLACE)
    with unit_of_work(actor) as uow:
        change = uow.session.get(m.PlaceChange, command.change_id, with_for_update=True)
        if change is None or change.made_by != actor.id:
            raise NotFound("place-change")
        advance(uow, change, ChangeAction.DISCARD, part=change.part)


_Open = dict[tuple[str, str], m.PlaceChange]


def _by_row(drafts: Sequence[m.PlaceChange]) -> _Open:
    return {(one.part, one.key): one for one in drafts}


def _draft(
    uow: UnitOfWork, base: Place, part: Part, drafts: _Open, key: str, after: Values | None
) -> None:
    """Note what a row shall be, on top of what it is now; RuleBroken if there is no room."""
    now, change = current_value(base, part.name, key), drafts.get((part.name, key))
    if after == now:
        if change is not None:
            del drafts[part.name, key]
            advance(uow, change, ChangeAction.DISCARD, part=part.name)
        return
    if change is None:
        if len(drafts) >= MOST_DRAFTS:
            raise RuleBroken("too-many-place-changes", most=MOST_DRAFTS)
        change = m.PlaceChange(
            part=part.name,
            key=key,
            before=now,
            after=after,
            made_by=uow.actor.id,
            made_at=uow.now,
        )
        drafts[part.name, key] = change
        uow.session.add(change)
    change.before, change.after = now, after
    record(uow, "place_change.draft", "place_change", change.id, part=part.name)


def publish_changes(command: PublishChanges, *, actor: Actor) -> int:
    """Make the actor's drafts the next version and return it.

    Raises MoveRefused if the place, or a row that was drafted on, is not as it was seen;
    PackInvalid if something would be wrong with it; RuleBroken without a reason or anything to
    publish, or with a start in the past, before that of a planned version, or more than a year
    ahead, since nothing can be published before what is planned.
    """
    demand(actor, Permission.MANAGE_PLACE)
    if len(command.reason.strip()) < SHORTEST_REASON:
        raise RuleBroken("place-needs-reason")
    with unit_of_work(actor) as uow:
        newest = find_newest(uow)
        if newest is None or newest.version != command.seen_version:
            raise MoveRefused("place-changed")
        if command.starts_at is not None and command.starts_at < uow.now:
            raise RuleBroken("starts-in-the-past")
        if command.starts_at is not None and command.starts_at > uow.now + FURTHEST_AHEAD:
            raise RuleBroken("starts-too-late", days=FURTHEST_AHEAD.days)
        changes = list_drafts(uow.session, actor)
        place = _publishable(place_at(newest.version), changes)
        stored = store(uow, place, command.starts_at, command.reason.strip())
        _tell(uow, stored.id, stored.version, changes)
        for change in changes:
            change.version = stored.version
            advance(uow, change, ChangeAction.PUBLISH, part=change.part, version=stored.version)
    forget_place()
    return stored.version


def _publishable(base: Place, changes: Sequence[m.PlaceChange]) -> Place:
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


def _tell(
    uow: UnitOfWork, version_id: UUID, version: int, changes: Sequence[m.PlaceChange]
) -> None:
    """The reason stays with the version: it is somebody's own words."""
    parts = " ".join(sorted({change.part for change in changes}))
    record(
        uow, "place.publish", "pack", version_id, version=version, parts=parts, changes=len(changes)
    )


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
