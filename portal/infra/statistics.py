"""What a database knows of its own rows, which decides the index it picks."""

from sqlalchemy import text

from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor


def refresh_statistics(*, actor: Actor) -> None:
    """Let SQLite look at how its rows are spread, or it picks the wrong index for a queue.

    A thousand rows of each index are enough, and take milliseconds. PostgreSQL does so by itself.
    """
    with unit_of_work(actor) as uow:
        if uow.session.get_bind().dialect.name == "sqlite":
            uow.session.execute(text("PRAGMA analysis_limit=1000"))
            uow.session.execute(text("ANALYZE"))
