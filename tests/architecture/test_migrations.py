"""The migrations make exactly what the models say, on both databases, and can be taken back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url

from app import create_app
from portal.infra import keys as key_file
from portal.infra.config import settings
from portal.infra.database import db as database

SERVER = os.environ.get("TEST_DATABASE_URL")
MADE: dict[str, bytes] = {}  # databases without content, by the migration they stand at


@pytest.fixture
def address(tmp_path) -> Iterator[str]:
    """A new empty database: a file, or one of its own on the server."""
    if not SERVER:
        yield f"sqlite:///{tmp_path / 'sunline.db'}"
        return
    url = make_url(SERVER).set(drivername="postgresql")
    name = f"sunline_migrations_{uuid4().hex[:12]}"
    plain = url.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    there = url.set(drivername="postgresql+psycopg", database=name)
    yield there.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def there(tmp_path, address, monkeypatch) -> Iterator[Flask]:
    """An installation with keys and no tables."""
    monkeypatch.setenv("SUNLINE_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", address)
    settings.cache_clear()
    key_file.create(settings().keys_dir)
    made = create_app()
    yield made
    with made.app_context():
        database.engine.dispose()


def db(there: Flask, act: str, revision: str = "") -> None:
    """What `flask db` does: upgrade, downgrade, or check that the models say nothing more."""
    run = getattr(flask_migrate, act)
    with there.app_context():
        run(revision=revision) if revision else run()
        database.engine.dispose()


def begin_at(there: Flask, revision: str) -> None:
    """An empty database as it was at that migration; a file is made once and then copied."""
    url = make_url(os.environ["DATABASE_URL"])
    if url.get_backend_name() != "sqlite":
        db(there, "upgrade", revision)
        return
    file = Path(url.database or "")
    earlier = max((one for one in MADE if one <= revision), default=None)
    if earlier:
        file.write_bytes(MADE[earlier])
    if earlier != revision:
        db(there, "upgrade", revision)
        with closing(sqlite3.connect(file)) as connection:
            MADE[revision] = connection.serialize()


def tables(address: str) -> set[str]:
    engine = create_engine(address)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


@pytest.mark.timeout(400)  # every migration there and back, twice
@pytest.mark.requirement("T59")
def test_the_migrations_make_what_the_models_say_and_can_be_taken_back(there, address):
    db(there, "upgrade")
    made = tables(address)
    db(there, "check")

    db(there, "downgrade", "base")
    assert tables(address) == {"alembic_version"}

    db(there, "upgrade")
    assert tables(address) == made


OPEN_CASE = text(
    "INSERT INTO case_file (id, number, department_code, region, category, place_version,"
    " content_key, content, opened_at, next_due_on, changed_at, restricted, conflict, state,"
    " version, factors) VALUES (:id, 'A-1', 'A', '1', 'x', 1, :key, :key, :at, '2026-03-12', :at,"
    " false, false, 'filed', 1, '[]')"
)


@pytest.mark.timeout(400)
def test_a_case_that_is_open_gets_a_clock_with_the_date_it_had(there, address):
    begin_at(there, "0015")
    engine = create_engine(address)
    with engine.begin() as connection:
        given = {"id": uuid4().hex, "key": b"x", "at": "2026-03-02 01:00:00+00:00"}
        connection.execute(OPEN_CASE, given)

    db(there, "upgrade", "0021")
    with engine.begin() as connection:
        clocks = connection.execute(text("SELECT move, days, due_on, promised_on FROM case_clock"))
        [(move, days, due_on, promised_on)] = clocks.all()
    assert (move, days) == ("file", 10)
    assert str(due_on) == str(promised_on) == "2026-03-12"

    db(there, "downgrade", "0015")
    with engine.begin() as connection:
        left = connection.execute(text("SELECT next_due_on FROM case_file")).scalar_one()
    assert str(left) == "2026-03-12"
    engine.dispose()
