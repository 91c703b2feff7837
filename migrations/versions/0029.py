"""A report says that its reporter has written and nobody has read it yet."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

INDEX, WRITTEN_TO = "ix_report_written_unit", sa.text("written_at IS NOT NULL")


def upgrade() -> None:
    """Nobody can tell which of the older messages were read: they count as read."""
    op.add_column("report", sa.Column("written_at", UtcDateTime()))
    columns = ["department_code", "next_due_on", "id"]
    op.create_index(INDEX, "report", columns, sqlite_where=WRITTEN_TO, postgresql_where=WRITTEN_TO)


def downgrade() -> None:
    """Forget it."""
    op.drop_index(INDEX, "report")
    op.drop_column("report", "written_at")
