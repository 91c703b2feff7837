"""Runs the schedule: any number of clocks may run, and each entry still runs once."""

import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.infra.database import WRITING, db
from portal.infra.tasks import ScheduleEntry
from portal.jurisdiction.queries import zone_name
from portal.kernel.actor import Actor
from portal.operations.models import ProcessKind
from workers.pulse import Pulse
from workers.schedule import SCHEDULE, Entry

log = structlog.get_logger()

POLL_SECONDS = 5.0


def due_names(
    session: Session, now: datetime, schedule: Mapping[str, Entry] = SCHEDULE
) -> list[str]:
    """Claim the entries that are due and set when they run next."""
    known = dict(session.execute(select(ScheduleEntry.name, ScheduleEntry.next_run_at)).all())
    zone = zone_name()
    session.commit()
    return [
        name
        for name, entry in schedule.items()
        if known.get(name) is None or known[name] <= now
        if _claim(session, name, now, entry.after(now, zone), new=name not in known)
    ]


def _claim(session: Session, name: str, now: datetime, following: datetime, *, new: bool) -> bool:
    """Move the entry to its next time; False when another clock did so first."""
    session.connection(execution_options={WRITING: True})
    if new:
        session.add(ScheduleEntry(name=name, next_run_at=following, last_run_at=now))
        try:
            session.commit()
        except IntegrityError:
            session.rollback()
            return False
        return True
    moved = session.execute(
        update(ScheduleEntry)
        .where(ScheduleEntry.name == name, ScheduleEntry.next_run_at <= now)
        .values(next_run_at=following, last_run_at=now)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]  # a CursorResult for an UPDATE
    session.commit()
    return bool(moved)


def tick(schedule: Mapping[str, Entry] = SCHEDULE) -> list[str]:
    """Run what is due; return the names of what ran. A failure is logged and waits its period."""
    ran = due_names(db.session(), datetime.now(UTC), schedule)
    for name in ran:
        try:
            schedule[name].routine(actor=Actor.system(name))
        except Exception as problem:  # noqa: BLE001  # one routine must not stop the others
            db.session.rollback()
            log.error("routine-failed", name=name, problem=type(problem).__name__)  # noqa: TRY400
    return ran


def main(app: Flask) -> None:
    """Tick until SIGTERM or SIGINT."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    pulse = Pulse(ProcessKind.CLOCK)
    with app.app_context():
        while not stopped.is_set():
            try:
                pulse.beat()
                tick()
            except DBAPIError as problem:
                db.session.rollback()
                log.warning("clock-waits", problem=type(problem).__name__)
            finally:
                db.session.remove()
            stopped.wait(POLL_SECONDS)


if __name__ == "__main__":
    from app import create_app

    main(create_app())
