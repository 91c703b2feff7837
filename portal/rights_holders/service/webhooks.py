"""Addresses that an organisation has called: made, given another secret, ended, begun again."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.trail import record
from portal.infra.fetching.guard import NotVisited, read_target
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rights_holders.models import Organisation
from portal.rights_holders.queries.own import (
    demand_leading,
    demand_verified,
    get_own,
    get_the_one,
    key_of,
)
from portal.rights_holders.rules.webhooks import (
    LONGEST_URL,
    MOST_WEBHOOKS,
    SECRET_BYTES,
    WebhookEvent,
    is_called_name,
    secret_of,
    secrets_in,
)
from portal.rights_holders.service.requests import Once, note_result
from portal.rights_holders.webhook_models import Webhook, WebhookMessage, webhook_context

_KIND: Final = "webhook"


@dataclass(frozen=True, slots=True)
class AddWebhook:
    """An address to be called, and what it is told."""

    number: str
    url: str = field(repr=False)
    events: tuple[WebhookEvent, ...]
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The number of an address, and its secret, which is shown this once."""

    number: int
    secret: str = field(repr=False)


def add_webhook(command: AddWebhook, *, actor: Actor) -> Made:
    """Have an address called from now on.

    Raises RuleBroken for what `read_address` does not take, for no event, and for more addresses
    than an organisation may have. Names are looked up and judged at each call.
    """
    if not command.events:
        raise RuleBroken("webhook-without-event")
    url = read_address(command.url)
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, command.number, actor, lock=True)
        demand_leading(own)
        demand_verified(organisation)
        if _in_use(uow.session, organisation) >= MOST_WEBHOOKS:
            raise RuleBroken("too-many-webhooks")
        made = Webhook(
            organisation_id=organisation.id,
            number=_last_number(uow.session, organisation) + 1,
            events=sorted(set(command.events)),
            body=b"",
            made_at=uow.now,
            made_by=own.account_id,
        )
        _write(organisation, made, {"url": url, "secret": secret})
        uow.session.add(made)
        record(uow, "webhook.add", _KIND, made.id, events=" ".join(made.events))
        note_result(uow, command.once, made.number)
        return Made(made.number, secret)


def rotate_secret(
    number: str, webhook_number: int, *, actor: Actor, once: Once | None = None
) -> str:
    """Give an address another secret and return it; each one before signs for a day besides.

    Raises RuleBroken for more changes in a day than calls can be signed for.
    """
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    with unit_of_work(actor) as uow:
        organisation, webhook = _get(uow, number, webhook_number, actor)
        kept = key_of(organisation).decrypt_json(webhook.body, webhook_context(webhook.id))
        changed = secrets_in(kept, webhook.rotated_at).changed(secret, uow.now)
        _write(organisation, webhook, {"url": kept["url"], **changed.as_json()})
        webhook.rotated_at = uow.now
        record(uow, "webhook.rotate", _KIND, webhook.id)
        note_result(uow, once, webhook.number)
        return secret


def end_webhook(number: str, webhook_number: int, *, actor: Actor) -> None:
    """Call an address no more, for good; its log stays for a while. Twice does nothing more."""
    with unit_of_work(actor) as uow:
        organisation, own = get_own(uow.session, number, actor, lock=True)
        demand_leading(own)
        webhook = find_webhook(uow.session, organisation, webhook_number, lock=True)
        if webhook.ended_at is None:
            webhook.ended_at = uow.now
            record(uow, "webhook.end", _KIND, webhook.id)


def enable_webhook(number: str, webhook_number: int, *, actor: Actor) -> None:
    """Call an address again that was called no more; from now on in the actor's name.

    Raises RuleBroken for an organisation that is not verified (any more).
    """
    with unit_of_work(actor) as uow:
        organisation, webhook = _get(uow, number, webhook_number, actor)
        demand_verified(organisation)
        if webhook.disabled_at is None:
            return
        if actor.id is None:
            raise NotFound("account")
        webhook.disabled_at, webhook.disabled_for, webhook.failing_since = None, None, None
        webhook.failures, webhook.rest_until = 0, None
        webhook.made_by, webhook.made_at = actor.id, uow.now
        record(uow, "webhook.enable", _KIND, webhook.id)
        leave_call(uow, webhook, uow.now)


