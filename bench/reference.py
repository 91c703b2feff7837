"""The floor of P1: the least a Flask application does to accept a report durably.

Flask with a session-bound CSRF token, SQLAlchemy Core without the ORM, one transaction for the
report and its event, on SQLite with every commit on the disk. Served by granian, the fastest of
the servers that were compared. It encrypts nothing, seals nobody, chains nothing and makes no
receipt that anybody could come back with.
"""

import os
import secrets
import uuid
from datetime import UTC, datetime

from flask import Flask, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    ForeignKey,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
)

PAGE = """<!doctype html><html lang="en"><title>Report</title><main><h1>Report</h1>
<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="c">Category</label><input id="c" name="category">
<label for="n">What happened</label><textarea id="n" name="narrative"></textarea>
<button>Send</button></form></main></html>"""

metadata = MetaData()
report = Table(
    "report",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("reference", String(12), unique=True),
    Column("received_at", DateTime),
    Column("category", String(40)),
    Column("narrative", Text),
)
happening = Table(
    "event",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("report_id", ForeignKey("report.id"), index=True),
    Column("at", DateTime),
    Column("action", String(40)),
)


def make_engine(url: str) -> Engine:
    """An engine that is as durable as the product's."""
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _on_connect(connection, _record):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        connection.isolation_level = None
        for rule in ("journal_mode=wal", "synchronous=full", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {rule}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def create_app() -> Flask:
    """The application over the database that SUNLINE_BENCH_DATABASE names."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ["SUNLINE_BENCH_KEY"]
    CSRFProtect(app)
    engine = make_engine(os.environ["SUNLINE_BENCH_DATABASE"])

    @app.route("/report", methods=["GET", "POST"])
    def submit() -> ResponseReturnValue:
        if request.method == "GET":
            return render_template_string(PAGE)
        own, now = uuid.uuid4().hex, datetime.now(UTC).replace(tzinfo=None)
        reference = secrets.token_hex(6)
        with engine.begin() as connection:
            connection.execute(
                insert(report).values(
                    id=own,
                    reference=reference,
                    received_at=now,
                    category=request.form["category"],
                    narrative=request.form["narrative"],
                )
            )
            connection.execute(
                insert(happening).values(
                    id=uuid.uuid4().hex, report_id=own, at=now, action="receive"
                )
            )
        return redirect(f"/receipt/{reference}", code=303)

    return app
