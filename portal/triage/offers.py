"""What triage leaves beside a report for staff: which others look alike, and by what."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.evidence.pictures import list_alike
from portal.infra.uow import UnitOfWork
from portal.intake.models import IS_OPEN, Report, ReportFile
from portal.triage.likeness import StoredLikeness
from portal.triage.models import LikenessKey, LikenessOffer
from portal.triage.relations import find_live, relate
from portal.triage.rules.relations import in_order
from portal.triage.states import LikenessReason, RelationKind

MOST_OFFERS = 10
MOST_OF_A_MASS = 500


def find_references(session: Session, references: Collection[str]) -> Mapping[str, UUID]:
    """The ids of reports by their references."""
    if not references:
        return {}
    rows = session.execute(
        select(Report.reference, Report.id).where(Report.reference.in_(references))
    )
    return {row.reference: row.id for row in rows}


def remember_neighbours(
    uow: UnitOfWork,
    report: Report,
    found: Mapping[UUID, Sequence[str]],
    likeness: StoredLikeness,
) -> None:
    """Write down what was found beside a report as it is routed, by text and by pictures."""
    offer(uow, report, found)
    pictures = select(ReportFile.evidence_id).where(ReportFile.report_id == report.id)
    offer_pictures(uow, report, uow.session.scalars(pictures).all())
    _find_mass(uow, report, likeness)
    _link_to_followed(uow, report)


def offer(uow: UnitOfWork, report: Report, found: Mapping[UUID, Sequence[str]]) -> None:
    """Offer other reports; one that is offered already gets the reasons that are new."""
    uow.session.flush()
    for other, reasons in found.items():
        if other == report.id:
            continue
        there = uow.session.get(LikenessOffer, (report.id, other))
        if there is None:
            uow.session.add(
                LikenessOffer(
                    report_id=report.id,
                    other_id=other,
                    reasons=in_order(reasons),
                    found_at=uow.now,
                )
            )
        else:
            there.reasons = in_order([*there.reasons, *reasons])


def offer_pictures(uow: UnitOfWork, report: Report, pictures: Collection[UUID]) -> None:
    """Offer the reports whose pictures look like these; none that is closed to most."""
    alike = list_alike(uow.session, pictures) if pictures else {}
    if not alike:
        return
    strongest = sorted(alike, key=lambda one: -alike[one])[:MOST_OFFERS]
    others = uow.session.scalars(
        select(Report.id)
        .join(ReportFile, ReportFile.report_id == Report.id)
        .where(
            ReportFile.evidence_id.in_(strongest),
            Report.restricted.is_(False),
            Report.conflict.is_(False),
        )
        .distinct()
    )
    offer(uow, report, dict.fromkeys(others, (LikenessReason.SAME_PICTURE,)))


def _find_mass(uow: UnitOfWork, report: Report, likeness: StoredLikeness) -> None:
    """Put the report behind the first open one of its desk with the very same text."""
    key = next(likeness.own_keys(report.id, kind="text"), None)
    if key is None or report.restricted or report.conflict:
        return
    same = select(LikenessKey.report_id).where(
        LikenessKey.key == key, LikenessKey.report_id != report.id
    )
    here = (
        Report.department_code.is_not_distinct_from(report.department_code),
        Report.restricted.is_(False),
        Report.conflict.is_(False),
        text(IS_OPEN),
    )
    bucket = same.limit(MOST_OF_A_MASS).subquery()
    open_ones = select(Report.id, Report.mass_of).where(Report.id.in_(select(bucket)), *here)
    first = uow.session.execute(open_ones.order_by(Report.received_at, Report.id).limit(1)).first()
    if first is None:
        return
    standing = select(Report.id).where(Report.id == first.mass_of, *here)
    if first.mass_of is not None and uow.session.scalar(standing) is not None:
        report.mass_of = first.mass_of
        return
    report.mass_of = first.id
    if first.mass_of is not None:
        # The one that stood before all of them is done with: the next takes its place.
        behind = update(Report).where(Report.mass_of == first.mass_of, *here)
        uow.session.execute(behind.values(mass_of=first.id))
        uow.session.execute(update(Report).where(Report.id == first.id).values(mass_of=None))


def _link_to_followed(uow: UnitOfWork, report: Report) -> None:
    """Link a report to the earlier one whose code its reporter used for it (U35)."""
    earlier = uow.session.get(Report, report.follows) if report.follows else None
    if earlier is not None and find_live(uow.session, earlier.id, report.id) is None:
        reasons = [LikenessReason.SAME_REPORTER.value]
        relate(uow, RelationKind.LINKED, earlier, report, reasons=reasons)
