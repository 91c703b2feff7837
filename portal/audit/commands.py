"""The trail on the command line."""

import click
from flask.cli import AppGroup

from portal.audit.trail import verify
from portal.infra.database import db

commands = AppGroup("trail", help="The trail of everything that was done.")


@commands.command("verify")
def verify_trail() -> None:
    """Walk the whole chain; print its length and head, or the first fault, and then exit with 1."""
    count, head, fault = verify(db.session())
    if fault is not None:
        click.echo(f"The trail is broken at entry {fault.seq}: {fault.what}.", err=True)
        raise SystemExit(1)
    click.echo(f"{count} entries, head {head}")
