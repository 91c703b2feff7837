"""Two people decide on what is destroyed: one proposes a list, another approves or refuses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account
from portal.audit.trail import advance, record
from portal.disposal.models import DisposalList, RetentionItem
from portal.disposal.queries.lists import items_of, scoped
from portal.disposal.queries.terms import find_obstacles
from portal.disposal.rules import demand_another, demand_some
from portal.disposal.service.scheduling import date_items
from portal.disposal.states import DisposalAction, DisposalState, ListAction, NotDisposed
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound


@dataclass(frozen=True, slots=True)
class ProposeDisposal:
    """Records whose time is over, by the ids of their rows."""

    items: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Proposed:
    """The number of the new list, and how many of the records asked for are not on it."""

    number: int
    total: int
    left_out: int


def propose_disposal(command: ProposeDisposal, *, actor: Actor) -> Proposed:
    """Put records on a new list for a second person.

    What a hold, a new message or open work keeps is left out, and dated anew. Raises NotFound for
    a record out of the actor's scope, RuleBroken when nothing is left, and MoveRefused for one that
    is on another list by now.
    """
    demand(actor, Permission.DISPOSE_RECORDS)
    demand_some(len(command.items))
    with unit_of_work(actor) as uow:
        items = _take(uow, command.items)
        today = local_date(current_place(), uow.now)
        kept = find_obstacles(uow.session, items, today)
        chosen = [item for item in items if item.id not in kept]
        date_items(uow, [one for one in items if kept.get(one.id) is NotDisposed.NOT_DUE])
        demand_some(len(chosen))
        made = _new_list(uow, len(chosen))
        for item in chosen:
            item.list_id, item.put_back_because = made.id, None
            advance(uow, item, DisposalAction.PROPOSE, list=made.number)
        record(uow, "disposal_list.propose", "disposal_list", made.id, number=made.number)
        return Proposed(made.number, len(chosen), len(kept))


def _take(uow: UnitOfWork, ids: Sequence[UUID]) -> Sequence[RetentionItem]:
    """The rows, locked in an order, all of them in the actor's scope."""
    wanted = scoped(select(RetentionItem), uow.actor).where(RetentionItem.id.in_(ids))
    ordered = wanted.order_by(RetentionItem.id).with_for_update(of=RetentionItem)
    items = uow.session.scalars(ordered).all()
    if len(items) != len(set(ids)):
        raise NotFound("retention-item")
    return items


def _new_list(uow: UnitOfWork, total: int) -> DisposalList:
    last = uow.session.scalar(select(func.max(DisposalList.number))) or 0
    account = _account(uow)
    made = DisposalList(
        number=last + 1,
        proposed_by=account.id,
        proposed_person=account.person_id,
        proposed_at=uow.now,
        total=total,
    )
    uow.session.add(made)
    uow.session.flush()
    return made


def _account(uow: UnitOfWork) -> Account:
    """Whoever acts; a list is for people and not for the system."""
    account = uow.session.get(Account, uow.actor.id) if uow.actor.id else None
    if account is None:
        raise NotFound("account")
    return account


def approve_list(number: int, *, actor: Actor) -> None:
    """Have everything on a list destroyed, each by a task of its own.

    Raises RuleBroken for the natural person who proposed it, from whichever account, and NotFound
    for whoever may not see all that is on it.
    """
    demand(actor, Permission.DISPOSE_RECORDS)
    with unit_of_work(actor) as uow:
        made, items = _take_list(uow, number)
        account = _account(uow)
        demand_another(made.proposed_person, account.person_id, "disposal-needs-second")
        _decide(uow, made, account, ListAction.APPROVE)
        for item in items:
            advance(uow, item, DisposalAction.APPROVE, list=number)
            uow.task(TaskKind.DISPOSE_RECORD, item.id, cause=made.id.hex)


def refuse_list(number: int, *, actor: Actor) -> None:
    """Put everything on a list back; whoever proposed it may take it back like that."""
    demand(actor, Permission.DISPOSE_RECORDS)
    with unit_of_work(actor) as uow:
        made, items = _take_list(uow, number)
        _decide(uow, made, _account(uow), ListAction.REFUSE)
        for item in items:
            put_back(uow, item, None)


def _take_list(uow: UnitOfWork, number: int) -> tuple[DisposalList, Sequence[RetentionItem]]:
    wanted = select(DisposalList).where(DisposalList.number == number).with_for_update()
    made = uow.session.scalar(wanted)
    if made is None:
        raise NotFound("disposal-list")
    items = items_of(uow.session, made, uow.actor, for_update=True)
    # What was destroyed from a list before a restore is so again, and needs no decision.
    items = [item for item in items if item.state is not DisposalState.DISPOSED]
    if any(item.state is not DisposalState.PROPOSED for item in items):
        raise MoveRefused("changed-meanwhile", subject="disposal_list", state=made.state)
    return made, items


def _decide(uow: UnitOfWork, made: DisposalList, by: Account, action: ListAction) -> None:
    made.decided_by, made.decided_person, made.decided_at = by.id, by.person_id, uow.now
    advance(uow, made, action, number=made.number)


def put_back(uow: UnitOfWork, item: RetentionItem, why: NotDisposed | None) -> None:
    """Take a record off its list; it is on the schedule again."""
    advance(uow, item, DisposalAction.PUT_BACK, why=why)
    item.list_id, item.put_back_because = None, why
