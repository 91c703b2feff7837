"""Complaints that never became a report are found by when they ended, to be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

INDEX = "ix_complaint_unfiled"
UNFILED = "state IN ('lapsed', 'repeated') AND body IS NOT NULL"


def upgrade() -> None:
    """An index over the few that wait for it."""
    where = sa.text(UNFILED)
    columns = ["changed_at", "id"]
    op.create_index(INDEX, "complaint", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Nothing but the index goes; what was erased stays erased."""
    op.drop_index(INDEX, "complaint")
