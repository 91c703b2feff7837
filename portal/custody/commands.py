"""The command line of custody: making the two groups, and comparing their fingerprints."""

import hmac
from base64 import b32encode
from textwrap import wrap

import click
from flask.cli import AppGroup

from portal.accounts.models import Account
from portal.accounts.queries import find_by_name, list_accounts
from portal.custody.queries import group_keys, list_groups
from portal.custody.rules import ROLE_OF
from portal.custody.sealing import CustodianGroup
from portal.custody.service import CreateGroups, FirstMember, create_groups
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.keys import keys
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError

commands = AppGroup("custody", help="The two groups of custodians who open identities together.")

_REFUSALS = {
    "custody-exists": "The groups exist already; their keys are never replaced.",
    "custody-group-empty": "Each group needs at least one member; name one for each.",
    "custody-role-missing": "A requester needs the role custodian-r, an approver custodian-a.",
    "custody-same-person": "One person may not be a custodian twice; name different people.",
    "passphrase-short": "The passphrase is too short; take at least 12 characters.",
}


@commands.command("create")
@click.option("--requester", "-r", multiple=True, help="Account name; may be given repeatedly.")
@click.option("--approver", "-a", multiple=True, help="Account name; may be given repeatedly.")
@click.option("--demo", is_flag=True, help="Take the demo accounts that have the roles.")
def create(requester: tuple[str, ...], approver: tuple[str, ...], *, demo: bool) -> None:
    """Make both groups; asks each first member for a passphrase."""
    if demo:
        order = CreateGroups(
            _demo_members(CustodianGroup.REQUESTERS), _demo_members(CustodianGroup.APPROVERS)
        )
    else:
        order = CreateGroups(_members(requester), _members(approver))
    try:
        create_groups(order, actor=Actor.operator())
    except PortalError as refusal:
        raise click.ClickException(_REFUSALS.get(refusal.code, refusal.code)) from refusal
    _print_groups()


@commands.command("show")
def show() -> None:
    """Print fingerprints and members, having compared the pinned keys with the database."""
    group_keys()
    _print_groups()


@commands.command("demo-passphrase")
@click.argument("name")
def demo_passphrase(name: str) -> None:
    """Print the passphrase of a demo custodian."""
    click.echo(_demo_passphrase(_account(name)))


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


def _demo_members(group: CustodianGroup) -> tuple[FirstMember, ...]:
    return tuple(
        FirstMember(account.id, _demo_passphrase(account))
        for account in list_accounts(db.session())
        if account.is_demo and ROLE_OF[group] in account.roles
    )


def _demo_passphrase(account: Account) -> str:
    """Follows from the server's key, so that it can be shown again: for demo accounts only."""
    if settings().production or not account.is_demo:
        raise click.ClickException("Only demo accounts have a passphrase that can be shown.")
    mac = hmac.digest(keys().pepper, b"sunline/demo-passphrase/1\x00" + account.id.bytes, "sha256")
    return "-".join(wrap(b32encode(mac[:10]).decode().lower(), 4))
