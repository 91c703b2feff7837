"""The months that units are told of are written down, also one in which nothing was passed on."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A month of which there are digests was made."""
    months = op.create_table(
        "digest_month",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("month", sa.Date(), nullable=False, unique=True),
        sa.Column("made_at", UtcDateTime()),
        sa.Column("digests", sa.Integer()),
        sa.CheckConstraint("(made_at IS NULL) = (digests IS NULL)", name="made_has_a_number"),
    )
    told = sa.table(
        "unit_digest", sa.column("month", sa.Date()), sa.column("made_at", UtcDateTime())
    )
    made_at, digests = sa.func.min(told.c.made_at), sa.func.count()
    found = op.get_bind().execute(
        sa.select(told.c.month, made_at.label("made_at"), digests.label("digests")).group_by(
            told.c.month
        )
    )
    op.bulk_insert(months, [{"id": uuid4(), **row} for row in found.mappings()])


def downgrade() -> None:
    """The digests themselves say which months were made."""
    op.drop_table("digest_month")
