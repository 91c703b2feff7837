"""The trail on the command line."""

from pathlib import Path

import click
from flask.cli import AppGroup

from portal.audit.checkpoints import contradictions
from portal.audit.trail import verify
from portal.infra.database import db

commands = AppGroup("trail", help="The trail of everything that was done.")


@commands.command("verify")
@click.option(
    "--checkpoints",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with copies of checkpoints that were kept elsewhere.",
)
def verify_trail(folder: Path | None) -> None:
    """Walk the whole chain and compare it with the checkpoints; exit with 1 at a fault."""
    session = db.session()
    count, head, fault = verify(session)
    if fault is not None:
        click.echo(f"The trail is broken at entry {fault.seq}: {fault.what}.", err=True)
    contradicting = contradictions(session, folder)
    for one in contradicting:
        when = one.made_at.isoformat(timespec="seconds")
        click.echo(f"Checkpoint of {when} at entry {one.count}: {one.what}.", err=True)
    if fault is not None or contradicting:
        raise SystemExit(1)
    click.echo(f"{count} entries, head {head}")
