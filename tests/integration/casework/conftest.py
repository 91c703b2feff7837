"""Somebody at the desk, and what the pages cost."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from portal.infra.database import db
from portal.jurisdiction import queries
from portal.jurisdiction.queries import current_place
from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.pages import Pages

OWN = "CULTURE_ENF@320412"
UNCOUNTED = re.compile(r"BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|SET LOCAL|SELECT pg_advisory")


@pytest.fixture
def desk(app):
    """Sign somebody in: `desk(Role.CASE_OFFICER)` gives the pages and who it is."""

    def enter(*roles, department=OWN, region="320412", language="zh-Hans", **more):
        account = make_account(*roles, department=department, region=region, **more)
        pages = Pages(app, language)
        enter_desk(pages, account)
        return pages, actor_of(account)

    return enter


@pytest.fixture
def counted(monkeypatch):
    """`with counted() as seen`: the SQL statements run meanwhile, but for transactions.

    Whether there is a newer place is asked once a second, which is not for a count to depend on.
    """
    monkeypatch.setattr(queries, "CHECK_EVERY", 3600.0)

    @contextmanager
    def count():
        current_place()
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            if not UNCOUNTED.match(statement):
                seen.append(statement)

        connection = db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return count
