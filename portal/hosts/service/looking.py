"""Whether an address still gives what it gave: looked at again and again, ever less often."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.queries.access import key_of
from portal.cases.states import CaseState
from portal.hosts.models import IS_LOOKED_AT, CaseAddress
from portal.hosts.queries.addresses import is_capturable, url_of
from portal.hosts.rules import next_look, serving_at, serving_without
from portal.hosts.states import Serving
from portal.infra.fetching.guard import NotVisited
from portal.infra.fetching.visiting import WORLD, Network, visit
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor

MOST_AT_ONCE: Final = 100
# A look that a machine lost comes again after this.
LOST_AFTER: Final = timedelta(days=1)


def look_at_addresses(*, actor: Actor) -> int:
    """Leave a look to be taken at each address whose time has come; return how many.

    Safe to run twice: the time is put off in the same transaction.
    """
    with unit_of_work(actor) as uow:
        wanted = (
            select(CaseAddress)
            .where(text(IS_LOOKED_AT), CaseAddress.next_look_at <= uow.now)
            .order_by(CaseAddress.next_look_at, CaseAddress.id)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        found = uow.session.scalars(wanted).all()
        for one in found:
            one.next_look_at = uow.now + LOST_AFTER
            uow.task(TaskKind.LOOK_AT_ADDRESS, one.id, cause=uow.now.isoformat())
        return len(found)


def look_at_address(address_id: UUID, *, actor: Actor) -> None:
    """Look whether an address still gives anything; see `look_over`."""
    look_over(WORLD, address_id, actor=actor)


def look_over(network: Network, address_id: UUID, *, actor: Actor) -> None:
    """Look over a network whether an address still gives anything, and note what it was.

    Nothing is fetched of a case that is over, or whose matter forbids it by now. Safe to run twice:
    it looks twice.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        url = _url_to_look_at(uow, address_id)
    if url is None:
        return
    try:
        seen = serving_at(visit(url, network=network).status)
    except NotVisited as nothing:
        seen = serving_without(nothing.why)
    with unit_of_work(actor) as uow:
        address = uow.session.get(CaseAddress, address_id, with_for_update=True)
        if address is not None and address.next_look_at is not None:
            see(uow, address, seen)
            address.next_look_at = next_look(uow.now, address.unchanged)


def _url_to_look_at(uow: UnitOfWork, address_id: UUID) -> str | None:
    address = uow.session.get(CaseAddress, address_id, with_for_update=True)
    if address is None or address.next_look_at is None:
        return None
    case = uow.session.get_one(Case, address.case_id)
    over = case.state is CaseState.CLOSED or case.disposed_at is not None
    if over or not is_capturable(uow.session, case):
        address.next_look_at = None
        return None
    return url_of(key_of(case), address)


def see(uow: UnitOfWork, address: CaseAddress, seen: Serving) -> None:
    """Note what an address gave; a change is put on the trail."""
    address.looked_at = uow.now
    if address.serving is seen:
        address.unchanged += 1
        return
    details = {"before": address.serving, "after": seen}
    record(uow, "case_address.change", "case_address", address.id, **details)
    address.serving, address.since, address.unchanged = seen, uow.now, 0
