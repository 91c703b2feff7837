"""What a database knows of its own rows, which decides the index it picks."""

from typing import Final

from sqlalchemy import Connection, text

from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor

# What nobody has looked at SQLite takes for a million rows, also where there are none: it would
# look through all cases for those with a review before anybody has asked for one. So that an index
# without rows is put down as a small one, by which it still searches.
_SMALL: Final = """
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT tbl_name, name, (SELECT '100' || group_concat(' 10', '') FROM pragma_index_info(one.name))
FROM sqlite_schema AS one
WHERE type = 'index' AND name NOT IN (SELECT idx FROM sqlite_stat1 WHERE idx IS NOT NULL)
"""
# Other connections read the statistics when they read the tables' definitions, and never again
# until one of these changes, as it does when the table of the statistics is made anew.
_REFRESHED: Final = (
    "PRAGMA analysis_limit=1000",
    "DROP TABLE IF EXISTS sqlite_stat1",
    "ANALYZE",
    _SMALL,
    "ANALYZE sqlite_schema",
)


def refresh_statistics(*, actor: Actor) -> None:
    """Let SQLite look at how its rows are spread, or it picks the wrong index for a queue.

    PostgreSQL does so by itself.
    """
    with unit_of_work(actor) as uow:
        if uow.connection.dialect.name == "sqlite":
            look_again(uow.connection)


def look_again(connection: Connection) -> None:
    """Take the statistics of an SQLite database anew, for all who are connected to it.

    A thousand rows of each index are enough, and take milliseconds.
    """
    for statement in _REFRESHED:
        connection.execute(text(statement))
