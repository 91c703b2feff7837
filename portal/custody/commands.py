"""The command line of custody: making the two groups, and comparing their fingerprints."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask.cli import AppGroup

from portal.accounts.models import Account
from portal.accounts.queries import find_by_name
from portal.custody.keyring import new_pair
from portal.custody.pins import CustodyNotReady
from portal.custody.queries import find_custodian, group_keys, list_groups
from portal.custody.recovery_words import split
from portal.custody.sealing import CustodianGroup
from portal.custody.service import groups as service
from portal.custody.service import members, recovery
from portal.custody.service.groups import CreateGroups, FirstMember
from portal.infra.database import db
from portal.infra.vault import KEY_BYTES
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import PortalError

SENTENCES = {
    "custody-exists": "The groups exist already; their keys are never replaced.",
    "custody-group-empty": "Each group needs at least one member; name one for each.",
    "custody-role-missing": "A requester needs the role custodian-r, an approver custodian-a.",
    "custody-same-person": "One person may not be a custodian twice; name different people.",
    "passphrase-short": "The passphrase is too short; take at least 12 characters.",
    "demo-in-production": "Demo custodians are not made in production; name real accounts.",
    "not-a-demo-account": "This is not a demo account; only its owner knows the passphrase.",
    "not-a-custodian": "This account belongs to no member of a group.",
    "passphrase-wrong": "The passphrase is not right.",
    "move-refused": "The other group has not approved this person, or they are a member already.",
    "recovery-not-set": "The group has no recovery; set one with deposit first.",
    "recovery-incomplete": "The recovery has no copy of the newest key; set it again.",
    "recovery-shares-wrong": "These words are not two envelopes of this group's recovery.",
    "drill-failed": "The envelopes do not open what is sealed today; set the recovery again.",
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


@commands.command("leave")
@click.argument("name")
def leave(name: str) -> None:
    """Take every key from a custodian who has left the office."""
    with _one_sentence():
        members.leave(_custodian_id(name), actor=Actor.operator())
    click.echo("Gone. Make new keys for what comes: ./sunline custody renew")


@commands.command("renew")
def renew() -> None:
    """Make the next version of both groups' keys, for the present members, and pin it."""
    with _one_sentence():
        members.renew_keys(actor=Actor.operator())
    _print_groups()


@commands.command("envelopes")
def envelopes_new() -> None:
    """On a disconnected machine: make a recovery key; print its public half and three envelopes."""
    pair = new_pair()
    click.echo(f"Public key, for deposit: {pair.public.hex()}")
    for number, words in enumerate(split(pair.private), 1):
        click.echo(f"\nEnvelope {number} of 3 (any two are enough):\n{words}")


@commands.command("deposit")
@click.argument("name")
@click.argument("public_key")
def deposit(name: str, public_key: str) -> None:
    """Copy the keys of a member's group to a recovery key; asks for the member's passphrase."""
    account = _account(name)
    try:
        public = bytes.fromhex(public_key)
    except ValueError as problem:
        raise click.ClickException("The public key is 64 digits and letters a to f.") from problem
    if len(public) != KEY_BYTES:
        raise click.ClickException("The public key is 64 digits and letters a to f.")
    typed = _ask(f"Passphrase of {name}")
    actor = Actor(ActorKind.STAFF, account.id, account.roles, name=account.display_name)
    with _one_sentence():
        found = recovery.set_recovery(recovery.SetRecovery(public, typed), actor=actor)
    click.echo(f"Set. Fingerprint of the recovery key: {found}")


@commands.command("recover")
@click.argument("name")
def recover(name: str) -> None:
    """Give a group's keys to a newcomer whom the other group has approved, from two envelopes."""
    custodian_id = _custodian_id(name)
    with _one_sentence():
        recovery.recover(recovery.Recover(custodian_id, _ask_shares(name)), actor=Actor.operator())
    _print_groups()


@commands.command("drill")
def drill() -> None:
    """Show that two envelopes of each group open what is sealed today; nothing real is opened."""
    envelopes = tuple(recovery.Envelopes(group, _ask_shares(group)) for group in CustodianGroup)
    with _one_sentence():
        recovery.drill(envelopes, actor=Actor.operator())
    click.echo("The envelopes open what is sealed today. The drill is on the trail.")


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
        kept = recovery.find_recovery(group.group)
        drilled = "no drill yet" if kept is None or not kept.drilled_at else f"{kept.drilled_at:%F}"
        click.echo(f"  recovery: {f'set, last drill: {drilled}' if kept else 'none'}")


def _account(name: str) -> Account:
    account = find_by_name(db.session(), name)
    if account is None:
        raise click.ClickException(f"There is no account {name!r}; create it first.")
    return account


def _members(names: tuple[str, ...]) -> tuple[FirstMember, ...]:
    return tuple(FirstMember(_account(name).id, _ask_passphrase(name)) for name in names)


def _ask_passphrase(name: str) -> str:
    return _ask(f"Passphrase of {name}", twice=True)


def _custodian_id(name: str) -> UUID:
    custodian = find_custodian(db.session(), _account(name).id)
    if custodian is None:
        raise click.ClickException(f"{name!r} is no custodian and has not asked to be one.")
    return custodian.id


def _ask_shares(whose: str) -> tuple[str, ...]:
    return tuple(_ask(f"Words of envelope {number} of 2 ({whose})") for number in (1, 2))


def _ask(what: str, *, twice: bool = False) -> str:
    """What is typed at the terminal, unseen; without one the next line of what comes in."""
    if _is_at_a_terminal():
        typed: str = click.prompt(what, hide_input=True, confirmation_prompt=twice)
        return typed
    lines = {sys.stdin.readline().rstrip("\r\n") for _time in range(1 + twice)}
    if lines == {""}:
        raise click.ClickException(f"{what}: type it at a terminal, or send it in as a line.")
    if len(lines) > 1:
        raise click.ClickException(f"{what}: the two lines differ; send it in twice.")
    return lines.pop()


def _is_at_a_terminal() -> bool:
    """Whether somebody can be asked: Python asks at the terminal even where lines come in."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True
