"""The tokens of an organisation as its owners see them: never the token."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.rights_holders.models import ApiToken
from portal.rights_holders.queries.own import demand_leading, get_own, today
from portal.rights_holders.rules.tokens import TokenScope


@dataclass(frozen=True, slots=True)
class TokenLine:
    id: UUID
    name: str
    scopes: tuple[TokenScope, ...]
    made_at: datetime
    made_by: str
    expires_on: date
    used_at: datetime | None
    open: bool


def get_open_token(session: Session, number: str, token_id: UUID, actor: Actor) -> TokenLine:
    """A token that still opens something; NotFound for any other."""
    for one in list_tokens(session, number, actor):
        if one.id == token_id and one.open:
            return one
    raise NotFound("api-token")


def list_tokens(session: Session, number: str, actor: Actor) -> list[TokenLine]:
    """The tokens of an organisation that its reader leads, the newest first."""
    organisation, membership = get_own(session, number, actor)
    demand_leading(membership)
    rows = session.execute(
        select(ApiToken, Account.display_name)
        .join(Account, Account.id == ApiToken.made_by)
        .where(ApiToken.organisation_id == organisation.id)
        .order_by(ApiToken.made_at.desc(), ApiToken.id)
    )
    day = today()
    return [
        TokenLine(
            id=token.id,
            name=token.name,
            scopes=tuple(TokenScope(one) for one in token.scopes),
            made_at=token.made_at,
            made_by=name,
            expires_on=token.expires_on,
            used_at=token.used_at,
            open=token.revoked_at is None and token.expires_on >= day,
        )
        for token, name in rows
    ]
