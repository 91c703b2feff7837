"""The names on the net of one organisation."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.rights_holders.models import OrganisationDomain
from portal.rights_holders.queries.own import demand_speaking, get_own, today
from portal.rights_holders.rules.domains import DomainFailure, is_proved, path_of


@dataclass(frozen=True, slots=True)
class DomainLine:
    """A name with the file that shows whose it is."""

    id: UUID
    domain: str
    path: str
    token: str = field(repr=False)
    looked_at: datetime | None
    failure: DomainFailure | None
    proved_until: date | None
    proved: bool


def get_domain(session: Session, number: str, domain_id: UUID, actor: Actor) -> DomainLine:
    """A name of an organisation that the actor speaks for; NotFound for any other."""
    organisation, own = get_own(session, number, actor)
    demand_speaking(own)
    for one in list_domains(session, organisation.id):
        if one.id == domain_id:
            return one
    raise NotFound("domain")


def list_domains(session: Session, organisation_id: UUID) -> list[DomainLine]:
    """The names that an organisation says are its own; a few."""
    rows = session.scalars(
        select(OrganisationDomain)
        .where(OrganisationDomain.organisation_id == organisation_id)
        .order_by(OrganisationDomain.domain)
    )
    now = today()
    return [
        DomainLine(
            id=one.id,
            domain=one.domain,
            path=path_of(one.token),
            token=one.token,
            looked_at=one.looked_at,
            failure=one.failure,
            proved_until=one.proved_until,
            proved=is_proved(one.proved_until, now),
        )
        for one in rows
    ]
