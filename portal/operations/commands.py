"""The operator's command line: one report, and the demo data."""

import json

import click
from flask.cli import AppGroup

from portal.accounts.commands import demo as print_demo_accounts
from portal.audit.commands import commands as trail_commands
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.reference import normalise_reference
from portal.operations.demo import demo_receipts, fill_demo
from portal.operations.reconciliation import checkpoint_trail, find_last, reconcile
from portal.operations.summary import report_summary

report_commands = AppGroup("report", help="One report, as far as an operator may see it.")
demo_commands = AppGroup("demo", help="Staff and reports for trying the product out.")
operations_commands = AppGroup("operations", help="Keeping the installation in order.")
demo_commands.add_command(print_demo_accounts, "accounts")

REFUSED = {
    "demo-in-production": "There is no demonstration in production: SUNLINE_ENV is production.",
    "sign-in-name-taken": "An account that is not for trying out has one of the demo names.",
}


@report_commands.command("show")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(reference: str, *, as_json: bool) -> None:
    """Print what is on tier P of a report; never its words and never its sender."""
    wanted = normalise_reference(reference)
    try:
        summary = report_summary(db.session(), wanted or "")
    except NotFound as nothing:
        sentence = f"There is no report {reference}; check it letter by letter."
        raise click.ClickException(sentence) from nothing
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
        return
    for name, value in summary.items():
        click.echo(f"{name}: {json.dumps(value, ensure_ascii=False)}")


@demo_commands.command("fill")
def fill() -> None:
    """Make the demo staff and reports that are not there yet; print how many reports."""
    try:
        made = fill_demo()
    except RuleBroken as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"{made} reports made for trying out.")


@demo_commands.command("receipts")
def receipts() -> None:
    """Print the demo reports, their states and the codes that open their tracking pages."""
    try:
        found = demo_receipts(db.session())
    except RuleBroken as refusal:
        raise _refused(refusal) from refusal
    for receipt in found:
        click.echo(f"{receipt.reference}\t{receipt.code}\t{receipt.state}")


def _refused(refusal: RuleBroken) -> click.ClickException:
    return click.ClickException(REFUSED.get(refusal.code, f"Refused: {refusal.code}."))


@trail_commands.command("checkpoint")
def checkpoint() -> None:
    """Sign where the trail stands now, and print it."""
    said = checkpoint_trail(actor=Actor.operator())
    if said is None:
        click.echo("Nothing was added to the trail since the last checkpoint.")
        return
    click.echo(f"{said.count} entries, head {said.head}, signature {said.signature.hex()}")


@operations_commands.command("reconcile")
def reconcile_now() -> None:
    """Compare the records with each other; print what does not agree, and then exit with 1."""
    sound = reconcile(actor=Actor.operator())
    last = find_last(db.session())
    for name, count in (last.findings if last else {}).items():
        click.echo(f"{name}: {count}")
    if not sound:
        raise SystemExit(1)
