"""`sunline triage FILE`: nothing is stored and no database is asked."""

import json

import pytest
from flask import current_app
from sqlalchemy import event

from portal.infra.database import db
from tests.unit.triage.samples import DATA

pytestmark = pytest.mark.usefixtures("app")
TIP = {"id": "A1", "pack": "en-ipo", "text": "A stall in Digbeth sells pirated DVDs."}


def tried(*arguments):
    return current_app.test_cli_runner().invoke(args=["triage", *map(str, arguments)])


@pytest.mark.requirement("A23")
def test_the_sample_tips_are_tried_in_order_without_a_database():
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    result = tried(DATA / "tips.jsonl")

    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    names = [json.loads(line)["id"] for line in (DATA / "tips.jsonl").read_text().splitlines()]
    assert (result.exit_code, [one["id"] for one in outcomes]) == (0, names)
    assert asked == []


def test_a_wrong_line_makes_the_exit_code_1_and_the_others_are_printed(tmp_path):
    file = tmp_path / "两件.jsonl"
    file.write_text(f"{json.dumps(TIP)}\n{{\n{json.dumps({**TIP, 'id': 'A2'})}\n")

    result = tried(file)

    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["A1", "A2"]
    assert result.stderr.startswith("两件.jsonl line 2: is not JSON")


def test_a_file_that_is_not_there_is_named(tmp_path):
    result = tried(tmp_path / "nothing.jsonl")

    assert result.exit_code != 0
    assert "nothing.jsonl" in result.stderr


def test_the_help_names_the_commands():
    assert {"preview", "replay", "try"} <= set(tried("--help").stdout.split())
