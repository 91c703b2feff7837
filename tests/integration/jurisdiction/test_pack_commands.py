"""`sunline pack export` and `sunline pack diff`."""

import pytest

from portal.jurisdiction.queries import current_place, forget_place
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from tests.factories.jurisdiction import renamed_pack


@pytest.fixture
def run(app):
    forget_place()
    yield lambda *words: app.test_cli_runner().invoke(args=["pack", *map(str, words)])
    forget_place()


@pytest.fixture
def renamed(tmp_path):
    return renamed_pack(tmp_path, "武进区文化执法大队")


def test_what_is_exported_can_be_loaded_and_changes_nothing(run, tmp_path):
    before = current_place().version

    exported = run("export", tmp_path / "out")

    assert exported.exit_code == 0, exported.output
    assert load_pack(LoadPack(str(tmp_path / "out")), actor=Actor.operator()) == before


def test_an_export_writes_over_nothing(run, tmp_path):
    (tmp_path / "mine").write_text("mine")

    refused = run("export", tmp_path)

    assert refused.exit_code == 1
    assert "is not empty" in refused.output


def test_a_difference_to_the_place_as_it_is_is_said_in_a_line(run, renamed):
    said = run("diff", renamed)

    assert said.output.splitlines() == [
        "department CULTURE_ENF@320412, name_zh: 武进区文化市场综合执法大队 -> 武进区文化执法大队"
    ]


def test_two_packs_can_be_compared_without_loading_either(run, renamed):
    same = run("diff", renamed, renamed)
    other = run("diff", renamed, "cn_culture_market")

    assert same.output == "There is no difference.\n"
    assert other.output.endswith("武进区文化执法大队 -> 武进区文化市场综合执法大队\n")


def test_a_pack_that_is_wrong_is_not_compared(run, renamed):
    (renamed / "clocks.toml").unlink()

    refused = run("diff", renamed)

    assert refused.exit_code == 1
    assert "clocks.toml line 1: is missing" in refused.output
