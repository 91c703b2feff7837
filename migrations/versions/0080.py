"""For how long a result can be called not resolved."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Thirty days from its reading, until the place says otherwise."""
    op.add_column(
        "pack_version",
        sa.Column("contest_days", sa.Integer(), nullable=False, server_default="30"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("pack_version", "contest_days")
