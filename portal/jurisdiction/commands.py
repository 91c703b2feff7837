"""`sunline pack …`: checking a pack and making it the place."""

import click
from flask.cli import AppGroup

from portal.jurisdiction.pack import check_pack, pack_folder
from portal.jurisdiction.pack_files import PackInvalid, PackProblem
from portal.jurisdiction.service import LoadPack
from portal.jurisdiction.service import load_pack as load_into_database
from portal.kernel.actor import Actor

commands = AppGroup("pack", help="The place: regions, departments, categories, rules, calendar.")


@commands.command("check")
@click.argument("pack")
def check(pack: str) -> None:
    """Say everything that is wrong with PACK (a folder, or the name of a shipped pack)."""
    problems = check_pack(pack_folder(pack))
    _print(problems)
    if any(not problem.warning for problem in problems):
        raise SystemExit(1)
    click.echo(f"{pack}: nothing is wrong with it.")


@commands.command("load")
@click.argument("pack")
def load(pack: str) -> None:
    """Make PACK the place; the same content again changes nothing."""
    try:
        version = load_into_database(LoadPack(pack), actor=Actor.operator())
    except PackInvalid as invalid:
        _print(invalid.problems)
        raise SystemExit(1) from None
    click.echo(f"{pack} is loaded as version {version}.")


def _print(problems: list[PackProblem] | tuple[PackProblem, ...]) -> None:
    for problem in problems:
        prefix = "warning: " if problem.warning else ""
        click.echo(f"{prefix}{problem}", err=True)
