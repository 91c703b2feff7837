"""The web server; apart from the other processes, whose code it does not wait for."""

import os
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.http import wsgi

from portal.jurisdiction.queries import current_place
from portal.operations.models import ProcessKind
from portal.web.language import LANGUAGES
from portal.web.translations import load
from workers.pulse import beat_beside

WEB_WORKERS = 2
THREADS = 4
REQUEST_SECONDS = 60  # a worker that is silent for longer is replaced


class PlainResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn is not typed
    """An answer that does not say which server gave it; gunicorn has no setting for this."""

    def default_headers(self) -> list[str]:
        """All of them but that one."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = PlainResponse


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn around an application that is already built, on a socket that is already open."""

    cfg: Config

    def __init__(self, app: Flask, listener: int, on_ready: Callable[[], None]) -> None:
        self._app = app
        self._listener = listener
        self._on_ready = on_ready
        super().__init__()

    def load_config(self) -> None:
        """Two workers of four threads; no control socket, no access log (it has addresses)."""
        for name, value in self._options().items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Hand out the application the supervisor built."""
        return self._app

    def _options(self) -> dict[str, Any]:
        return {
            "bind": f"fd://{os.dup(self._listener)}",
            "workers": WEB_WORKERS,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": REQUEST_SECONDS,
            "graceful_timeout": 20,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
            "post_worker_init": lambda _worker: self._begin(),
        }

    def _begin(self) -> None:
        """In a new worker: it says from now on that it lives."""
        beat_beside(self._app, ProcessKind.WEB)
        self._on_ready()


def know_the_place() -> None:
    """Have the words and the place in memory: the first page needs them."""
    for language in LANGUAGES:
        load(language.locale)
    current_place()
