"""A sealed payee carries the mark of the program: anybody can seal to keys that are public."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from portal.rewards.payment.codes import mark_of

revision = "0062"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLE = "payee_data"


def upgrade() -> None:
    """What is there is marked as it is."""
    op.add_column(TABLE, sa.Column("mark", sa.LargeBinary()))
    rows = sa.table(
        TABLE,
        sa.column("payment_id", sa.Uuid()),
        sa.column("body", sa.LargeBinary()),
        sa.column("mark", sa.LargeBinary()),
    )
    bind = op.get_bind()
    for payment_id, body in bind.execute(sa.select(rows.c.payment_id, rows.c.body)).all():
        mark = mark_of(UUID(str(payment_id)), body)
        bind.execute(rows.update().where(rows.c.payment_id == payment_id).values(mark=mark))
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("mark", existing_type=sa.LargeBinary(), nullable=False)


def downgrade() -> None:
    """Leave the marks out."""
    with op.batch_alter_table(TABLE) as table:
        table.drop_column("mark")
