"""What triage leaves beside a report for staff: which others look alike, and by what."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, text, update

from portal.evidence.pictures import list_alike
from portal.infra.uow import UnitOfWork
from portal.intake.models import IS_OPEN, Report, ReportFile
from portal.triage.models import LikenessKey, LikenessOffer
from portal.triage.relations import find_live, relate
from portal.triage.rules.relations import in_order
from portal.triage.states import LikenessReason, RelationKind

MOST_OFFERS = 10
MOST_OF_A_MASS = 500

_OFFERED = select(LikenessOffer).where(
    LikenessOffer.report_id == bindparam("own"),
    LikenessOffer.other_id.in_(bindparam("others", expanding=True)),
)
_OPEN_HERE = (
    Report.department_code.is_not_distinct_from(bindparam("desk")),
    Report.restricted.is_(False),
    Report.conflict.is_(False),
    text(IS_OPEN),
)
_WITH_TEXT = (
    select(LikenessKey.report_id)
    .where(
        LikenessKey.key == bindparam("key"),
        LikenessKey.report_id.not_in(bindparam("waiting", expanding=True)),
    )
    .limit(MOST_OF_A_MASS)
)
_OPEN_WITH_TEXT = (
    select(Report.id, Report.mass_of)
    .where(Report.id.in_(select(_WITH_TEXT.subquery())), *_OPEN_HERE)
    .order_by(Report.received_at, Report.id)
    .limit(1)
)


def remember_neighbours(
    uow: UnitOfWork,
    report: Report,
    found: Mapping[UUID, Sequence[str]],
    *,
    has_files: bool,
) -> None:
    """Write down what was found beside a report as it is routed, by text and by pictures.

    What comes in with a message later is compared by a task of its own.
    """
    offer(uow, report, found)
    if has_files:
        pictures = select(ReportFile.evidence_id).where(ReportFile.report_id == report.id)
        offer_pictures(uow, report, uow.session.scalars(pictures).all())
    _link_to_followed(uow, report)


def offer(uow: UnitOfWork, report: Report, found: Mapping[UUID, Sequence[str]]) -> None:
    """Offer other reports; one that is offered already gets the reasons that are new."""
    others = [other for other in found if other != report.id]
    if not others:
        return
    offered = uow.session.scalars(_OFFERED, {"own": report.id, "others": others})
    there = {one.other_id: one for one in offered}
    for other, one in there.items():
        one.reasons = in_order([*one.reasons, *found[other]])
    new = [
        LikenessOffer(
            report_id=report.id, other_id=other, reasons=in_order(found[other]), found_at=uow.now
        )
        for other in others
        if other not in there
    ]
    if new:
        uow.insert(*new)


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


def stand_in_masses(uow: UnitOfWork, routed: Sequence[tuple[Report, bytes | None]]) -> None:
    """Put each report behind the first open one of its desk with the very same text.

    With each comes the stored key of its whole text, if it is long enough to have one, for which
    the caller has the turn: two of one text at once would each be the first.
    """
    for number, (report, key) in enumerate(routed):
        if key is not None:
            uow.session.flush()  # the first may be one of those just put there
            _find_mass(uow, report, key, [one.id for one, _key in routed[number:]])


def _find_mass(uow: UnitOfWork, report: Report, key: bytes, waiting: Sequence[UUID]) -> None:
    """Put the report behind the first; those that wait to be put somewhere are no first."""
    here = {"desk": report.department_code}
    first = uow.connection.execute(
        _OPEN_WITH_TEXT, {"key": key, "waiting": waiting, **here}
    ).first()
    if first is None:
        return
    standing = select(Report.id).where(Report.id == first.mass_of, *_OPEN_HERE)
    if first.mass_of is not None and uow.session.scalar(standing, here) is not None:
        report.mass_of = first.mass_of
        return
    report.mass_of = first.id
    if first.mass_of is not None:
        _lead(uow, first.id, first.mass_of, here)


def _lead(uow: UnitOfWork, report_id: UUID, before: UUID, here: Mapping[str, str | None]) -> None:
    """Have a report stand before all of them: the one that did is done with.

    Those of this text are locked by id, as acts of the desk lock them. Over several texts there is
    no one order: workers have the turn of all of theirs, but whoever locks reports of two texts at
    the desk may wait for a worker that waits for them, and the database ends one of the two.
    """
    of_mass = (Report.mass_of == before, *_OPEN_HERE)
    in_order = select(Report.id).where(*of_mass).order_by(Report.id)
    uow.session.execute(in_order.with_for_update(), here)
    uow.session.execute(update(Report).where(*of_mass).values(mass_of=report_id), here)
    uow.session.execute(update(Report).where(Report.id == report_id).values(mass_of=None))


def _link_to_followed(uow: UnitOfWork, report: Report) -> None:
    """Link a report to the earlier one whose code its reporter used for it (U35).

    Not where either is closed to most: whoever reads the other must not learn that it exists.
    """
    earlier = uow.session.get(Report, report.follows) if report.follows else None
    if earlier is None or any(one.restricted or one.conflict for one in (report, earlier)):
        return
    if find_live(uow.session, earlier.id, report.id) is None:
        reasons = [LikenessReason.SAME_REPORTER.value]
        relate(uow, RelationKind.LINKED, earlier, report, reasons=reasons)
