"""Being away: from when to when, and who of the unit stands in (U14)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.accounts.absences import find_absence, is_away_between, stand_ins
from portal.accounts.models import Absence, Account
from portal.accounts.queries import get_account
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class SetAbsence:
    """When somebody is away, and who stands in for them."""

    account_id: UUID
    from_on: date
    until_on: date
    substitute_id: UUID


def set_absence(command: SetAbsence, *, actor: Actor) -> None:
    """Say when somebody is away; it replaces what was said before.

    For oneself, or by whoever gives out the work of the unit. Raises NotFound for somebody of
    another unit, RuleBroken for an end before the beginning, and for a stand-in who is the same
    person, works elsewhere, has a closed account, does not do such work, or is away then too.
    """
    with unit_of_work(actor) as uow:
        account = _own_or_of_the_unit(uow, command.account_id)
        _demand_stand_in(uow, account, command)
        if command.until_on < command.from_on:
            raise RuleBroken("absence-ends-before-it-begins")
        told = find_absence(uow.session, account.id)
        if told is None:
            uow.session.add(
                Absence(
                    account_id=account.id,
                    from_on=command.from_on,
                    until_on=command.until_on,
                    substitute_id=command.substitute_id,
                )
            )
        else:
            told.from_on, told.until_on = command.from_on, command.until_on
            told.substitute_id = command.substitute_id
        record(
            uow,
            "account.be-away",
            "account",
            account.id,
            from_on=command.from_on.isoformat(),
            until_on=command.until_on.isoformat(),
            substitute=command.substitute_id.hex,
        )


def end_absence(account_id: UUID, *, actor: Actor) -> None:
    """Somebody is back, or does not go; saying so twice changes nothing."""
    with unit_of_work(actor) as uow:
        account = _own_or_of_the_unit(uow, account_id)
        told = find_absence(uow.session, account.id)
        if told is not None:
            uow.session.delete(told)
            record(uow, "account.be-back", "account", account.id)


def _own_or_of_the_unit(uow: UnitOfWork, account_id: UUID) -> Account:
    """The account, if it is the actor's own or that of a member of the unit they lead."""
    account = get_account(uow.session, account_id, lock=True)
    if account.id == uow.actor.id:
        return account
    demand(uow.actor, Permission.ASSIGN_REPORTS)
    if account.department is None or account.department != uow.actor.department:
        raise NotFound("account")
    return account


def _demand_stand_in(uow: UnitOfWork, account: Account, command: SetAbsence) -> None:
    """Refuse a stand-in who could not do the work, or who is the same person."""
    stand_in = uow.session.get(Account, command.substitute_id)
    if (
        stand_in is None
        or stand_in.disabled_at is not None
        or stand_in.department is None
        or stand_in.department != account.department
        or stand_in.person_id == account.person_id
        or not stand_in.roles & stand_ins(account.roles)
    ):
        raise RuleBroken("cannot-stand-in")
    if is_away_between(uow.session, stand_in.id, command.from_on, command.until_on):
        raise RuleBroken("stand-in-is-away")
