"""Previews of routing: which of the newest reports another place would have sent elsewhere.

A candidate is a Place that nobody has saved: `dataclasses.replace(current_place(), rules=…)`, or
with other units. What it would do is compared with what the current place does, on the facts that
the table was asked about each report: nothing is decrypted. Reports about an office or its staff,
and those that somebody of the staff must not know of, are left out: their number alone would
tell of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.infra.database import db
from portal.infra.keyset import in_window
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.lead_models import ReportExclusion
from portal.intake.models import Report
from portal.intake.queries import in_scope
from portal.jurisdiction.changes import changes_between, with_changes
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place, place_at, stands
from portal.jurisdiction.rule_checks import Surroundings, words
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.page import Page, Window, page_of
from portal.triage.models import ANSWERED, RoutingDecision, RoutingMove, RoutingPreview
from portal.triage.rules.table import Asked, decide
from portal.triage.states import PreviewAction, PreviewState

AT_ONCE: Final = 1_000
MAY_TAKE: Final = timedelta(minutes=1)
MOST: Final = 100_000
BATCH: Final = 1_000
KEPT: Final = timedelta(days=7)
# Rows that one DELETE takes away, so that other writers wait for no longer than that.
FORGOTTEN_AT_ONCE: Final = 10_000

MOVED_KEY: Final = (int,)


@dataclass(frozen=True, slots=True)
class PreviewRouting:
    """The order to try a place on the newest `reports` decisions of rules.

    It is compared with `base`; without one, with the place as it is.
    """

    candidate: Place
    reports: int = AT_ONCE
    base: Place | None = None


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """From which unit to which, and by which row of the candidate's table."""

    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class MoveCount:
    """How many reports would go one way."""

    move: Move
    count: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a candidate would do: how many decisions were looked at, and what would move."""

    looked_at: int
    moves: tuple[MoveCount, ...]

    @property
    def moved(self) -> int:
        """How many reports would be elsewhere."""
        return sum(one.count for one in self.moves)


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A preview as its page shows it."""

    id: UUID
    state: PreviewState
    asked_at: datetime
    base_version: int
    total: int
    effect: Effect
    places: tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A report that would be elsewhere, in the reader's scope; `now` is the unit that has it."""

    reference: str
    category: str
    region: str | None
    received_at: datetime
    now: str | None
    move: Move


def effect_of(
    session: Session, candidate: Place, reports: int = AT_ONCE, *, base: Place | None = None
) -> Effect:
    """What a candidate would do to the newest decisions; nothing is stored."""
    base = base or current_place()
    rows = session.execute(_decisions(None).limit(min(reports, AT_ONCE))).all()
    counted = Counter(move for _row, move in _moves(base, candidate, rows))
    return Effect(len(rows), _sorted(counted))


def preview_routing(command: PreviewRouting, *, actor: Actor) -> UUID:
    """Try a place on the newest decisions and keep what came out; return the preview's id.

    Up to AT_ONCE decisions are looked at here and now, up to MOST by a task. Raises RuleBroken if
    more are asked for, or if a row asks for what is on no list.
    """
    demand(actor, Permission.PREVIEW_ROUTING)
    if not 0 < command.reports <= MOST:
        raise RuleBroken("preview-too-many", most=MOST)
    if any(words(command.candidate.rules, Surroundings.of(command.candidate))):
        raise RuleBroken("rules-not-understood")
    base = command.base or current_place()
    changes = changes_between(base, command.candidate)
    counted = _decisions(None).limit(command.reports).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    with unit_of_work(actor) as uow:
        preview = RoutingPreview(
            asked_by=actor.id,
            asked_at=uow.now,
            base_version=base.version,
            candidate=changes,
            bound=command.reports,
            total=total,
        )
        uow.session.add(preview)
        record(uow, "routing_preview.ask", "routing_preview", preview.id, reports=command.reports)
        # Also for what is looked at here and now: a process that dies leaves the rest to the task.
        later = None if command.reports > AT_ONCE else uow.now + MAY_TAKE
        uow.task(TaskKind.PREVIEW_ROUTING, preview.id, not_before=later)
    if command.reports <= AT_ONCE:
        go_on_with_preview(preview.id, actor=actor)
    return preview.id


