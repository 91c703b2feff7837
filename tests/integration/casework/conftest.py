"""Somebody at the desk, and what the pages cost."""

import re

import pytest

from tests.factories.accounts import actor_of, enter_desk, make_account
from tests.integration import counting
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
def counted():
    """`with counted() as seen`: the SQL statements run meanwhile, but for transactions."""
    return counting.counted
