"""The command line of custody: making the two groups, and comparing their fingerprints."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup

from portal.accounts.models import Account
from portal.accounts.queries import find_by_name
from portal.custody import service
from portal.custody.pins import CustodyNotReady
from portal.custody.queries import group_keys, list_groups
from portal.custody.service import CreateGroups, FirstMember
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError

SENTENCES = {
    "custody-exists": "The groups exist already; their keys are never replaced.",
    "custody-group-empty": "Each group needs at least one member; name one for each.",
    "custody-role-missing": "A requester needs the role custodian-r, an approver custodian-a.",
    "custody-same-person": "One person may not be a custodian twice; name different people.",
    "passphrase-short": "The passphrase is too short; take at least 12 characters.",
    "demo-in-production": "Demo custodians are not made in production; name real accounts.",
    "not-a-demo-account": "This is not a demo account; only its owner knows the passphrase.",
}

commands = AppGroup("custody", help="The two groups of custodians who open identities together.")


@commands.command("create")
@click.option("--requester", "-r", multiple=True, help="Account name; may be given repeatedly.")
@click.option("--approver", "-a", multiple=True, help="Account name; may be given repeatedly.")
@click.option("--demo", is_flag=True, help="Take the demo accounts that have the roles.")
def create(requester: tuple[str, ...], approver: tuple[str, ...], *, demo: bool) -> None:
    """Make both groups; asks each first member for a passphrase."""
    with _one_sentence():
        if demo:
            service.create_demo_groups(actor=Actor.operator())
        else:
            order = CreateGroups(_members(requester), _members(approver))
            service.create_groups(order, actor=Actor.operator())
    _print_groups()


@commands.command("show")
def show() -> None:
    """Compare the pinned keys with the database; print fingerprints and members."""
    with _one_sentence():
        group_keys()
    _print_groups()


@commands.command("demo-passphrase")
@click.argument("name")
def demo_passphrase(name: str) -> None:
    """Print the passphrase of a demo custodian."""
    with _one_sentence():
        click.echo(service.demo_passphrase(_account(name)))


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Say a refusal in one sentence that tells what to do."""
    try:
        yield
    except CustodyNotReady as problem:
        raise click.ClickException(f"Custody is not ready: {problem}.") from problem
    except PortalError as refusal:
        raise click.ClickException(SENTENCES.get(refusal.code, refusal.code)) from refusal


def _print_groups() -> None:
    for group in list_groups(db.session()):
        click.echo(f"{group.group}  version {group.version}  {group.fingerprint}")
        click.echo(f"  members: {', '.join(group.members)}")


def _account(name: str) -> Account:
    account = find_by_name(db.session(), name)
    if account is None:
        raise click.ClickException(f"There is no account {name!r}; create it first.")
    return account


def _members(names: tuple[str, ...]) -> tuple[FirstMember, ...]:
    return tuple(FirstMember(_account(name).id, _ask_passphrase(name)) for name in names)


def _ask_passphrase(name: str) -> str:
    typed: str = click.prompt(f"Passphrase of {name}", hide_input=True, confirmation_prompt=True)
    return typed
