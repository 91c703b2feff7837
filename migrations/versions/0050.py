"""Addresses of programs that are called, their messages, and the attempts to deliver them."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

WEBHOOK, MESSAGE, ATTEMPT, CURSOR = (
    *("webhook", "webhook_message"),
    *("webhook_attempt", "webhook_cursor"),
)
EVENTS = ("complaint.state-changed", "complaint.message", "complaint.decision", "batch.finished")
ENDS = ("failing", "gone", "owner-left")
WHY_NOT = (
    *("not-an-address", "not-public", "no-such-host", "no-answer", "too-slow"),
    *("bad-certificate", "not-http", "too-many-redirects", "not-allowed"),
)
IS_WAITING = "delivered_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    """Nobody is called yet."""
    op.create_table(
        WEBHOOK,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("rotated_at", UtcDateTime(), nullable=True),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rest_until", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("disabled_for", _one_of("webhookend", ENDS), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        _to(WEBHOOK, "organisation_id", "organisation"),
        _to(WEBHOOK, "made_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_webhook_organisation_id_number")
        ),
    )
    op.create_table(
        MESSAGE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("event", _one_of("webhookevent", EVENTS), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        _to(MESSAGE, "webhook_id", WEBHOOK),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
        sa.UniqueConstraint(
            "webhook_id", "number", name=op.f("uq_webhook_message_webhook_id_number")
        ),
        sa.UniqueConstraint(
            "webhook_id", "cause", name=op.f("uq_webhook_message_webhook_id_cause")
        ),
    )
    op.create_index("ix_webhook_message_made_at", MESSAGE, ["made_at"])
    op.create_index(
        "ix_webhook_message_waiting",
        MESSAGE,
        ["webhook_id", "next_at"],
        sqlite_where=sa.text(IS_WAITING),
        postgresql_where=sa.text(IS_WAITING),
    )
    op.create_table(
        ATTEMPT,
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("failure", _one_of("novisit", WHY_NOT), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        _to(ATTEMPT, "message_id", MESSAGE),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_webhook_attempt")),
    )
    op.create_table(
        CURSOR,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_cursor")),
    )


def downgrade() -> None:
    """Addresses, secrets and the log of the calls are gone with their tables."""
    for table in (CURSOR, ATTEMPT, MESSAGE, WEBHOOK):
        op.drop_table(table)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _one_of(name: str, codes: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
