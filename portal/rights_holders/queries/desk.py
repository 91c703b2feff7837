"""What staff see of rights-holders: who waits, and what stands behind a complaint."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.evidence.queries import FileLine, list_files
from portal.infra.keyset import in_window
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.history import codes_inside
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rights_holders.models import (
    Complaint,
    Organisation,
    OrganisationFile,
    Work,
    WorkFile,
    WorkIdentifier,
)
from portal.rights_holders.queries.domains import DomainLine, list_domains
from portal.rights_holders.queries.own import (
    Details,
    MemberLine,
    details_of,
    list_handed_in,
    list_members,
    said_of,
)
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.people import OrganisationKind
from portal.rights_holders.rules.works import WorkKind
from portal.rights_holders.states import OrganisationReason, OrganisationState

LIST_KEY: Final = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    id: UUID
    number: str
    name: str
    kind: OrganisationKind
    state: OrganisationState
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """An organisation with what was handed in and who acts for it."""

    line: OrganisationLine
    registration: str
    details: Details
    reason: OrganisationReason | None
    said: str
    region: str
    domains: tuple[DomainLine, ...]
    members: list[MemberLine]
    files: list[FileLine]
    version: int


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the report of a complaint: who filed it, for which work, and the proof."""

    organisation: OrganisationLine
    registration: str
    details: Details
    number: int
    declared_at: datetime | None
    work: str | None
    kind: WorkKind | None
    author: str
    identifiers: list[tuple[Scheme, str]]
    sellers: tuple[str, ...]
    files: list[FileLine]


def list_organisations(
    session: Session, actor: Actor, window: Window, state: OrganisationState | None
) -> Page[OrganisationLine]:
    """Organisations in one state, the oldest first; or all, the newest first."""
    demand(actor, Permission.VERIFY_ORGANISATIONS)
    wanted = select(Organisation).where(in_reach(actor))
    if state is not None:
        wanted = wanted.where(Organisation.state == state)
    order = (Organisation.registered_at, Organisation.id)
    rows = session.scalars(in_window(wanted, window, *order, newest_first=state is None)).all()
    return page_of([_line(row) for row in rows], window, lambda one: (one.registered_at, one.id))


def in_reach(actor: Actor) -> ColumnElement[bool]:
    """The organisations that an office looks after: those with their seat in its region.

    Those abroad, and those that have not said where, are for the office of the whole place.
    """
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return true()
    place, region = current_place(), actor.region or (actor.department or "").partition("@")[2]
    if region == place.root:
        return true()
    return Organisation.region.in_(sorted(codes_inside(place, region))) if region else false()


def get_organisation(
    session: Session, number: str, actor: Actor, *, lock: bool = False
) -> Organisation:
    """An organisation by its number, for staff of its region; NotFound for any other."""
    wanted = select(Organisation).where(Organisation.number == number, in_reach(actor))
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound("organisation")
    return found


def get_organisation_page(session: Session, number: str, actor: Actor) -> OrganisationPage:
    """An organisation as whoever verifies it sees it."""
    demand(actor, Permission.VERIFY_ORGANISATIONS)
    one = get_organisation(session, number, actor)
    return OrganisationPage(
        line=_line(one),
        registration=one.registration,
        details=details_of(one),
        reason=one.reason,
        said=said_of(one),
        region=one.region,
        domains=tuple(list_domains(session, one.id)),
        members=list_members(session, one.id, actor),
        files=list_handed_in(session, one.id),
        version=one.version,
    )


def is_handed_in(session: Session, organisation_id: UUID, evidence_id: UUID) -> bool:
    """Whether a file was handed in for this organisation."""
    link = session.get(OrganisationFile, evidence_id)
    return link is not None and link.organisation_id == organisation_id


def is_complaint(session: Session, report_id: UUID) -> bool:
    """Whether a report is the complaint of a rights-holder."""
    found = select(Complaint.id).where(Complaint.report_id == report_id)
    return session.scalar(found) is not None


def get_behind(session: Session, reference: str, actor: Actor) -> Behind:
    """What stands behind the report of a complaint; NotFound outside the reader's scope."""
    demand(actor, Permission.READ_REPORTS)
    report = reports.get_report(session, reference, actor)
    complaint, organisation = _complaint_of(session, report)
    work = session.get(Work, complaint.work_id) if complaint.work_id else None
    return Behind(
        organisation=_line(organisation),
        registration=organisation.registration,
        details=details_of(organisation),
        number=complaint.number,
        declared_at=complaint.declared_at,
        work=work.title if work else None,
        kind=work.kind if work else None,
        author=work.author if work else "",
        identifiers=_identifiers(session, work),
        sellers=tuple(work.sellers) if work else (),
        files=list_files(session, proof_of(complaint)),
    )


def proves(session: Session, report: Report, evidence_id: UUID) -> bool:
    """Whether a file proves the right in the work that the report of a complaint is about."""
    complaint, _organisation = _complaint_of(session, report)
    return evidence_id in set(session.scalars(proof_of(complaint)))


def proof_of(complaint: Complaint) -> Select[UUID]:
    """The files that prove the right in the work of a complaint."""
    return select(WorkFile.evidence_id).where(WorkFile.work_id == complaint.work_id)


def _complaint_of(session: Session, report: Report) -> tuple[Complaint, Organisation]:
    found = session.execute(
        select(Complaint, Organisation)
        .join(Organisation, Organisation.id == Complaint.organisation_id)
        .where(Complaint.report_id == report.id)
    ).first()
    if found is None:
        raise NotFound("complaint")
    complaint, organisation = found
    return complaint, organisation


def _identifiers(session: Session, work: Work | None) -> list[tuple[Scheme, str]]:
    if work is None:
        return []
    rows = session.execute(
        select(WorkIdentifier.scheme, WorkIdentifier.value)
        .where(WorkIdentifier.work_id == work.id)
        .order_by(WorkIdentifier.scheme, WorkIdentifier.value)
    )
    return [(scheme, value) for scheme, value in rows]


def _line(one: Organisation) -> OrganisationLine:
    return OrganisationLine(one.id, one.number, one.name, one.kind, one.state, one.registered_at)
