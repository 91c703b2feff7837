"""Calling an address of an organisation: one message after the other, again until it arrives."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text

from portal.audit.trail import record
from portal.infra.fetching.guard import NotVisited, NoVisit
from portal.infra.fetching.posting import Posted, post
from portal.infra.fetching.visiting import WORLD, Network
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.rights_holders.models import Organisation
from portal.rights_holders.queries.own import key_of
from portal.rights_holders.rules.webhooks import (
    GONE,
    UNDER_WAY,
    WebhookEnd,
    arrived,
    body_of,
    headers_of_call,
    is_away,
    is_given_up,
    is_hopeless,
    rest_after,
    secrets_in,
    told_of,
    wait_after,
)
from portal.rights_holders.service.tokens import find_leader
from portal.rights_holders.service.webhooks import leave_call
from portal.rights_holders.webhook_models import (
    IS_WAITING,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
    said_in_context,
    webhook_context,
)

# With 15 s for each this is within the time of the task.
AT_ONCE: Final = 6


@dataclass(frozen=True, slots=True)
class _Call:
    """One attempt as it is to be made."""

    message_id: UUID
    number: int
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of it: an answer, or why there is none."""

    milliseconds: int
    posted: Posted | None = None
    failure: NoVisit | None = None

    @property
    def status(self) -> int | None:
        return self.posted.status if self.posted else None


def call_webhook(webhook_id: UUID, *, actor: Actor) -> None:
    """Tell an address what waits for it; see `call_over`."""
    call_over(WORLD, webhook_id, actor=actor)


def call_over(network: Network, webhook_id: UUID, *, actor: Actor) -> None:
    """Tell an address over a network what waits for it, until one attempt reaches nobody.

    Safe to run twice: a message that is under way is not taken again for minutes, and one that is
    sent twice has one id, by which the receiver knows it.
    """
    with unit_of_work(actor, more_to_come=True) as uow:
        webhook = uow.session.get(Webhook, webhook_id, with_for_update=True)
        if webhook is not None:
            webhook.due_at = None
    for _time in range(AT_ONCE):
        with unit_of_work(actor, more_to_come=True) as uow:
            call = _next(uow, webhook_id)
        if call is None:
            break
        outcome = _attempt(call, network)
        with unit_of_work(actor, more_to_come=True) as uow:
            _note(uow, webhook_id, call, outcome)
        if is_away(outcome.status):
            break
    with unit_of_work(actor) as uow:
        _go_on(uow, webhook_id)


def _attempt(call: _Call, network: Network) -> _Outcome:
    at, begun = datetime.now(UTC), time.monotonic()
    message_id = f"msg_{call.message_id.hex}"
    headers = headers_of_call(message_id, at, call.body, call.secrets)
    try:
        posted = post(call.url, headers, call.body, network=network)
    except NotVisited as nothing:
        return _Outcome(_milliseconds(begun), failure=told_of(nothing.why))
    return _Outcome(_milliseconds(begun), posted)


def _milliseconds(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _next(uow: UnitOfWork, webhook_id: UUID) -> _Call | None:
    """The message that has waited longest, taken for some minutes; None if nothing is to be sent.

    Nobody is called in the name of somebody who does not lead the organisation any more.
    """
    webhook = uow.session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None or webhook.ended_at is not None or webhook.disabled_at is not None:
        return None
    if find_leader(uow, webhook.organisation_id, webhook.made_by, webhook.made_at) is None:
        _disable(uow, webhook, WebhookEnd.OWNER_LEFT)
        return None
    if webhook.rest_until is not None and webhook.rest_until > uow.now:
        return None
    message = uow.session.scalar(
        select(WebhookMessage)
        .where(WebhookMessage.webhook_id == webhook.id, text(IS_WAITING))
        .where(WebhookMessage.next_at <= uow.now)
        .order_by(WebhookMessage.next_at, WebhookMessage.number)
        .limit(1)
        .with_for_update()
    )
    if message is None:
        return None
    message.next_at, message.attempts = uow.now + UNDER_WAY, message.attempts + 1
    return _call_of(uow, webhook, message)


def _call_of(uow: UnitOfWork, webhook: Webhook, message: WebhookMessage) -> _Call:
    organisation = uow.session.get_one(Organisation, webhook.organisation_id)
    kept = key_of(organisation).decrypt_json(webhook.body, webhook_context(webhook.id))
    secrets = secrets_in(kept, webhook.rotated_at).in_force(uow.now)
    return _Call(message.id, message.attempts, kept["url"], body_of(message.payload), secrets)


def _note(uow: UnitOfWork, webhook_id: UUID, call: _Call, outcome: _Outcome) -> None:
    """Write down one attempt, and what follows from it for the message and for the address."""
    webhook = uow.session.get_one(Webhook, webhook_id, with_for_update=True)
    message = uow.session.get(WebhookMessage, call.message_id, with_for_update=True)
    if message is None:
        return
    attempt = WebhookAttempt(
        message_id=message.id,
        number=call.number,
        at=uow.now,
        milliseconds=outcome.milliseconds,
        status=outcome.status,
        failure=outcome.failure,
    )
    if outcome.posted is not None and outcome.posted.said:
        organisation = uow.session.get_one(Organisation, webhook.organisation_id)
        said = outcome.posted.said.decode("utf-8", "replace")
        place = said_in_context(message.id, call.number)
        attempt.said = key_of(organisation).encrypt_text(said, place)
    uow.session.add(attempt)
    if arrived(outcome.status):
        message.delivered_at = uow.now
        webhook.failing_since, webhook.failures, webhook.rest_until = None, 0, None
    else:
        _failed(uow, webhook, message, outcome.status)


def _failed(uow: UnitOfWork, webhook: Webhook, message: WebhookMessage, status: int | None) -> None:
    """Have the message come again later, as long as it is worth it; leave the address alone."""
    message.next_at = uow.now + wait_after(message.attempts - message.before)
    given_up = is_given_up(message.asked_at, message.next_at)
    if given_up:
        message.given_up_at = uow.now
    webhook.failing_since = webhook.failing_since or uow.now
    if is_away(status):
        webhook.failures += 1
        webhook.rest_until = uow.now + rest_after(webhook.failures)
    if status == GONE:
        _disable(uow, webhook, WebhookEnd.GONE)
    elif is_hopeless(webhook.failing_since, uow.now, given_up=given_up):
        _disable(uow, webhook, WebhookEnd.FAILING)


def _disable(uow: UnitOfWork, webhook: Webhook, why: WebhookEnd) -> None:
    webhook.disabled_at, webhook.disabled_for = uow.now, why
    record(uow, "webhook.disable", "webhook", webhook.id, reason=why)


def _go_on(uow: UnitOfWork, webhook_id: UUID) -> None:
    """Leave the next call for the moment at which something waits and the address may be called."""
    webhook = uow.session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None or webhook.ended_at is not None or webhook.disabled_at is not None:
        return
    earliest = select(func.min(WebhookMessage.next_at)).where(
        WebhookMessage.webhook_id == webhook.id, text(IS_WAITING)
    )
    at = uow.session.scalar(earliest)
    if at is not None:
        leave_call(uow, webhook, max(at, webhook.rest_until or at))
