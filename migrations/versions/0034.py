"""An objection about a reward says what it is against, and whether it was granted."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLE = "reward_objection"
OPEN = sa.text("answered_at IS NULL")


def upgrade() -> None:
    """Add the award a review is asked of, and the outcome."""
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column("award_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("granted", sa.Boolean(), nullable=True))
        table.create_foreign_key(op.f(f"fk_{TABLE}_award_id"), "reward_award", ["award_id"], ["id"])
        table.create_unique_constraint(op.f(f"uq_{TABLE}_award_id"), ["award_id"])
        table.create_check_constraint(
            op.f(f"ck_{TABLE}_outcome"), "(answered_at IS NULL) = (granted IS NULL)"
        )
    op.create_index(
        f"ix_{TABLE}_open", TABLE, ["at", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index(f"ix_{TABLE}_open", TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f(f"ck_{TABLE}_outcome"), type_="check")
        table.drop_constraint(op.f(f"uq_{TABLE}_award_id"), type_="unique")
        table.drop_constraint(op.f(f"fk_{TABLE}_award_id"), type_="foreignkey")
        table.drop_column("granted")
        table.drop_column("award_id")
