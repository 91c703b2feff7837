"""Files that anybody may send: how much a network may, and how much may wait without a report."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from portal.evidence.models import Evidence
from portal.evidence.rules import size_of
from portal.evidence.service import IncomingFile, erase, keep_files
from portal.infra.config import MEGABYTE, settings
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.visits import LIFETIME, VisitPurpose
from portal.intake.models import ReportFile
from portal.kernel.actor import Actor
from portal.kernel.errors import Unavailable

# A file goes an hour after the last draft that it waited with: it may just be on its way.
UNOWNED_AGE: Final = LIFETIME[VisitPurpose.DRAFT] + timedelta(hours=1)
_HOUR: Final = timedelta(hours=1)


def keep_uploads(
    uploads: Sequence[IncomingFile], *, network: str, actor: Actor, already: Sequence[int] = ()
) -> tuple[UUID, ...]:
    """Keep all of what one public form sent, or nothing; return the ids in their order.

    Raises, besides what `keep_files` does, TooManyAttempts when the network has sent too many
    files or megabytes within an hour, and Unavailable("no-room-for-files") when the files that
    no report owns would take more room than they may.
    """
    if not uploads:
        return ()
    size = sum(size_of(upload.stream) for upload in uploads)
    with unit_of_work(actor) as uow:
        _count(uow, network, len(uploads), size)
        if _bytes_unowned(uow) + size > settings().max_unowned_bytes:
            raise Unavailable("no-room-for-files")
    return keep_files(uploads, actor=actor, already=already)


@contextmanager
def kept_for_one_record(
    uploads: Sequence[IncomingFile], *, network: str, actor: Actor, already: Sequence[int] = ()
) -> Iterator[tuple[UUID, ...]]:
    """Keep the files of one form while its record is written; erase what it did not take on."""
    kept = keep_uploads(uploads, network=network, actor=actor, already=already)
    try:
        yield kept
    finally:
        if kept:
            with unit_of_work(actor) as uow:
                erase_unowned(uow, kept)


def erase_unowned(uow: UnitOfWork, evidence_ids: Collection[UUID]) -> None:
    """Erase those of the files that no report has."""
    if evidence_ids:
        for evidence_id in uow.session.scalars(unowned(Evidence.id.in_(evidence_ids))).all():
            erase(uow, evidence_id)


def unowned(condition: ColumnElement[bool]) -> Select[UUID]:
    """The ids of the files that no report and nothing else has and that meet the condition."""
    of_reports = select(ReportFile.evidence_id)
    return select(Evidence.id).where(
        condition, Evidence.held_at.is_(None), Evidence.id.not_in(of_reports)
    )


def _count(uow: UnitOfWork, network: str, files: int, size: int) -> None:
    chosen = settings()
    for kind, limit, weight in (
        ("uploads", chosen.upload_limit, files),
        ("upload-megabytes", chosen.upload_megabyte_limit, -(-size // MEGABYTE)),
    ):
        if limit and network:
            Throttle(kind, limit, _HOUR).attempt(uow, network, weight)


def _bytes_unowned(uow: UnitOfWork) -> int:
    """Bytes of the originals that wait; what is older than they may be is about to go."""
    waiting = unowned(Evidence.claimed_at >= uow.now - UNOWNED_AGE)
    total = select(func.coalesce(func.sum(Evidence.size), 0)).where(Evidence.id.in_(waiting))
    return uow.session.scalar(total) or 0
