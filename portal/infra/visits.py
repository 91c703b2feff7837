"""Server-side sessions for people without an account: a draft, a receipt, a tracking page.

The cookie is 256 random bits and means nothing by itself. What the server keeps for it is
encrypted under a key made from the cookie, and found by another value made from it: a stolen
database holds neither whose it is nor what is in it.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.infra.database import Base
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor

NONCE = 12


class VisitPurpose(StrEnum):
    DRAFT = "draft"
    TRACKING = "tracking"
    PARTY = "party"


LIFETIME = {
    VisitPurpose.DRAFT: timedelta(hours=4),
    VisitPurpose.TRACKING: timedelta(minutes=30),
    VisitPurpose.PARTY: timedelta(minutes=30),
}
# How long a form in steps waits, as pages say it.
DRAFT_HOURS = LIFETIME[VisitPurpose.DRAFT] // timedelta(hours=1)
# Whoever opens a page to write on is given the time to write.
WRITING_TIME = timedelta(hours=2)


class Visit(Base):
    """What the server remembers for one cookie, unreadable without it."""

    __tablename__ = "visit"

    id_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[VisitPurpose]
    state: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True, repr=False)
class Ticket:
    """The cookie's value and what is made from it."""

    value: str

    @classmethod
    def new(cls) -> "Ticket":
        return cls(secrets.token_urlsafe(32))

    @property
    def id_hash(self) -> bytes:
        return hashlib.sha256(b"visit-id:" + self.value.encode()).digest()

    @property
    def key(self) -> bytes:
        return hashlib.sha256(b"visit-key:" + self.value.encode()).digest()


def save_visit(
    uow: UnitOfWork, ticket: Ticket, purpose: VisitPurpose, state: dict[str, Any]
) -> None:
    """Keep `state` (plain JSON) for the ticket in the place of what was kept.

    It has the full time of its purpose again; one that is kept open for longer keeps that.
    """
    nonce = secrets.token_bytes(NONCE)
    text = json.dumps(state, ensure_ascii=False).encode()
    sealed = nonce + AESGCM(ticket.key).encrypt(nonce, text, purpose.encode())
    expires_at = uow.now + LIFETIME[purpose]
    visit = uow.session.get(Visit, ticket.id_hash)
    if visit is None:
        uow.session.add(
            Visit(id_hash=ticket.id_hash, purpose=purpose, state=sealed, expires_at=expires_at)
        )
    else:
        visit.state, visit.expires_at = sealed, max(visit.expires_at, expires_at)


def find_visit(session: Session, ticket: Ticket, purpose: VisitPurpose) -> dict[str, Any] | None:
    """What is kept for the ticket, or None when there is nothing, or it has expired."""
    visit = session.get(Visit, ticket.id_hash)
    if visit is None or visit.purpose is not purpose or visit.expires_at <= datetime.now(UTC):
        return None
    nonce, sealed = visit.state[:NONCE], visit.state[NONCE:]
    try:
        text = AESGCM(ticket.key).decrypt(nonce, sealed, purpose.encode())
    except InvalidTag:
        return None
    state: dict[str, Any] = json.loads(text)
    return state


def keep_open(uow: UnitOfWork, ticket: Ticket, time: timedelta = WRITING_TIME) -> None:
    """Keep a visit that has not expired open for so long, which is for a letter if not said."""
    uow.session.execute(
        update(Visit)
        .where(
            Visit.id_hash == ticket.id_hash,
            Visit.expires_at > uow.now,
            Visit.expires_at < uow.now + time,
        )
        .values(expires_at=uow.now + time)
    )


def end_visit(uow: UnitOfWork, ticket: Ticket) -> None:
    """Forget what is kept for the ticket."""
    uow.session.execute(delete(Visit).where(Visit.id_hash == ticket.id_hash))


def forget_old_visits(*, actor: Actor) -> None:
    """Remove what has expired. Files of a draft go with the sweep of unowned evidence."""
    with unit_of_work(actor) as uow:
        uow.session.execute(delete(Visit).where(Visit.expires_at <= uow.now))
