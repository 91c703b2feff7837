"""A paper of a case knows whether it was served: what was is not struck out before its service."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0057"
branch_labels = None
depends_on = None

SERVED = """UPDATE case_paper SET served = :yes WHERE id IN
  (SELECT paper_id FROM service WHERE paper_id IS NOT NULL AND struck_at IS NULL)"""


def upgrade() -> None:
    """Add the column, and fill it from the services that are not struck out."""
    with op.batch_alter_table("case_paper") as table:
        table.add_column(
            sa.Column("served", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.get_bind().execute(sa.text(SERVED), {"yes": True})


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("case_paper") as table:
        table.drop_column("served")
