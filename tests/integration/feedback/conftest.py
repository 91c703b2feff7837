"""A reporter with the receipt code in hand."""

import pytest
from flask import Flask

from tests.integration.feedback.reporter import Reporter


@pytest.fixture
def reporter(app: Flask) -> Reporter:
    """Somebody who sent a report and has not come back yet."""
    return Reporter(app)
