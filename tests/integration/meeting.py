"""Two at once on PostgreSQL: one acts in a thread while another holds what it needs."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from flask import Flask
from sqlalchemy import text

from portal.infra.database import db
from portal.infra.uow import UnitOfWork

T = TypeVar("T")
WAITS = text(
    "SELECT count(*) FROM pg_locks"
    " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)


def in_a_thread(office: Flask, act: Callable[[], T]) -> Future[T]:
    """What somebody else does meanwhile, in a session of their own."""

    def run() -> T:
        with office.app_context():
            try:
                return act()
            finally:
                db.session.remove()

    pool = ThreadPoolExecutor(1)
    done = pool.submit(run)
    pool.shutdown(wait=False)
    return done


def until_it_waits(uow: UnitOfWork, done: Future[T]) -> None:
    """Until the other one waits for what this one has, or has come to its end."""
    while not done.done() and not uow.session.scalar(WAITS):
        pass
