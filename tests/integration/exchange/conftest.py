"""Somebody at the desk, and keys of partners."""

from datetime import timedelta

import pytest

from portal.exchange.service.keys import IssueKey, issue_key
from portal.exchange.states import Scope
from portal.kernel.actor import Role
from tests.factories.accounts import actor_of, make_account
from tests.factories.cases import today
from tests.integration.at_the_desk import desk as desk  # noqa: PLC0414  # fixtures


@pytest.fixture
def administrator(app):
    return actor_of(make_account(Role.ADMINISTRATOR))


@pytest.fixture
def key(administrator):
    """A key for both ways in."""
    order = IssueKey("某版权服务中心", tuple(Scope), "piracy.online", today() + timedelta(days=30))
    return issue_key(order, actor=administrator)
