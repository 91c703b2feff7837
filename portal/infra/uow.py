"""One service call, one transaction."""

import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Insert, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.infra.database import WRITING, Base, db
from portal.infra.tasks import Task, TaskKind, current_lease, hold
from portal.kernel.actor import Actor

Closer = Callable[["UnitOfWork", list[Any]], None]


@dataclass(slots=True)
class UnitOfWork:
    """One thing somebody does: its records, its trail and its tasks commit together."""

    actor: Actor
    session: Session
    connection: Connection  # what the session runs on, for statements that load no records
    now: datetime
    is_given: bool = False
    _closers: dict[Closer, list[Any]] = field(default_factory=dict)
    _tasks: list[Task] = field(default_factory=list)

    def waited(self) -> None:
        """Take the time anew after waiting for a lock; a moment that was given stays.

        Whoever compares with `now` what another may have changed during the wait calls this first.
        """
        if not self.is_given:
            self.now = max(self.now, datetime.now(UTC))

    @property
    def writes_alone(self) -> bool:
        """Whether nobody else writes meanwhile: on SQLite the write transaction is the lock."""
        return self.connection.dialect.name != "postgresql"

    def in_turn(self, *keys: bytes) -> None:
        """Let whoever names one of the same keys (8 bytes or more) wait until this has committed.

        For what two at once would each not see of the other. Several are taken in one order by all.
        Two numbers: the trail's is one.
        """
        if keys and not self.writes_alone:
            ones, twos = zip(*sorted({struct.unpack(">ii", key[:8]) for key in keys}), strict=True)
            self.connection.execute(_LOCKS, {"ones": [*ones], "twos": [*twos]})

    def task(
        self,
        kind: TaskKind,
        subject_id: UUID,
        *,
        cause: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """Leave work to be done after this commits; the dispatcher finds it.

        `cause` tells two tasks of one kind on one subject apart (the second triage of a
        report after its return, say); the same cause twice is refused by the database.
        """
        self._tasks.append(
            Task(
                kind=kind,
                subject_id=subject_id,
                dedupe=f"{kind}:{subject_id.hex}:{cause}",
                not_before=not_before or self.now,
                created_at=self.now,
            )
        )

    def insert(self, *rows: Base) -> None:
        """Write new rows of one kind with one plain INSERT, at once.

        For the path every report takes: it costs a third of what the session's own machinery
        does. The objects stay outside the session, so nothing changed on them later is written.
        """
        statement, names, unset = _insert_of(type(rows[0]))
        self.connection.execute(statement, [_written(row, names, unset) for row in rows])

    def insert_once(self, row: Base) -> bool:
        """Write a new row unless it is there already; whether it was written.

        Of two that write the same at once the second waits for the first.
        """
        on_postgresql = self.connection.dialect.name == "postgresql"
        insert = postgresql.insert if on_postgresql else sqlite.insert
        table = cast("Table", type(row).__table__)
        values = {column.key: getattr(row, column.key) for column in table.columns}
        statement = insert(table).values(values).on_conflict_do_nothing()
        written = self.connection.execute(statement.returning(*table.primary_key.columns))
        return written.first() is not None

    def at_the_end(self, closer: Closer, item: object) -> None:
        """Have `closer(uow, items)` run once, after everything else and before the commit."""
        self._closers.setdefault(closer, []).append(item)

    def close(self) -> None:
        """Write what is pending and run the closers."""
        self.session.flush()
        if self._tasks:
            self.insert(*self._tasks)
        for closer, items in self._closers.items():
            closer(self, items)


_LOCKS = text(
    "SELECT pg_advisory_xact_lock(one, two)"
    " FROM unnest(CAST(:ones AS int[]), CAST(:twos AS int[])) AS asked (one, two)"
)


@cache
def _insert_of(model: type[Base]) -> tuple[Insert, tuple[str, ...], dict[str, Any]]:
    """The INSERT of a model, the names of its columns, and what those have that are not given."""
    table = cast("Table", model.__table__)
    return table.insert(), tuple(column.key for column in table.columns), {}


def _written(row: Base, names: Iterable[str], unset: dict[str, Any]) -> dict[str, Any]:
    """The values of a new row by column, read past the descriptors of the session: they cost more.

    What is not given is the same for every new row of a model, and asked of the first.
    """
    held = vars(row)
    unset.update((n, getattr(row, n)) for n in names if n not in held and n not in unset)
    return {name: held[name] if name in held else unset[name] for name in names}


@contextmanager
def unit_of_work(
    actor: Actor, *, now: datetime | None = None, more_to_come: bool = False
) -> Iterator[UnitOfWork]:
    """Commit on leaving, roll back on any error.

    Inside a background task the commit also finishes the task, and is refused with LeaseLost
    when another worker has taken the task over. A service that needs a second transaction in
    the same task (prepare, act outside, confirm) says `more_to_come` on the earlier one.

    What was read before in this session is let go first, so that the service decides on
    what is true now; on SQLite the transaction begins IMMEDIATE. `now` is given only where
    the moment is a fact of the order itself (demo data, tests); otherwise it is the clock's.
    """
    session = db.session()
    if session.in_transaction():
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("a unit of work must start clean: something was changed outside one")
        session.commit()
    connection = session.connection(execution_options={WRITING: True})
    at = now or datetime.now(UTC)
    uow = UnitOfWork(actor, session, connection, at, is_given=now is not None)
    try:
        yield uow
        uow.close()
        lease = current_lease.get()
        if lease is not None:
            hold(session, lease, uow.now, finish=not more_to_come)
        session.commit()
        if lease is not None:
            lease.finished = not more_to_come
    except BaseException:
        session.rollback()
        raise
