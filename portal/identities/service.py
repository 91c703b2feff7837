"""Opening who reported: asked for in scope, released by the other group, read once, told later.

Every attempt is on the trail, also one that is refused: ids, codes and names of fields only.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand, may
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.custody.models import Opening
from portal.custody.rules import OpeningPurpose
from portal.custody.sealing import CustodianGroup
from portal.custody.service import openings
from portal.custody.service.attempts import noted
from portal.custody.service.openings import SealedRecord, Wanted
from portal.custody.service.rewrapping import sealed_of
from portal.custody.service.unlocking import unlock
from portal.custody.states import OpeningState
from portal.identities.involved import had_a_part
from portal.identities.queries import KIND, get_opening, identity_fields
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.identity import identity_context
from portal.intake.models import Report, ReporterIdentity
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

MOST_AT_ONCE = 200
# What refused attempts are about, on the trail.
TRIED = "opening"


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
    """The other group's yes, for so many minutes, to the request as it was seen."""

    opening_id: UUID
    minutes: int
    passphrase: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RefuseOpening:
    """The other group's no, and why."""

    opening_id: UUID
    reason: str = field(repr=False)
    seen_version: int | None = None


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
    seen_version: int | None = None


def ask_to_open(command: AskToOpen, *, actor: Actor) -> UUID:
    """Ask to open fields of the identity of a report in scope; return the request.

    Refuses whoever is no member of the requesters, a reason of fewer than 20 characters, no legal
    basis, and a second request beside an open one.
    """
    with noted(TRIED, "ask", None, actor):
        demand(actor, Permission.ASK_FOR_IDENTITY)
        with unit_of_work(actor) as uow:
            report = reports.get_report(uow.session, command.reference, actor, for_update=True)
            uow.waited()
            kept = identity_fields(uow.session, report.id)
            if not kept:
                raise RuleBroken("no-identity-kept")
            wanted = Wanted(
                KIND, report.id, command.fields, command.purpose, command.reason, command.basis
            )
            return openings.ask(uow, wanted, kept).id


def release_opening(command: ReleaseOpening, *, actor: Actor) -> None:
    """Let the one who asked read it for a while; takes the approver's passphrase.

    Refuses the person who asked and whoever has had a part in the report, by whichever account,
    a request that is not as it was seen, and one whose asker may not read it any more.
    """
    with noted(TRIED, "release", command.opening_id, actor):
        demand(actor, Permission.APPROVE_OPENING)
        get_opening(db.session(), command.opening_id, actor)
        key = unlock(command.passphrase, CustodianGroup.APPROVERS, actor=actor)
        with unit_of_work(actor) as uow:
            opening, report = _locked(uow, command.opening_id, command.seen_version)
            _demand_uninvolved(uow, report)
            _demand_asker(uow, opening, report)
            openings.release(uow, opening, _sealed(uow, report), key, command.minutes)


def refuse_opening(command: RefuseOpening, *, actor: Actor) -> None:
    """Refuse a request, with a reason for the one who asked."""
    with noted(TRIED, "refuse", command.opening_id, actor):
        demand(actor, Permission.APPROVE_OPENING)
        with unit_of_work(actor) as uow:
            opening, _report = _locked(uow, command.opening_id, command.seen_version)
            openings.refuse(uow, opening, command.reason)


def withdraw_opening(opening_id: UUID, *, actor: Actor) -> None:
    """Take one's own request back."""
    with noted(TRIED, "withdraw", opening_id, actor), unit_of_work(actor) as uow:
        opening, _report = _locked(uow, opening_id)
        openings.withdraw(uow, opening)


def read_identity(command: ReadIdentity, *, actor: Actor) -> dict[str, str]:
    """The fields that were asked for, once, with the passphrase of the one who asked.

    What was released is destroyed with it, and the day is set on which the reporter is told.
    """
    with noted(TRIED, "read", command.opening_id, actor):
        demand(actor, Permission.ASK_FOR_IDENTITY)
        get_opening(db.session(), command.opening_id, actor)
        key = unlock(command.passphrase, CustodianGroup.REQUESTERS, actor=actor)
        with unit_of_work(actor) as uow:
            opening, report = _locked(uow, command.opening_id)
            place = current_place()
            tell_on = local_date(place, uow.now) + timedelta(days=place.opening_told_days)
            shown = openings.read(uow, opening, _sealed(uow, report), key, tell_on)
            fields, purpose = " ".join(opening.fields), opening.purpose
            record(uow, "identity.open", "report", report.id, fields=fields, purpose=purpose)
            return shown


def hold_notice(command: HoldNotice, *, actor: Actor) -> None:
    """Have the reporter told later than the place says, for a reason that is kept."""
    with noted(TRIED, "hold-notice", command.opening_id, actor):
        demand(actor, Permission.APPROVE_OPENING)
        with unit_of_work(actor) as uow:
            opening, _report = _locked(uow, command.opening_id, command.seen_version)
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
    """What is sealed, locked: while it is released nobody wraps it again."""
    identity = uow.session.get(ReporterIdentity, report.id, with_for_update=True)
    if identity is None:
        raise RuleBroken("no-identity-kept")
    return SealedRecord(sealed_of(identity), identity_context(report.id))


def _locked(uow: UnitOfWork, opening_id: UUID, seen: int | None = None) -> tuple[Opening, Report]:
    """A request and its report, as they are once nobody else is at them."""
    opening, report = get_opening(uow.session, opening_id, uow.actor, for_update=True)
    uow.waited()
    openings.demand_seen(opening, seen)
    return opening, report


def _demand_uninvolved(uow: UnitOfWork, report: Report) -> None:
    """Refuse whoever has had a part in the report: four eyes are two people of two interests."""
    if had_a_part(uow.session, report, uow.actor):
        raise RuleBroken("opening-own-report")


def _demand_asker(uow: UnitOfWork, opening: Opening, report: Report) -> None:
    """Refuse to release for somebody who has lost the role, the account or the report since."""
    asker = find_actor(uow.session, opening.asked_by)
    if asker is None or not may(asker, Permission.ASK_FOR_IDENTITY):
        raise RuleBroken("opening-asker-left")
    if not reports.is_in_scope(uow.session, report, asker):
        raise RuleBroken("opening-asker-lost-report")
