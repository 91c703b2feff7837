"""Tips and complaints about the same target are linked as they are routed, whichever came first.

A link keeps both reports as they are (ADR 24). Only the desk sees it; a person who finds that the
two are two matters says why, and keeps them apart.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.infra.uow import UnitOfWork
from portal.intake.lead_models import ReportExclusion
from portal.intake.models import Report
from portal.triage.models import ReportRelation
from portal.triage.relations import pair_of, relate
from portal.triage.states import RelationKind

# One target may be reported a hundred times and complained about by the thousand.
MOST_ATTACHED: Final = 10


def attach(uow: UnitOfWork, report: Report, found: Mapping[UUID, Sequence[str]]) -> None:
    """Link a report to those of the other side that are surely about its target, the newest first.

    Not where either is closed to most, nor where somebody must not know of one of the two: whoever
    reads the other must not learn that it exists. What was ever decided about two is left as it is.
    """
    if not found or report.restricted or report.conflict:
        return
    there = select(Report).where(
        Report.id.in_(found),
        Report.restricted.is_(False),
        Report.conflict.is_(False),
        Report.disposed_at.is_(None),
    )
    others = uow.session.scalars(there.order_by(Report.received_at.desc(), Report.id)).all()
    kept_from = _kept_from(uow, [report.id, *found])
    decided = _decided(uow, report.id, found)
    fit = [
        one
        for one in others
        if kept_from.get(one.id) == kept_from.get(report.id)
        and pair_of(one.id, report.id) not in decided
    ]
    for other in fit[:MOST_ATTACHED]:
        first, later = sorted((report, other), key=lambda one: (one.received_at, one.id))
        relate(uow, RelationKind.LINKED, first, later, reasons=found[other.id])


def _kept_from(uow: UnitOfWork, ids: Collection[UUID]) -> Mapping[UUID, set[UUID]]:
    """Who must not know of each of these reports; of most nobody."""
    uow.session.flush()
    excluded = select(ReportExclusion.report_id, ReportExclusion.person_id)
    kept: dict[UUID, set[UUID]] = {}
    for row in uow.session.execute(excluded.where(ReportExclusion.report_id.in_(ids))):
        kept.setdefault(row.report_id, set()).add(row.person_id)
    return kept


def _decided(uow: UnitOfWork, own: UUID, others: Collection[UUID]) -> Collection[bytes]:
    """The pairs of which something was decided before, even if it was undone."""
    pairs = [pair_of(own, other) for other in others]
    return set(
        uow.session.scalars(select(ReportRelation.pair).where(ReportRelation.pair.in_(pairs)))
    )
