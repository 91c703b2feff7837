"""A kind of paper has standard phrases for its parts."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Papers of before have none, until their pack is loaded anew."""
    column = sa.Column("phrases", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("paper_form", column)


def downgrade() -> None:
    """Take them back."""
    op.drop_column("paper_form", "phrases")
