"""Of which month an organisation was told last that there is news."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was told of any."""
    column = sa.Column("digest_month", sa.String(), nullable=False, server_default="")
    op.add_column("organisation", column)


def downgrade() -> None:
    """Nobody is told."""
    with op.batch_alter_table("organisation") as table:
        table.drop_column("digest_month")
