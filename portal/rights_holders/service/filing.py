"""A complete complaint becomes a report: at once when it comes alone, by a task when it is many.

Its people follow it on the page of their organisation; a code of its own is given to nobody.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from portal.audit.trail import advance
from portal.evidence.queries import hashes_of
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import ContentKey
from portal.intake.content import Content
from portal.intake.models import ContactMode, ReportKind
from portal.intake.service import Identity, Prepared, SubmitReport, prepare, write
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rights_holders.known import known_to
from portal.rights_holders.models import Complaint, Organisation, Work
from portal.rights_holders.queries.complaints import cells_of, files_of
from portal.rights_holders.queries.own import Details, details_of, key_of, today
from portal.rights_holders.rules.complaints import (
    Checked,
    ComplaintField,
    Known,
    KnownWork,
    check,
)
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
    # Sealing and encrypting is more than half of the work, and nobody need wait for it.
    drafts: dict[UUID, _Drafts] = {}
    for organisation, own in _by_organisation(db.session(), in_order):
        with suppress(NotFound):  # a file that is erased just now: the transaction decides
            drafts[organisation.id] = _Drafts.of(db.session(), organisation, own, actor)
    with unit_of_work(actor) as uow:
        for organisation, own in _by_organisation(uow.session, in_order.with_for_update()):
            file_now(uow, organisation, own, drafts.get(organisation.id), of_many=True)


def _by_organisation(
    session: Session, wanted: Select[Complaint]
) -> Iterator[tuple[Organisation, list[Complaint]]]:
    """The complaints that are wanted, of each organisation that is trusted."""
    found = session.scalars(wanted).all()
    for organisation_id, own in groupby(found, attrgetter("organisation_id")):
        organisation = session.get_one(Organisation, organisation_id)
        if organisation.state is OrganisationState.VERIFIED:
            yield organisation, list(own)


def file_now(
    uow: UnitOfWork,
    organisation: Organisation,
    complaints: Sequence[Complaint],
    drafts: "_Drafts | None" = None,
    *,
    of_many: bool = False,
) -> None:
    """Make the reports of complaints, whose clocks start with their making: all is here.

    A work or a proof that has gone meanwhile sends a complaint back to its people. `drafts` were
    made before this transaction, and count where nothing they rest on has changed since.
    """
    desk = _Filing.of(uow.session, organisation, complaints)
    known = drafts.still_true(desk, complaints) if drafts else {}
    filed: list[tuple[Complaint, Prepared]] = []
    for complaint in complaints:
        made = known.get(complaint.id) or desk.make(complaint, uow.actor, uow.now, of_many=of_many)
        if isinstance(made, Checked):
            listed = [[str(one.field), str(one.fault)] for one in made.problems]
            complaint.problems, complaint.due_on = {"list": listed}, desk.known.due_on
            advance(uow, complaint, ComplaintAction.ASK)
        else:
            filed.append((complaint, made))
    write(uow, [made for _complaint, made in filed])
    for complaint, made in filed:
        complaint.report_id, complaint.changed_at = made.report.id, uow.now
        advance(uow, complaint, ComplaintAction.FILE)


@dataclass(frozen=True, slots=True)
class _Filing:
    """What the complaints of an organisation that are filed together need, read once for all."""

    organisation: Organisation = field(compare=False)
    key: ContentKey = field(compare=False)
    versions: tuple[int, int]  # of the organisation and of the place
    details: Details
    known: Known
    sellers: Mapping[UUID, tuple[str, ...]]  # of each work
    files: Mapping[UUID, Sequence[UUID]]
    hashes: Mapping[UUID, str]

    @classmethod
    def of(
        cls, session: Session, organisation: Organisation, complaints: Sequence[Complaint]
    ) -> "_Filing":
        about = {one.work_id for one in complaints if one.work_id is not None}
        works = session.execute(select(Work.id, Work.sellers).where(Work.id.in_(about)))
        files = files_of(session, [one.id for one in complaints])
        sent = [file for own in files.values() for file in own]
        return cls(
            organisation,
            key_of(organisation),
            (organisation.version, current_place().version),
            details_of(organisation),
            known_to(session, organisation, about),
            {one.id: tuple(one.sellers) for one in works},
            files,
            dict(zip(sent, hashes_of(session, sent), strict=True)),
        )

    def make(
        self, complaint: Complaint, actor: Actor, at: datetime, *, of_many: bool
    ) -> Prepared | Checked:
        """The report of a complaint, ready to be written, or what the complaint lacks.

        It is looked at again, as if the register had its work only.
        """
        cells = cells_of(self.key, complaint)
        known = self.known.about(complaint.work_id)
        checked = check(cells, known, own_files=complaint.id in self.files)
        if checked.work is None or not checked.complete:
            return checked
        order = self._order(complaint, cells, checked, checked.work)
        return prepare(replace(order, of_many=of_many), actor, at)

    def _order(
        self, complaint: Complaint, cells: Mapping[str, str], checked: Checked, work: KnownWork
    ) -> SubmitReport:
        """The complaint as an order to receive a report."""
        name = f"{self.organisation.number}/{complaint.number}"
        sellers = self.sellers[work.id]
        told = Told(name, self.organisation.name, work.title, checked.right, sellers)
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


@dataclass(frozen=True, slots=True)
class _Drafts:
    """Reports of complaints made before the transaction that writes them, for which others wait."""

    desk: _Filing
    made: Mapping[tuple[UUID, int], Prepared | Checked]  # by id and version of the complaint

    @classmethod
    def of(
        cls,
        session: Session,
        organisation: Organisation,
        complaints: Sequence[Complaint],
        actor: Actor,
    ) -> "_Drafts":
        desk, at = _Filing.of(session, organisation, complaints), datetime.now(UTC)
        make = partial(desk.make, actor=actor, at=at, of_many=True)
        return cls(desk, {(one.id, one.version): make(one) for one in complaints})

    def still_true(
        self, desk: _Filing, complaints: Sequence[Complaint]
    ) -> dict[UUID, Prepared | Checked]:
        """Those of complaints that are as they were, if all that they rest on is."""
        if self.desk != desk:
            return {}
        kept = ((one.id, self.made.get((one.id, one.version))) for one in complaints)
        return {own: made for own, made in kept if made is not None}


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
