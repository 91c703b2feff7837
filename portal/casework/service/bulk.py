"""Acts on many reports at once: each report by the single service, in a unit of work of its own.

A row is done when its task is: the effect on the report and the end of the task commit together
(`portal.infra.uow`), so a run that is killed anywhere goes on where it was, and does nothing twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select, update

from portal.access.permissions import Permission, demand
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.casework.models import BulkRow, BulkRun, bulk_context
from portal.casework.queries.bulk import MOST_AT_ONCE, Picked
from portal.casework.service.acceptance import AssignReport, assign_report
from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.conversation import AddNote, add_note
from portal.casework.service.holding import (
    ClaimReport,
    HandOverReport,
    ReleaseReport,
    claim_report,
    hand_over_report,
    release_report,
)
from portal.casework.service.routing import route_report
from portal.casework.states import BulkAct
from portal.infra.database import WRITING, db
from portal.infra.tasks import LeaseLost, Task, TaskKind, TaskState, current_lease, take_over
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import vault
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.triage.service import RouteReport

# So many are done while the person waits; the rest is left to the workers.
AT_ONCE: Final = 50
A_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class StartBulk:
    """One act on the picked reports; `run_id` comes with the form, `answers` are its fields."""

    run_id: UUID
    act: BulkAct
    picked: tuple[Picked, ...]
    answers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _One:
    """One report of a run, as its author saw it."""

    reference: str
    seen: int
    answers: Mapping[str, str] = field(repr=False)


def start_bulk(command: StartBulk, *, actor: Actor) -> UUID:
    """Keep a run with a row and a task for each report; return its id.

    Sending the same form twice, one after the other or at once, makes one run. What is outside
    the actor's scope gets no row. Raises RuleBroken for nothing and for more than MOST_AT_ONCE
    reports, NotFound for the id of somebody else's run.
    """
    demand(actor, Permission.READ_REPORTS)
    if actor.id is None or not 0 < len(command.picked) <= MOST_AT_ONCE:
        raise RuleBroken("bulk-too-many-or-none")
    with unit_of_work(actor) as uow:
        if not _write_run(uow, command, actor.id):
            return _sent_already(uow, command.run_id)
        count = _write_rows(uow, command)
        record(uow, "bulk.start", "bulk_run", command.run_id, act=command.act, reports=count)
        return command.run_id


def _sent_already(uow: UnitOfWork, run_id: UUID) -> UUID:
    """The run of the same form, which is the actor's own; NotFound for anybody else's."""
    earlier = uow.session.get_one(BulkRun, run_id)
    if earlier.author_id != uow.actor.id:
        raise NotFound("bulk-run")
    return earlier.id


def _write_run(uow: UnitOfWork, command: StartBulk, author: UUID) -> bool:
    """Write the run down, unless the same form was sent before or is being sent."""
    key, wrapped = vault().new_key()
    body = key.encrypt_json(dict(command.answers), bulk_context(command.run_id))
    return uow.insert_once(
        BulkRun(
            id=command.run_id,
            author_id=author,
            act=command.act,
            made_at=uow.now,
            body_key=wrapped,
            body=body,
        )
    )


def _write_rows(uow: UnitOfWork, command: StartBulk) -> int:
    seen = {one.reference: one.version for one in command.picked}
    found = uow.session.execute(
        select(Report.reference, Report.id).where(
            Report.reference.in_(seen), reports.in_scope(uow.actor)
        )
    )
    ids = {row.reference: row.id for row in found}
    if not ids:
        raise RuleBroken("bulk-too-many-or-none")
    there = [reference for reference in seen if reference in ids]
    rows = [
        BulkRow(run_id=command.run_id, place=place, report_id=ids[one], seen_version=seen[one])
        for place, one in enumerate(there, start=1)
    ]
    uow.insert(*rows)
    # What is done at once is the workers' only if this process dies over it.
    later = uow.now + A_MINUTE if len(rows) <= AT_ONCE else uow.now
    for row in rows:
        uow.task(TaskKind.RUN_BULK_ROW, row.id, not_before=later)
    return len(rows)


def run_at_once(run_id: UUID, *, actor: Actor) -> None:
    """Do a small run here and now; one that is long, or has somebody doing it, is left alone."""
    session = db.session()
    pending = session.execute(
        select(Task.id, BulkRow.id)
        .join(BulkRow, BulkRow.id == Task.subject_id)
        .where(
            BulkRow.run_id == run_id,
            Task.kind == TaskKind.RUN_BULK_ROW,
            Task.state == TaskState.PENDING,
        )
        .order_by(BulkRow.place)
        .limit(AT_ONCE + 1)
    ).all()
    if len(pending) > AT_ONCE:
        return
    for task_id, row_id in pending:
        _run_here(task_id, row_id, actor)


def _run_here(task_id: UUID, row_id: UUID, actor: Actor) -> None:
    """Own the task as a worker would, and do it; leave it if a worker has it."""
    session, now = db.session(), datetime.now(UTC)
    session.commit()
    session.connection(execution_options={WRITING: True})
    lease = take_over(session, task_id, now, now + A_MINUTE)
    session.commit()
    if lease is None:
        return
    token = current_lease.set(lease)
    try:
        run_bulk_row(row_id, actor=actor)
    except LeaseLost:
        pass  # a worker has it by now
    finally:
        current_lease.reset(token)


def run_bulk_row(row_id: UUID, *, actor: Actor) -> None:
    """Do the act of a run on one report, as its author, whose roles and scope are those of now.

    Safe to run twice: the effect and the end of the task are one transaction, and a refusal is
    written down together with the end of the task as well.
    """
    row = db.session.get_one(BulkRow, row_id, populate_existing=True)
    run = db.session.get_one(BulkRun, row.run_id)
    reference = db.session.get_one(Report, row.report_id).reference
    author = find_actor(db.session(), run.author_id)
    try:
        one = _One(reference, row.seen_version, _answers(run))
        _ORDERS[run.act](one, _present(author))
    except (NotFound, NotPermitted, RuleBroken, MoveRefused) as refused:
        with unit_of_work(actor) as uow:
            uow.session.get_one(BulkRow, row_id).code = _code_of(refused)


def _answers(run: BulkRun) -> Mapping[str, str]:
    """What was typed for the run; RuleBroken once it was erased."""
    if run.body is None or run.body_key is None:
        raise RuleBroken("author-gone")
    answers: Mapping[str, str] = (
        vault().open_key(run.body_key).decrypt_json(run.body, bulk_context(run.id))
    )
    return answers


def _present(author: Actor | None) -> Actor:
    """The author, unless the account was closed meanwhile."""
    if author is None:
        raise RuleBroken("author-gone")
    return author


def forget_bulk_words(*, actor: Actor) -> int:
    """Erase what was typed for runs that are over; return for how many. Safe to run at any time."""
    waits = exists().where(
        BulkRow.run_id == BulkRun.id,
        Task.subject_id == BulkRow.id,
        Task.kind == TaskKind.RUN_BULK_ROW,
        Task.state.in_((TaskState.PENDING, TaskState.DEAD)),
    )
    with unit_of_work(actor) as uow:
        gone = uow.session.execute(
            update(BulkRun)
            .where(BulkRun.body.is_not(None), ~waits)
            .values(body=None, body_key=None)
            .execution_options(synchronize_session=False)
        )
        return int(gone.rowcount)  # type: ignore[attr-defined]  # a CursorResult for an UPDATE


def _code_of(refused: NotFound | NotPermitted | RuleBroken | MoveRefused) -> str:
    """What the page says of the refusal; a report that left the author's sight is only gone."""
    if isinstance(refused, NotFound):
        return "not-there"
    if isinstance(refused, MoveRefused) and refused.code not in {"has-somebody", "has-nobody"}:
        return "changed-meanwhile"
    return refused.code


