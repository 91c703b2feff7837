"""A unit is reminded of the tasks of plans whose day is near."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None

TABLE = "campaign_task"
TO_REMIND_OF = ("ix_campaign_task_remind", ["due_on", "id"], "reminded_at IS NULL")
REMINDED = ("ix_campaign_task_due", ["department_code", "due_on", "id"], "reminded_at IS NOT NULL")


def upgrade() -> None:
    """Nobody was reminded yet: the next run of the clock does it."""
    op.add_column(TABLE, sa.Column("reminded_at", UtcDateTime(), nullable=True))
    for name, columns, condition in (TO_REMIND_OF, REMINDED):
        where = sa.text(f"state = 'open' AND {condition}")
        op.create_index(name, TABLE, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """The plan itself still shows what is late."""
    for name, _columns, _condition in (REMINDED, TO_REMIND_OF):
        op.drop_index(name, TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_column("reminded_at")
