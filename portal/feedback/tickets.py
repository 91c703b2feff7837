"""What a ticket of the tracking page opens: by a code, or by a complaint of one's organisation."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.infra.visits import Ticket, VisitPurpose, find_visit
from portal.intake import queries as reports
from portal.intake.models import Receipt
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.reference import ReceiptCode, parse_receipt
from portal.rights_holders.queries.complaints import OwnComplaint, get_own_complaint

# By what right a visit came without a code, and where it came from.
_RIGHT: Final = frozenset({"complaint", "account", "organisation", "number"})


def visit_of(receipt: Receipt) -> dict[str, str]:
    """What a visit remembers: by which code it came, so that it ends when that is replaced."""
    return {"locator": receipt.locator_mac.hex()}


def right_of(complaint: UUID, at: OwnComplaint, account: UUID) -> dict[str, str]:
    """By what right a visit came without a code, which it ends with; and where it came from."""
    return {
        "complaint": complaint.hex,
        "account": account.hex,
        "organisation": at.organisation,
        "number": str(at.number),
    }


def going_on(session: Session, ticket: Ticket, receipt: Receipt) -> dict[str, str]:
    """What a visit remembers once its code is another: the right it came by stays with it.

    Raises NotFound for a visit that was closed meanwhile: it does not come back by another code.
    """
    state = find_visit(session, ticket, VisitPurpose.TRACKING)
    if state is None:
        raise NotFound("report")
    right = {name: said for name, said in state.items() if name in _RIGHT}
    return {**visit_of(receipt), **right}


def get_tracked(session: Session, ticket: Ticket, actor: Actor) -> UUID:
    """The report this ticket opens; NotFound for an expired or unknown one.

    So it is for one that was opened with a code that was replaced since, and for the complaint of
    an organisation that its opener does not act for any more, or is not signed in to.
    """
    return get_tracked_receipt(session, ticket, actor).report_id


def get_tracked_receipt(session: Session, ticket: Ticket, actor: Actor) -> Receipt:
    """The receipt of the report this ticket opens, as `get_tracked`."""
    state = find_visit(session, ticket, VisitPurpose.TRACKING) or {}
    if "complaint" in state:
        _own_complaint(session, state, actor)
    mac = bytes.fromhex(state.get("locator", ""))
    receipt = reports.find_receipt_by_locator(session, mac) if mac else None
    if receipt is None:
        raise NotFound("receipt")
    return receipt


def find_own_complaint(session: Session, ticket: Ticket, actor: Actor) -> OwnComplaint | None:
    """The complaint by which this ticket was opened without a code, if it was."""
    if actor.id is None:
        return None
    state = find_visit(session, ticket, VisitPurpose.TRACKING) or {}
    return _own_complaint(session, state, actor) if "complaint" in state else None


def find_way_back(session: Session, ticket: Ticket) -> OwnComplaint | None:
    """Where whoever opened a visit without a code came from; also for who is signed out since."""
    state = find_visit(session, ticket, VisitPurpose.TRACKING) or {}
    if "organisation" not in state:
        return None
    return OwnComplaint(state["organisation"], int(state["number"]))


def _own_complaint(session: Session, state: Mapping[str, str], actor: Actor) -> OwnComplaint:
    """The complaint of a visit, for the account that opened it and acts for it still."""
    if actor.id is None or actor.id.hex != state["account"]:
        raise NotFound("complaint")
    return get_own_complaint(session, UUID(hex=state["complaint"]), actor)


def find_proposed(session: Session, ticket: Ticket) -> ReceiptCode | None:
    """The code that is to take the place of the present one, if one was asked for."""
    state = find_visit(session, ticket, VisitPurpose.TRACKING) or {}
    return parse_receipt(state.get("proposed", ""))
