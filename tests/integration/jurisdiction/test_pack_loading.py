"""Loading a pack into the database, and the place that comes out of it again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.infra.config import settings
from portal.infra.database import db
from portal.jurisdiction import queries
from portal.jurisdiction.models import VERSIONED, DepartmentRow, PackVersion, RegionRow
from portal.jurisdiction.pack import pack_folder
from portal.jurisdiction.pack_files import PackInvalid
from portal.jurisdiction.queries import current_place, forget_place, place_at, zone_name
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Unavailable
from tests.factories.packs import shipped

pytestmark = pytest.mark.usefixtures("app", "fresh_place")
OPERATOR = Actor.operator()


@pytest.fixture
def fresh_place():
    """No place of another test, before or after."""
    forget_place()
    yield
    forget_place()


@pytest.fixture
def edited(tmp_path) -> Path:
    """The default pack with one unit renamed and one day off taken away."""
    folder = Path(shutil.copytree(pack_folder("cn_culture_market"), tmp_path / "pack"))
    departments = folder / "departments.csv"
    text = departments.read_text(encoding="utf-8")
    renamed = text.replace("武进区文化市场综合执法大队", "武进区文化执法大队")
    departments.write_text(renamed, encoding="utf-8")
    calendar = folder / "calendar.csv"
    lines = calendar.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("2026-10-07")]
    calendar.write_text("".join(kept), encoding="utf-8")
    return folder


def versions() -> int:
    return db.session.scalar(select(func.count()).select_from(PackVersion)) or 0


def test_the_place_in_the_database_is_the_place_in_the_files():
    place = current_place()

    assert replace(place, version=0) == shipped("cn_culture_market")
    assert list(place.categories) == list(shipped("cn_culture_market").categories)


def test_loading_the_same_pack_again_changes_nothing():
    before = current_place().version, versions()

    again = load_pack(LoadPack("cn_culture_market"), actor=OPERATOR)

    assert (again, versions()) == before


def test_the_same_content_in_another_spelling_is_the_same_version(tmp_path):
    folder = Path(shutil.copytree(pack_folder("cn_culture_market"), tmp_path / "pack"))
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    assert load_pack(LoadPack(str(folder)), actor=OPERATOR) == current_place().version


def test_a_change_makes_the_next_version_and_only_what_changed_gets_new_rows(edited):
    before = current_place().version
    rows = db.session.scalar(select(func.count()).select_from(RegionRow))

    version = load_pack(LoadPack(str(edited)), actor=OPERATOR)

    assert version == before + 1
    assert db.session.scalar(select(func.count()).select_from(RegionRow)) == rows
    history = db.session.scalars(
        select(DepartmentRow)
        .where(DepartmentRow.code == "CULTURE_ENF@320412")
        .order_by(DepartmentRow.since_version)
    ).all()
    assert [(row.since_version, row.until_version) for row in history] == [
        (before, version),
        (version, None),
    ]


@pytest.mark.requirement("C21")
def test_an_earlier_version_keeps_the_old_name(edited):
    before = current_place().version

    version = load_pack(LoadPack(str(edited)), actor=OPERATOR)

    old, new = place_at(before), place_at(version)
    assert old.departments["CULTURE_ENF@320412"].name.zh == "武进区文化市场综合执法大队"
    assert new.departments["CULTURE_ENF@320412"].name.zh == "武进区文化执法大队"
    assert len(old.calendar.days) == len(new.calendar.days) + 1


def test_a_load_is_on_the_trail(edited):
    version = load_pack(LoadPack(str(edited)), actor=OPERATOR)

    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert (event.action, event.details["version"]) == ("pack.load", str(version))
    assert event.details["changes"] == "3"


def test_a_new_version_is_seen_at_once_by_the_process_that_made_it(edited):
    current_place()

    version = load_pack(LoadPack(str(edited)), actor=OPERATOR)

    assert current_place().version == version


def test_a_version_made_elsewhere_is_seen_after_a_second(edited, monkeypatch):
    known = current_place()
    monkeypatch.setattr(queries, "CHECK_EVERY", 3600.0)
    monkeypatch.setattr("portal.jurisdiction.service.forget_place", lambda: None)
    version = load_pack(LoadPack(str(edited)), actor=OPERATOR)

    assert current_place() is known
    monkeypatch.setattr(queries, "CHECK_EVERY", 0.0)
    assert current_place().version == version


def test_the_place_is_kept_in_the_process_until_it_changes(monkeypatch):
    known = current_place()
    monkeypatch.setattr(queries, "CHECK_EVERY", 0.0)

    assert current_place() is known


def test_another_pack_takes_the_place_of_the_first_and_can_be_taken_back():
    first = current_place()

    english = load_pack(LoadPack("en_ip_office"), actor=OPERATOR)

    assert (current_place().root, zone_name()) == ("GB", "Europe/London")
    assert load_pack(LoadPack("cn_culture_market"), actor=OPERATOR) == english + 1
    assert replace(current_place(), version=first.version) == first


def test_a_wrong_pack_is_refused_and_changes_nothing(edited):
    before = versions()
    (edited / "clocks.toml").unlink()

    with pytest.raises(PackInvalid):
        load_pack(LoadPack(str(edited)), actor=OPERATOR)

    assert versions() == before


def test_an_unknown_version_is_not_found():
    with pytest.raises(NotFound):
        place_at(999)


def test_without_a_pack_the_error_says_what_to_do():
    for model in VERSIONED:
        db.session.query(model).delete()
    db.session.query(PackVersion).delete()
    db.session.flush()

    with pytest.raises(Unavailable) as refused:
        current_place()

    assert (refused.value.code, zone_name()) == ("no-pack", "UTC")
    assert "sunline pack load" in str(refused.value.params["remedy"])


def test_pack_check_prints_nothing_wrong_for_a_shipped_pack(app):
    result = app.test_cli_runner().invoke(args=["pack", "check", "en_ip_office"])

    assert (result.exit_code, result.output) == (0, "en_ip_office: nothing is wrong with it.\n")


def test_a_pack_that_is_not_there_is_one_sentence_that_names_those_that_are(app):
    result = app.test_cli_runner().invoke(args=["pack", "check", "nosuch"])

    assert result.exit_code == 1
    assert "There is no pack 'nosuch'; there are cn_culture_market, en_ip_office." in result.output
    assert len(result.output.splitlines()) == 1


def test_pack_check_without_a_name_is_about_the_pack_that_is_set_up(app):
    result = app.test_cli_runner().invoke(args=["pack", "check"])

    assert (result.exit_code, result.output) == (
        0,
        f"{settings().pack}: nothing is wrong with it.\n",
    )


def test_pack_check_prints_file_line_field_what_and_what_would_be_right(app, edited):
    clocks = edited / "clocks.toml"
    clocks.write_text(clocks.read_text(encoding="utf-8").replace("n = 2\n", "n = -2\n"), "utf-8")

    result = app.test_cli_runner().invoke(args=["pack", "check", str(edited)])

    assert result.exit_code == 1
    assert ", n: '-2' is too small; would be right: 0 or more" in result.output
    assert "clocks.toml line " in result.output


def test_pack_load_says_the_version_and_refuses_a_wrong_pack(app, edited):
    runner = app.test_cli_runner()

    good = runner.invoke(args=["pack", "load", str(edited)])
    (edited / "regions.csv").unlink()
    bad = runner.invoke(args=["pack", "load", str(edited)])

    assert good.exit_code == 0
    assert f"is loaded as version {current_place().version}." in good.output
    assert bad.exit_code == 1
    assert "regions.csv line 1: is missing" in bad.output
