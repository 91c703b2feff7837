"""Parties told before they are decided about, more time for reviews, pictures of letterheads."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what steps, letterheads, papers of reports and reviews have more."""
    op.add_column("case_step", sa.Column("notice", sa.String(), server_default="", nullable=False))
    op.add_column(
        "letterhead", sa.Column("picture", sa.String(), server_default="", nullable=False)
    )
    op.add_column("report_paper", sa.Column("struck_at", UtcDateTime()))
    op.add_column("report_paper", sa.Column("struck_because", sa.LargeBinary()))
    op.add_column("review", sa.Column("due_before", sa.Date()))


def downgrade() -> None:
    """Take them out again."""
    op.drop_column("review", "due_before")
    op.drop_column("report_paper", "struck_because")
    op.drop_column("report_paper", "struck_at")
    op.drop_column("letterhead", "picture")
    op.drop_column("case_step", "notice")
