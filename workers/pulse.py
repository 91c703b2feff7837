"""Telling the database, now and then, that a process lives; the health page reads it."""

import os
import threading
import time

from flask import Flask
from sqlalchemy.exc import DBAPIError

from portal.infra.database import db
from portal.operations.beats import note_beat
from portal.operations.models import ProcessKind

EVERY_SECONDS = 15.0


class Pulse:
    """One process and when it last said so."""

    def __init__(self, kind: ProcessKind) -> None:
        self._kind = kind
        self._pid = os.getpid()
        self._next = 0.0

    def beat(self) -> bool:
        """Note that the process lives, unless that was done lately; return whether it was now."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + EVERY_SECONDS
        note_beat(self._kind, self._pid)
        return True

    def beat_and_let_go(self) -> None:
        """Beat, and close every connection: the process is about to fork.

        A database that is away is not this process's affair.
        """
        try:
            if self.beat():
                db.session.remove()
                db.engine.dispose()
        except DBAPIError:
            db.session.remove()
            db.engine.dispose()


def beat_beside(app: Flask, kind: ProcessKind) -> None:
    """Beat in a thread of its own for as long as this process lives.

    For a process whose own work is somebody else's loop. A database that is away is waited for.
    """
    threading.Thread(target=_beat_for_ever, args=(app, Pulse(kind)), daemon=True).start()


def _beat_for_ever(app: Flask, pulse: Pulse) -> None:
    while True:
        with app.app_context():
            try:
                pulse.beat()
            except DBAPIError:
                db.session.rollback()
        time.sleep(EVERY_SECONDS)
