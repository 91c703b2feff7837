"""Why the office refused to hear a party in person."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for the reasons, encrypted under the key of the case."""
    op.add_column("party_access", sa.Column("hearing_refused", sa.LargeBinary()))


def downgrade() -> None:
    """Take the reasons away."""
    op.drop_column("party_access", "hearing_refused")
