"""A complete complaint becomes a report: at once when it comes alone, by a task when it is many."""

import os
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from portal.audit.trail import advance
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.content import Content
from portal.intake.models import ContactMode, ReportKind
from portal.intake.service import Identity, SubmitReport, accept
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rights_holders.known import completed_by, known_to
from portal.rights_holders.models import Complaint, ComplaintFile, Organisation, Work
from portal.rights_holders.queries.complaints import cells_of
from portal.rights_holders.queries.own import details_of, key_of, today
from portal.rights_holders.rules.complaints import Checked, ComplaintField, check
from portal.rights_holders.rules.narrative import Told, narrative
from portal.rights_holders.states import ComplaintAction, ComplaintState, OrganisationState

_AT_ONCE: Final = 500
TOKEN_BYTES: Final = 16


def file_complaint(complaint_id: UUID, *, actor: Actor) -> None:
    """File one row of a sheet that was declared.

    Safe to run twice: the report, the state of the row and the end of the task are one
    transaction. A row that was withdrawn meanwhile is left as it is; one of an organisation that
    is not trusted any more waits until it is (`verify_organisation`), or lapses.
    """
    with unit_of_work(actor) as uow:
        complaint = uow.session.get(Complaint, complaint_id, with_for_update=True)
        if complaint is None or complaint.state is not ComplaintState.READY:
            return
        organisation = uow.session.get_one(Organisation, complaint.organisation_id)
        if organisation.state is OrganisationState.VERIFIED and complaint.declared_at is not None:
            file_now(uow, organisation, complaint)


def file_now(uow: UnitOfWork, organisation: Organisation, complaint: Complaint) -> None:
    """Make the report of a complaint, whose clocks start now: all that is needed is here.

    A work or a proof that has gone meanwhile sends the complaint back to its people.
    """
    cells = cells_of(key_of(organisation), complaint)
    known = known_to(uow.session, organisation, complaint.work_id)
    checked = check(cells, known, own_files=completed_by(uow.session, complaint))
    if checked.work is None or not checked.complete:
        listed = [[str(one.field), str(one.fault)] for one in checked.problems]
        complaint.problems, complaint.due_on = {"list": listed}, known.due_on
        advance(uow, complaint, ComplaintAction.ASK)
        return
    work = uow.session.get_one(Work, checked.work.id)
    command = _report_of(uow, organisation, complaint, cells, checked, work)
    complaint.report_id = accept(uow, command).report_id
    complaint.changed_at = uow.now
    advance(uow, complaint, ComplaintAction.FILE)


def _report_of(
    uow: UnitOfWork,
    organisation: Organisation,
    complaint: Complaint,
    cells: Mapping[str, str],
    checked: Checked,
    work: Work,
) -> SubmitReport:
    """The complaint as an order to receive a report."""
    details = details_of(organisation)
    name = f"{organisation.number}/{complaint.number}"
    told = Told(name, organisation.name, work.title, checked.right, tuple(work.sellers))
    url, original = cells.get(ComplaintField.URL, ""), cells.get(ComplaintField.ORIGINAL, "")
    files = uow.session.scalars(
        select(ComplaintFile.evidence_id).where(ComplaintFile.complaint_id == complaint.id)
    )
    return SubmitReport(
        token=os.urandom(TOKEN_BYTES),
        content=Content(
            narrative=narrative(told, cells, complaint.language),
            place=cells.get(ComplaintField.PLACE, ""),
            when=checked.found_on.isoformat() if checked.found_on else "",
            urls=tuple(one for one in (url,) if one and one != original),
            title=work.title,
        ),
        contact_mode=ContactMode.NAMED,
        language=complaint.language,
        category=checked.category if checked.category in current_place().categories else None,
        region=checked.region,
        identity=Identity(details.contact, details.phone, details.email),
        files=tuple(files),
        kind=ReportKind.COMPLAINT,
    )


def lapse_complaints(*, actor: Actor) -> int:
    """Let complaints lapse that waited too long; return how many.

    They lacked something, nobody declared them, or their organisation is refused. Safe to run at
    any time: what lapsed is not asked for again.
    """
    refused = select(Organisation.id).where(Organisation.state == OrganisationState.REFUSED)
    waits = or_(Complaint.organisation_id.in_(refused), Complaint.declared_at.is_(None))
    complete = (Complaint.state == ComplaintState.READY, waits)
    with unit_of_work(actor) as uow:
        late = _late(uow, Complaint.state == ComplaintState.NEEDS_INFORMATION)
        late += _late(uow, *complete)
        for complaint in late:
            advance(uow, complaint, ComplaintAction.LAPSE)
            complaint.changed_at = uow.now
        return len(late)


def _late(uow: UnitOfWork, *which: ColumnElement[bool]) -> list[Complaint]:
    wanted = (
        select(Complaint)
        .where(*which, Complaint.due_on < today())
        .order_by(Complaint.due_on, Complaint.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return list(uow.session.scalars(wanted))


def demand_open() -> None:
    """Refuse where the place takes no complaints of rights-holders."""
    if not current_place().complaints.categories:
        raise RuleBroken("no-complaints-here")
