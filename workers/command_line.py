"""The application's own command line, where every refusal is one sentence that says what to do.

Run as a file by its path (`-P`: nothing is imported from the folder a command is typed in).
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo
from flask_migrate.cli import db as migrations
from sqlalchemy.exc import InterfaceError, OperationalError

ROOT = Path(__file__).resolve().parents[1]
NAME = "./sunline"
ONE_BY_ONE = "--one-by-one"
DATABASE_AWAY = (OperationalError, InterfaceError)


def main(arguments: Sequence[str], app: Flask | None = None) -> int:
    """Run one command of the application, built already or now; return its exit code."""
    try:
        built = app or _build()
        script = ScriptInfo(create_app=lambda: built)
        done = commands().main(args=[*arguments], prog_name=NAME, standalone_mode=False, obj=script)
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return asked.exit_code
    except click.ClickException as refusal:
        click.echo(f"sunline: {sentence(refusal)}", err=True)
        return refusal.exit_code
    except DATABASE_AWAY as problem:
        click.echo(
            f"sunline: the database cannot be read or written now ({type(problem).__name__}): "
            "check that it runs, that ./sunline setup was run and that the disk is not full.",
            err=True,
        )
        return 1
    except click.Abort:
        click.echo("sunline: stopped before it was finished.", err=True)
        return 1
    return done if isinstance(done, int) else 0


class _OwnCommands(FlaskGroup):
    """None of what packages bring along: a server for developers is no way to start Sunline."""

    def _load_plugin_commands(self) -> None:
        """Migrations are named below."""


def commands() -> FlaskGroup:
    """Those of the application, and of migrations."""
    own = _OwnCommands(
        help="The application's own commands; each explains itself with --help.",
        add_default_commands=False,
        add_version_option=False,
    )
    own.params.clear()  # the application is known, and `.env` is read
    own.add_command(migrations)
    return own


def sentence(refusal: click.ClickException) -> str:
    """What is wrong, and for a wrong use also where the right one stands."""
    said = " ".join(refusal.format_message().split()).rstrip(".")
    if not isinstance(refusal, click.UsageError) or refusal.ctx is None:
        return f"{said}."
    whole = refusal.ctx.command_path
    return f"{said}: see {f'{NAME} help' if whole == NAME else f'{whole} --help'}."


def one_by_one() -> int:
    """Run the commands that come as lines of JSON, `[words, file for what they say]`.

    Each in a process forked from this one, so that what all of them need is there once; the
    answer to each is a line with its exit code.
    """
    from workers.lifeline import die_with_parent  # noqa: PLC0415  # the path is set by then

    try:
        app = _build()
    except click.ClickException as refusal:
        click.echo(f"sunline: {sentence(refusal)}", err=True)
        return refusal.exit_code
    myself = os.getpid()
    for line in sys.stdin:
        words, log = json.loads(line)
        child = os.fork()
        if not child:
            die_with_parent(myself)
            _speak_into(log)
            return main(words, app)
        _child, status = os.waitpid(child, 0)
        click.echo(os.waitstatus_to_exitcode(status))
    return 0


def _build() -> Flask:
    from portal.infra.config import SettingsWrong  # noqa: PLC0415  # as above
    from workers.supervisor import CannotStart, build  # noqa: PLC0415

    try:
        return build(migrating=True)
    except (CannotStart, SettingsWrong) as problem:
        raise click.ClickException(str(problem)) from problem


def _speak_into(log: str) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for one, there in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(one, there)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    asked = sys.argv[1:]
    raise SystemExit(one_by_one() if asked == [ONE_BY_ONE] else main(asked))
