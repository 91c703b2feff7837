"""Which erasures of the ledger a database does not have: after a restore, those since the copy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.disposal.queries.anchor import demand_whole
from portal.infra.erasures import ErasureKind, LedgerBroken, LedgerLine, erased_of, read_ledger
from portal.intake.models import Report, ReporterIdentity, ReporterMail

BATCH: Final = 500


def unreplayed(session: Session) -> list[LedgerLine]:
    """What the ledger says was destroyed and is here.

    Raises LedgerBroken if the ledger was altered or has lost its end since the newest checkpoint.
    """
    demand_whole(session)
    return find_undone(session, erased_of(read_ledger()))


def find_undone(session: Session, lines: Sequence[LedgerLine]) -> list[LedgerLine]:
    """Those of the lines whose records are here as if nothing had been erased, in their order."""
    found: set[tuple[ErasureKind, UUID]] = set()
    by_kind = sorted(lines, key=lambda line: line.what)
    for what, some in groupby(by_kind, key=lambda line: line.what):
        for ids in _batches([line.subject_id for line in some]):
            found |= {(what, one) for one in session.scalars(_HERE[what](ids))}
    return [line for line in lines if (line.what, line.subject_id) in found]


def count_undone(session: Session) -> int:
    """Count what was erased and is here again, a ledger that was altered or cut off as one."""
    try:
        return len(unreplayed(session))
    except LedgerBroken:
        return 1


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _words(ids: list[UUID]) -> Select[UUID]:
    """Words are erased where the trail says so, or nothing is left of the report at all."""
    said: ColumnElement[bool] = exists().where(
        AuditEvent.subject_id == Report.id, AuditEvent.action == "report.erase-content"
    )
    return select(Report.id).where(Report.id.in_(ids), Report.content_key.is_not(None), ~said)


def _identities(ids: list[UUID]) -> Select[UUID]:
    return select(ReporterIdentity.report_id).where(ReporterIdentity.report_id.in_(ids))


def _addresses(ids: list[UUID]) -> Select[UUID]:
    return select(ReporterMail.report_id).where(ReporterMail.report_id.in_(ids))


def _reports(ids: list[UUID]) -> Select[UUID]:
    return select(Report.id).where(Report.id.in_(ids), Report.disposed_at.is_(None))


def _cases(ids: list[UUID]) -> Select[UUID]:
    return select(Case.id).where(Case.id.in_(ids), Case.disposed_at.is_(None))


_HERE: Final[Mapping[ErasureKind, Callable[[list[UUID]], Select[UUID]]]] = {
    ErasureKind.IDENTITY: _identities,
    ErasureKind.ADDRESS: _addresses,
    ErasureKind.WORDS: _words,
    ErasureKind.REPORT: _reports,
    ErasureKind.CASE: _cases,
}
