"""The reports beside one report: what was found alike, and what was decided, in one statement."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CompoundSelect, Row, Select, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.casework.models import FollowAct
from portal.casework.queries.lines import FollowLine, NeighbourLine
from portal.infra.vault import vault
from portal.intake import queries as reports
from portal.intake.models import Report, ReportFile
from portal.kernel.actor import Actor
from portal.triage.models import LikenessOffer, ReportRelation, note_context
from portal.triage.rules.relations import in_order
from portal.triage.states import LikenessReason, RelationKind

MOST_NEIGHBOURS: Final = 50


def list_neighbours(session: Session, report: Report, actor: Actor) -> tuple[NeighbourLine, ...]:
    """What was decided first, then what looks alike; only reports that the actor may see."""
    beside = _beside(report).subquery()
    counted = select(func.count()).where(ReportFile.report_id == Report.id)
    rows = session.execute(
        select(
            beside,
            Report.id,
            Report.reference,
            Report.state,
            Report.received_at,
            Report.content_key,
            counted.scalar_subquery().label("files"),
            Account.display_name,
        )
        .join(Report, Report.id == beside.c.other)
        .outerjoin(Account, Account.id == beside.c.decided_by)
        .where(reports.in_scope(actor))
        .order_by(beside.c.kind.is_(None), Report.received_at, Report.id)
        .limit(MOST_NEIGHBOURS)
    ).all()
    return _lines(report, rows)


def followers_among(neighbours: Sequence[NeighbourLine]) -> int:
    """How many of the neighbours of a report are merged into it."""
    return sum(one.kind is RelationKind.MERGED and not one.leads for one in neighbours)


def count_merged(session: Session, report: Report) -> int:
    """How many reports are merged into this one, however many."""
    merged = select(func.count()).select_from(Report).where(Report.merged_into == report.id)
    return session.scalar(merged) or 0


def list_telling(session: Session, report: Report) -> tuple[FollowLine, ...]:
    """What a task still does for those that follow this report, in the order it was ordered."""
    rows = session.execute(
        select(FollowAct.act, FollowAct.done, FollowAct.total)
        .where(FollowAct.leading_id == report.id, FollowAct.ended_at.is_(None))
        .order_by(FollowAct.asked_at, FollowAct.id)
    )
    return tuple(FollowLine(*row) for row in rows)


def _beside(report: Report) -> CompoundSelect[Any]:
    """Every other report, with what was decided or found; the same one may come twice."""
    made, found = ReportRelation, LikenessOffer
    live = made.undone_at.is_(None)
    return union_all(
        _decided(made.leading_id, leads=True).where(made.following_id == report.id, live),
        _decided(made.following_id, leads=False).where(made.leading_id == report.id, live),
        _found(found.other_id, found.reasons).where(found.report_id == report.id),
        _found(found.report_id, found.reasons).where(found.other_id == report.id),
        _found(Report.duplicate_of, null()).where(
            Report.id == report.id, Report.duplicate_of.is_not(None)
        ),
        _found(Report.id, null()).where(Report.duplicate_of == report.id),
    )


def _decided(other: Any, *, leads: bool) -> Select[Any]:  # noqa: ANN401  # a column
    made = ReportRelation
    return select(
        other.label("other"),
        made.reasons,
        made.kind,
        made.id.label("relation_id"),
        made.decided_at,
        made.decided_by,
        made.note,
        literal(leads).label("leads"),
    )


def _found(other: Any, reasons: Any) -> Select[Any]:  # noqa: ANN401  # columns
    return select(other, reasons, null(), null(), null(), null(), null(), literal(value=False))


def _lines(report: Report, rows: Any) -> tuple[NeighbourLine, ...]:  # noqa: ANN401  # rows of the union
    """One line for each report: a decision hides what was found, findings are joined."""
    reasons: dict[UUID, set[str]] = {}
    first: dict[UUID, Row[Any]] = {}
    for row in rows:
        first.setdefault(row.id, row)
        reasons.setdefault(row.id, set()).update(row.reasons or ())
    return tuple(_line(report, row, reasons[other]) for other, row in first.items())


def _line(report: Report, row: Row[Any], reasons: set[str]) -> NeighbourLine:
    return NeighbourLine(
        reference=row.reference,
        state=row.state,
        received_at=row.received_at,
        files=row.files,
        reasons=tuple(LikenessReason(one) for one in in_order(reasons)),
        kind=RelationKind(row.kind) if row.kind else None,
        leads=row.leads,
        relation_id=row.relation_id,
        decided_at=row.decided_at,
        name=row.display_name,
        note=_note(report, row),
    )


def _note(report: Report, row: Row[Any]) -> str:
    """Why it was decided: kept under the key of whichever of the two follows."""
    wrapped = report.content_key if row.leads else row.content_key
    if row.note is None or wrapped is None:
        return ""
    return vault().open_key(wrapped).decrypt_text(row.note, note_context(row.relation_id))
