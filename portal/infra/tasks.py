"""Every background task by name, and the table that is the queue of record.

The row is written in the transaction of whatever causes it. Redis holds ids of rows and
nothing else, and may be emptied at any time.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, Table, and_, bindparam, or_, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.infra.database import Base
from portal.kernel.ids import ordered_id


class TaskKind(StrEnum):
    """What may be left to be done later; `workers.kinds` says which service does it."""

    TRIAGE_REPORT = "triage_report"
    TRIAGE_ROW = "triage_row"
    HARDEN_RECEIPT = "harden_receipt"
    INDEX_REPORT = "index_report"
    SCAN_FILE = "scan_file"
    MAKE_RENDITION = "make_rendition"
    COMPARE_PICTURE = "compare_picture"
    CLEAR_MASS = "clear_mass"
    TELL_FOLLOWERS = "tell_followers"
    ERASE_WORDS = "erase_words"
    GIVE_WORK_AWAY = "give_work_away"
    GIVE_CASES_AWAY = "give_cases_away"
    ANSWER_CASE = "answer_case"
    TELL_WHO_JOINED = "tell_who_joined"
    RUN_BULK_ROW = "run_bulk_row"
    PREVIEW_ROUTING = "preview_routing"
    RECOMPUTE_CLOCKS = "recompute_clocks"
    RECOMPUTE_CASES = "recompute_cases"
    RECOMPUTE_DECISIONS = "recompute_decisions"
    RECOMPUTE_REFERRALS = "recompute_referrals"
    SEAL_REFERRAL = "seal_referral"
    SEAL_BUNDLE = "seal_bundle"
    ANNOUNCE_HAND_OVER = "announce_hand_over"
    ERASE_HAND_OVERS = "erase_hand_overs"
    BIND_FILE = "bind_file"
    TELL_BY_MAIL = "tell_by_mail"
    DISPOSE_RECORD = "dispose_record"
    RANK_REPORTS = "rank_reports"
    FILE_COMPLAINT = "file_complaint"
    CALL_WEBHOOK = "call_webhook"
    SEND_DIGEST = "send_digest"
    MAKE_DIGESTS = "make_digests"
    LOOK_AT_DOMAIN = "look_at_domain"
    CAPTURE_ADDRESS = "capture_address"
    LOOK_AT_ADDRESS = "look_at_address"
    SEND_HOST_NOTICE = "send_host_notice"


# Finding a desk: at once for what a person sent, in turn for what came with a heap of others.
TRIAGES = (TaskKind.TRIAGE_REPORT, TaskKind.TRIAGE_ROW)


# Dating again what ran into a year that was not announced, once a version of the place may have it.
RECOMPUTES = (
    *(TaskKind.RECOMPUTE_CLOCKS, TaskKind.RECOMPUTE_CASES),
    *(TaskKind.RECOMPUTE_DECISIONS, TaskKind.RECOMPUTE_REFERRALS),
)


class TaskState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


# Said in the same words by the index and by the query, or the database does not match them.
IS_DEAD = "task.state = 'dead'"


class Task(Base):
    """One thing to be done later to one subject.

    `dedupe` is unique, so that the same cause asked for twice leaves one task. Whoever holds
    `lease_token` owns the task: first the message to the queue, then the worker that took it.
    A pending task whose `lease_until` has passed is handed out again.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("(state = 'pending') = (done_at IS NULL)", name="done_has_time"),
        Index(
            "ix_task_due",
            "not_before",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_task_state_kind", "state", "kind"),
        Index(
            "ix_task_dead",
            "subject_id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        Index("ix_task_subject_id", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=ordered_id)
    # Plain text: an older process must be able to leave a kind alone that it does not know.
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    dedupe: Mapped[str] = mapped_column(unique=True)
    state: Mapped[TaskState] = mapped_column(default=TaskState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    lease_token: Mapped[UUID | None] = mapped_column(default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class ScheduleEntry(Base):
    """When a routine of the clock runs next; claimed by a conditional UPDATE."""

    __tablename__ = "schedule"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime]
    last_run_at: Mapped[datetime | None] = mapped_column(default=None)


@dataclass(slots=True)
class Lease:
    """The right of one worker to finish tasks, once and together: `finished` when that was done."""

    task_ids: tuple[UUID, ...]
    token: UUID
    finished: bool = False


class LeaseLost(Exception):  # it is what happened, and no defect
    """Somebody else owns the task by now: nothing of this run may be committed."""


# Set by the runner around the service it calls. The unit of work inside then finishes the
# task in its own transaction, so that effect and "done" are one.
current_lease: ContextVar[Lease | None] = ContextVar("current_lease", default=None)


def take_over(session: Session, task_id: UUID, now: datetime, until: datetime) -> Lease | None:
    """Own a task from here, to do it at once; None if it is done or somebody else does it.

    Whoever takes it over must commit. If they die meanwhile it is handed out after `until`.
    """
    token = uuid4()
    taken = session.execute(
        update(Task)
        .where(
            Task.id == task_id,
            Task.state == TaskState.PENDING,
            or_(Task.lease_until.is_(None), Task.lease_until < now),
        )
        .values(lease_token=token, lease_until=until)
        .execution_options(synchronize_session=False)
    )
    return Lease((task_id,), token) if taken.rowcount == 1 else None  # type: ignore[attr-defined]


def call_off(session: Session, subject_id: UUID, now: datetime) -> None:
    """Have nobody do what is still to be done on something that is gone."""
    session.execute(
        update(Task)
        .where(
            Task.subject_id == subject_id,
            Task.state.in_((TaskState.PENDING, TaskState.DEAD)),
        )
        .values(state=TaskState.CANCELLED, done_at=now)
    )


_OWN = and_(
    Task.id.in_(bindparam("held_ids", expanding=True)),
    Task.lease_token == bindparam("held_token"),
    Task.state == TaskState.PENDING,
)
_KEEP = cast("Table", Task.__table__).update().where(_OWN).values(lease_token=Task.lease_token)
_FINISH = _KEEP.values(
    state=TaskState.DONE, done_at=bindparam("at"), lease_until=None, last_error=None
)


def hold(session: Session, lease: Lease, now: datetime, *, finish: bool) -> None:
    """Make sure the lease still holds, and with `finish` mark its tasks done; else LeaseLost."""
    statement, more = (_FINISH, {"at": now}) if finish else (_KEEP, {})
    held = {"held_ids": lease.task_ids, "held_token": lease.token, **more}
    if session.connection().execute(statement, held).rowcount != len(lease.task_ids):
        raise LeaseLost
