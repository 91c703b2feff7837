"""The base of all models, the session, the column types, and the rules SQLite needs."""

import enum
from datetime import UTC, datetime
from typing import Any, dataclass_transform
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Enum, MetaData, Uuid, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column
from sqlalchemy.types import TypeDecorator

from portal.infra.turns import Turn

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Set on a connection before its transaction starts: how SQLite is to begin it.
WRITING = "sunline_writing"
_HAS_TURN = "sunline_has_turn"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Said again for the type checker, which does not see `kw_only` through the base class.
@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column,))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """What every model stands on.

    No generated `repr`: a row printed in a traceback must not show what is in it.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            create_constraint=True,
            length=40,
            values_callable=lambda kind: [str(member.value) for member in kind],
        ),
    }


db = SQLAlchemy(metadata=Base.metadata)


def engine_options(url: str) -> dict[str, Any]:
    """Engine options for `url`; parameters are hidden so that no exception carries content."""
    options: dict[str, Any] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": 10, "check_same_thread": False}
    else:
        options |= {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 5, "pool_timeout": 3}
        options["connect_args"] = {"connect_timeout": 2}
    return options


def obey_sqlite_rules(engine: Engine) -> None:
    """Make SQLite durable and its writers queue, as `docs/adr/0003` measures.

    The driver's own transaction handling is switched off; writers begin IMMEDIATE, since a
    deferred transaction that turns to writing fails or, worse, loses an update. They take turns
    from before they begin until their connection goes back, which is after commit or rollback.
    """
    if engine.dialect.name != "sqlite":
        return
    turn = Turn(f"{engine.url.database}-turn")

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=wal",
            "synchronous=full",
            "foreign_keys=on",
            "busy_timeout=10000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        if writing:
            connection.info[_HAS_TURN] = turn.take()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    @event.listens_for(engine, "close")  # a connection that broke does not come back
    @event.listens_for(engine, "checkin")
    def _on_return(_connection: object, record: Any) -> None:  # noqa: ANN401
        if record.info.pop(_HAS_TURN, False):
            turn.give_back()
