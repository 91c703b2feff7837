"""The addresses of an organisation that are called, and the log of what they were told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.infra.fetching.guard import NoVisit
from portal.infra.keyset import in_window
from portal.infra.vault import ContentKey
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rights_holders.models import Organisation
from portal.rights_holders.queries.own import demand_leading, get_own, key_of
from portal.rights_holders.rules.webhooks import WebhookEnd, WebhookEvent, body_of
from portal.rights_holders.webhook_models import (
    Webhook,
    WebhookAttempt,
    WebhookMessage,
    said_in_context,
    webhook_context,
)

MESSAGES_KEY: Final = (int,)


@dataclass(frozen=True, slots=True)
class WebhookLine:
    """An address as those see it who lead its organisation: never the secret."""

    number: int
    url: str = field(repr=False)
    events: tuple[WebhookEvent, ...]
    made_at: datetime
    made_by: str
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_for: WebhookEnd | None
    ended_at: datetime | None

    @property
    def called(self) -> bool:
        return self.ended_at is None and self.disabled_at is None


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt: the status and the beginning of the answer, or why there was none."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None
    failure: NoVisit | None
    said: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message, what it says, and the attempts to deliver it."""

    number: int
    id: str
    event: WebhookEvent
    payload: Mapping[str, Any]
    made_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    attempts: tuple[AttemptLine, ...] = ()

    @property
    def sent(self) -> str:
        """The body as it is sent."""
        return body_of(self.payload).decode()


def list_webhooks(session: Session, number: str, actor: Actor) -> list[WebhookLine]:
    """The addresses of an organisation that its reader leads, the newest first; a few."""
    organisation = get_led(session, number, actor)
    rows = session.execute(
        select(Webhook, Account.display_name)
        .join(Account, Account.id == Webhook.made_by)
        .where(Webhook.organisation_id == organisation.id)
        .order_by(Webhook.number.desc())
    )
    key = key_of(organisation)
    return [_webhook(key, webhook, name) for webhook, name in rows]


def get_webhook(session: Session, number: str, webhook: int, actor: Actor) -> WebhookLine:
    """One address; NotFound for any other organisation's."""
    found = [one for one in list_webhooks(session, number, actor) if one.number == webhook]
    if not found:
        raise NotFound("webhook")
    return found[0]


def list_messages(
    session: Session, number: str, webhook: int, window: Window, actor: Actor
) -> Page[MessageLine]:
    """What an address was told, the newest first, with every attempt."""
    organisation = get_led(session, number, actor)
    wanted = select(WebhookMessage).where(
        WebhookMessage.webhook_id == _id_of(organisation, webhook)
    )
    found = in_window(wanted, window, WebhookMessage.number, newest_first=True)
    messages = list(session.scalars(found))
    lines = _lines(session, organisation, messages)
    return page_of(lines, window, lambda one: (one.number,))


def get_message(
    session: Session, number: str, webhook: int, message: int, actor: Actor
) -> MessageLine:
    """One message; NotFound for one of another address."""
    organisation = get_led(session, number, actor)
    found = session.scalar(
        select(WebhookMessage).where(
            WebhookMessage.webhook_id == _id_of(organisation, webhook),
            WebhookMessage.number == message,
        )
    )
    if found is None:
        raise NotFound("webhook-message")
    return _lines(session, organisation, [found])[0]


def get_led(session: Session, number: str, actor: Actor) -> Organisation:
    """An organisation that the actor leads."""
    organisation, membership = get_own(session, number, actor)
    demand_leading(membership)
    return organisation


def is_any_disabled(session: Session, organisation: Organisation) -> bool:
    """Whether an address of an organisation is called no more although nobody ended it."""
    wanted = select(Webhook.id).where(
        Webhook.organisation_id == organisation.id,
        Webhook.disabled_at.is_not(None),
        Webhook.ended_at.is_(None),
    )
    return session.scalar(wanted.limit(1)) is not None


def _id_of(organisation: Organisation, number: int) -> Any:  # noqa: ANN401  # a subquery
    return (
        select(Webhook.id)
        .where(Webhook.organisation_id == organisation.id, Webhook.number == number)
        .scalar_subquery()
    )


def _webhook(key: ContentKey, webhook: Webhook, name: str) -> WebhookLine:
    return WebhookLine(
        number=webhook.number,
        url=key.decrypt_json(webhook.body, webhook_context(webhook.id))["url"],
        events=tuple(WebhookEvent(one) for one in webhook.events),
        made_at=webhook.made_at,
        made_by=name,
        failing_since=webhook.failing_since,
        disabled_at=webhook.disabled_at,
        disabled_for=webhook.disabled_for,
        ended_at=webhook.ended_at,
    )


def _lines(
    session: Session, organisation: Organisation, messages: list[WebhookMessage]
) -> list[MessageLine]:
    key = key_of(organisation)
    wanted = select(WebhookAttempt).where(
        WebhookAttempt.message_id.in_([one.id for one in messages])
    )
    attempts: dict[object, list[AttemptLine]] = {}
    for one in session.scalars(wanted.order_by(WebhookAttempt.number)):
        attempts.setdefault(one.message_id, []).append(_attempt(key, one))
    rests = session.scalars(
        select(Webhook.rest_until).where(Webhook.id.in_({one.webhook_id for one in messages}))
    ).first()  # they are of one address
    return [_message(one, tuple(attempts.get(one.id, ())), rests) for one in messages]


def _attempt(key: ContentKey, attempt: WebhookAttempt) -> AttemptLine:
    place = said_in_context(attempt.message_id, attempt.number)
    return AttemptLine(
        number=attempt.number,
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        status=attempt.status,
        failure=attempt.failure,
        said="" if attempt.said is None else key.decrypt_text(attempt.said, place),
    )


def _message(
    message: WebhookMessage, attempts: tuple[AttemptLine, ...], rests: datetime | None
) -> MessageLine:
    """A message; what waits is not sent before its address is called again."""
    waits = message.delivered_at is None and message.given_up_at is None
    return MessageLine(
        number=message.number,
        id=f"msg_{message.id.hex}",
        event=message.event,
        payload=message.payload,
        made_at=message.made_at,
        next_at=max(message.next_at, rests or message.next_at) if waits else None,
        delivered_at=message.delivered_at,
        given_up_at=message.given_up_at,
        attempts=attempts,
    )
