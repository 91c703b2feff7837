"""Tokens for programs of an organisation: shown once, ended at any time, asked each time."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.infra.database import db
from portal.infra.throttle import Throttle
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.rights_holders.models import ApiToken, Organisation
from portal.rights_holders.queries.own import demand_leading, get_own, has_led_since, today
from portal.rights_holders.rules.tokens import (
    MOST_TOKENS,
    PREFIX,
    TOKEN_BYTES,
    TokenScope,
    digest_of,
    is_day_for_token,
)

# So many requests an hour by the programs of one organisation.
CALLS: Final = Throttle("api-calls", 3_600, timedelta(hours=1))
# So many tokens that open nothing an hour from one network; then nobody there is looked up.
UNKNOWN: Final = Throttle("api-unknown", 600, timedelta(hours=1))
_NOTED_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class IssueToken:
    """For which program a token is, what it opens, and its last day."""

    number: str
    name: str
    scopes: tuple[TokenScope, ...]
    expires_on: date


@dataclass(frozen=True, slots=True)
class Call:
    """Whose program asks: in whose name it acts, for which organisation, how many it may yet."""

    token_id: UUID
    actor: Actor
    number: str
    left: int
    seconds: int


def issue_token(command: IssueToken, *, actor: Actor) -> str:
    """Make a token and return it: it is shown once, and kept as a hash only.

    Raises RuleBroken for no scope, for a day that is over or more than a year away, and for more
    tokens than an organisation may have; NotPermitted for whoever does not lead it.
    """
    if not command.scopes:
        raise RuleBroken("token-without-scope")
    if not is_day_for_token(command.expires_on, today()):
        raise RuleBroken("token-day-out-of-range")
    secret = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, command.number, actor, lock=True)
        demand_leading(own)
        if _open_tokens(uow, organisation) >= MOST_TOKENS:
            raise RuleBroken("too-many-tokens")
        token = ApiToken(
            organisation_id=organisation.id,
            name=command.name,
            digest=digest_of(secret),
            scopes=sorted(set(command.scopes)),
            made_at=uow.now,
            made_by=own.account_id,
            expires_on=command.expires_on,
        )
        uow.session.add(token)
        record(uow, "api_token.issue", "api_token", token.id, scopes=" ".join(token.scopes))
    return secret


def revoke_token(number: str, token_id: UUID, *, actor: Actor) -> None:
    """End a token; what was done by it stays. Twice does nothing more."""
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, number, actor, lock=True)
        demand_leading(own)
        token = uow.session.get(ApiToken, token_id)
        if token is None or token.organisation_id != organisation.id:
            raise NotFound("api-token")
        if token.revoked_at is None:
            token.revoked_at = uow.now
            record(uow, "api_token.revoke", "api_token", token.id)


def open_call(secret: str, scope: TokenScope, network: str, *, actor: Actor) -> Call:
    """Let a program in, and count its request; raises TooManyAttempts beyond what is allowed.

    A token that is not in force is found by reading alone, and counted for its network.

    NotPermitted("api-token") says no more than that the token opens nothing: it is unknown, over
    or ended, or who made it does not lead the organisation any more. It never revives, even if
    they come back. NotPermitted("api-scope") says that it opens other things only.
    """
    if _find(db.session(), secret) is None:
        _refuse_unknown(secret, network, actor)
    with unit_of_work(actor) as uow:
        found = _find(uow.session, secret)
        if found is None:
            raise NotPermitted("api-token")
        token, number = found
        owner = find_leader(uow, token.organisation_id, token.made_by, token.made_at)
        if owner is None:
            raise NotPermitted("api-token")
        bucket = token.organisation_id.hex
        CALLS.attempt(uow, bucket)
        opens = scope in token.scopes
        if token.used_at is None or uow.now - token.used_at >= _NOTED_EVERY:
            token.used_at = uow.now
        left, seconds = CALLS.standing(uow, bucket)
        call = Call(token.id, owner, number, left, seconds)
    if not opens:  # a request all the same, and counted
        raise NotPermitted("api-scope")
    return call


def find_leader(
    uow: UnitOfWork, organisation_id: UUID, account_id: UUID, since: datetime
) -> Actor | None:
    """Who set something up for an organisation, if they may still and have led it ever since."""
    owner = find_actor(uow.session, account_id)
    if owner is None or not may(owner, Permission.FILE_COMPLAINTS):
        return None
    return owner if has_led_since(uow.session, organisation_id, owner, since) else None


def _refuse_unknown(secret: str, network: str, actor: Actor) -> NoReturn:
    """Refuse what opens nothing; a network that has tried too many is refused without writing."""
    if secret:
        UNKNOWN.demand_open(db.session(), network, datetime.now(UTC))
        with unit_of_work(actor) as uow:
            UNKNOWN.attempt(uow, network)
    raise NotPermitted("api-token")


def _find(session: Session, secret: str) -> tuple[ApiToken, str] | None:
    """The token if it is in force, and the number of its organisation."""
    found = session.execute(
        select(ApiToken, Organisation.number)
        .join(Organisation, Organisation.id == ApiToken.organisation_id)
        .where(ApiToken.digest == digest_of(secret), ApiToken.revoked_at.is_(None))
        .where(ApiToken.expires_on >= today())
    ).first()
    return None if found is None else (found[0], found[1])


def _open_tokens(uow: UnitOfWork, organisation: Organisation) -> int:
    count = select(func.count()).where(
        ApiToken.organisation_id == organisation.id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_on >= today(),
    )
    return uow.session.scalar(count) or 0
