"""Leads and times of cases know whether they run into a year that is not announced yet."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

INDEXES = {
    "case_clock": sa.text("provisional AND met_at IS NULL"),
    "lead": sa.text("provisional AND state IN ('routed', 'taken')"),
}


def upgrade() -> None:
    """Times of cases that run are dated once more; leads that were sent before keep their day."""
    text, number = sa.String(), sa.Integer()
    op.add_column("lead", sa.Column("rule_id", text, nullable=False, server_default=""))
    op.add_column("lead", sa.Column("place_version", number, nullable=False, server_default="0"))
    day = sa.Column("starts_on", sa.Date(), nullable=False, server_default="1970-01-01")
    op.add_column("lead", day)
    for table, some in INDEXES.items():
        flag = sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column(table, flag)
        name = f"ix_{table}_provisional"
        op.create_index(name, table, ["id"], sqlite_where=some, postgresql_where=some)
    op.execute(sa.text("UPDATE case_clock SET provisional = true WHERE met_at IS NULL"))


def downgrade() -> None:
    """Forget it."""
    for table in INDEXES:
        op.drop_index(f"ix_{table}_provisional", table)
        op.drop_column(table, "provisional")
    for column in ("starts_on", "place_version", "rule_id"):
        op.drop_column("lead", column)
