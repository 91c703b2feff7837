"""The operator's command line: the ledger of erasures, checked and replayed."""

import click
from flask.cli import AppGroup

from portal.disposal.queries.anchor import demand_whole
from portal.disposal.queries.replay import unreplayed
from portal.disposal.service.replaying import accept_loss, replay_erasures
from portal.infra.database import db
from portal.infra.erasures import LedgerBroken, LedgerCutOff, ledger_path, read_ledger
from portal.kernel.actor import Actor

commands = AppGroup("erasures", help="The ledger of what was erased: check it, replay it.")


@commands.command("replay")
def replay() -> None:
    """Erase again what was erased and a backup has brought back; safe at any time."""
    try:
        done = replay_erasures()
    except LedgerBroken as broken:
        raise _refused(broken) from broken
    for what, count in sorted(done.items()):
        click.echo(f"{what}: {count} erased again")
    if not done:
        click.echo("Nothing that was erased is here.")


@commands.command("check")
def check() -> None:
    """Verify the ledger; exit with 1 if something that was erased is in the database."""
    try:
        lines, undone = len(read_ledger()), len(unreplayed(db.session()))
    except LedgerBroken as broken:
        raise _refused(broken) from broken
    click.echo(f"{lines} lines, unbroken; {undone} erasures that the database does not have.")
    if undone:
        raise SystemExit(1)


@commands.command("accept")
def accept() -> None:
    """Go on without the lost end of the ledger, if no copy has it; the trail says so."""
    try:
        lost = _has_lost_its_end()
        head = accept_loss(actor=Actor.operator())
    except LedgerBroken as broken:
        raise _refused(broken) from broken
    since = "What was erased since may be back." if lost else "No line after it is known."
    click.echo(f"The ledger goes on after line {head.lines}. {since}")


def _has_lost_its_end() -> bool:
    try:
        demand_whole(db.session())
    except LedgerCutOff:
        return True
    return False


def _refused(broken: LedgerBroken) -> click.ClickException:
    where = f"{ledger_path()}: {broken}; put back the copy that is kept elsewhere"
    last = "; if there is none: ./sunline erasures accept"
    return click.ClickException(f"{where}{last if isinstance(broken, LedgerCutOff) else ''}")
