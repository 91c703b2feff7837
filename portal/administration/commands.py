"""`sunline place …`: the versions of the place, as the command line shows them."""

from datetime import UTC

import click
from flask.cli import AppGroup

from portal.administration.versions import VersionSummary, list_summaries
from portal.infra.database import db

commands = AppGroup("place", help="The place as it is changed on the desk: its versions.")

MOST = 1_000


@commands.command("versions")
@click.option("--most", type=click.IntRange(1, MOST), default=50, show_default=True)
def versions(most: int) -> None:
    """Print the versions of the place, the newest first, a line each.

    Number, start (UTC), state, roles of whoever made it, rows that came and went, and why.
    """
    for one in list_summaries(db.session(), most):
        click.echo(_said(one))


def _said(one: VersionSummary) -> str:
    start = one.starts_at.astimezone(UTC).isoformat(timespec="seconds")
    made_by = " ".join(one.roles) or "operator"
    rows = f"+{one.came} -{one.went}"
    reason = " ".join(one.reason.split()) or "a pack was loaded"
    return "\t".join((str(one.version), start, one.state, made_by, rows, reason))
