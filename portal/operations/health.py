"""How the installation is: one word for machines, and the details for whoever keeps it running."""

import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.infra.config import ROOT
from portal.infra.database import db
from portal.infra.storage import storage
from portal.infra.tasks import Task, TaskState
from portal.intake.models import Receipt, Report, ReportKind, Stream
from portal.kernel.actor import Actor
from portal.operations.beats import SILENT_AFTER, find_queue, last_seen, living
from portal.operations.models import ProcessBeat, ProcessKind, QueueSight, Reconciliation
from portal.operations.reconciliation import find_last
from portal.operations.tasks import (
    KindLine,
    TaskLine,
    by_kind,
    is_waiting,
    list_dead,
    list_waiting,
)

log = structlog.get_logger()

RECONCILED_WITHIN: Final = timedelta(hours=36)
# By then there has been something to come back for; no more are counted.
OLD_ENOUGH: Final = timedelta(days=30)
MOST_COUNTED: Final = 1_000
ASSETS: Final = (
    "vendor/govuk-frontend.min.css",
    "vendor/govuk-frontend.min.js",
    "vendor/moj-frontend.min.css",
    "vendor/moj-frontend.min.js",
    "css/sunline.css",
)


class HealthState(StrEnum):
    """What a monitor is told."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class Concern(StrEnum):
    """One thing that somebody should look at."""

    PROCESS_SILENT = "process-silent"
    QUEUE_AWAY = "queue-away"
    TASKS_WAITING = "tasks-waiting"
    TASKS_DEAD = "tasks-dead"
    ASSETS_MISSING = "assets-missing"
    DISK_LOW = "disk-low"
    RECONCILIATION_FAILED = "reconciliation-failed"
    RECONCILIATION_LATE = "reconciliation-late"


@dataclass(frozen=True, slots=True)
class Disk:
    """The volume of the files: bytes free and in all, and whether uploads are still taken."""

    free: int
    total: int
    has_room: bool


@dataclass(frozen=True, slots=True)
class Returns:
    """Of how many receipts, those whose code was typed back, and those somebody came back with."""

    receipts: int
    confirmed: int
    returned: int


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Everything on the health page."""

    state: HealthState
    concerns: tuple[Concern, ...]
    kinds: Sequence[KindLine]
    dead: Sequence[TaskLine]
    waiting: Sequence[TaskLine]
    processes: Sequence[ProcessBeat]
    silent: tuple[ProcessKind, ...]
    queue: QueueSight | None
    disk: Disk
    missing_assets: tuple[str, ...]
    reconciliation: Reconciliation | None
    returns: Returns
    version: str


def health_state() -> HealthState:
    """One word: down when the database does not answer, degraded when anything is amiss."""
    session = db.session()
    try:
        return _state(concerns(session, datetime.now(UTC)))
    except SQLAlchemyError as problem:
        session.rollback()
        log.warning("health-down", problem=type(problem).__name__)
        return HealthState.DOWN


def get_health(session: Session, actor: Actor) -> HealthReport:
    """The whole picture, with the references of reports only where the actor may see them."""
    now = datetime.now(UTC)
    found = concerns(session, now)
    alive = living(session, now)
    kinds_alive = {beat.kind for beat in alive}
    return HealthReport(
        state=_state(found),
        concerns=found,
        kinds=by_kind(session, now),
        dead=list_dead(session, actor),
        waiting=list_waiting(session, actor, now),
        processes=alive,
        silent=tuple(kind for kind in ProcessKind if kind not in kinds_alive),
        queue=find_queue(session),
        disk=disk(),
        missing_assets=missing_assets(),
        reconciliation=find_last(session),
        returns=count_returns(session, now),
        version=program_version(),
    )


def concerns(session: Session, now: datetime) -> tuple[Concern, ...]:
    """What is amiss, in the order of the enum; cheap enough to be asked every few seconds."""
    last, queue = find_last(session), find_queue(session)
    amiss = {
        Concern.PROCESS_SILENT: any(at < now - SILENT_AFTER for at in last_seen(session).values()),
        Concern.QUEUE_AWAY: queue is not None and not queue.works,
        Concern.TASKS_WAITING: session.scalar(select(exists().where(is_waiting(now)))),
        Concern.TASKS_DEAD: session.scalar(select(exists().where(Task.state == TaskState.DEAD))),
        Concern.ASSETS_MISSING: bool(missing_assets()),
        Concern.DISK_LOW: not disk().has_room,
        Concern.RECONCILIATION_FAILED: last is not None and not last.sound,
        Concern.RECONCILIATION_LATE: _is_late(session, last, now),
    }
    return tuple(concern for concern, holds in amiss.items() if holds)


def count_returns(session: Session, now: datetime) -> Returns:
    """How many reporters come back (U7), of the newest reports that are old enough to tell.

    What organisations file, patrols find and offices above hand down has nobody with a code.
    """
    told = Report.kind == ReportKind.TIP, Report.stream == Stream.REPORTED
    old = select(Report.id).where(Report.received_at <= now - OLD_ENOUGH, *told)
    newest = old.order_by(Report.received_at.desc(), Report.id.desc()).limit(MOST_COUNTED)
    chosen = newest.subquery()
    counts = (func.count(), func.count(Receipt.confirmed_at), func.count(Receipt.first_return_at))
    row = session.execute(select(*counts).join(chosen, chosen.c.id == Receipt.report_id)).one()
    return Returns(*row)


def _is_late(session: Session, last: Reconciliation | None, now: datetime) -> bool:
    """The records were not compared lately; a new installation gets as long before its first."""
    if last is not None:
        return last.made_at < now - RECONCILED_WITHIN
    began_at = session.scalar(select(AuditEvent.at).order_by(AuditEvent.seq).limit(1))
    return began_at is not None and began_at < now - RECONCILED_WITHIN


def _state(found: tuple[Concern, ...]) -> HealthState:
    return HealthState.DEGRADED if found else HealthState.OK


def missing_assets() -> tuple[str, ...]:
    """The style sheets and scripts that the set-up should have fetched and has not."""
    return tuple(name for name in ASSETS if not (ROOT / "static" / name).is_file())


def disk() -> Disk:
    """How full the volume of the files is."""
    volume = storage()
    has_room = volume.has_room()
    usage = shutil.disk_usage(volume.root)
    return Disk(usage.free, usage.total, has_room)


@cache
def program_version() -> str:
    """The version of the program, as `pyproject.toml` says it."""
    text = Path(ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])
