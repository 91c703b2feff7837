"""A complete complaint becomes a report: at once when it comes alone, by a task when it is many.

Its people follow it on the page of their organisation; a code of its own is given to nobody.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.audit.trail import advance
from portal.evidence.queries import hashes_of
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import ContentKey
from portal.intake.content import Content
from portal.intake.models import ContactMode, ReportKind
from portal.intake.service import Identity, SubmitReport, accept
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rights_holders.known import known_to
from portal.rights_holders.models import Complaint, Organisation, Work
from portal.rights_holders.queries.complaints import cells_of, files_of
from portal.rights_holders.queries.own import Details, details_of, key_of, today
from portal.rights_holders.rules.complaints import Checked, ComplaintField, Known, check
from portal.rights_holders.rules.narrative import Told, narrative
from portal.rights_holders.states import ComplaintAction, ComplaintState, OrganisationState

_AT_ONCE: Final = 500
TOKEN_BYTES: Final = 16


def file_complaint(complaint_id: UUID, *, actor: Actor) -> None:
    """File one row of a sheet that was declared; see `file_complaints`."""
    file_complaints((complaint_id,), actor=actor)


def file_complaints(complaint_ids: Collection[UUID], *, actor: Actor) -> None:
    """File rows of sheets that were declared: all of these, or, if one fails, none.

    Safe to run twice: the reports, the states of the rows and the end of the tasks are one
    transaction. A row that was withdrawn meanwhile is left as it is; one of an organisation that
    is not trusted any more waits until it is (`verify_organisation`), or lapses.
    """
    wanted = select(Complaint).where(
        Complaint.id.in_(complaint_ids),
        Complaint.state == ComplaintState.READY,
        Complaint.declared_at.is_not(None),
    )
    in_order = wanted.order_by(Complaint.organisation_id, Complaint.number)
    with unit_of_work(actor) as uow:
        rows = uow.session.scalars(in_order.with_for_update()).all()
        for organisation_id, own in groupby(rows, attrgetter("organisation_id")):
            organisation = uow.session.get_one(Organisation, organisation_id)
            if organisation.state is OrganisationState.VERIFIED:
                file_now(uow, organisation, list(own), of_many=True)


def file_now(
    uow: UnitOfWork,
    organisation: Organisation,
    complaints: Sequence[Complaint],
    *,
    of_many: bool = False,
) -> None:
    """Make the reports of complaints, whose clocks start now: all that is needed is here.

    A work or a proof that has gone meanwhile sends a complaint back to its people.
    """
    desk = _Filing.of(uow.session, organisation, complaints)
    orders: list[tuple[Complaint, SubmitReport]] = []
    for complaint in complaints:
        cells = cells_of(desk.key, complaint)
        checked = desk.check(complaint, cells)
        if checked.work is None or not checked.complete:
            listed = [[str(one.field), str(one.fault)] for one in checked.problems]
            complaint.problems, complaint.due_on = {"list": listed}, desk.known.due_on
            advance(uow, complaint, ComplaintAction.ASK)
        else:
            order = desk.order(complaint, cells, checked, desk.works[checked.work.id])
            orders.append((complaint, replace(order, of_many=of_many)))
    reports = accept(uow, *(order for _complaint, order in orders))
    for (complaint, _order), report in zip(orders, reports, strict=True):
        complaint.report_id, complaint.changed_at = report.id, uow.now
        advance(uow, complaint, ComplaintAction.FILE)


@dataclass(frozen=True, slots=True)
class _Filing:
    """What the complaints of an organisation that are filed together need, read once for all."""

    organisation: Organisation
    key: ContentKey
    details: Details
    known: Known
    works: Mapping[UUID, Work]
    files: Mapping[UUID, Sequence[UUID]]
    hashes: Mapping[UUID, str]

    @classmethod
    def of(
        cls, session: Session, organisation: Organisation, complaints: Sequence[Complaint]
    ) -> "_Filing":
        about = {one.work_id for one in complaints if one.work_id is not None}
        works = session.scalars(select(Work).where(Work.id.in_(about)))
        files = files_of(session, [one.id for one in complaints])
        sent = [file for own in files.values() for file in own]
        return cls(
            organisation,
            key_of(organisation),
            details_of(organisation),
            known_to(session, organisation, about),
            {one.id: one for one in works},
            files,
            dict(zip(sent, hashes_of(session, sent), strict=True)),
        )

    def check(self, complaint: Complaint, cells: Mapping[str, str]) -> Checked:
        """Look at a complaint again, as if the register had its work only."""
        known = self.known.about(complaint.work_id)
        return check(cells, known, own_files=complaint.id in self.files)

    def order(
        self, complaint: Complaint, cells: Mapping[str, str], checked: Checked, work: Work
    ) -> SubmitReport:
        """The complaint as an order to receive a report."""
        name = f"{self.organisation.number}/{complaint.number}"
        told = Told(name, self.organisation.name, work.title, checked.right, tuple(work.sellers))
        url, original = cells.get(ComplaintField.URL, ""), cells.get(ComplaintField.ORIGINAL, "")
        files = tuple(self.files.get(complaint.id, ()))
        return SubmitReport(
            token=os.urandom(TOKEN_BYTES),
            content=Content(
                narrative=narrative(told, cells, complaint.language),
                place=cells.get(ComplaintField.PLACE, ""),
                when=checked.found_on.isoformat() if checked.found_on else "",
                urls=tuple(one for one in (url,) if one and one != original),
                title=work.title,
                file_hashes=tuple(self.hashes[one] for one in files),
            ),
            contact_mode=ContactMode.NAMED,
            language=complaint.language,
            category=checked.category if checked.category in current_place().categories else None,
            region=checked.region,
            identity=Identity(self.details.contact, self.details.phone, self.details.email),
            files=files,
            kind=ReportKind.COMPLAINT,
            code_is_given=False,
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
