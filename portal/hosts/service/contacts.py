"""The directory of hosts and platforms: whose names are whose, and where notices go (C20)."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.hosts.letters import LANGUAGES
from portal.hosts.models import HostContact
from portal.hosts.queries.contacts import list_owners
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken

MOST_DOMAINS: Final = 50
MOST_DAYS: Final = 90
_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_MAILBOX: Final = re.compile(r"[^\s@<>,;\"]+@([a-z0-9-]+\.)+[a-z0-9-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddContact:
    """A host: its name, its mailbox for notices, its language, the domains that are its own."""

    name: str
    mailbox: str
    language: str
    domains: tuple[str, ...]
    answer_days: int | None = None


@dataclass(frozen=True, slots=True)
class EndContact:
    """A contact that takes no more notices."""

    contact_id: UUID


def add_contact(command: AddContact, *, actor: Actor) -> UUID:
    """Put a host into the directory; return its id.

    Raises RuleBroken for what is no mailbox or domain, for a domain of another host of the
    directory, since an address is one host's, and for a time nobody would wait.
    """
    demand(actor, Permission.HEAD_CASES)
    domains = tuple(dict.fromkeys(one.strip().lower().strip(".") for one in command.domains))
    if not 0 < len(domains) <= MOST_DOMAINS or not all(map(_DOMAIN.fullmatch, domains)):
        raise RuleBroken("not-a-domain")
    if not _MAILBOX.fullmatch(command.mailbox) or command.language not in LANGUAGES:
        raise RuleBroken("not-a-mailbox")
    if command.answer_days is not None and not 1 <= command.answer_days <= MOST_DAYS:
        raise RuleBroken("days-out-of-range", most=MOST_DAYS)
    with unit_of_work(actor) as uow:
        # Two of one domain at once would each not see the other.
        uow.in_turn(*(sha256(one.encode()).digest() for one in domains))
        if {name for one in list_owners(uow.session) for name in one.domains} & set(domains):
            raise RuleBroken("domain-of-another")
        made = HostContact(
            name=command.name,
            mailbox=command.mailbox,
            language=command.language,
            domains=list(domains),
            answer_days=command.answer_days,
            added_at=uow.now,
            added_by=actor.id,
        )
        uow.session.add(made)
        record(uow, "host_contact.add", "host_contact", made.id)
        return made.id


def end_contact(command: EndContact, *, actor: Actor) -> None:
    """Take a host out of the directory; its notices stay what they are. Twice does nothing more."""
    demand(actor, Permission.HEAD_CASES)
    with unit_of_work(actor) as uow:
        contact = uow.session.get(HostContact, command.contact_id, with_for_update=True)
        if contact is None:
            raise NotFound("contact")
        if contact.ended_at is None:
            contact.ended_at = uow.now
            record(uow, "host_contact.end", "host_contact", contact.id)
