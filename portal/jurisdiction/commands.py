"""`sunline pack …`: checking a pack, making it the place, writing it out, comparing."""

from pathlib import Path

import click
from flask.cli import AppGroup

from portal.infra.config import settings
from portal.jurisdiction.pack import SHIPPED, check_pack, pack_folder, read_pack
from portal.jurisdiction.pack_diff import differences
from portal.jurisdiction.pack_files import PackInvalid, PackProblem
from portal.jurisdiction.pack_writing import write_pack
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.service import LoadPack
from portal.jurisdiction.service import load_pack as load_into_database
from portal.kernel.actor import Actor

commands = AppGroup("pack", help="The place: regions, departments, categories, rules, calendar.")


@commands.command("check")
@click.argument("pack", required=False)
def check(pack: str | None) -> None:
    """Say everything that is wrong with PACK (a folder, or the name of a shipped pack).

    Without PACK: with the one that is set up here (SUNLINE_PACK).
    """
    pack = pack or settings().pack
    problems = check_pack(_folder(pack))
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


@commands.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Write the place as it is now into FOLDER, as a pack; loading that changes nothing."""
    place = current_place()
    try:
        write_pack(place, folder)
    except FileExistsError:
        raise click.ClickException(f"{folder} is not empty: name a new folder.") from None
    for line in differences(place, _read(str(folder))):
        click.echo(line, err=True)
        raise SystemExit(1)
    click.echo(f"Version {place.version} of {place.pack} is written into {folder}.")


@commands.command("diff")
@click.argument("first")
@click.argument("second", required=False)
def diff(first: str, second: str | None) -> None:
    """Say what would change from the place as it is now to pack FIRST, or from FIRST to SECOND."""
    old = _read(first) if second else current_place()
    found = [str(one) for one in differences(old, _read(second or first))]
    for line in found or ["There is no difference."]:
        click.echo(line)


def _folder(pack: str) -> Path:
    """The folder of a pack; one sentence if there is none."""
    folder = pack_folder(pack)
    if not folder.is_dir():
        known = ", ".join(sorted(one.name for one in SHIPPED.iterdir() if one.is_dir()))
        raise click.ClickException(f"There is no pack {pack!r}; there are {known}.")
    return folder


def _read(pack: str) -> Place:
    try:
        return read_pack(_folder(pack))
    except PackInvalid as invalid:
        _print(invalid.problems)
        raise SystemExit(1) from None


def _print(problems: list[PackProblem] | tuple[PackProblem, ...]) -> None:
    for problem in problems:
        prefix = "warning: " if problem.warning else ""
        click.echo(f"{prefix}{problem}", err=True)
