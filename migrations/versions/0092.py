"""What waits for the answer of one organisation is found without what was told to all others."""

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

_UNANSWERED = sa.text("answer IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_counter_notice_complaint_unanswered",
        "counter_notice_complaint",
        ["organisation_id"],
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )


def downgrade() -> None:
    op.drop_index("ix_counter_notice_complaint_unanswered", table_name="counter_notice_complaint")
