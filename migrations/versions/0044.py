"""Parties are told before they are decided about; more time for a review; pictures of letterheads."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the notice of a step, the day that was told before a review was extended, the picture."""
    op.add_column("case_step", sa.Column("notice", sa.String(), server_default="", nullable=False))
    op.add_column(
        "letterhead", sa.Column("picture", sa.String(), server_default="", nullable=False)
    )
    op.add_column("review", sa.Column("due_before", sa.Date()))


def downgrade() -> None:
    """Take them out again."""
    op.drop_column("review", "due_before")
    op.drop_column("letterhead", "picture")
    op.drop_column("case_step", "notice")
