"""`sunline triage FILE`: the rules in force, on a list of reports; nothing is stored."""

import json

import pytest
from flask import current_app
from sqlalchemy import select

from portal.accounts.models import Account
from portal.infra.database import db
from portal.jurisdiction.change_models import PlaceRequest
from portal.jurisdiction.changing import ProposeChange, propose_change
from portal.jurisdiction.parts import PARTS, find_row
from portal.jurisdiction.publishing import (
    ConfirmChanges,
    PublishChanges,
    confirm_changes,
    publish_changes,
)
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from tests.factories.casework import make_actor, make_supervisor
from tests.integration.counting import counted
from tests.unit.triage.samples import DATA

pytestmark = pytest.mark.usefixtures("app")
TIP = {"id": "A1", "pack": "en-ipo", "text": "A stall in Digbeth sells pirated DVDs."}

NOVEL = {"id": "A1", "pack": "cn-culture", "text": "武进区湖塘镇有人在卖蓝皮本。"}


def category(result):
    return json.loads(result.stdout)["category"]


def tried(*arguments):
    return current_app.test_cli_runner().invoke(args=["triage", *map(str, arguments)])


@pytest.mark.requirement("A23")
def test_the_sample_tips_are_tried_in_order_and_nothing_is_stored():
    with counted() as asked:
        result = tried(DATA / "tips.jsonl")

    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    names = [json.loads(line)["id"] for line in (DATA / "tips.jsonl").read_text().splitlines()]
    assert (result.exit_code, [one["id"] for one in outcomes]) == (0, names)
    assert not [one for one in asked if one.split()[0] in {"INSERT", "UPDATE", "DELETE"}]


@pytest.mark.requirement("A23")
def test_the_rules_are_those_of_the_version_in_force_or_of_the_drafts_or_pack_that_is_named(
    tmp_path,
):
    file = tmp_path / "tips.jsonl"
    file.write_text(json.dumps(NOVEL, ensure_ascii=False))
    admin = make_actor(Role.ADMINISTRATOR)
    name = db.session.get_one(Account, admin.id).name
    before, pack = current_place(), find_row(current_place(), PARTS["categories"], "piracy.print")
    terms = {**pack["terms"], "蓝皮本": 9}
    propose_change(ProposeChange("categories", ({**pack, "terms": terms},)), actor=admin)

    assert category(tried(file)) == "other.unclear"
    assert category(tried(file, "--drafts", name)) == "piracy.print"
    seen = publish_changes(PublishChanges("蓝皮本是盗版教辅的俗称", before.version), actor=admin)
    assert seen is None
    request = db.session.scalars(select(PlaceRequest.id)).one()
    confirm_changes(ConfirmChanges(request, before.version), actor=make_supervisor())
    assert category(tried(file)) == "piracy.print"
    assert category(tried(file, "--pack", "cn_culture_market")) == "other.unclear"


def test_an_account_that_is_not_there_has_no_drafts(tmp_path):
    result = tried(DATA / "tips.jsonl", "--drafts", "nobody")

    assert result.exit_code == 1
    assert "There is no open account nobody" in result.stderr


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
