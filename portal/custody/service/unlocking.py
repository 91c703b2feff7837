"""A custodian's own key, open for one act: the passphrase is typed for each, nothing is kept."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from portal.custody.keyring import unlock_private
from portal.custody.models import Custodian
from portal.custody.queries import find_member
from portal.custody.sealing import CustodianGroup
from portal.infra.database import db
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

PASSPHRASES: Final = Throttle(
    "passphrase", 5, timedelta(hours=1), timedelta(minutes=15), timedelta(hours=6)
)


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A custodian's own private key, in the memory of one request."""

    account_id: UUID
    group: CustodianGroup
    private: bytes = field(repr=False)


def demand_member(account: Actor, group: CustodianGroup | None = None) -> Custodian:
    """The custodian who acts; refuse whoever is none now, or one of the other group."""
    custodian = find_member(db.session(), account.id)
    if custodian is None or group not in {None, custodian.custodian_group}:
        raise RuleBroken("not-a-custodian")
    return custodian


def unlock(passphrase: str, group: CustodianGroup | None = None, *, actor: Actor) -> OpenKey:
    """Open the actor's own key: slow on purpose, so before the transaction it is needed in.

    Raises RuleBroken for somebody who is no custodian and for a wrong passphrase, and
    TooManyAttempts after five of those within an hour.
    """
    custodian = demand_member(actor, group)
    locked, account_id = custodian.locked_private_key, custodian.account_id
    found = custodian.custodian_group
    with unit_of_work(actor) as uow:
        PASSPHRASES.attempt(uow, account_id.hex)
    private = unlock_private(locked, passphrase, account_id)
    with unit_of_work(actor) as uow:
        PASSPHRASES.succeeded(uow, account_id.hex)
    return OpenKey(account_id, found, private)
