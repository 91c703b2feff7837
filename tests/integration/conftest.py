"""The application on a real database: migrated once, and each test undone after it."""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from flask import Flask, g, request_started
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

from app import create_app
from portal.accounts import passwords
from portal.custody import keyring
from portal.infra import keys as key_file
from portal.infra.config import settings
from portal.infra.database import db
from portal.jurisdiction import queries
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place, forget_place
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel import reference
from portal.kernel.actor import Actor
from portal.rewards.payment import codes
from tests.factories.custody import make_groups

HERE = Path(__file__).parent
LIGHT_KIB = 1024
# Whoever asks a database asks for one of these.
DATABASES = {"database_address", "prepared"}
MOST_VALUES = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what the run on SQLite has said.

    That is what asks no database, the second of two languages, and of one sentence about many
    values all but the first two: they ask the same. Hostile values are asked all of them.
    """
    if not os.environ.get("TEST_DATABASE_URL"):
        return
    met: Counter[str] = Counter()
    kept, left_out = [], []
    for one in items:
        if HERE in one.path.parents and (DATABASES.isdisjoint(asked(one)) or is_second(one)):
            left_out.append(one)
            continue
        sentence = one.nodeid.partition("[")[0]
        met[sentence] += 1
        enough = met[sentence] > MOST_VALUES and HERE / "hostile" not in one.path.parents
        (left_out if enough else kept).append(one)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def is_second(item: pytest.Item) -> bool:
    """Whether a test differs from another in the language of its pages only."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return given.keys() == {"language"} and given["language"] == "en"


def asked(item: pytest.Item) -> list[str]:
    """The fixtures of a test, with those they stand on."""
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(scope="session")
def database_address() -> Iterator[None]:
    """On PostgreSQL, a database of this process's own; on SQLite the file is its own anyway."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        yield
        return
    server = make_url(url).set(drivername="postgresql")
    name = f"sunline_test_{uuid4().hex[:12]}"
    plain = server.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    os.environ["DATABASE_URL"] = server.set(database=name).render_as_string(hide_password=False)
    settings.cache_clear()
    yield
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def built_app(database_address: None) -> Iterator[Flask]:  # it must come first
    """The application, migrated, with the default pack, keys and custodian groups."""
    settings().var.mkdir(parents=True, exist_ok=True)
    if not (settings().keys_dir / key_file.FILE_NAME).exists():
        key_file.create(settings().keys_dir)
    app = create_app()
    with app.app_context(), light_hashes():
        upgrade()
        load_pack(LoadPack("cn_culture_market"), actor=Actor.operator())
        app.extensions["sunline-test-place"] = current_place()
        make_groups()
        db.session.remove()
    # As the supervisor does: the collector need not walk through a country after every few pages.
    gc.collect()
    gc.freeze()
    # Requests of a test share its application context: none may inherit what another left in it.
    request_started.connect(lambda *_, **__: vars(g).clear(), app, weak=False)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(built_app: Flask) -> Iterator[Flask]:
    """The application inside one outer transaction, undone after the test."""
    with undone(built_app) as inside:
        yield inside


@pytest.fixture(scope="module")
def module_app(built_app: Flask) -> Iterator[Flask]:
    """The same for a whole file whose tests only read what its fixture has made."""
    with undone(built_app) as inside:
        yield inside


@pytest.fixture
def known_place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks in this test whether there is a newer place: no count depends on the second."""
    current_place()
    monkeypatch.setattr(queries, "CHECK_EVERY", 3600.0)


@contextmanager
def undone(built_app: Flask) -> Iterator[Flask]:
    """Services commit for real onto a savepoint inside one transaction, which is rolled back."""
    know_place(built_app.extensions["sunline-test-place"])
    checkpoints = settings().checkpoints_dir
    with built_app.app_context(), light_hashes():
        engine = db.engine
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[assignment]  # a connection does as well
            db.session.configure(join_transaction_mode="create_savepoint")
            yield built_app
            db.session.remove()
            outer.rollback()
        db.engines[None] = engine
        db.session.configure(join_transaction_mode="conditional_savepoint")
    # A checkpoint beside the database would contradict every test after this one.
    shutil.rmtree(checkpoints, ignore_errors=True)
    forget_place()


def know_place(place: Place) -> None:
    """Begin a test with the place all begin with, as a process that has read it before.

    The first question asks the database whether it is still the newest. Reading thousands of
    regions anew took longer than most tests; `forget_place()` has it done.
    """
    forget_place()
    queries._kept.place = place  # noqa: SLF001  # no business of the product


@contextmanager
def light_hashes() -> Iterator[None]:
    """The real slow hashes with less memory than a real one is given, which tests/unit holds."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (passwords, keyring, reference, codes):
            patch.setattr(module, "_MEMORY_KIB", LIGHT_KIB)
        yield


@pytest.fixture
def own_address(tmp_path):
    """A database of this test's own, on the server of the tests if there is one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if not given:
        yield f"sqlite:///{tmp_path / 'own.db'}"
        return
    server = make_url(given).set(drivername="postgresql")
    plain, name = server.render_as_string(hide_password=False), f"sunline_own_{uuid4().hex[:12]}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield server.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def office(built_app, own_address, monkeypatch):
    """A second application on a database of its own, where threads meet for real."""
    monkeypatch.setenv("DATABASE_URL", own_address)
    settings.cache_clear()
    forget_place()
    other = create_app()
    with other.app_context():
        upgrade()
        load_pack(LoadPack("cn_culture_market"), actor=Actor.operator())
        db.session.remove()
    yield other
    with other.app_context():
        db.engine.dispose()
    monkeypatch.undo()
    settings.cache_clear()
    forget_place()
