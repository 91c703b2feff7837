"""Names on the net: each with a file to put there that a task looks for, now and again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.trail import record
from portal.infra.fetching.guard import NotVisited
from portal.infra.fetching.visiting import WORLD, Network, visit
from portal.infra.tasks import TaskKind
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rights_holders.models import Organisation, OrganisationDomain
from portal.rights_holders.queries.own import demand_speaking, get_own, today
from portal.rights_holders.rules.domains import (
    AGAIN_BEFORE,
    MOST_DOMAINS,
    PROVED_FOR,
    DomainFailure,
    judge,
    new_token,
    normal_domain,
    path_of,
)

MOST_AT_ONCE: Final = 200
LOOKS: Final = Throttle("domain-looks", 20, timedelta(hours=1))
Where = Callable[[str, str], str]


def add_domain(number: str, typed: str, *, actor: Actor) -> None:
    """Say that a name is one's own; the file to put there is on the page then.

    Raises RuleBroken for what is no name, for one that is there, and for too many.
    """
    domain = normal_domain(typed)
    if domain is None:
        raise RuleBroken("not-a-domain")
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, number, actor, lock=True)
        demand_speaking(own)
        theirs = OrganisationDomain.organisation_id == organisation.id
        known = select(func.count()).where(theirs)
        same = select(OrganisationDomain.id).where(theirs, OrganisationDomain.domain == domain)
        if (uow.session.scalar(known) or 0) >= MOST_DOMAINS or uow.session.scalar(same):
            raise RuleBroken("domain-not-added")
        made = OrganisationDomain(
            organisation_id=organisation.id,
            domain=domain,
            token=new_token(),
            asked_at=uow.now,
            asked_by=own.account_id,
        )
        uow.session.add(made)
        record(uow, "organisation.add-domain", "organisation", organisation.id)


def ask_look(number: str, domain_id: UUID, *, actor: Actor) -> None:
    """Have the file looked for by a task; NotFound for a name of others."""
    with unit_of_work(actor) as uow:
        organisation, found = _own_domain(uow.session, number, domain_id, actor)
        LOOKS.attempt(uow, organisation.id.hex)
        found.looks += 1
        uow.task(TaskKind.LOOK_AT_DOMAIN, found.id, cause=str(found.looks))


def remove_domain(number: str, domain_id: UUID, *, actor: Actor) -> None:
    """Say no more that a name is one's own; its proof goes with it. NotFound for one of others."""
    with unit_of_work(actor) as uow:
        organisation, found = _own_domain(uow.session, number, domain_id, actor)
        uow.session.delete(found)
        record(uow, "organisation.remove-domain", "organisation", organisation.id)


def _own_domain(
    session: Session, number: str, domain_id: UUID, actor: Actor
) -> tuple[Organisation, OrganisationDomain]:
    """An organisation that the actor speaks for and a name of it, both locked."""
    organisation, own = get_own(session, number, actor, lock=True)
    demand_speaking(own)
    found = session.get(OrganisationDomain, domain_id, with_for_update=True)
    if found is None or found.organisation_id != organisation.id:
        raise NotFound("domain")
    return organisation, found


def look_at_domains(*, actor: Actor) -> int:
    """Leave a look for each proof that ends soon; return how many. Safe to run twice."""
    now = today()
    with unit_of_work(actor) as uow:
        rows = uow.session.scalars(
            select(OrganisationDomain)
            .where(
                OrganisationDomain.proved_until >= now,
                OrganisationDomain.proved_until <= now + AGAIN_BEFORE,
            )
            .order_by(OrganisationDomain.proved_until, OrganisationDomain.id)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).all()
        for one in rows:
            one.looks += 1
            uow.task(TaskKind.LOOK_AT_DOMAIN, one.id, cause=str(one.looks))
        return len(rows)


def look_at_domain(domain_id: UUID, *, actor: Actor) -> None:
    """Look for the file of a name; see `look_for_file`."""
    look_for_file(WORLD, domain_id, actor=actor)


def _on_the_net(domain: str, path: str) -> str:
    return f"https://{domain}{path}"


def look_for_file(
    network: Network, domain_id: UUID, *, actor: Actor, where: Where = _on_the_net
) -> None:
    """Look for the file over a network, by the child that visits the net for captures.

    A redirect to another name, or to one without TLS, shows nothing. Safe to run twice: it looks
    twice. An earlier proof holds until its day, whatever this look shows.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        asked = uow.session.get(OrganisationDomain, domain_id)
        if asked is None:
            return
        domain, token = asked.domain, asked.token
    try:
        seen = visit(where(domain, path_of(token)), network=network)
        failure = judge(domain, token, [hop.url for hop in seen.hops], seen.status, seen.text)
    except NotVisited:
        failure = DomainFailure.NOT_REACHED
    with unit_of_work(actor) as uow:
        found = uow.session.get(OrganisationDomain, domain_id, with_for_update=True)
        if found is None:
            return
        found.looked_at, found.failure = uow.now, failure
        if failure is None:
            found.proved_until = today() + PROVED_FOR
        details = {"failure": failure or "none"}
        record(uow, "organisation.look-at-domain", "organisation", found.organisation_id, **details)