def resend(number: str, webhook_number: int, message_number: int, *, actor: Actor) -> None:
    """Tell an address again what it was told, or could not be; the message keeps its id.

    Its waits begin anew.
    Raises RuleBroken for an address that is called no more. What waits anyway goes at once.
    """
    with unit_of_work(actor) as uow:
        _organisation, webhook = _get(uow, number, webhook_number, actor)
        if webhook.disabled_at is not None:
            raise RuleBroken("webhook-not-called")
        message = find_message(uow.session, webhook, message_number, lock=True)
        message.delivered_at, message.given_up_at = None, None
        message.before = message.attempts
        message.asked_at, message.next_at, webhook.rest_until = uow.now, uow.now, None
        record(uow, "webhook.resend", _KIND, webhook.id, message=message.number)
        leave_call(uow, webhook, uow.now)


def leave_call(uow: UnitOfWork, webhook: Webhook, at: datetime) -> None:
    """Leave a task to call an address, unless one is left already that comes as early."""
    at = max(at, uow.now)
    if webhook.due_at is None or at < webhook.due_at:
        webhook.due_at, webhook.runs = at, webhook.runs + 1
        uow.task(TaskKind.CALL_WEBHOOK, webhook.id, cause=str(webhook.runs), not_before=at)


def find_webhook(
    session: Session, organisation: Organisation, number: int, *, lock: bool = False
) -> Webhook:
    """An address of this organisation; NotFound for any other."""
    wanted = select(Webhook).where(
        Webhook.organisation_id == organisation.id, Webhook.number == number
    )
    return get_the_one(session, wanted, "webhook", lock=lock)


def find_message(
    session: Session, webhook: Webhook, number: int, *, lock: bool = False
) -> WebhookMessage:
    """A message of this address; NotFound for any other."""
    wanted = select(WebhookMessage).where(
        WebhookMessage.webhook_id == webhook.id, WebhookMessage.number == number
    )
    return get_the_one(session, wanted, "webhook-message", lock=lock)


def _get(
    uow: UnitOfWork, number: str, webhook_number: int, actor: Actor
) -> tuple[Organisation, Webhook]:
    """An address that is in use, locked, for somebody who leads its organisation."""
    organisation, own = get_own(uow.session, number, actor, lock=True)
    demand_leading(own)
    webhook = find_webhook(uow.session, organisation, webhook_number, lock=True)
    if webhook.ended_at is not None:
        raise RuleBroken("webhook-not-called")
    return organisation, webhook


def read_address(typed: str) -> str:
    """The address as it will be called.

    Raises RuleBroken for what is no address with TLS, and for one inside this net.
    """
    try:
        target = read_target(typed)
    except NotVisited:
        raise RuleBroken("not-a-web-address") from None
    if not target.secure or len(target.url) > LONGEST_URL:
        raise RuleBroken("webhook-needs-tls")
    if not is_called_name(target.host, target.port):
        raise RuleBroken("webhook-not-public")
    return target.url


def _write(organisation: Organisation, webhook: Webhook, said: dict[str, Any]) -> None:
    webhook.body = key_of(organisation).encrypt_json(said, webhook_context(webhook.id))


def _in_use(session: Session, organisation: Organisation) -> int:
    count = select(func.count()).where(
        Webhook.organisation_id == organisation.id, Webhook.ended_at.is_(None)
    )
    return session.scalar(count) or 0


def _last_number(session: Session, organisation: Organisation) -> int:
    last = select(func.coalesce(func.max(Webhook.number), 0))
    return session.scalars(last.where(Webhook.organisation_id == organisation.id)).one()
