"""The command line of accounts."""

from collections.abc import Iterable
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup

from portal.accounts.queries import find_by_name, list_accounts, list_demo_accounts
from portal.accounts.rules import IS_DEPARTMENT, needs_department
from portal.accounts.service import administration
from portal.accounts.service.administration import CreateAccount
from portal.accounts.service.demo import demo_code, demo_password
from portal.infra.config import settings
from portal.infra.database import db
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, PortalError

commands = AppGroup("accounts", help="Accounts of staff.")

SENTENCES = {
    "account": "There is no account of that name.",
    "account-disabled": "This account is closed; open it again first.",
    "both-custodians": "One person cannot be in both groups of custodians.",
    "code-used-wait": "The present code was used already; ask again in half a minute.",
    "demo-in-production": "Codes of demo accounts are not given in production.",
    "department-missing": "This role sees nothing without a department; name one by --department.",
    "department-unknown": "There is no such department; its code is like CULTURE_ENF@320412.",
    "no-such-account": "There is no other account of that name.",
    "not-a-demo-account": "This is not a demo account; its codes are in its owner's app only.",
    "sign-in-name": "A sign-in name has 3 to 40 small letters, digits, dots, hyphens, underscores.",
    "sign-in-name-taken": "There is an account of that name already.",
}


@commands.command("create")
@click.argument("name")
@click.option("--display-name", default="", help="The name colleagues see.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
)
@click.option("--department", default=None, help="The code of the department.")
@click.option("--region", default=None, help="The code of the region it answers for.")
@click.option("--same-person-as", default=None, help="Another sign-in name of the person.")
def create(
    name: str,
    display_name: str,
    roles: Iterable[str],
    department: str | None,
    region: str | None,
    same_person_as: str | None,
) -> None:
    """Make an account and print the one-time code that opens it."""
    chosen = frozenset(Role(role) for role in roles)
    _demand_department(chosen, department)
    command = CreateAccount(name, display_name or name, chosen, department, region, same_person_as)
    try:
        account_id = administration.create_account(command, actor=Actor.operator())
    except PortalError as refusal:
        raise _refused(refusal) from refusal
    handover = administration.issue_one_time_code(account_id, actor=Actor.operator())
    click.echo(f"{handover.name}: open /desk/start within 30 minutes with the code {handover.code}")


@commands.command("reset")
@click.argument("name")
def reset(name: str) -> None:
    """Print a one-time code with which the person sets password and second factor anew."""
    try:
        account = _named(name)
        handover = administration.issue_one_time_code(account, actor=Actor.operator())
    except PortalError as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"{handover.name}: open /desk/start within 30 minutes with the code {handover.code}")


@commands.command("code")
@click.argument("name")
def code(name: str) -> None:
    """Print the present time code of a demo account."""
    try:
        click.echo(demo_code(name, actor=Actor.operator()))
    except PortalError as refusal:
        raise _refused(refusal) from refusal


@commands.command("demo")
def demo() -> None:
    """Print the demo accounts and their password."""
    if settings().production:
        raise click.ClickException(SENTENCES["demo-in-production"])
    for account in list_demo_accounts(db.session()):
        roles = " ".join(sorted(account.roles)) or "outside"
        click.echo(f"{account.name}\t{roles}\t{demo_password()}")


@commands.command("list")
def list_() -> None:
    """Print all accounts: name, roles, department, state."""
    for account in list_accounts(db.session()):
        state = "closed" if account.disabled_at else "open"
        roles = " ".join(sorted(account.roles))
        click.echo(f"{account.name}\t{roles}\t{account.department or '-'}\t{state}")


@commands.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Close an account and end its sessions."""
    try:
        administration.disable_account(_named(name), actor=Actor.operator())
    except PortalError as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"{name}: closed, and signed out everywhere")


def _demand_department(roles: frozenset[Role], department: str | None) -> None:
    if not department and needs_department(roles):
        raise click.ClickException(SENTENCES["department-missing"])
    if department and not current_app.extensions[IS_DEPARTMENT](department):
        raise click.ClickException(SENTENCES["department-unknown"])


def _named(name: str) -> UUID:
    account = find_by_name(db.session(), name)
    if account is None:
        raise NotFound("account")
    return account.id


def _refused(refusal: PortalError) -> click.ClickException:
    return click.ClickException(SENTENCES.get(refusal.code, f"Refused: {refusal.code}."))
