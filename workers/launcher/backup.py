"""Copies of the database and the files, and putting one back: with the ledger of erasures replayed.

Keys and the ledger are in no copy: with the keys it could be read, and a ledger that comes out of a
backup forgets what was erased since. A copy knows how long the ledger was: a lost end shows.
"""

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from workers.launcher import ledger, run
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, step

SQLITE, DUMP, FILES, HEAD = "sunline.db", "sunline.dump", "evidence.tar", "erasures.head"
# What is under way, and lost with nothing.
LEFT_OUT = frozenset({"partial", "spool"})
# Tables and functions of the program, whichever version they are of.
EMPTY = """
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT format('DROP TABLE %I.%I CASCADE', schemaname, tablename)
      FROM pg_tables WHERE schemaname = current_schema() LOOP EXECUTE one; END LOOP;
  FOR one IN SELECT format('DROP ROUTINE %s CASCADE', oid::regprocedure)
      FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
      LOOP EXECUTE one; END LOOP;
END $$
"""


def back_up(here: Installation, folder: Path) -> None:
    """Copy the database, then the files, into a new folder; while everything runs."""
    if folder.exists() and any(folder.iterdir()):
        raise Stop(f"{folder} is not empty: name a new folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with step("Copying the database"):
        _copy_database(here, folder)
    with step("Copying the files"):
        _pack(here.var / "evidence", folder / FILES)
    ledger.write_head(here, folder / HEAD)


def put_back(here: Installation, folder: Path, *, ledger_lost: bool = False) -> Path:
    """Put a copy in the place of what is there, which is put aside; return where that is now.

    Refuses where the ledger of erasures has lost its end since, unless that is known.
    """
    name = DUMP if here.sqlite_path is None else SQLITE
    if not (folder / name).is_file() or not (folder / FILES).is_file():
        raise Stop(f"{folder} has no copy of this kind of database: {name} and {FILES}.")
    if not ledger_lost:
        ledger.demand_goes_on(here, folder / HEAD)
    aside = here.var / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    with step("Putting aside what is there"):
        _put_aside(here, aside)
    with step("Putting the copy in its place"):
        _restore_database(here, folder, aside)
        _unpack(folder / FILES, here.var / "evidence")
    return aside


def _copy_database(here: Installation, folder: Path) -> None:
    path = here.sqlite_path
    if path is None:
        words = ["pg_dump", "--format=custom", f"--file={folder / DUMP}"]
        _postgres(here, [*words, f"--dbname={_address(here)}"])
        (folder / DUMP).chmod(0o600)
        return
    if not path.exists():
        raise Stop("There is no database yet: run `./sunline setup` first.")
    target = folder / SQLITE
    target.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _restore_database(here: Installation, folder: Path, aside: Path) -> None:
    path = here.sqlite_path
    if path is None:
        _restore_on_server(here, folder / DUMP, aside / "restore.sql")
        return
    shutil.copyfile(folder / SQLITE, path)
    path.chmod(0o600)


def _put_aside(here: Installation, aside: Path) -> None:
    path = here.sqlite_path
    if path is None:
        _copy_database(here, aside)
    else:
        for rest in ("", "-wal", "-shm"):
            there = path.with_name(path.name + rest)
            if there.exists():
                there.rename(aside / there.name)
    evidence = here.var / "evidence"
    if evidence.exists():
        evidence.rename(aside / "evidence")


def _restore_on_server(here: Installation, dump: Path, script: Path) -> None:
    """All of it or nothing: first goes what is there, also what a later version has added."""
    words = ["pg_restore", "--clean", "--if-exists", "--no-owner", f"--file={script}", str(dump)]
    try:
        _postgres(here, words)
        words = ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        there = f"--dbname={_address(here)}"
        _postgres(here, [*words, f"--command={EMPTY}", f"--file={script}", there])
    finally:
        script.unlink(missing_ok=True)


def _address(here: Installation) -> str:
    """The address of the database as PostgreSQL's own programs read it, without the password."""
    parts = urlsplit(here.environ["DATABASE_URL"])
    user, _at, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    netloc = f"{name}@{host}" if name else host
    return urlunsplit(parts._replace(scheme="postgresql", netloc=netloc))


def _postgres(here: Installation, words: Sequence[str]) -> None:
    """Run one of PostgreSQL's own programs; the password is not among the words others see."""
    program = shutil.which(words[0], path=here.environ.get("PATH"))
    if program is None:
        raise Stop(f"{words[0]} is not here: install the client programs of PostgreSQL.")
    password = urlsplit(here.environ["DATABASE_URL"]).password
    run.quietly(
        [program, *words[1:]],
        what=words[0],
        log=here.var / "log" / f"{words[0]}.log",
        environ={**here.environ, **({"PGPASSWORD": unquote(password)} if password else {})},
        cwd=here.root,
    )


def _pack(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for folder in sorted(source.glob("*")):
            if folder.name not in LEFT_OUT:
                tar.add(folder, arcname=folder.name)


def _unpack(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    with tarfile.open(source) as tar:
        tar.extractall(target, filter="data")
