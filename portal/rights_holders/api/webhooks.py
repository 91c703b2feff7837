"""Addresses that are called, for programs: set up, looked at, and told again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import url_for

from portal.infra.database import db
from portal.rights_holders.api import webhook_shapes as shapes
from portal.rights_holders.api.answers import Said, said_page, window_of
from portal.rights_holders.api.blueprint import NUMBER, bp, current_call, once, opened_by
from portal.rights_holders.api.shapes import ListAsked, OnceHeaders
from portal.rights_holders.queries import webhooks as queries
from portal.rights_holders.rules.tokens import TokenScope
from portal.rights_holders.rules.webhooks import WebhookEvent
from portal.rights_holders.service import webhooks as service
from portal.rights_holders.service.requests import Once
from portal.rights_holders.service.webhooks import AddWebhook

_OPENED, _REFUSED = TokenScope.WEBHOOKS, HTTPStatus.UNPROCESSABLE_ENTITY
_MESSAGES: Final = f"/webhooks/{NUMBER}/messages"
_MESSAGE: Final = f"{_MESSAGES}/{NUMBER.replace(':number', ':message')}"
_KNOWN: Final = (HTTPStatus.NOT_FOUND, _REFUSED)


@bp.get("/webhooks")
@opened_by(_OPENED)
@bp.response(200, shapes.WebhookList)
def list_webhooks() -> Said:
    """The addresses that the organisation has called, the newest first; a few."""
    call = current_call()
    found = queries.list_webhooks(db.session(), call.number, call.actor)
    return {"items": [_said_webhook(one) for one in found]}


@bp.get(f"/webhooks/{NUMBER}")
@opened_by(_OPENED, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.WebhookShape)
def get_webhook(number: int) -> Said:
    """One address."""
    return _get_said(number)


@bp.post("/webhooks")
@opened_by(_OPENED, HTTPStatus.CONFLICT, _REFUSED)
@bp.arguments(OnceHeaders, location="headers")
@bp.arguments(shapes.NewWebhook)
@bp.response(201, shapes.MadeWebhook)
def add_webhook(
    headers: Mapping[str, str], sent: Mapping[str, Any]
) -> tuple[Said, int, dict[str, str]]:
    """Have an address called. The secret is in the first answer only; if it is lost, change it."""
    call, secrets = current_call(), []

    def add(mark: Once) -> int:
        events = tuple(WebhookEvent(one) for one in sent["events"])
        made = service.add_webhook(
            AddWebhook(call.number, sent["url"], events, mark), actor=call.actor
        )
        secrets.append(made.secret)
        return made.number

    number = once(headers, add)
    said = _get_said(number) | {"secret": secrets[0] if secrets else None}
    return said, 201, {"Location": url_for("api.get_webhook", number=number)}


@bp.post(f"/webhooks/{NUMBER}/secret")
@opened_by(_OPENED, HTTPStatus.CONFLICT, *_KNOWN)
@bp.arguments(OnceHeaders, location="headers")
@bp.response(200, shapes.SecretShape)
def rotate_secret(headers: Mapping[str, str], number: int) -> Said:
    """Make another secret; each one before signs for a day besides.

    It is in the first answer only; if it is lost, change it again.
    """
    call, made = current_call(), []

    def rotate(mark: Once) -> int:
        made.append(service.rotate_secret(call.number, number, actor=call.actor, once=mark))
        return number

    once(headers, rotate)
    return {"secret": made[0] if made else None}


@bp.post(f"/webhooks/{NUMBER}/enabling")
@opened_by(_OPENED, *_KNOWN)
@bp.response(200, shapes.WebhookShape)
def enable_webhook(number: int) -> Said:
    """Have an address called again at which nothing arrived for days."""
    call = current_call()
    service.enable_webhook(call.number, number, actor=call.actor)
    return _get_said(number)


@bp.post(f"/webhooks/{NUMBER}/ending")
@opened_by(_OPENED, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.WebhookShape)
def end_webhook(number: int) -> Said:
    """Have an address called no more, for good."""
    call = current_call()
    service.end_webhook(call.number, number, actor=call.actor)
    return _get_said(number)


@bp.get(_MESSAGES)
@opened_by(_OPENED, *_KNOWN)
@bp.arguments(ListAsked, location="query", unknown=None)
@bp.response(200, shapes.MessagePage)
def list_messages(asked: Mapping[str, Any], number: int) -> Said:
    """What an address was told in the last month, the newest first, with every attempt."""
    call, session = current_call(), db.session()
    queries.get_webhook(session, call.number, number, call.actor)
    found = queries.list_messages(session, call.number, number, window_of(asked), call.actor)
    return said_page(found, _said_message)


@bp.get(_MESSAGE)
@opened_by(_OPENED, HTTPStatus.NOT_FOUND)
@bp.response(200, shapes.MessageShape)
def get_message(number: int, message: int) -> Said:
    """One message: what it says, and what came of each attempt."""
    call = current_call()
    found = queries.get_message(db.session(), call.number, number, message, call.actor)
    return _said_message(found)


@bp.post(f"{_MESSAGE}/resend")
@opened_by(_OPENED, *_KNOWN)
@bp.response(200, shapes.MessageShape)
def resend_message(number: int, message: int) -> Said:
    """Send a message again, under the id it has."""
    call = current_call()
    service.resend(call.number, number, message, actor=call.actor)
    found = queries.get_message(db.session(), call.number, number, message, call.actor)
    return _said_message(found)


def _get_said(number: int) -> Said:
    call = current_call()
    return _said_webhook(queries.get_webhook(db.session(), call.number, number, call.actor))


def _said_webhook(line: queries.WebhookLine) -> Said:
    return {
        "number": line.number,
        "url": line.url,
        "events": [one.value for one in line.events],
        "made_at": line.made_at,
        "failing_since": line.failing_since,
        "disabled_at": line.disabled_at,
        "disabled_for": line.disabled_for,
        "ended_at": line.ended_at,
    }


def _said_message(line: queries.MessageLine) -> Said:
    return {
        "number": line.number,
        "id": line.id,
        "event": line.event,
        "payload": line.payload,
        "made_at": line.made_at,
        "next_at": line.next_at,
        "delivered_at": line.delivered_at,
        "given_up_at": line.given_up_at,
        "attempts": [
            {
                "at": one.at,
                "milliseconds": one.milliseconds,
                "status": one.status,
                "failure": one.failure,
                "answer": one.said,
            }
            for one in line.attempts
        ],
    }
