"""Browsers for the tests of accounts."""

import pytest
from flask import Flask

from tests.pages import Pages


@pytest.fixture
def pages(app: Flask) -> Pages:
    """One browser, in English."""
    return Pages(app, language="en")


@pytest.fixture
def other_pages(app: Flask) -> Pages:
    """Another browser."""
    return Pages(app, language="en")
