"""Copies of the database and the files, and putting one back: with the ledger of erasures replayed.

Keys and the ledger are in no copy: with the keys it could be read, and a ledger that comes out of a
backup forgets what was erased since.
"""

import os
import shutil
import sqlite3
import tarfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from workers.launcher import run
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, step

SQLITE, DUMP, FILES = "sunline.db", "sunline.dump", "evidence.tar"
# What is under way, and lost with nothing.
LEFT_OUT = frozenset({"partial", "spool"})


def back_up(here: Installation, folder: Path) -> None:
    """Copy the database, then the files, into a new folder; while everything runs."""
    if folder.exists() and any(folder.iterdir()):
        raise Stop(f"{folder} is not empty: name a new folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with step("Copying the database"):
        _copy_database(here, folder)
    with step("Copying the files"):
        _pack(here.var / "evidence", folder / FILES)


def put_back(here: Installation, folder: Path) -> Path:
    """Put a copy in the place of what is there, which is put aside; return where that is now."""
    name = DUMP if here.sqlite_path is None else SQLITE
    if not (folder / name).is_file() or not (folder / FILES).is_file():
        raise Stop(f"{folder} has no copy of this kind of database: {name} and {FILES}.")
    aside = here.var / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside.mkdir(mode=0o700)
    with step("Putting aside what is there"):
        _put_aside(here, aside)
    with step("Putting the copy in its place"):
        _restore_database(here, folder)
        _unpack(folder / FILES, here.var / "evidence")
    return aside


def _copy_database(here: Installation, folder: Path) -> None:
    path = here.sqlite_path
    if path is None:
        _postgres(here, ["pg_dump", "--format=custom", f"--file={folder / DUMP}", "--dbname"])
        return
    if not path.exists():
        raise Stop("There is no database yet: run `./sunline setup` first.")
    target = folder / SQLITE
    target.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _restore_database(here: Installation, folder: Path) -> None:
    path = here.sqlite_path
    if path is None:
        words = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction"]
        _postgres(here, [*words, "--dbname"], str(folder / DUMP))
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


def _postgres(here: Installation, words: Sequence[str], *more: str) -> None:
    """Run one of PostgreSQL's own programs on the database."""
    program = shutil.which(words[0], path=here.environ.get("PATH"))
    if program is None:
        raise Stop(f"{words[0]} is not here: install the client programs of PostgreSQL.")
    run.quietly(
        [program, *words[1:], here.environ["DATABASE_URL"], *more],
        what=words[0],
        log=here.var / "log" / f"{words[0]}.log",
        environ=here.environ,
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
