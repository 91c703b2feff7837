"""Tokens by which programs of rights-holders work, and what requests with a key came to."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0043"
down_revision = "0041"
branch_labels = None
depends_on = None

TOKEN, REQUEST = "api_token", "api_request"


def upgrade() -> None:
    """Nobody has a token yet."""
    op.create_table(
        TOKEN,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        _to(TOKEN, "organisation_id", "organisation"),
        _to(TOKEN, "made_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    op.create_index("ix_api_token_organisation", TOKEN, ["organisation_id", "made_at"])
    op.create_table(
        REQUEST,
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.Integer(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        _to(REQUEST, "token_id", TOKEN),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_api_request")),
    )
    op.create_index("ix_api_request_answered_at", REQUEST, ["answered_at"])


def downgrade() -> None:
    """Tokens are gone with their tables; programs need new ones afterwards."""
    op.drop_table(REQUEST)
    op.drop_table(TOKEN)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)
