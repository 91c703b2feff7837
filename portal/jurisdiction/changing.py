"""Changing the place on the desk: rows are drafted; `publishing` makes a version of drafts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.candidate import current_value, with_drafts
from portal.jurisdiction.change_models import PlaceChange
from portal.jurisdiction.guarded import ORDER
from portal.jurisdiction.pack_files import PackInvalid, PackProblem, Record
from portal.jurisdiction.pack_shapes import shape_all
from portal.jurisdiction.parts import Part, Values, get_part
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import newest_version, place_at
from portal.jurisdiction.states import ChangeAction, ChangeState
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken, Unavailable

# Drafts that one person may have open: a year of holidays and more.
MOST_DRAFTS: Final = 500


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
class PutRow:
    """The order to draft that a row stands before another one, or last."""

    part: str
    key: str
    before: str | None


@dataclass(frozen=True, slots=True)
class DiscardChange:
    """The order to throw one of one's own drafts away."""

    change_id: UUID


def newest_place(session: Session) -> Place:
    """The place of the newest version, also of a planned one: what changes are drafted on."""
    version = newest_version(session)
    if version is None:
        raise Unavailable("no-pack", remedy="sunline pack load cn_culture_market")
    return place_at(version)


def list_drafts(session: Session, actor: Actor) -> Sequence[PlaceChange]:
    """The actor's own drafts, in the order they were begun; not those that are handed in."""
    own = PlaceChange.made_by == actor.id, PlaceChange.request_id.is_(None)
    return session.scalars(DRAFTS.where(*own)).all()


def held_drafts(uow: UnitOfWork) -> "Drafts":
    """All drafts of the actor by what they are about, held until the work commits."""
    own = DRAFTS.where(PlaceChange.made_by == uow.actor.id).with_for_update()
    return {(one.part, one.key): one for one in uow.session.scalars(own)}


def free(drafts: "Drafts") -> list[PlaceChange]:
    """Those that are not handed in: what the actor goes on working on."""
    return [one for one in drafts.values() if one.request_id is None]


DRAFTS: Final[Select[PlaceChange]] = (
    select(PlaceChange)
    .where(PlaceChange.state == ChangeState.DRAFT)
    .order_by(PlaceChange.made_at, PlaceChange.key, PlaceChange.id)
)
Drafts = dict[tuple[str, str], PlaceChange]


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
        base, drafts = newest_place(uow.session), held_drafts(uow)
        there = set(with_drafts(base, part, free(drafts)))
        for row in (part.normal(entry.row) for entry in shaped):
            key = part.key_of(row)
            if command.is_new and key in there:
                raise RuleBroken("place-row-exists", row=key)
            if not command.is_new and key not in there:
                raise NotFound("place-row")
            there.add(key)
            draft_row(uow, base, part, drafts, key, row)


def remove_row(command: RemoveRow, *, actor: Actor) -> None:
    """Draft that a row shall be gone; one that is only drafted goes at once."""
    demand(actor, Permission.MANAGE_PLACE)
    part = get_part(command.part)
    with unit_of_work(actor) as uow:
        base, drafts = newest_place(uow.session), held_drafts(uow)
        if command.key not in with_drafts(base, part, free(drafts)) or not part.keys:
            raise NotFound("place-row")
        draft_row(uow, base, part, drafts, command.key, None)


def move_row(command: MoveRow, *, actor: Actor) -> None:
    """Draft another order of a table; the first row cannot go up, nor the last one down."""
    demand(actor, Permission.MANAGE_PLACE)
    part = get_part(command.part)
    with unit_of_work(actor) as uow:
        base, drafts = newest_place(uow.session), held_drafts(uow)
        order = list(with_drafts(base, part, free(drafts)))
        if command.key not in order or not part.ordered:
            raise NotFound("place-row")
        at = order.index(command.key)
        other = at - 1 if command.up else at + 1
        if 0 <= other < len(order):
            order[at], order[other] = order[other], order[at]
            draft_row(uow, base, part, drafts, ORDER, {"order": order})


def put_row(command: PutRow, *, actor: Actor) -> None:
    """Draft an order in which a row stands before another; NotFound if either is not there."""
    demand(actor, Permission.MANAGE_PLACE)
    part = get_part(command.part)
    with unit_of_work(actor) as uow:
        base, drafts = newest_place(uow.session), held_drafts(uow)
        order = list(with_drafts(base, part, free(drafts)))
        if not part.ordered or {command.key, command.before or command.key} - set(order):
            raise NotFound("place-row")
        if command.before == command.key:
            return
        order.remove(command.key)
        at = len(order) if command.before is None else order.index(command.before)
        order.insert(at, command.key)
        draft_row(uow, base, part, drafts, ORDER, {"order": order})


def discard_change(command: DiscardChange, *, actor: Actor) -> None:
    """Throw a draft away; somebody else's is not there, one that is handed in stays."""
    demand(actor, Permission.MANAGE_PLACE)
    with unit_of_work(actor) as uow:
        change = uow.session.get(PlaceChange, command.change_id, with_for_update=True)
        if change is None or change.made_by != actor.id:
            raise NotFound("place-change")
        if change.request_id is not None:
            raise RuleBroken("place-row-waits")
        advance(uow, change, ChangeAction.DISCARD, part=change.part)


def draft_row(
    uow: UnitOfWork, base: Place, part: Part, drafts: Drafts, key: str, after: Values | None
) -> None:
    """Note what a row shall be, on top of what it is now.

    Raises RuleBroken if there is no room, or if the actor's draft of it waits for a second person.
    """
    now, change = current_value(base, part.name, key), drafts.get((part.name, key))
    if change is not None and change.request_id is not None:
        raise RuleBroken("place-row-waits")
    if after == now:
        if change is not None:
            del drafts[part.name, key]
            advance(uow, change, ChangeAction.DISCARD, part=part.name)
        return
    if change is None:
        if len(drafts) >= MOST_DRAFTS:
            raise RuleBroken("too-many-place-changes", most=MOST_DRAFTS)
        change = PlaceChange(
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
