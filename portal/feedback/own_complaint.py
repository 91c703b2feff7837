"""The report of one's own complaint: opened without its code, closed with signing out."""

from portal.access.permissions import Permission, demand
from portal.accounts.rules import ABSOLUTE
from portal.feedback import tickets
from portal.feedback.service import let_in
from portal.infra.uow import unit_of_work
from portal.infra.visits import Ticket, end_visit, keep_open
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.rights_holders.queries.complaints import OwnComplaint, find_own
from portal.rights_holders.queries.own import get_own


def open_own_complaint(number: str, complaint: int, *, actor: Actor) -> Ticket:
    """Open the report of a complaint for whoever acts for its organisation, without its code.

    Every later request of the visit asks again whether they do (`tickets.get_tracked`), and whether
    they are signed in: so it lasts as long as that can, and nobody is asked for a code. Raises
    NotFound for a complaint of others, and for one that was not filed.
    """
    demand(actor, Permission.FILE_COMPLAINTS)
    with unit_of_work(actor) as uow:
        organisation, _own = get_own(uow.session, number, actor)
        found = find_own(uow.session, organisation, complaint)
        if found.report_id is None or actor.id is None:
            raise NotFound("complaint")
        at = OwnComplaint(organisation.number, found.number)
        ticket = let_in(uow, found.report_id, tickets.right_of(found.id, at, actor.id))
        keep_open(uow, ticket, ABSOLUTE)
        return ticket


def close_own_complaint(ticket: Ticket, *, actor: Actor) -> bool:
    """End a visit that was opened without a code, and its way back; return whether it was one.

    One that was opened with a code is nobody's who signs in, and stays as it is.
    """
    with unit_of_work(actor) as uow:
        own = tickets.find_way_back(uow.session, ticket) is not None
        if own:
            end_visit(uow, ticket)
        return own
