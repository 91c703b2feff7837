"""The application on a real database: migrated once, and each test undone after it."""

import gc
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
from portal.custody.pins import pin_path
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
SERVER = os.environ.get("TEST_DATABASE_URL")
COPY = "copy.db"
LIGHT_KIB = 1024
# Whoever asks a database asks for one of these.
DATABASES = {"database_address", "prepared"}
MOST_VALUES = 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what the run on SQLite has said.

    That is what asks no database, the second of two languages, and of one sentence about many
    values all but the first two: they ask the same. Hostile values are asked all of them.
    """
    if SERVER is None:
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
    if SERVER is None:
        yield
        return
    with database_on_server() as address:
        os.environ["DATABASE_URL"] = address
        settings.cache_clear()
        yield


@contextmanager
def database_on_server() -> Iterator[str]:
    """The address of an empty database on the server of the tests, gone afterwards."""
    name = f"sunline_test_{uuid4().hex[:12]}"
    tell_server(f'CREATE DATABASE "{name}"')
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    tell_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def tell_server(*statements: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        for one in statements:
            connection.execute(one)


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
        keep_copy(app)
    # As the supervisor does: the collector need not walk through a country after every few pages.
    gc.collect()
    gc.freeze()
    # Requests of a test share its application context: none may inherit what another left in it.
    request_started.connect(lambda *_, **__: vars(g).clear(), app, weak=False)
    yield app
    with app.app_context():
        if SERVER:
            tell_server(f'DROP DATABASE "{app.extensions["sunline-test-copy"]}"')
        db.engine.dispose()


def keep_copy(app: Flask) -> None:
    """Keep the database as it is now, so that no `office` need migrate and load its own."""
    db.session.remove()
    if SERVER:
        db.engine.dispose()  # a database is copied while nobody is in it
        name = db.engine.url.database
        kept = app.extensions["sunline-test-copy"] = f"{name}_copy"
        tell_server(f'CREATE DATABASE "{kept}" TEMPLATE "{name}"')
        return
    with closing(sqlite3.connect(str(db.engine.url.database))) as connection:
        connection.execute("VACUUM INTO ?", (str(settings().var / COPY),))


def put_copy(built_app: Flask, address: str) -> None:
    """Have the empty database at an address hold what was kept."""
    given = make_url(address)
    if SERVER:
        kept = built_app.extensions["sunline-test-copy"]
        empty = f'DROP DATABASE "{given.database}"'
        tell_server(empty, f'CREATE DATABASE "{given.database}" TEMPLATE "{kept}"')
        return
    shutil.copyfile(settings().var / COPY, str(given.database))


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
    """An empty database of this test's own, on the server of the tests if there is one."""
    if SERVER is None:
        yield f"sqlite:///{tmp_path / 'own.db'}"
        return
    with database_on_server() as address:
        yield address


@pytest.fixture
def office(built_app, own_address, monkeypatch):
    """A second application on a database of its own, where threads meet for real."""
    put_copy(built_app, own_address)
    pins = pin_path()
    pinned = pins.read_bytes()
    monkeypatch.setenv("DATABASE_URL", own_address)
    settings.cache_clear()
    forget_place()
    other = create_app()
    yield other
    if pins.read_bytes() != pinned:  # its groups were given other keys
        pins.unlink()
        pins.write_bytes(pinned)
    with other.app_context():
        db.engine.dispose()
    monkeypatch.undo()
    settings.cache_clear()
    forget_place()
