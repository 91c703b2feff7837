"""What must be there before the processes start: keys, tables, the pack, custodians, demo data."""

import errno
import fcntl
import os
import re
import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from workers.launcher import assets, ledger, packages, run, stamps
from workers.launcher.application import Application, application
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, step

DEMONSTRATION_MARK = "made-for-demonstration"
DEFAULT_PACK = "cn_culture_market"
LEAVING_SECONDS = 5.0  # how long what a killed instance left may take to end
PACKS = Path("portal", "jurisdiction", "packs")
HEAD = re.compile(r"^revision\b[^=]*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)
DOWN = re.compile(r"^down_revision\b[^=]*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command of the application that is run once for the same inputs."""

    name: str
    title: str
    arguments: tuple[str, ...]
    inputs: tuple[Path | str, ...] = ()


def set_up(here: Installation, *, empty: bool) -> None:
    """Do what is missing, in order; what has been done is not looked at twice."""
    prepare_folder(here)
    demand_pack(here)
    with assets.set_up_beside(here):
        packages.set_up(here)
    make_keys(here)
    with application(here) as app:
        if upgrade_database(app):
            forget_contents(here)
        for one in content_steps(here, empty=empty or here.production):
            stamp, wanted = stamp_of(here, one), stamps.fingerprint(*one.arguments, *one.inputs)
            if not stamps.is_fresh(stamp, wanted):
                with step(one.title):
                    app.run(one.arguments, what=one.title, name=one.name)
                stamps.leave(stamp, wanted)
        erase_again(app)


def erase_again(app: Application) -> None:
    """Erase what a backup has brought back of what was erased, before anybody is let in."""
    if ledger.was_ever_written(app.here):
        with step("Erasing again what was erased"):
            app.run(("erasures", "replay"), what="Erasing again", name="erasures")


def accept_lost_ledger(here: Installation) -> None:
    """Note on the trail that the end of the ledger is lost, and go on with what is left."""
    with application(here) as app:
        upgrade_database(app)
        with step("Noting that the ledger has lost its end"):
            app.run(("erasures", "accept"), what="Noting the loss", name="erasures")


def content_steps(here: Installation, *, empty: bool) -> tuple[Step, ...]:
    """The steps that fill a new database; the demonstration has one more."""
    pack = here.environ.get("SUNLINE_PACK") or DEFAULT_PACK
    folder = here.root / PACKS / pack
    words = here.root / "portal" / "translations"
    steps = (
        Step("translations", "Putting the words together", ("translations", "compile"), (words,)),
        Step("pack", f"Loading the pack {pack}", ("pack", "load", pack), (folder,)),
    )
    if empty:
        return steps
    return (
        *steps,
        Step("demo", "Filling in demonstration data", ("demo", "fill")),
    )


def prepare_folder(here: Installation) -> None:
    """Make the data folder, readable by its owner only."""
    try:
        here.var.mkdir(mode=0o700, parents=True, exist_ok=True)
        (here.var / "log").mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise Stop(
            f"The data folder {here.var} cannot be made ({problem.strerror}): "
            "choose another with SUNLINE_VAR."
        ) from problem
    if not os.access(here.var, os.W_OK | os.X_OK):
        raise Stop(
            f"The data folder {here.var} is not yours to write: choose another with SUNLINE_VAR."
        )


def occupy(here: Installation) -> int:
    """Claim the data folder until this process and its children end; return the open lock.

    Raises Stop when another instance has it.
    """
    lock = os.open(here.var / "running.lock", os.O_RDWR | os.O_CREAT, 0o600)
    give_up = time.monotonic() + LEAVING_SECONDS
    while not _taken(lock):
        owner = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        # Killed a moment ago: its children, which hold the lock with it, are about to end.
        leaving = owner.isdecimal() and not _lives(int(owner))
        if not leaving or time.monotonic() > give_up:
            os.close(lock)
            if leaving:
                raise Stop(
                    f"What process {owner} started with the data folder {here.var} has not ended "
                    "yet: wait a moment, or end it."
                )
            raise Stop(
                f"Sunline already runs with the data folder {here.var} "
                f"(process {owner or 'unknown'}): "
                "stop it, or choose another folder with SUNLINE_VAR and another SUNLINE_PORT."
            )
        time.sleep(0.05)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    os.set_inheritable(lock, True)  # noqa: FBT003  # the supervisor keeps it
    return lock


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def demand_port(here: Installation) -> None:
    """Refuse a port that is in use before setting anything up; the supervisor looks again."""
    host = here.environ.get("SUNLINE_HOST") or "127.0.0.1"
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, here.port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise Stop(
                    f"Port {here.port} is in use: stop what uses it, "
                    "or choose another with SUNLINE_PORT."
                ) from problem


def demand_pack(here: Installation) -> None:
    """Refuse a pack that is not there before anything is made: a shipped one, or a folder."""
    pack, shipped = here.environ.get("SUNLINE_PACK") or DEFAULT_PACK, here.root / PACKS
    if not any((base / pack).is_dir() for base in (shipped, here.root)):
        known = ", ".join(sorted(one.name for one in shipped.iterdir() if one.is_dir()))
        raise Stop(f"There is no pack {pack!r} (SUNLINE_PACK); there are {known}.")


def make_keys(here: Installation) -> None:
    """Make the server's keys if there are none, and remember whether it was for a demonstration."""
    folder = here.var / "keys"
    if (folder / "server.json").exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / DEMONSTRATION_MARK).unlink(missing_ok=True)
    if not here.production:
        (folder / DEMONSTRATION_MARK).touch(mode=0o400)
    with step("Making keys"):
        run.quietly(
            [here.python, "-m", "portal.infra.keys", "create"],
            what="Making keys",
            log=here.var / "log" / "setup-keys.log",
            environ=here.environ,
            cwd=here.root,
        )


def upgrade_database(app: Application) -> bool:
    """Bring the tables up to date; return True when there were none."""
    here = app.here
    head, found = head_revision(here.root / "migrations" / "versions"), stored_revision(here)
    if found is not None and found == head:
        return False
    with step("Preparing the database"):
        app.run(("db", "upgrade"), what="Preparing the database", name="database")
    return found is None


def head_revision(folder: Path) -> str | None:
    """The newest migration: the one no other names as its predecessor."""
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    revisions = {match[1] for text in texts if (match := HEAD.search(text))}
    heads = revisions - {match[1] for text in texts if (match := DOWN.search(text))}
    return heads.pop() if len(heads) == 1 else None


def stored_revision(here: Installation) -> str | None:
    """The migration the database stands at; None for a database without tables."""
    path = here.sqlite_path
    if path is None:
        return _stored_on_server(here)
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    except sqlite3.DatabaseError as problem:
        raise Stop(
            f"{path} is not a SQLite database ({problem}): move it away or restore it."
        ) from problem
    return row[0] if row else None


def _stored_on_server(here: Installation) -> str | None:
    """Ask the database server from inside the virtual environment."""
    output = run.quietly(
        [here.python, "-m", "workers.revision"],
        what="Reaching the database",
        log=here.var / "log" / "setup-database.log",
        environ=here.environ,
        cwd=here.root,
    )
    return output.strip() or None


def forget_contents(here: Installation) -> None:
    """A new database has none of what the stamps say was filled in."""
    for stamp in (here.var / "stamps").glob("*"):
        stamp.unlink()


def stamp_of(here: Installation, one: Step) -> Path:
    """Where a step notes that it has been done."""
    return here.var / "stamps" / one.name
