"""The work of one unit that stands still is found without that of all others."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0084"
branch_labels = None
depends_on = None

_OPEN = sa.text("state NOT IN ('declined', 'closed') AND merged_into IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_report_open_unit_standing",
        "report",
        ["department_code", "state", "changed_at", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_report_open_unit_standing", table_name="report")
