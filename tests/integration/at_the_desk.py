"""Fixtures of stages with pages on the desk: somebody signed in, and what the pages cost."""

import pytest

from tests.factories.accounts import actor_of, make_account, sign_in
from tests.integration import counting
from tests.pages import Pages

OWN = "CULTURE_ENF@320412"


@pytest.fixture
def desk(app):
    """Sign somebody in: `desk(Role.CASE_OFFICER)` gives the pages and who it is."""

    def enter(*roles, department=OWN, region="320412", language="zh-Hans", **more):
        account = make_account(*roles, department=department, region=region, **more)
        pages = Pages(app, language)
        sign_in(pages, account, "/desk")
        return pages, actor_of(account)

    return enter


@pytest.fixture
def counted():
    """`with counted() as seen`: the SQL statements run meanwhile, but for transactions."""
    return counting.counted
