"""Tips and complaints about the same target are linked as they are routed, whichever came first.

Two that are routed by two workers at the same time do not see each other: each of them looks again
at its end, in turn with whoever has the same target.

A link keeps both reports as they are (ADR 24). Only the desk sees it; a person who finds that the
two are two matters says why, and keeps them apart.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.infra.uow import UnitOfWork
from portal.intake.lead_models import ReportExclusion
from portal.intake.models import Report
from portal.triage.likeness import StoredLikeness
from portal.triage.models import LikenessKey, ReportRelation, RoutingDecision
from portal.triage.relations import pair_of, relate
from portal.triage.rules.duplicates import NOT_COMPARED
from portal.triage.rules.targets import other_sides, same_target
from portal.triage.states import RelationKind

# One target may be reported a hundred times and complained about by the thousand.
MOST_ATTACHED: Final = 10
# No transaction that routes reports takes so long.
_LONGEST: Final = timedelta(hours=1)


def attach(
    uow: UnitOfWork, report: Report, found: Mapping[UUID, Sequence[str]], linked: int = 0
) -> int:
    """Link a report to those of the other side that are surely about its target, the newest first.

    Returns how many are linked, with those that were before.

    Not where either is closed to most, nor where somebody must not know of one of the two: whoever
    reads the other must not learn that it exists. What was ever decided about two is left as it is.
    """
    if not found or report.restricted or report.conflict:
        return linked
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
    fit = fit[: max(0, MOST_ATTACHED - linked)]
    for other in fit:
        first, later = sorted((report, other), key=lambda one: (one.received_at, one.id))
        relate(uow, RelationKind.LINKED, first, later, reasons=found[other.id])
    return linked + len(fit)


@dataclass(frozen=True, slots=True)
class Sought:
    """A report that was just routed, the keys of its targets, and what it was compared with.

    `linked` is how many it was linked to. `keys` are those by which the other side is found, in
    their stored form; `turns` are the same for both sides. `text_key` is the stored key of its
    whole text, if it is to stand among those that say the same.
    """

    report: Report
    keys: Mapping[bytes, str] = field(repr=False)
    turns: Collection[bytes] = field(repr=False)
    likeness: StoredLikeness = field(repr=False)
    linked: int
    text_key: bytes | None = field(repr=False)


def sought(
    report: Report, likeness: StoredLikeness, keys: frozenset[str], *, linked: int
) -> Sought:
    """What to look for again, of a report that is found by these keys."""
    pairs = {} if report.category in NOT_COMPARED else other_sides(keys)
    blind, is_closed = likeness.blind, report.restricted or report.conflict
    return Sought(
        report,
        {blind(other): other for other in pairs.values()},
        [min(blind(own), blind(other)) for own, other in pairs.items()],
        likeness,
        linked,
        None if is_closed else likeness.text_key(keys),
    )


def take_turns(uow: UnitOfWork, routed: Sequence[Sought]) -> None:
    """Wait for whoever routes what has one of the same targets or texts; they wait for this.

    Of a whole transaction at once: two that take them one by one could wait for each other.
    """
    uow.session.flush()
    texts = (one.text_key for one in routed if one.text_key is not None)
    uow.in_turn(*texts, *(turn for one in routed for turn in one.turns))


def attach_missed(uow: UnitOfWork, routed: Sequence[Sought]) -> None:
    """Link what another worker routed meanwhile; call it last, once it is this one's turn.

    Only what was routed just now is looked at: the rest was met before, as far as it goes.
    """
    if uow.writes_alone:
        return
    asked = {key for one in routed for key in one.keys}
    meanwhile = _routed_meanwhile(uow, asked) if asked else {}
    for one in routed:
        sharing = one.keys.keys() & meanwhile.keys()
        if not sharing:
            continue
        shared: dict[UUID, set[str]] = {}
        met = {one.report.id, *map(one.likeness.id_of, one.likeness.met)}
        for key in sharing:
            for found in meanwhile[key] - met:
                shared.setdefault(found, set()).add(one.keys[key])
        missed = {found: same_target(keys) for found, keys in shared.items()}
        attach(uow, one.report, missed, one.linked)


def _routed_meanwhile(uow: UnitOfWork, keys: Collection[bytes]) -> Mapping[bytes, set[UUID]]:
    """The reports with each of the keys that a transaction may have routed which began just now."""
    wanted = (
        select(LikenessKey.key, LikenessKey.report_id)
        .join(RoutingDecision, RoutingDecision.report_id == LikenessKey.report_id)
        .join(Report, Report.id == LikenessKey.report_id)
        .where(
            LikenessKey.key.in_(keys),
            RoutingDecision.decided_at > uow.now - _LONGEST,
            RoutingDecision.version == 1,
            Report.category.not_in(NOT_COMPARED),
        )
    )
    found: dict[bytes, set[UUID]] = {}
    for row in uow.connection.execute(wanted):
        found.setdefault(row.key, set()).add(row.report_id)
    return found


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
