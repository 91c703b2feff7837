"""Somebody at the desk, and what the pages cost."""

import re
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.erasures import ledger_path
from portal.jurisdiction import queries
from tests.factories.accounts import actor_of, make_account, sign_in
from tests.pages import Pages

OWN = "CULTURE_ENF@320412"
UNCOUNTED = re.compile(r"BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|SET LOCAL|SELECT pg_advisory")


@pytest.fixture(autouse=True)
def own_ledger(tmp_path, monkeypatch):
    """A ledger of this test's own."""
    monkeypatch.setenv("SUNLINE_ERASURES", str(tmp_path / "erasures"))
    settings.cache_clear()
    yield ledger_path()
    monkeypatch.delenv("SUNLINE_ERASURES", raising=False)
    settings.cache_clear()


@pytest.fixture
def desk(app):
    """Sign somebody in: `desk(Role.DEPARTMENT_HEAD)` gives the pages and who it is."""

    def enter(*roles, department=OWN, region="320412", language="zh-Hans", **more):
        account = make_account(*roles, department=department, region=region, **more)
        pages = Pages(app, language)
        sign_in(pages, account, "/desk")
        return pages, actor_of(account)

    return enter


@pytest.fixture
def change_place(app, known_place):
    """`change_place(retention=...)`: the place is another from here on in this test."""

    def change(**changes):
        place = queries.current_place()
        queries._kept.place = replace(place, version=place.version, **changes)  # noqa: SLF001

    return change


@pytest.fixture
def counted():
    """`with counted() as seen`: the SQL statements run meanwhile, but for transactions."""

    @contextmanager
    def count():
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
