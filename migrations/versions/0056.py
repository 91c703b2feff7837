"""Digests between units: figures of a month, in a copy for each of the two."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

UNREAD = sa.text("acknowledged_at IS NULL")


def upgrade() -> None:
    """There is none yet."""
    op.create_table(
        "unit_digest",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("other_code", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("things", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime()),
        sa.Column("acknowledged_by", sa.Uuid(), sa.ForeignKey("account.id")),
        sa.UniqueConstraint("department_code", "other_code", "month"),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name="acknowledged_by_somebody",
        ),
    )
    op.create_index("ix_unit_digest_unit_month", "unit_digest", ["department_code", "month", "id"])
    op.create_index("ix_unit_digest_month", "unit_digest", ["month", "id"])
    op.create_index(
        "ix_unit_digest_unread",
        "unit_digest",
        ["department_code"],
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )


def downgrade() -> None:
    """Forget them; what they were counted from stays."""
    op.drop_table("unit_digest")
