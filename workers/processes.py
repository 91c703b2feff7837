"""The processes behind the web server, each a function that runs until it is told to stop."""

from collections.abc import Callable, Mapping
from functools import partial

from flask import Flask

from portal.triage.service import make_ready
from workers import clock, dispatcher, runner

RQ_WORKERS = 2


def know_the_rules() -> None:
    """Have what triage looks up in memory: the workers need it."""
    make_ready()


def background(app: Flask) -> Mapping[str, Callable[[], None]]:
    """Each of them by the name it is shown under."""
    workers = {f"worker-{number}": partial(runner.main, app) for number in range(1, RQ_WORKERS + 1)}
    return {
        "dispatcher": partial(dispatcher.main, app),
        **workers,
        "clock": partial(clock.main, app),
    }
