"""The directory of hosts and platforms."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.hosts.models import HostContact
from portal.hosts.rules import Owner
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A host of the directory."""

    id: UUID
    name: str
    mailbox: str
    language: str
    domains: tuple[str, ...]
    answer_days: int | None


def list_contacts(session: Session) -> tuple[ContactLine, ...]:
    """The hosts that take notices, by name; a directory of companies, read whole."""
    rows = session.scalars(
        select(HostContact)
        .where(HostContact.ended_at.is_(None))
        .order_by(HostContact.name, HostContact.id)
    )
    return tuple(
        ContactLine(
            one.id, one.name, one.mailbox, one.language, tuple(one.domains), one.answer_days
        )
        for one in rows
    )


def list_owners(session: Session) -> tuple[Owner, ...]:
    """Whose names are whose."""
    return tuple(Owner(one.id, one.domains) for one in list_contacts(session))


def get_contact(session: Session, contact_id: UUID) -> ContactLine:
    """One host of the directory; NotFound once it is out of it."""
    found = next((one for one in list_contacts(session) if one.id == contact_id), None)
    if found is None:
        raise NotFound("contact")
    return found
