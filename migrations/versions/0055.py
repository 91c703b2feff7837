"""Tasks that somebody is reminded of are counted without walking through all that they have."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

REMINDED = sa.text("done_at IS NULL AND reminded_at IS NOT NULL")


def upgrade() -> None:
    """Index them by owner."""
    op.create_index(
        "ix_case_task_reminded",
        "case_task",
        ["owner_id", "due_on", "id"],
        sqlite_where=REMINDED,
        postgresql_where=REMINDED,
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_case_task_reminded", "case_task")
