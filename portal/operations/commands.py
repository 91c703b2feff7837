"""The operator's command line: one report, and the demo data."""

import json

import click
from flask.cli import AppGroup

from portal.infra.database import db
from portal.kernel.errors import NotFound
from portal.kernel.reference import normalise_reference
from portal.operations.summary import report_summary

report_commands = AppGroup("report", help="One report, as far as an operator may see it.")


@report_commands.command("show")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(reference: str, *, as_json: bool) -> None:
    """Print what is on tier P of a report; never its words and never its sender."""
    wanted = normalise_reference(reference)
    try:
        summary = report_summary(db.session(), wanted or "")
    except NotFound:
        raise click.ClickException(f"There is no report {reference}; check it letter by letter.")
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
        return
    for name, value in summary.items():
        click.echo(f"{name}: {json.dumps(value, ensure_ascii=False)}")
