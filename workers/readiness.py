"""`python -m workers.readiness`: everything that keeps production from starting, all at once."""

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine, func, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from portal.accounts.models import Account
from portal.custody.pins import FILE_NAME, CustodyNotReady, read_pins
from portal.custody.queries import demand_agreement
from portal.disposal.queries.replay import unreplayed
from portal.infra.config import ROOT, Settings, SettingsWrong, read_settings
from portal.infra.erasures import LedgerBroken
from portal.infra.keys import KeysMissing, load
from workers.launcher.preparation import DEMONSTRATION_MARK, head_revision

LOCAL = frozenset({None, "localhost", "127.0.0.1", "::1"})
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def what_is_missing(chosen: Settings, environ: Mapping[str, str]) -> list[str]:
    """Name each thing that is missing, as a sentence that says what to do."""
    return [
        *missing_settings(chosen, environ),
        *missing_keys(chosen.keys_dir),
        *missing_in_database(chosen.database, chosen.keys_dir),
    ]


def missing_settings(chosen: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what the settings lack for people to be safe on the way here."""
    if urlsplit(chosen.public_url).scheme != "https":
        yield "SUNLINE_PUBLIC_URL: set it to the address people use, beginning with https://."
    if not chosen.https:
        yield "SUNLINE_HTTPS: set it to true, so that cookies travel encrypted only."
    if chosen.trusted_proxies < 1:
        yield (
            "SUNLINE_TRUSTED_PROXIES: set it to the number of your proxies that end HTTPS "
            "(usually 1); Sunline itself speaks HTTP only."
        )
    if chosen.host not in LOCAL:
        yield "SUNLINE_HOST: leave it at 127.0.0.1 and let your HTTPS proxy face the network."
    if environ.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
        yield "FLASK_DEBUG: remove it; it shows the inside of the program to everybody."
    queue = urlsplit(chosen.redis_url)
    if queue.scheme == "redis" and queue.hostname not in LOCAL and not queue.password:
        yield "REDIS_URL: give the queue server a password, or use a private socket."


def missing_keys(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the key file; its content is never shown."""
    try:
        load(folder)
    except KeysMissing:
        yield (
            "Keys: there are none that can be read; run `./sunline setup` for a new "
            "installation, or restore the folder keys from your copy."
        )
        return
    if (folder / DEMONSTRATION_MARK).exists():
        yield (
            "Keys: these were made for a demonstration; choose an empty data folder with "
            "SUNLINE_VAR and run `./sunline setup` with SUNLINE_ENV=production."
        )
    open_to_others = [path for path in (folder, *folder.iterdir()) if path.stat().st_mode & OTHERS]
    if open_to_others:
        yield "Keys: other accounts of this machine can read them; run chmod -R go= on the folder."


def missing_in_database(address: str, keys_dir: Path) -> Iterator[str]:
    """Yield what the database lacks, and the demonstration accounts it must not have."""
    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        yield "Database: it is not set up; run `./sunline setup`."
        return
    engine = create_engine(address, poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield from _missing_in(connection, keys_dir)
    except SQLAlchemyError as problem:
        yield (
            f"Database: it does not answer ({type(problem).__name__}); check DATABASE_URL "
            "and that the server runs."
        )


def _missing_in(connection: Connection, keys_dir: Path) -> Iterator[str]:
    if not inspect(connection).has_table("alembic_version"):
        yield "Database: it has no tables; run `./sunline setup`."
        return
    stored = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if stored != head_revision(ROOT / "migrations" / "versions"):
        yield "Database: it stands at another version than the program; run `./sunline setup`."
        return
    demo = select(func.count()).where(Account.is_demo, Account.disabled_at.is_(None))
    count = connection.scalar(demo) or 0
    if count:
        yield (
            f"Accounts: {count} demonstration accounts can sign in; start with an empty "
            "data folder and database, or disable them."
        )
    yield from missing_custodians(connection, keys_dir)
    yield from erased_and_here(connection)


def erased_and_here(connection: Connection) -> Iterator[str]:
    """Yield what stands in the database although it was erased: a backup has brought it back."""
    try:
        count = len(unreplayed(Session(connection)))
    except KeysMissing:
        return  # said already; without them nothing is known of checkpoints
    except LedgerBroken as broken:
        yield f"Erasures: {broken}; put back the copy of the ledger that is kept elsewhere."
        return
    if count:
        yield (
            f"Erasures: {count} things that were erased are in the database again; "
            "run `./sunline erasures replay`."
        )


def missing_custodians(connection: Connection, keys_dir: Path) -> Iterator[str]:
    """Yield what stands against taking names in: they are sealed to the keys of two groups."""
    try:
        demand_agreement(Session(connection), read_pins(keys_dir / FILE_NAME))
    except CustodyNotReady as problem:
        yield (
            f"Custodians: {problem}; make both groups with `./sunline custody create`, or restore "
            "the folder keys and the database from copies of the same day."
        )


def main() -> int:
    """Print what is missing, a line each; return 1 if anything is."""
    try:
        found = what_is_missing(read_settings(), os.environ)
    except SettingsWrong as problem:
        found = [*problem.args]
    if not found:
        print("Nothing is missing: production may start.")
        return 0
    print("sunline: production does not start until this is put right:", file=sys.stderr)
    for sentence in found:
        print(f"  - {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
