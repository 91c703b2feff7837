"""A PostgreSQL cluster for one run of the tests: private, on a socket, gone afterwards."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from workers.launcher.terminal import Stop

START_SECONDS = 30
OWNER = "postgres"  # the account Debian's package makes; PostgreSQL refuses to run as root
# Nothing in it outlives the run, so nothing needs to reach the disk.
# What tests write is rolled back: statistics gathered by chance in the middle of one describe
# tables that are no more; a list once took minutes then, most likely by such a plan.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=60",
)


@contextmanager
def throwaway_cluster(programs: Path) -> Iterator[str]:
    """Yield the address of an empty database; no other account of the machine can enter it."""
    folder = Path(tempfile.mkdtemp(prefix="sunline-pg-"))
    user = OWNER if os.geteuid() == 0 else None
    try:
        if user:
            _give(folder, user)
        password = secrets.token_urlsafe(24)
        _initialise(programs, folder, user, password)
        with _running(programs, folder, user):
            yield f"postgresql://sunline:{password}@/postgres?host={quote(str(folder))}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give(folder: Path, user: str) -> None:
    try:
        entry = pwd.getpwnam(user)
    except KeyError as problem:
        raise Stop(
            f"PostgreSQL does not run as root and there is no account {user!r}: "
            "run the tests as another user, or install Debian's postgresql package."
        ) from problem
    os.chown(folder, entry.pw_uid, entry.pw_gid)


def _initialise(programs: Path, folder: Path, user: str | None, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password, encoding="ascii")
    if user:
        _give(secret, user)
    done = subprocess.run(
        [
            *(programs / "initdb", "--pgdata", folder / "data", "--username", "sunline"),
            *("--pwfile", secret, "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    secret.unlink()
    if done.returncode:
        raise Stop(f"PostgreSQL's initdb failed: {done.stderr.strip().splitlines()[-1]}")


@contextmanager
def _running(programs: Path, folder: Path, user: str | None) -> Iterator[None]:
    settings = [f"unix_socket_directories={folder}", "listen_addresses=", *FAST]
    options = [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests; the server is stopped after them
        )
    try:
        _await(programs, folder, server)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: there is nothing to save
        server.wait()


def _await(programs: Path, folder: Path, server: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + START_SECONDS
    ask: list[str | Path] = [
        programs / "pg_isready",
        "--quiet",
        "--host",
        folder,
        "--username",
        "sunline",
    ]
    while subprocess.run(ask, check=False).returncode:
        if server.poll() is not None or time.monotonic() > give_up:
            said = (folder / "log").read_text(errors="replace").strip().splitlines()
            raise Stop(f"PostgreSQL does not start: {said[-1] if said else 'it said nothing.'}")
        time.sleep(0.05)