def go_on_with_preview(preview_id: UUID, *, actor: Actor) -> None:
    """Look at all decisions that a preview has still to look at, and finish it.

    Safe to run twice and at any time: a batch counts only if the preview still stands where the
    batch began; what was counted stays counted when a worker dies, and one that is done is left.
    """
    while (step := _next_step(db.session(), preview_id)) is not None:
        with unit_of_work(actor, more_to_come=True) as uow:
            preview = uow.session.get(RoutingPreview, preview_id, with_for_update=True)
            if preview is not None and preview.done == step.done_before:
                _write(uow, preview, step)


@dataclass(frozen=True, slots=True)
class _Step:
    """A batch that was looked at: where it began, its rows, and what would move."""

    done_before: int
    rows: Sequence[Row[Any]]
    moves: Sequence[tuple[Row[Any], Move]]
    is_last: bool


def _next_step(session: Session, preview_id: UUID) -> _Step | None:
    """The next batch, routed outside any writing transaction; None if there is nothing to do."""
    preview = session.get(RoutingPreview, preview_id)
    if preview is None or preview.state is PreviewState.DONE:
        return None
    if not stands(session, preview.base_version):
        return _Step(preview.done, [], [], is_last=True)
    base = place_at(preview.base_version)
    candidate = _candidate(preview.id, base, preview.candidate)
    cursor = (preview.cursor_at, preview.cursor_id) if preview.cursor_at else None
    wanted = min(BATCH, preview.bound - preview.done)
    rows = session.execute(_decisions(cursor).limit(wanted)).all()
    is_last = len(rows) < wanted or preview.done + len(rows) >= preview.bound
    return _Step(preview.done, rows, list(_moves(base, candidate, rows)), is_last)


_tried: list[tuple[UUID, Place, Place]] = []


def _candidate(preview_id: UUID, base: Place, changes: dict[str, Any]) -> Place:
    """The candidate of a preview, made once for all its batches."""
    for known, its_base, candidate in _tried:
        if known == preview_id and its_base is base:
            return candidate
    candidate = with_changes(base, changes)
    _tried[:] = [(preview_id, base, candidate)]
    return candidate


def _decisions(cursor: tuple[Any, Any] | None) -> Select[Any]:
    """The decisions of rules, newest first, from a place on."""
    made, own = RoutingDecision.decided_at, RoutingDecision.id
    kept_out = select(ReportExclusion.report_id).where(ReportExclusion.report_id == Report.id)
    asked = (
        select(
            own,
            made,
            RoutingDecision.report_id,
            RoutingDecision.pack_version,
            RoutingDecision.facts,
        )
        .join(Report, Report.id == RoutingDecision.report_id)
        .where(RoutingDecision.rule_id.is_not(None), RoutingDecision.facts.is_not(None))
        # A count of few would tell of those that few may see.
        .where(Report.conflict.is_(False), Report.restricted.is_(False), ~kept_out.exists())
        .order_by(made.desc(), own.desc())
    )
    if cursor is None:
        return asked
    at, last = cursor
    older: ColumnElement[bool] = and_(made <= at, or_(made < at, own < last))
    return asked.where(older)


def _moves(
    base: Place, candidate: Place, rows: Sequence[Row[Any]]
) -> Iterator[tuple[Row[Any], Move]]:
    """Those that the candidate would have sent elsewhere than the base does."""
    for row in rows:
        asked = Asked.from_json(row.facts)
        same_rules = row.pack_version == base.version
        before = row.facts[ANSWERED] if same_rules else decide(base, asked).unit.code
        answer = decide(candidate, asked)
        if answer.unit.code != before:
            yield row, Move(before, answer.unit.code, answer.rule_id)


def _sorted(counted: Counter[Move]) -> tuple[MoveCount, ...]:
    """The largest first."""
    order = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(MoveCount(move, count) for move, count in order)


