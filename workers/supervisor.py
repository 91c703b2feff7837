"""`python -m workers.supervisor [--demo] [--only PROCESS]`: all processes, or one of them."""

import argparse
import errno
import gc
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from portal.infra.config import SettingsWrong, read_settings
from workers import queue_server
from workers.queue_server import QueueServer, QueueServerMissing
from workers.supervision import Child, Supervisor, say

if TYPE_CHECKING:
    from flask import Flask

RUNNING = "Sunline is running. Ctrl-C stops it."
BACKLOG = 2048
QUEUE_SECONDS = 10.0  # how long a queue server may take to read its file


class CannotStart(RuntimeError):
    """A reason in one sentence that says what to do."""


def main() -> int:
    """Start what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="sunline run")
    parser.add_argument("--demo", action="store_true", help="show the demonstration accounts")
    parser.add_argument("--only", choices=("web", "dispatcher", "worker", "clock"))
    chosen = parser.parse_args()
    try:
        return run_one(chosen.only) if chosen.only else run_all(demo=chosen.demo)
    except SettingsWrong as problem:
        print(f"sunline: {problem} See .env.example.", file=sys.stderr)
        return 1
    except (CannotStart, QueueServerMissing) as problem:
        print(f"sunline: {problem}", file=sys.stderr)
        return 1


def run_all(*, demo: bool) -> int:
    """The queue server first, while it starts the application, then all processes."""
    supervisor = Supervisor(read_settings().grace)
    listener = listen()
    supervisor.obey_signals()
    server = start_queue(supervisor)
    app = build()
    from workers.web import know_the_place  # after REDIS_URL is set: settings are read once

    prepare(app, know_the_place)
    announced, ready = os.pipe()
    web = partial(_serve, app, listener, ready)
    supervisor.watch(announced, partial(announce, supervisor, app, demo=demo))
    supervisor.add(Child("web", web))
    from workers import processes  # what the web server does without, while it starts

    prepare(app, processes.know_the_rules)
    if server is not None:
        await_queue(supervisor, server)
    else:
        supervisor.add(Child("queue", say_if_away, once=True))
    for name, target in processes.background(app).items():
        supervisor.add(Child(name, target))
    code = supervisor.run()
    if server is not None:
        server.clear_away()
    return code


def run_one(name: str) -> int:
    """One process in the foreground; REDIS_URL must be set for those that need the queue."""
    if name != "web" and not os.environ.get("REDIS_URL"):
        raise CannotStart(f"REDIS_URL is not set: {name} needs to know where the queue server is.")
    if name == "web":
        listener = listen()
        _read, ready = os.pipe()
        return _serve(build(frozen=False), listener, ready)
    app = build(frozen=False)
    from workers import processes

    target = processes.background(app)["worker-1" if name == "worker" else name]
    target()
    return 0


@contextmanager
def no_collector(*, frozen: bool = True) -> Iterator[None]:
    """What is imported or read once is no garbage: to look for some took a third of the time.

    `frozen` it is not looked through later either: the collector would touch, and so copy, every
    page of memory that the processes share. A web server by itself shares with its two workers
    only, and took a third more for each request with it.
    """
    gc.disable()
    try:
        yield
    finally:
        if frozen:
            gc.freeze()
        gc.enable()


def build(*, migrating: bool = False, frozen: bool = True) -> "Flask":
    """Import and build the application, and let go of any connection it opened."""
    from portal.infra.keys import KeysMissing

    try:
        with no_collector(frozen=frozen):
            from app import create_app

            app = create_app(migrating=migrating)
    except KeysMissing as problem:
        raise CannotStart(str(problem)) from problem
    _let_go_of_connections(app)
    return app


def prepare(app: "Flask", read: Callable[[], None]) -> None:
    """Read what every process needs once, before they are forked: they share its memory.

    Where the database is away or empty the processes find out for themselves, and say so.
    """
    from sqlalchemy.exc import DBAPIError

    from portal.kernel.errors import PortalError

    with app.app_context(), no_collector():
        try:
            read()
        except (DBAPIError, PortalError) as problem:
            say(f"The place could not be read yet ({type(problem).__name__}).")
    _let_go_of_connections(app)


def _let_go_of_connections(app: "Flask") -> None:
    """Close them all: none may cross a fork."""
    from portal.infra.database import db

    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def listen() -> socket.socket:
    """Open the web server's socket.

    Here, so that a port in use is known before anything starts, and a web server that is
    started again refuses nobody in between.
    """
    from portal.infra.config import settings

    host, port = settings().host, settings().port
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as problem:
        raise CannotStart(
            f"SUNLINE_HOST is {host!r}: give an address of this machine."
        ) from problem
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as problem:
        raise CannotStart(_why_not(problem.errno, host, port)) from problem
    listener.listen(BACKLOG)
    return listener


def _why_not(code: int | None, host: str, port: int) -> str:
    if code == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what uses it, or choose another with SUNLINE_PORT."
    if code == errno.EACCES:
        return f"Port {port} needs special rights: choose one above 1023 with SUNLINE_PORT."
    return f"{host} is not an address of this machine: choose one with SUNLINE_HOST."


def start_queue(supervisor: Supervisor) -> QueueServer | None:
    """Start the embedded server unless REDIS_URL names another; set REDIS_URL for all processes."""
    from portal.infra.config import settings

    if os.environ.get("REDIS_URL"):
        return None
    server = queue_server.embedded(settings().var)
    os.environ["REDIS_URL"] = server.url
    settings.cache_clear()
    supervisor.add(Child("queue", server.run, last=True, log=str(server.folder / "queue.log")))
    return server


def await_queue(supervisor: Supervisor, server: QueueServer) -> None:
    """Wait until the embedded server answers; without it reports are still accepted."""
    give_up = time.monotonic() + QUEUE_SECONDS
    while not server.answers():
        if time.monotonic() > give_up:
            say("The queue server does not answer yet; reports are accepted and routed later.")
            return
        supervisor.turn(0.02)


def say_if_away() -> None:
    """Say it where the queue server of REDIS_URL serves nobody; one process may wait for it."""
    from redis import RedisError

    from workers.queue import connect

    try:
        with connect() as client:
            client.ping()
    except RedisError as problem:
        say(
            f"The queue server of REDIS_URL does not answer ({type(problem).__name__}): check its "
            "address, its password and that it runs; reports are accepted and routed later."
        )


def announce(supervisor: Supervisor, app: "Flask", *, demo: bool) -> None:
    """Say where it is to be found, once the first page can be served."""
    from portal.infra.config import settings

    address = settings().base_url
    say("")
    say(f"  For the public   {address}/")
    say(f"  For staff        {address}/desk")
    say(f"  Health           {address}/healthz")
    say("")
    if demo:
        # In a process of its own: it reads the database, and nothing here may.
        say("  To try it: name, role, password (`./sunline code NAME` has the time code)")
        listing = partial(_command, app, "accounts", "demo")
        supervisor.add(Child("accounts", listing, once=True, parting=f"\n{RUNNING}"))
        return
    say(RUNNING)


def _serve(app: "Flask", listener: socket.socket, ready: int) -> int:
    from workers.web import WebServer

    WebServer(app, listener.fileno(), lambda: _tell(ready)).run()
    return 0


def _tell(ready: int) -> None:
    os.write(ready, b".")


def _command(app: "Flask", *words: str) -> None:
    """Run a command of the application in this process."""
    from flask.cli import ScriptInfo

    run: Callable[..., object] = app.cli.main
    script = ScriptInfo(create_app=lambda: app)
    run(args=list(words), prog_name="sunline", obj=script, standalone_mode=False)


if __name__ == "__main__":
    raise SystemExit(main())
