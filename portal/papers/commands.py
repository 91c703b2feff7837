"""The operator's command line: binding the file of a case, and checking one that was handed out."""

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Unavailable
from portal.papers.bag import verify_bag
from portal.papers.service.binding import BindFile, ask_for_file, bind_file, open_bound

commands = AppGroup("case", help="The file of a case: bind it, check it.")


@commands.command("file")
@click.argument("number")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--language", type=click.Choice(["zh-Hans", "en"]), default="zh-Hans")
def file(number: str, out: Path, language: str) -> None:
    """Bind the file of a case and write it, as PDF and as bag, into a folder."""
    actor = Actor.operator()
    try:
        bound_id = ask_for_file(BindFile(number, language), actor=actor)
        bind_file(bound_id, actor=actor)
        opened = [open_bound(number, bound_id, bag=bag, actor=actor) for bag in (False, True)]
    except NotFound as nothing:
        sentence = f"There is no case {number}, or its file could not be bound."
        raise click.ClickException(sentence) from nothing
    except Unavailable as waiting:
        sentence = "A piece of the file is still being scanned or copied; try again in a minute."
        raise click.ClickException(sentence) from waiting
    out.mkdir(parents=True, exist_ok=True)
    for one in opened:
        _write(out / one.name, one.opened.chunks)
        click.echo(str(out / one.name))


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    """Write a file for this user only; one that is there already is left as it is."""
    if path.exists():
        raise click.ClickException(f"{path} is there already; take it away or name another folder.")
    path.touch(mode=0o600)
    with path.open("wb") as target:
        for chunk in chunks:
            target.write(chunk)


@commands.command("verify")
@click.argument("bag", type=click.Path(path_type=Path, exists=True))
def verify(bag: Path) -> None:
    """Check a bag, packed or unpacked; name every file that is not as it was, and exit with 1."""
    faults = verify_bag(bag)
    for fault in faults:
        click.echo(f"{fault.name}: {fault.what}")
    if faults:
        raise SystemExit(1)
    click.echo("Every file is as it was when the bag was made.")
