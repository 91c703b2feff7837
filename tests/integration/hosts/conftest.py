"""Somebody at the desk, a mail server, and a site that stands for the net."""

import pytest

from tests.factories.servers import serving
from tests.integration.at_the_desk import counted as counted  # noqa: PLC0414  # fixtures
from tests.integration.at_the_desk import desk as desk  # noqa: PLC0414
from tests.integration.transfers.conftest import postbox as postbox  # noqa: PLC0414


@pytest.fixture
def site():
    """A site that gives a page."""
    with serving() as one:
        yield one
