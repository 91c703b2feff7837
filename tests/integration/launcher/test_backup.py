"""Copies of database and files, and putting one back."""

import sqlite3
import stat
from contextlib import closing

import pytest

from workers.launcher import backup, ledger, preparation
from workers.launcher.installation import load_installation
from workers.launcher.terminal import Stop


@pytest.fixture
def here(tmp_path):
    installation = load_installation({"SUNLINE_VAR": str(tmp_path / "数 据")}, tmp_path)
    preparation.prepare_folder(installation)
    write(installation, "first")
    for name in ("ab/cd/first", "partial/cut", "spool/cut", "../keys/server.json"):
        path = installation.var / "evidence" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sealed")
    return installation


def write(installation, word):
    with closing(sqlite3.connect(installation.sqlite_path)) as connection:
        connection.execute("PRAGMA journal_mode=wal")
        connection.execute("CREATE TABLE IF NOT EXISTS said (word TEXT)")
        connection.execute("INSERT INTO said VALUES (?)", (word,))
        connection.commit()


def read(path):
    with closing(sqlite3.connect(path)) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM said")]


def test_what_is_put_back_is_what_was_copied_and_what_was_there_is_put_aside(here, tmp_path):
    backup.back_up(here, tmp_path / "copy")
    write(here, "second")
    (here.var / "evidence" / "ab" / "cd" / "second").write_bytes(b"later")

    aside = backup.put_back(here, tmp_path / "copy")

    assert read(here.sqlite_path) == ["first"]
    files = [one.name for one in (here.var / "evidence").rglob("*") if one.is_file()]
    assert files == ["first"]
    assert read(aside / "sunline.db") == ["first", "second"]
    assert (aside / "evidence" / "ab" / "cd" / "second").exists()


def test_a_copy_has_no_keys_no_ledger_and_nothing_that_is_under_way(here, tmp_path):
    (here.var / "erasures").mkdir()
    (here.var / "erasures" / "erasures.jsonl").write_text("")

    backup.back_up(here, tmp_path / "copy")

    assert {one.name for one in (tmp_path / "copy").iterdir()} == {
        "sunline.db",
        "evidence.tar",
        "erasures.head",
    }
    packed = (tmp_path / "copy" / "evidence.tar").read_bytes()
    assert b"spool" not in packed
    assert b"partial" not in packed
    for one in (tmp_path / "copy").iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_a_folder_with_something_in_it_is_not_written_over(here, tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").write_text("")

    with pytest.raises(Stop, match="is not empty"):
        backup.back_up(here, tmp_path / "copy")


def test_a_folder_without_a_copy_changes_nothing(here, tmp_path):
    with pytest.raises(Stop, match="has no copy"):
        backup.put_back(here, tmp_path)

    assert read(here.sqlite_path) == ["first"]


def test_a_ledger_elsewhere_is_found_where_the_setting_says(here, tmp_path):
    elsewhere = load_installation(
        {"SUNLINE_VAR": str(tmp_path), "SUNLINE_ERASURES": str(tmp_path / "apart")}, tmp_path
    )

    assert ledger.ledger_of(here) == here.var / "erasures" / "erasures.jsonl"
    assert ledger.ledger_of(elsewhere) == tmp_path / "apart" / "erasures.jsonl"


def write_ledger(here, *hashes):
    path = ledger.ledger_of(here)
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f'{{"id":"x","hash":"{one}"}}\n' for one in hashes))


@pytest.mark.requirement("T36")
@pytest.mark.parametrize("left", [(), ("aa",), ("aa", "zz"), ("aa", "zz", "cc")])
def test_a_copy_is_not_put_back_beside_a_ledger_that_has_lost_its_end_since(here, tmp_path, left):
    write_ledger(here, "aa", "bb")
    backup.back_up(here, tmp_path / "copy")
    write(here, "second")
    write_ledger(here, *left)

    with pytest.raises(Stop, match="has lost its end"):
        backup.put_back(here, tmp_path / "copy")

    assert read(here.sqlite_path) == ["first", "second"]
    backup.put_back(here, tmp_path / "copy", ledger_lost=True)
    assert read(here.sqlite_path) == ["first"]


def test_a_ledger_that_has_only_grown_does_not_stand_in_the_way(here, tmp_path):
    write_ledger(here, "aa")
    backup.back_up(here, tmp_path / "copy")
    write_ledger(here, "aa", "bb")

    backup.put_back(here, tmp_path / "copy")

    assert read(here.sqlite_path) == ["first"]


@pytest.mark.parametrize(
    ("line", "known"),
    [("", False), ('["erasures:0:00"]', False), ('["requesters:aa", "erasures:4:ab"]', True)],
)
def test_a_ledger_that_is_gone_is_remembered_by_the_newest_checkpoint(here, line, known):
    folder = here.var / "checkpoints"
    folder.mkdir()
    (folder / "2026-10.jsonl").write_text('["erasures:9:ff"]\n' if known else "")
    (folder / "2026-11.jsonl").write_text(f"{line}\n")

    assert ledger.was_ever_written(here) is known


def test_no_password_is_among_the_words_that_others_on_the_machine_see(tmp_path):
    url = "postgresql+psycopg://us%40er:se%2Fcret@db.example:5433/sun?sslmode=require"
    made = load_installation({"SUNLINE_VAR": str(tmp_path), "DATABASE_URL": url}, tmp_path)

    address = backup._address(made)  # noqa: SLF001  # what pg_dump is given

    assert address == "postgresql://us%40er@db.example:5433/sun?sslmode=require"
