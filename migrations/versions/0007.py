"""Sharing out work: who is away."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0007"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the queue."""
    op.drop_column("account", "absent_until")
    op.create_table(
        "absence",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_absence_ends_after_it_begins")),
        sa.CheckConstraint("substitute_id <> account_id", name=op.f("ck_absence_somebody_else")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_absence_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["account.id"], name=op.f("fk_absence_substitute_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_substitute_id", "absence", ["substitute_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("absence")
    op.add_column("account", sa.Column("absent_until", UtcDateTime(), nullable=True))
