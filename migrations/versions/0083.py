"""A transfer to the police that was approved can be withdrawn before it is handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0080"
branch_labels = None
depends_on = None

TABLE = "case_referral"
BEFORE = ("proposed", "refused", "approved", "handed-over", "answered")
STATES = (*BEFORE[:3], "withdrawn", *BEFORE[3:])


def upgrade() -> None:
    """One more state."""
    _states(BEFORE, STATES)


def downgrade() -> None:
    """What was withdrawn counts as refused: it ended by a decision of the head as well."""
    op.execute("UPDATE case_referral SET state = 'refused' WHERE state = 'withdrawn'")
    _states(STATES, BEFORE)


def _states(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    was, will_be = (
        sa.Enum(*one, name="referralstate", native_enum=False, create_constraint=True, length=40)
        for one in (before, after)
    )
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("state", existing_type=was, type_=will_be, existing_nullable=False)
