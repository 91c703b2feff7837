"""What was declined after it had been closed and contested has ended once: as declined."""

from alembic import op

revision = "0071"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take away the outcome of the closing that was contested."""
    op.execute(
        "UPDATE report SET close_reason = NULL "
        "WHERE state = 'declined' AND close_reason IS NOT NULL"
    )


def downgrade() -> None:
    """Nothing: what it was stands on the trail."""
