"""What is looked at before anything is started."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from time import sleep

import pytest

from workers.launcher import preparation
from workers.launcher.installation import load_installation
from workers.launcher.terminal import Stop

# An instance that has ended, and whose child holds what it held until standard input ends.
LEAVES_A_CHILD = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, str(os.getpid()).encode())
if os.fork() == 0:
    sys.stdin.read()
"""


@pytest.fixture
def here(tmp_path):
    installation = load_installation({"SUNLINE_VAR": str(tmp_path / "数 据")}, tmp_path)
    preparation.prepare_folder(installation)
    return installation


def write_migration(folder, revision, down):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{revision}.py").write_text(
        f'revision: str = "{revision}"\ndown_revision: str | None = {down!r}\n'
    )


def test_the_head_is_the_migration_no_other_follows(tmp_path):
    write_migration(tmp_path, "0001", None)
    write_migration(tmp_path, "0002", "0001")

    assert preparation.head_revision(tmp_path) == "0002"


def test_two_heads_are_none(tmp_path):
    write_migration(tmp_path, "0001", None)
    write_migration(tmp_path, "0002", None)

    assert preparation.head_revision(tmp_path) is None


def test_a_database_says_which_migration_it_stands_at(here):
    assert preparation.stored_revision(here) is None

    with closing(sqlite3.connect(here.sqlite_path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0002')")
        connection.commit()

    assert preparation.stored_revision(here) == "0002"


def test_a_file_that_is_no_database_is_said_to_be_none(here):
    here.sqlite_path.write_bytes(b"not a database" * 100)

    with pytest.raises(Stop, match="is not a SQLite database"):
        preparation.stored_revision(here)


def test_the_data_folder_is_its_owners_only(here):
    assert here.var.stat().st_mode & 0o077 == 0


def test_a_second_instance_with_the_same_data_folder_is_refused_by_name(here):
    lock = preparation.occupy(here)

    with pytest.raises(Stop, match=rf"already runs with the data folder .*process {os.getpid()}"):
        preparation.occupy(here)

    os.close(lock)
    os.close(preparation.occupy(here))


def test_what_a_killed_instance_leaves_is_waited_for_and_not_taken_for_one_that_runs(
    here, monkeypatch
):
    """Its children hold the lock until the kernel has ended them."""
    killed = subprocess.Popen(
        [sys.executable, "-c", LEAVES_A_CHILD, here.var / "running.lock"], stdin=subprocess.PIPE
    )
    killed.wait()
    waits = []

    def child_ends(seconds):
        killed.stdin.close()
        waits.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(preparation.time, "sleep", child_ends)

    os.close(preparation.occupy(here))

    assert waits


def test_the_demonstration_has_one_step_more_than_an_empty_installation(here):
    empty = preparation.content_steps(here, empty=True)
    full = preparation.content_steps(here, empty=False)

    assert [one.name for one in empty] == ["translations", "pack"]
    assert [one.name for one in full] == ["translations", "pack", "demo"]


def test_a_pack_that_is_not_there_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / preparation.PACKS / "shipped").mkdir(parents=True)
    environ = {"SUNLINE_VAR": str(tmp_path / "var"), "SUNLINE_PACK": "nix"}
    wrong = load_installation(environ, tmp_path)

    with pytest.raises(Stop, match=r"There is no pack 'nix' \(SUNLINE_PACK\); there are shipped\."):
        preparation.set_up(wrong, empty=True)

    assert not (wrong.var / "keys").exists()
    preparation.demand_pack(load_installation({**environ, "SUNLINE_PACK": "shipped"}, tmp_path))