def _write(uow: UnitOfWork, preview: RoutingPreview, step: _Step) -> None:
    """Add what a batch found; the last one finishes the preview."""
    counted = Counter({Move(*row[:3]): row[3] for row in preview.counts})
    first = counted.total()
    counted.update(move for _row, move in step.moves)
    preview.counts = [
        [one.move.before, one.move.after, one.move.rule, one.count] for one in _sorted(counted)
    ]
    preview.done += len(step.rows)
    if step.rows:
        preview.cursor_at, preview.cursor_id = step.rows[-1].decided_at, step.rows[-1].id
    if step.moves:
        uow.insert(*_rows_of(preview.id, first, step.moves))
    if step.is_last:
        preview.finished_at = uow.now
        preview.total = preview.done
        moved = counted.total()
        advance(uow, preview, PreviewAction.FINISH, reports=preview.done, moved=moved)


def _rows_of(
    preview_id: UUID, first: int, moves: Sequence[tuple[Row[Any], Move]]
) -> Iterator[RoutingMove]:
    for number, (row, move) in enumerate(moves, start=first):
        yield RoutingMove(
            preview_id=preview_id,
            position=number,
            report_id=row.report_id,
            before=move.before,
            after=move.after,
            rule=move.rule,
        )


def get_preview(session: Session, preview_id: UUID, actor: Actor) -> PreviewView:
    """A preview as it stands.

    Raises NotFound for one that somebody else asked for, and RuleBroken once the version that it
    started from has been withdrawn: its numbers hold for nothing.
    """
    preview = session.get(RoutingPreview, preview_id)
    if preview is None or (actor.kind is ActorKind.STAFF and preview.asked_by != actor.id):
        raise NotFound("routing-preview")
    if not stands(session, preview.base_version):
        raise RuleBroken("preview-base-withdrawn")
    base = place_at(preview.base_version)
    counts = tuple(MoveCount(Move(*row[:3]), row[3]) for row in preview.counts)
    return PreviewView(
        preview.id,
        preview.state,
        preview.asked_at,
        preview.base_version,
        preview.total,
        Effect(preview.done, counts),
        (base, _candidate(preview.id, base, preview.candidate)),
    )


def list_moved(session: Session, preview_id: UUID, actor: Actor, window: Window) -> Page[MovedLine]:
    """The reports that would be elsewhere and that the actor may see, newest first."""
    asked = (
        select(RoutingMove, Report)
        .join(Report, Report.id == RoutingMove.report_id)
        .where(RoutingMove.preview_id == preview_id, in_scope(actor))
    )
    rows = session.execute(in_window(asked, window, RoutingMove.position)).all()
    page = page_of(rows, window, lambda row: (row[0].position,))
    return Page(tuple(_line(*row) for row in page.items), page.after, page.before)


def count_moved(session: Session, preview_id: UUID, actor: Actor) -> int:
    """How many of them the actor may see."""
    seen = select(func.count()).select_from(RoutingMove).join(Report)
    wanted = seen.where(RoutingMove.preview_id == preview_id, in_scope(actor))
    return session.scalar(wanted) or 0


def _line(move: RoutingMove, report: Report) -> MovedLine:
    return MovedLine(
        report.reference,
        report.category,
        report.region,
        report.received_at,
        report.department_code,
        Move(move.before, move.after, move.rule),
    )


def forget_old_previews(*, actor: Actor) -> None:
    """Take away the previews of more than a week ago, a few rows at a time."""
    while True:
        with unit_of_work(actor) as uow:
            old = select(RoutingPreview.id).where(RoutingPreview.asked_at < uow.now - KEPT)
            some = (
                select(RoutingMove.preview_id, RoutingMove.position)
                .where(RoutingMove.preview_id.in_(old))
                .order_by(RoutingMove.preview_id, RoutingMove.position)
                .limit(FORGOTTEN_AT_ONCE)
            )
            rows = uow.session.execute(some).all()
            if not rows:
                uow.session.execute(delete(RoutingPreview).where(RoutingPreview.id.in_(old)))
                return
            _forget(uow, rows)


def _forget(uow: UnitOfWork, rows: Sequence[Row[UUID, int]]) -> None:
    ends: dict[UUID, int] = {}
    for row in rows:
        ends[row.preview_id] = max(row.position, ends.get(row.preview_id, 0))
    for preview_id, last in ends.items():
        gone = and_(RoutingMove.preview_id == preview_id, RoutingMove.position <= last)
        uow.session.execute(delete(RoutingMove).where(gone))