def _claim(one: _One, author: Actor) -> None:
    claim_report(ClaimReport(one.reference, one.seen), actor=author)


def _release(one: _One, author: Actor) -> None:
    release_report(ReleaseReport(one.reference, one.seen), actor=author)


def _assign(one: _One, author: Actor) -> None:
    officer = UUID(one.answers["officer"])
    assign_report(AssignReport(one.reference, officer, one.seen), actor=author)


def _hand_over(one: _One, author: Actor) -> None:
    officer = UUID(one.answers["officer"])
    command = HandOverReport(one.reference, officer, one.answers["reason"], one.seen)
    hand_over_report(command, actor=author)


def _route(one: _One, author: Actor) -> None:
    unit, reason = one.answers["department"], one.answers["reason"]
    command = RouteReport(one.reference, unit, reason, seen_version=one.seen)
    route_report(command, actor=author)


def _close_unrouted(one: _One, author: Actor) -> None:
    command = CloseUnrouted(one.reference, one.answers["reason"], one.answers["text"], one.seen)
    close_unrouted(command, actor=author)


def _note(one: _One, author: Actor) -> None:
    add_note(AddNote(one.reference, one.answers["text"]), actor=author)


_ORDERS: Final[Mapping[BulkAct, Callable[[_One, Actor], None]]] = {
    BulkAct.CLAIM: _claim,
    BulkAct.RELEASE: _release,
    BulkAct.ASSIGN: _assign,
    BulkAct.HAND_OVER: _hand_over,
    BulkAct.ROUTE: _route,
    BulkAct.CLOSE_UNROUTED: _close_unrouted,
    BulkAct.NOTE: _note,
}
