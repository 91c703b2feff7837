"""The last day to contest a result is kept as it was told when the result was first read.

Of a result that was read before nobody kept the day: it has thirty days from now, so that nobody
is late by this, and no more time at each visit.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

MESSAGES = sa.table(
    "message",
    sa.column("kind", sa.String()),
    sa.column("read_at", sa.DateTime(timezone=True)),
    sa.column("contest_by", sa.Date()),
)


def upgrade() -> None:
    op.add_column("message", sa.Column("contest_by", sa.Date(), nullable=True))
    last_day = datetime.now(UTC).date() + timedelta(days=30)
    was_read = (MESSAGES.c.kind == "answer", MESSAGES.c.read_at.is_not(None))
    op.execute(sa.update(MESSAGES).where(*was_read).values(contest_by=last_day))


def downgrade() -> None:
    with op.batch_alter_table("message") as message:
        message.drop_column("contest_by")
