"""Drafting again what there was: the changes of a version, or a row as a version had it."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.candidate import current_value, in_order, with_drafts
from portal.jurisdiction.change_models import PlaceChange
from portal.jurisdiction.changing import (
    Drafts,
    check_rows,
    draft_row,
    free,
    held_drafts,
    newest_place,
)
from portal.jurisdiction.guarded import ORDER
from portal.jurisdiction.pack_files import PackInvalid
from portal.jurisdiction.parts import Part, Values, get_part
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import standing_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class TakeUpVersion:
    """The order to draft again what was changed on the desk in a version."""

    version: int


@dataclass(frozen=True, slots=True)
class RestoreRow:
    """The order to draft a row as a version had it; one that it had not shall be gone."""

    part: str
    key: str
    version: int


def take_up_version(command: TakeUpVersion, *, actor: Actor) -> None:
    """Draft what a version changed, also a withdrawn one; what is so already drafts nothing.

    Raises NotFound for a version in which nothing was changed on the desk.
    """
    demand(actor, Permission.MANAGE_PLACE)
    with unit_of_work(actor) as uow:
        made = select(PlaceChange).where(PlaceChange.version == command.version)
        ordered = made.order_by(PlaceChange.made_at, PlaceChange.key, PlaceChange.id)
        changes = uow.session.scalars(ordered).all()
        if not changes:
            raise NotFound("pack-version")
        base, drafts = newest_place(uow.session), held_drafts(uow)
        # Rows before their order: it may name rows that came with it.
        for change in sorted(changes, key=lambda one: one.key == ORDER):
            _draft(uow, base, get_part(change.part), drafts, change.key, change.after)


def restore_row(command: RestoreRow, *, actor: Actor) -> None:
    """Draft a row, or the order of a table, as a version that stands had it.

    Raises NotFound for a version that there is not or that was withdrawn, and for a row that
    neither it nor the place has.
    """
    demand(actor, Permission.MANAGE_PLACE)
    part = get_part(command.part)
    with unit_of_work(actor) as uow:
        then = standing_place(uow.session, command.version)
        base, drafts = newest_place(uow.session), held_drafts(uow)
        after = current_value(then, part.name, command.key)
        if after is None and current_value(base, part.name, command.key) is None:
            raise NotFound("place-row")
        _draft(uow, base, part, drafts, command.key, after)


def _draft(
    uow: UnitOfWork, base: Place, part: Part, drafts: Drafts, key: str, after: Values | None
) -> None:
    there = with_drafts(base, part, free(drafts))
    if key == ORDER and after is not None:
        after = {"order": list(in_order(there, after["order"]))}
    elif after is not None and (problems := check_rows(part, [after])):
        raise PackInvalid(problems)
    if after is not None or key in there:
        draft_row(uow, base, part, drafts, key, after)
