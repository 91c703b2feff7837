"""What whoever complained reads of a counter-notice and of its reasons is written for them."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0071"
branch_labels = None
depends_on = None

_NEW = ("passed_on", "told_reasons")


def upgrade() -> None:
    """Add both; of what was passed on before, those who are alone in a case read all."""
    for name in _NEW:
        op.add_column("counter_notice", sa.Column(name, sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take both away."""
    for name in _NEW:
        op.drop_column("counter_notice", name)
