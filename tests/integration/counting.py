"""What something costs the database: `with counted() as seen`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.infra.database import db
from portal.jurisdiction import queries

UNCOUNTED = re.compile(r"BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|SET LOCAL|SELECT pg_advisory")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements run meanwhile, but for transactions.

    Whether there is a newer place is asked once a second, which is not for a count to depend on.
    """
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not UNCOUNTED.match(statement):
            seen.append(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "CHECK_EVERY", 3600.0)
        queries.current_place()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
