"""The indexes of what repeats, leads and follows hold only reports that do."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = ("duplicate_of", "merged_into", "mass_of")


def upgrade() -> None:
    """Leave out the reports that name no other one."""
    for name in COLUMNS:
        op.drop_index(f"ix_report_{name}", "report")
        some = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_report_{name}", "report", [name], sqlite_where=some, postgresql_where=some
        )


def downgrade() -> None:
    """Take all of them in again."""
    for name in COLUMNS:
        op.drop_index(f"ix_report_{name}", "report")
        op.create_index(f"ix_report_{name}", "report", [name])
