"""One real installation for the file, started by the launcher as a person starts it."""

import json
from collections.abc import Iterator

import pytest

from bench.running import Installation, installation


@pytest.fixture(scope="module")
def here() -> Iterator[Installation]:
    with installation() as made:
        made.run("setup", "--empty")
        made.start()
        yield made


@pytest.fixture
def examine(here: Installation):
    """What is in the installation, looked at from outside."""
    return lambda: json.loads(here.python("-m", "tests.chaos.examine"))
