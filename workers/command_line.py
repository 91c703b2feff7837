"""The application's own command line, where every refusal is one sentence that says what to do.

Run as a file by its path (`-P`: nothing is imported from the folder a command is typed in).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import cli
from sqlalchemy.exc import InterfaceError, OperationalError

ROOT = Path(__file__).resolve().parents[1]
NAME = "./sunline"
DATABASE_AWAY = (OperationalError, InterfaceError)


def main(arguments: Sequence[str]) -> int:
    """Run one command of the application and return its exit code."""
    try:
        done = cli.main(
            args=["--app", str(ROOT / "app.py"), *arguments], prog_name=NAME, standalone_mode=False
        )
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


def sentence(refusal: click.ClickException) -> str:
    """What is wrong, and for a wrong use also where the right one stands."""
    said = " ".join(refusal.format_message().split()).rstrip(".")
    if not isinstance(refusal, click.UsageError) or refusal.ctx is None:
        return f"{said}."
    whole = refusal.ctx.command_path
    return f"{said}: see {f'{NAME} help' if whole == NAME else f'{whole} --help'}."


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main(sys.argv[1:]))
