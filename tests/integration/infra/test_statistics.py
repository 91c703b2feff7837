"""What SQLite goes by when it picks an index, and whom it reaches."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine

from portal.infra.statistics import look_again

UNIT_OF_MANY = "SELECT 1 FROM review JOIN matter ON matter.id = review.matter_id"
OPEN_OF_UNIT = f"{UNIT_OF_MANY} WHERE review.state = 'filed' AND matter.unit = 'a'"
TABLES = (
    "CREATE TABLE matter (id INTEGER PRIMARY KEY, unit TEXT)",
    "CREATE INDEX ix_matter_unit ON matter (unit)",
    "CREATE TABLE review (id TEXT PRIMARY KEY, matter_id INTEGER, state TEXT)",
    "CREATE INDEX ix_review_matter ON review (matter_id)",
)


@pytest.fixture
def engine(tmp_path) -> Iterator[Engine]:
    """A thousand matters of one unit, and nobody has asked for a review yet."""
    made = create_engine(f"sqlite:///{tmp_path / 'own.db'}")
    with made.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
        rows = [(number, "a") for number in range(1_000)]
        connection.exec_driver_sql("INSERT INTO matter VALUES (?, ?)", rows)
        connection.exec_driver_sql("ANALYZE")
    yield made
    made.dispose()


def first_step(connection: Connection, when: str) -> str:
    """What is looked at first; the moment stands in the words, so that no plan is kept."""
    connection.exec_driver_sql(f"{OPEN_OF_UNIT} /* {when} */").all()
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {OPEN_OF_UNIT} /* {when} */")
    return str(plan.all()[0].detail)


def test_what_has_no_rows_yet_is_looked_at_before_what_has_many(engine):
    with engine.begin() as connection:
        before = first_step(connection, "before")

        look_again(connection)

        assert before.startswith("SCAN matter")
        assert first_step(connection, "after") == "SCAN review"


def test_whoever_is_connected_already_goes_by_what_was_found_anew(engine):
    with engine.connect() as web:
        before = first_step(web, "before")
        web.rollback()

        with engine.begin() as clock:
            look_again(clock)

        assert before.startswith("SCAN matter")
        assert first_step(web, "after").startswith("SCAN review")
