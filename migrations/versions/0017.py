"""What the queue goes by: indexes of the lists of cases."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None

OPEN_CASE, TO_DO = "state <> 'closed'", "done_at IS NULL"
INDEXES = (
    ("ix_case_file_open_category", "case_file", ["category", "next_due_on", "id"], OPEN_CASE),
    ("ix_case_file_open_region", "case_file", ["region", "next_due_on", "id"], OPEN_CASE),
    ("ix_case_file_category_opened", "case_file", ["category", "opened_at", "id"], None),
    ("ix_case_file_state_opened", "case_file", ["state", "opened_at", "id"], None),
    ("ix_case_file_handler_opened", "case_file", ["handler_id", "opened_at", "id"], None),
    ("ix_case_task_to_do", "case_task", ["due_on", "id"], TO_DO),
)


def upgrade() -> None:
    """Add the indexes."""
    for name, table, columns, where in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    """Take them back."""
    for name, table, _columns, _where in reversed(INDEXES):
        op.drop_index(name, table)
