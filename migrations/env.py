"""How Alembic reaches the models and the database of this application."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from alembic import context
from alembic.migration import MigrationContext
from sqlalchemy import Connection

import portal.infra.tasks
import portal.infra.throttle
import portal.infra.visits  # noqa: F401  # tables that belong to no stage
from portal.infra.database import WRITING, Base, db

PORTAL = Path(__file__).resolve().parents[1] / "portal"
for models in sorted(PORTAL.rglob("*models.py")):
    inside = models.relative_to(PORTAL).with_suffix("").parts
    import_module(".".join(("portal", *inside)))


def run() -> None:
    """Bring the database to the wanted revision, all steps in one transaction where it can be."""
    with (
        db.engine.connect().execution_options(**{WRITING: True}) as connection,
        _tables_may_be_made_anew(connection),
    ):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=_is_ours,
            on_version_apply=_demand_that_all_fits,
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """Let SQLite drop a table that others point to and put it back with another column.

    It knows no other way to change one; while foreign keys are enforced it deletes the rows first,
    and refuses (https://www.sqlite.org/lang_altertable.html, section 7).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    own = connection.connection.cursor()
    own.execute("PRAGMA foreign_keys=off")  # heeded outside a transaction only
    try:
        yield
    finally:
        connection.rollback()  # what is still open has only read
        own.execute("PRAGMA foreign_keys=on")


def _demand_that_all_fits(ctx: MigrationContext, **_step: object) -> None:
    """Raise RuntimeError, before the commit of a step, for rows that point to nothing."""
    connection = ctx.connection
    if connection is not None and connection.dialect.name == "sqlite":
        lost = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
        if lost:
            raise RuntimeError(f"rows would point to nothing: {', '.join(sorted(lost))}")


def _is_ours(_object: object, name: str | None, kind: str, _reflected: object, _to: object) -> bool:
    """Leave the tables of the search index alone: they are no models."""
    return not (kind == "table" and name is not None and name.startswith("search_"))


run()
