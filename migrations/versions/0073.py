"""What whoever complained reads of a counter-notice is written for them; hashes go with words."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_NEW = ("passed_on", "told_reasons")


def upgrade() -> None:
    """Add both: of what was passed on before, whoever is alone in a case reads all.

    What was erased of complaints leaves no hash that would tell whether it was this.
    """
    for name in _NEW:
        op.add_column("counter_notice", sa.Column(name, sa.LargeBinary(), nullable=True))
    op.execute("UPDATE complaint SET target = NULL, digest = NULL WHERE body IS NULL")


def downgrade() -> None:
    """Take both away."""
    for name in _NEW:
        op.drop_column("counter_notice", name)
