"""The register of works of one organisation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.evidence.queries import FileLine, list_files
from portal.infra.keyset import in_window
from portal.kernel.page import Page, Window, page_of
from portal.rights_holders.models import (
    Complaint,
    Organisation,
    Work,
    WorkFile,
    WorkIdentifier,
    WorkVersion,
)
from portal.rights_holders.queries.own import get_the_one
from portal.rights_holders.rules.complaints import KnownWork
from portal.rights_holders.rules.identifiers import Scheme
from portal.rights_holders.rules.works import WorkKind
from portal.rights_holders.states import ComplaintState

LIST_KEY: Final = (int,)
_PROVED: Final = exists().where(WorkFile.work_id == Work.id)


@dataclass(frozen=True, slots=True)
class WorkLine:
    id: UUID
    number: int
    title: str
    kind: WorkKind
    author: str
    sellers: tuple[str, ...]
    proved: bool
    identifiers: tuple[tuple[Scheme, str], ...]
    complaints: int


def list_works(session: Session, organisation_id: UUID, window: Window) -> Page[WorkLine]:
    """The works of an organisation, the newest first, in three statements."""
    wanted = select(Work, _PROVED.label("proved")).where(Work.organisation_id == organisation_id)
    rows = session.execute(in_window(wanted, window, Work.number, newest_first=True)).all()
    pairs = [(work, proved) for work, proved in rows]
    return page_of(_lines(session, pairs), window, lambda one: (one.number,))


def get_work(session: Session, organisation_id: UUID, number: int) -> WorkLine:
    """One work of this organisation; NotFound for any other."""
    work = get_own_work(session, organisation_id, number)
    proved = session.scalar(select(_PROVED).where(Work.id == work.id))
    return _lines(session, [(work, bool(proved))])[0]


def get_own_work(session: Session, organisation_id: UUID, number: int) -> Work:
    """The row of a work of this organisation; NotFound for any other."""
    wanted = select(Work).where(Work.organisation_id == organisation_id, Work.number == number)
    return get_the_one(session, wanted, "work")


def _lines(session: Session, rows: Sequence[tuple[Work, bool]]) -> list[WorkLine]:
    """Works with their identifiers and how many complaints there are about each."""
    ids = [work.id for work, _proved in rows]
    numbers, counts = identifiers_of(session, ids), _complaints_about(session, ids)
    return [
        WorkLine(
            id=work.id,
            number=work.number,
            title=work.title,
            kind=work.kind,
            author=work.author,
            sellers=tuple(work.sellers),
            proved=proved,
            identifiers=tuple(numbers.get(work.id, ())),
            complaints=counts.get(work.id, 0),
        )
        for work, proved in rows
    ]


@dataclass(frozen=True, slots=True)
class EarlierWork:
    """What the register said of a work until it was changed."""

    number: int
    title: str
    kind: WorkKind
    author: str
    identifiers: tuple[tuple[Scheme, str], ...]
    sellers: tuple[str, ...]
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A work with its proof, what it was before, and its complaints by state."""

    line: WorkLine
    files: list[FileLine]
    earlier: tuple[EarlierWork, ...]
    counts: Mapping[ComplaintState, int]


def count_versions(session: Session, work: Work) -> int:
    """How often a work was changed."""
    counted = select(func.count()).where(WorkVersion.work_id == work.id)
    return session.scalar(counted) or 0


def get_work_page(session: Session, organisation: Organisation, number: int) -> WorkPage:
    """Everything the register has about a work of this organisation."""
    work = get_own_work(session, organisation.id, number)
    files = list_files(session, select(WorkFile.evidence_id).where(WorkFile.work_id == work.id))
    versions = session.scalars(
        select(WorkVersion).where(WorkVersion.work_id == work.id).order_by(WorkVersion.number)
    )
    counted = select(Complaint.state, func.count()).where(Complaint.work_id == work.id)
    counts = {row[0]: row[1] for row in session.execute(counted.group_by(Complaint.state))}
    line = WorkLine(
        id=work.id,
        number=work.number,
        title=work.title,
        kind=work.kind,
        author=work.author,
        sellers=tuple(work.sellers),
        proved=bool(files),
        identifiers=tuple(identifiers_of(session, [work.id]).get(work.id, ())),
        complaints=sum(counts.values()),
    )
    return WorkPage(line, files, tuple(_earlier(one) for one in versions), counts)


def _earlier(one: WorkVersion) -> EarlierWork:
    named = tuple((Scheme(scheme), value) for scheme, value in sorted(one.identifiers.items()))
    said = one.number, one.title, one.kind, one.author, named, tuple(one.sellers)
    return EarlierWork(*said, one.ended_at)


def identifiers_of(
    session: Session, works: Collection[UUID]
) -> Mapping[UUID, Sequence[tuple[Scheme, str]]]:
    """The identifiers of some works."""
    found: dict[UUID, list[tuple[Scheme, str]]] = {}
    rows = session.execute(
        select(WorkIdentifier.work_id, WorkIdentifier.scheme, WorkIdentifier.value)
        .where(WorkIdentifier.work_id.in_(works))
        .order_by(WorkIdentifier.scheme, WorkIdentifier.value)
    )
    for work, scheme, value in rows:
        found.setdefault(work, []).append((scheme, value))
    return found


def _complaints_about(session: Session, works: Collection[UUID]) -> Mapping[UUID, int]:
    counted = select(Complaint.work_id, func.count()).where(Complaint.work_id.in_(works))
    rows = session.execute(counted.group_by(Complaint.work_id))
    return {row[0]: row[1] for row in rows if row[0] is not None}


def known_works(
    session: Session, organisation_id: UUID, only: Collection[UUID] | None = None
) -> Mapping[UUID, KnownWork]:
    """The whole register, as rows of complaints are checked against it, or some works of it."""
    wanted = select(Work.id, Work.number, Work.title, _PROVED)
    wanted = wanted.where(Work.organisation_id == organisation_id)
    rows = session.execute(wanted if only is None else wanted.where(Work.id.in_(only)))
    return {row[0]: KnownWork(row[0], row[1], row[2], row[3]) for row in rows}


def known_identifiers(
    session: Session, organisation_id: UUID, only: Collection[UUID] | None = None
) -> Mapping[str, UUID]:
    """The works of an organisation by `scheme:value`."""
    wanted = select(WorkIdentifier.scheme, WorkIdentifier.value, WorkIdentifier.work_id)
    wanted = wanted.where(WorkIdentifier.organisation_id == organisation_id)
    if only is not None:
        wanted = wanted.where(WorkIdentifier.work_id.in_(only))
    rows = session.execute(wanted)
    return {f"{scheme}:{value}": work for scheme, value, work in rows}
