"""Reports that belong together: who leads, who follows, and standing on one's own again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.kernel.errors import MoveRefused
from portal.triage.models import LikenessOffer, ReportRelation, note_context
from portal.triage.rules.relations import Standing, below, in_order
from portal.triage.states import RelationKind
from portal.triage.wall import part_exclusions, share_exclusions


def pair_of(one: UUID, other: UUID) -> bytes:
    """Two ids in a fixed order: what is unique for a live relation."""
    return b"".join(sorted((one.bytes, other.bytes)))


def standing(report: Report) -> Standing:
    """A report as the rules of merging see it."""
    return Standing(
        id=report.id,
        merged_into=report.merged_into,
        state=report.state,
        desk=report.department_code,
        walled=report.restricted or report.conflict,
        triaged=report.routing_version > 0,
        results=report.result_number,
    )


def find_leading(session: Session, report: Report) -> Report | None:
    """The report that this one is merged into."""
    return session.get(Report, report.merged_into) if report.merged_into is not None else None


def lock_together(uow: UnitOfWork, *ids: UUID) -> Mapping[UUID, Report]:
    """Lock reports together with those they are merged into, in the one order for all.

    Who leads before who follows, each by id, and leads after their report: whoever begins with a
    report that may follow another asks for this first, so that nobody waits for each other. Raises
    MoveRefused when one of them was merged or parted meanwhile.
    """
    uow.session.flush()
    pointers = select(Report.id, Report.merged_into).where(Report.id.in_(ids))
    before = {row.id: row.merged_into for row in uow.session.execute(pointers)}
    wanted = (
        select(Report)
        .where(Report.id.in_({*before, *filter(None, before.values())}))
        .order_by(Report.merged_into.is_not(None), Report.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {one.id: one for one in uow.session.scalars(wanted)}
    for one, leading in before.items():
        if one not in found or found[one].merged_into != leading:
            raise MoveRefused("changed-meanwhile", subject="report", state="merged")
    return found


def list_following(uow: UnitOfWork, leading: Report) -> Sequence[Report]:
    """The reports merged into this one, locked: what is done on it is done for them too."""
    uow.session.flush()
    wanted = select(Report).where(Report.merged_into == leading.id).order_by(Report.id)
    return uow.session.scalars(wanted.with_for_update()).all()


def find_live(session: Session, one: UUID, other: UUID) -> ReportRelation | None:
    """What was decided about two reports and still holds."""
    return session.scalar(
        select(ReportRelation).where(
            ReportRelation.pair == pair_of(one, other), ReportRelation.undone_at.is_(None)
        )
    )


def find_merge(session: Session, following: UUID) -> ReportRelation | None:
    """The live merge by which a report follows another."""
    return session.scalar(
        select(ReportRelation).where(
            ReportRelation.following_id == following,
            ReportRelation.kind == RelationKind.MERGED,
            ReportRelation.undone_at.is_(None),
        )
    )


def first_come(session: Session, one: Report, other: Report) -> Report:
    """Whichever of two reports has the earlier place on the trail."""
    newest_first = session.scalars(
        select(AuditEvent.subject_id)
        .where(AuditEvent.subject_id.in_((one.id, other.id)), AuditEvent.action == "report.receive")
        .order_by(AuditEvent.seq)
        .limit(1)
    )
    return other if newest_first.first() == other.id else one


def reasons_between(session: Session, one: UUID, other: UUID) -> list[str]:
    """What was found to agree between two reports, whichever was compared with the other."""
    ids = (one, other)
    found = session.scalars(
        select(LikenessOffer.reasons).where(
            LikenessOffer.report_id.in_(ids), LikenessOffer.other_id.in_(ids)
        )
    )
    return in_order([reason for reasons in found for reason in reasons])


def relate(
    uow: UnitOfWork,
    kind: RelationKind,
    leading: Report,
    following: Report,
    *,
    reasons: Sequence[str],
    note: str = "",
) -> ReportRelation:
    """Write down what two reports are to each other, and put it on the trail of both."""
    uow.session.flush()
    made = ReportRelation(
        leading_id=leading.id,
        following_id=following.id,
        pair=pair_of(leading.id, following.id),
        kind=kind,
        reasons=list(reasons),
        decided_by=uow.actor.id,
        decided_at=uow.now,
    )
    if note:
        made.note = reports.key_of(following).encrypt_text(note, note_context(made.id))
    uow.session.add(made)
    for one, other in ((leading, following), (following, leading)):
        leads = one is leading
        record(
            uow,
            f"report.{kind}",
            "report",
            one.id,
            other=other.id.hex,
            leads=leads,
            relation=made.id.hex,
        )
    return made


def undo(uow: UnitOfWork, relation: ReportRelation) -> None:
    """End a relation, and put that on the trail of both reports."""
    relation.undone_at, relation.undone_by = uow.now, uow.actor.id
    uow.session.flush()
    for one, other in (
        (relation.leading_id, relation.following_id),
        (relation.following_id, relation.leading_id),
    ):
        details = {"other": other.hex, "kind": relation.kind, "relation": relation.id.hex}
        record(uow, "report.undo-relation", "report", one, **details)


def follow(uow: UnitOfWork, leading: Report, following: Report) -> tuple[Report, ...]:
    """Point a report, and all that follow it, to the one that leads; return those that joined."""
    joined = (following, *list_following(uow, following))
    for one in joined:
        one.merged_into = leading.id
        one.changed_at = uow.now
    return joined


def stand_alone(uow: UnitOfWork, report: Report) -> tuple[Report, ...]:
    """Let a report lead itself again; those merged into it before stay with it and are returned."""
    leading_id, report.merged_into = report.merged_into, None
    report.changed_at = uow.now
    merged = or_(Report.merged_into == leading_id, Report.merged_into == report.id)
    group = uow.session.scalars(
        select(Report).where(merged).order_by(Report.id).with_for_update()
    ).all()
    merges = uow.session.execute(
        select(ReportRelation.following_id, ReportRelation.leading_id).where(
            ReportRelation.following_id.in_([one.id for one in group]),
            ReportRelation.kind == RelationKind.MERGED,
            ReportRelation.undone_at.is_(None),
        )
    )
    own = below(report.id, {row.following_id: row.leading_id for row in merges})
    followers = tuple(one for one in group if one.id in own)
    for one in followers:
        one.merged_into = report.id
    return followers


def leave(uow: UnitOfWork, report: Report) -> None:
    """Let a merged report go its own way, linked with the one that led; the others stay merged.

    What was merged into it before stays with the one that leads: nobody asked for these to go.
    """
    merge, leading = find_merge(uow.session, report.id), find_leading(uow.session, report)
    if merge is None or leading is None:
        return
    for below_it in _merged_by(uow.session, report.id):
        _take_over(uow, below_it, leading)
    undo(uow, merge)
    report.merged_into, report.changed_at = None, uow.now
    if part_exclusions(uow, (report,)):
        share_exclusions(uow, (leading, *list_following(uow, leading)))
    _end_live(uow, leading.id, report.id)
    relate(uow, RelationKind.LINKED, leading, report, reasons=merge.reasons)


def _merged_by(session: Session, leading: UUID) -> Sequence[ReportRelation]:
    """The live merges in which a report leads."""
    return session.scalars(
        select(ReportRelation)
        .where(
            ReportRelation.leading_id == leading,
            ReportRelation.kind == RelationKind.MERGED,
            ReportRelation.undone_at.is_(None),
        )
        .order_by(ReportRelation.following_id)
    ).all()


def _take_over(uow: UnitOfWork, merge: ReportRelation, leading: Report) -> None:
    """Have what was merged by way of another report follow the leading one; since when stays."""
    following = uow.session.get_one(Report, merge.following_id)
    undo(uow, merge)
    _end_live(uow, leading.id, following.id)
    made = relate(uow, RelationKind.MERGED, leading, following, reasons=merge.reasons)
    made.decided_by, made.decided_at = merge.decided_by, merge.decided_at
    made.handler_before = merge.handler_before


def _end_live(uow: UnitOfWork, one: UUID, other: UUID) -> None:
    live = find_live(uow.session, one, other)
    if live is not None:
        undo(uow, live)
