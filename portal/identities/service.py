"""Opening who reported: asked for in scope, released by the other group, read once, told later.

Every attempt is on the trail, also one that is refused: ids, codes and names of fields only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account
from portal.audit.trail import record
from portal.custody.models import Opening
from portal.custody.rules import OpeningPurpose
from portal.custody.sealing import CustodianGroup, Sealed
from portal.custody.service import openings
from portal.custody.service.openings import SealedRecord, Wanted
from portal.custody.service.unlocking import unlock
from portal.custody.states import OpeningState
from portal.identities.queries import KIND, get_opening, identity_fields
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Report, ReporterIdentity
from portal.intake.rules import local_date
from portal.intake.service import identity_context
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError, RuleBroken

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class AskToOpen:
    """The wish to know who reported, or how to reach them."""

    reference: str
    fields: tuple[str, ...]
    purpose: OpeningPurpose
    reason: str = field(repr=False)
    basis: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReleaseOpening:
    """The other group's yes, for so many minutes."""

    opening_id: UUID
    minutes: int
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefuseOpening:
    """The other group's no, and why."""

    opening_id: UUID
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadIdentity:
    """The order to show what was released."""

    opening_id: UUID
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HoldNotice:
    """The order to tell the reporter later."""

    opening_id: UUID
    until: date
    reason: str = field(repr=False)


def ask_to_open(command: AskToOpen, *, actor: Actor) -> UUID:
    """Ask to open fields of the identity of a report in scope; return the request.

    Refuses whoever is no member of the requesters, a reason of fewer than 20 characters, no legal
    basis, and a second request beside an open one.
    """
    with _noted("ask", None, actor):
        demand(actor, Permission.ASK_FOR_IDENTITY)
        with unit_of_work(actor) as uow:
            report = reports.get_report(uow.session, command.reference, actor, for_update=True)
            kept = identity_fields(uow.session, report.id)
            if not kept:
                raise RuleBroken("no-identity-kept")
            wanted = Wanted(
                KIND, report.id, command.fields, command.purpose, command.reason, command.basis
            )
            return openings.ask(uow, wanted, kept).id


def release_opening(command: ReleaseOpening, *, actor: Actor) -> None:
    """Let the one who asked read it for a while; takes the approver's passphrase.

    Refuses the person who asked and the person who works on the report, by whichever account.
    """
    with _noted("release", command.opening_id, actor):
        demand(actor, Permission.APPROVE_OPENING)
        get_opening(db.session(), command.opening_id, actor)
        key = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        with unit_of_work(actor) as uow:
            opening, report = get_opening(uow.session, command.opening_id, actor, for_update=True)
            _demand_uninvolved(uow, report)
            openings.release(uow, opening, _sealed(uow, report), key, command.minutes)


def refuse_opening(command: RefuseOpening, *, actor: Actor) -> None:
    """Refuse a request, with a reason for the one who asked."""
    with _noted("refuse", command.opening_id, actor):
        demand(actor, Permission.APPROVE_OPENING)
        with unit_of_work(actor) as uow:
            opening, _report = get_opening(uow.session, command.opening_id, actor, for_update=True)
            openings.refuse(uow, opening, command.reason)


def withdraw_opening(opening_id: UUID, *, actor: Actor) -> None:
    """Take one's own request back."""
    with _noted("withdraw", opening_id, actor), unit_of_work(actor) as uow:
        opening, _report = get_opening(uow.session, opening_id, actor, for_update=True)
        openings.withdraw(uow, opening)


def read_identity(command: ReadIdentity, *, actor: Actor) -> dict[str, str]:
    """The fields that were asked for, once, with the passphrase of the one who asked.

    What was released is destroyed with it, and the day is set on which the reporter is told.
    """
    with _noted("read", command.opening_id, actor):
        demand(actor, Permission.ASK_FOR_IDENTITY)
        get_opening(db.session(), command.opening_id, actor)
        key = unlock(command.passphrase, CustodianGroup.REQUESTERS, actor=actor)
        with unit_of_work(actor) as uow:
            opening, report = get_opening(uow.session, command.opening_id, actor, for_update=True)
            place = current_place()
            tell_on = local_date(place, uow.now) + timedelta(days=place.opening_told_days)
            shown = openings.read(uow, opening, _sealed(uow, report), key, tell_on)
            fields, purpose = " ".join(opening.fields), opening.purpose
            record(uow, "identity.open", "report", report.id, fields=fields, purpose=purpose)
            return shown


def hold_notice(command: HoldNotice, *, actor: Actor) -> None:
    """Have the reporter told later than the place says, for a reason that is kept."""
    demand(actor, Permission.APPROVE_OPENING)
    with unit_of_work(actor) as uow:
        opening, _report = get_opening(uow.session, command.opening_id, actor, for_update=True)
        today = local_date(current_place(), uow.now)
        openings.hold_notice(uow, opening, command.until, today, command.reason)


def tell_of_openings(*, actor: Actor) -> int:
    """Show reporters what was opened, once the day has come; return how many. Safe to run twice."""
    with unit_of_work(actor) as uow:
        today = local_date(current_place(), uow.now)
        due = (
            select(Opening)
            .where(
                Opening.subject_kind == KIND,
                Opening.state == OpeningState.READ,
                Opening.told_at.is_(None),
                Opening.tell_on <= today,
            )
            .order_by(Opening.tell_on)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        found = uow.session.scalars(due).all()
        for opening in found:
            opening.told_at = uow.now
            record(uow, "identity.tell", "report", opening.subject_id)
        return len(found)


def _sealed(uow: UnitOfWork, report: Report) -> SealedRecord:
    identity = uow.session.get(ReporterIdentity, report.id)
    if identity is None:
        raise RuleBroken("no-identity-kept")
    sealed = Sealed(identity.body, identity.wrap, identity.key_version)
    return SealedRecord(sealed, identity_context(report.id))


def _demand_uninvolved(uow: UnitOfWork, report: Report) -> None:
    """Refuse whoever works on the report: four eyes are two people with two interests."""
    people = select(Account.person_id).where(Account.id.in_([uow.actor.id, report.handler_id]))
    if report.handler_id is not None and len(set(uow.session.scalars(people))) == 1:
        raise RuleBroken("opening-own-report")


@contextmanager
def _noted(attempt: str, opening_id: UUID | None, actor: Actor) -> Iterator[None]:
    """Put a refused attempt on the trail, in a transaction of its own."""
    try:
        yield
    except PortalError as refused:
        with unit_of_work(actor) as uow:
            record(uow, "opening.try", "opening", opening_id, attempt=attempt, refusal=refused.code)
        raise
