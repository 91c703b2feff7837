"""Keys for machines of partners: issued once, shown once, ended at any time."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.exchange.models import PartnerKey
from portal.exchange.states import Scope
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken

KEY_BYTES: Final = 32
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class IssueKey:
    """For whom a key is, what it opens, where its reports lie, and its last day."""

    name: str
    scopes: tuple[Scope, ...]
    category: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """A key that opens nothing any more."""

    key_id: UUID


def issue_key(command: IssueKey, *, actor: Actor) -> str:
    """Issue a key and return it: it is shown once, and kept as a hash only.

    Raises RuleBroken for a category that is not here or takes addresses only, for no scope, and
    for a day that is over or more than a year away.
    """
    demand(actor, Permission.MANAGE_PARTNERS)
    place = current_place()
    category = place.categories.get(command.category)
    if category is None or category.link_only:
        raise RuleBroken("category-unknown")
    if not command.scopes:
        raise RuleBroken("key-without-scope")
    key = secrets.token_urlsafe(KEY_BYTES)
    with unit_of_work(actor) as uow:
        today = local_date(place, uow.now)
        if not today <= command.expires_on <= today + LONGEST:
            raise RuleBroken("key-day-out-of-range")
        made = PartnerKey(
            name=command.name,
            digest=digest_of(key),
            scopes=sorted(set(command.scopes)),
            category=category.code,
            made_at=uow.now,
            made_by=actor.id,
            expires_on=command.expires_on,
        )
        uow.session.add(made)
        record(uow, "partner_key.issue", "partner_key", made.id, scopes=" ".join(made.scopes))
    return key


def revoke_key(command: RevokeKey, *, actor: Actor) -> None:
    """End a key; what came by it stays. Twice does nothing more."""
    demand(actor, Permission.MANAGE_PARTNERS)
    with unit_of_work(actor) as uow:
        key = uow.session.get(PartnerKey, command.key_id, with_for_update=True)
        if key is None:
            raise NotFound("partner-key")
        if key.revoked_at is None:
            key.revoked_at = uow.now
            record(uow, "partner_key.revoke", "partner_key", key.id)


def digest_of(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode(errors="replace")).digest()


def get_key(session: Session, key: str, scope: Scope, today: date) -> PartnerKey:
    """The key, if it opens this today; NotPermitted says no more than that it does not."""
    found = session.scalar(select(PartnerKey).where(PartnerKey.digest == digest_of(key)))
    if found is None or found.revoked_at is not None or found.expires_on < today:
        raise NotPermitted("partner-key")
    if scope not in found.scopes:
        raise NotPermitted("partner-key")
    return found


def admit(uow: UnitOfWork, key: str, scope: Scope) -> PartnerKey:
    """The same inside a transaction."""
    return get_key(uow.session, key, scope, local_date(current_place(), uow.now))
