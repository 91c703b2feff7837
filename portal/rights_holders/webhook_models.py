"""Addresses of programs that are called, what they are told, and every attempt to tell them."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.infra.database import Base
from portal.infra.fetching.guard import NoVisit
from portal.rights_holders.rules.webhooks import WebhookEnd, WebhookEvent

IS_CALLED = "ended_at IS NULL AND disabled_at IS NULL"
IS_WAITING = "delivered_at IS NULL AND given_up_at IS NULL"


class Webhook(Base):
    """An address that is called for an organisation, in the name of the owner who made it.

    Address and secrets are in `body`, under the organisation's key. `failures` counts attempts in a
    row that reached nobody, `due_at` is the time a task is left for, `runs` tells tasks apart,
    `messages` is the last number given; whoever gives the next one holds the row locked.
    """

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    events: Mapped[list[str]]
    body: Mapped[bytes]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    rotated_at: Mapped[datetime | None] = mapped_column(default=None)
    failing_since: Mapped[datetime | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)
    rest_until: Mapped[datetime | None] = mapped_column(default=None)
    disabled_at: Mapped[datetime | None] = mapped_column(default=None)
    disabled_for: Mapped[WebhookEnd | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    runs: Mapped[int] = mapped_column(default=0)
    messages: Mapped[int] = mapped_column(default=0)


class WebhookMessage(Base):
    """One thing an address is told, once for each cause; `asked_at` is when, last, to tell it.

    `before` counts the attempts made before it was asked for again: the waits begin anew then.
    """

    __tablename__ = "webhook_message"
    __table_args__ = (
        UniqueConstraint("webhook_id", "number"),
        UniqueConstraint("webhook_id", "cause"),
        Index("ix_webhook_message_made_at", "made_at"),
        Index(
            "ix_webhook_message_waiting",
            *("webhook_id", "next_at"),
            sqlite_where=text(IS_WAITING),
            postgresql_where=text(IS_WAITING),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id"))
    number: Mapped[int]
    cause: Mapped[str]
    event: Mapped[WebhookEvent]
    payload: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    before: Mapped[int] = mapped_column(default=0, server_default="0")
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    given_up_at: Mapped[datetime | None] = mapped_column(default=None)


class WebhookAttempt(Base):
    """One attempt: what was answered (the beginning, encrypted), or why nothing was."""

    __tablename__ = "webhook_attempt"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_message.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    status: Mapped[int | None] = mapped_column(default=None)
    failure: Mapped[NoVisit | None] = mapped_column(default=None)
    said: Mapped[bytes | None] = mapped_column(default=None)


class WebhookCursor(Base):
    """How far the trail has been read for what organisations are told."""

    __tablename__ = "webhook_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]


def webhook_context(webhook_id: UUID) -> str:
    """The one place an address and its secrets may stand in."""
    return f"webhook.body:{webhook_id}"


def said_in_context(message_id: UUID, number: int) -> str:
    """The one place the answer to an attempt may stand in."""
    return f"webhook_attempt.said:{message_id}:{number}"
