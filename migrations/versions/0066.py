"""Times of reviews, services, parties, leads and transfers say that they are provisional."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0064"
branch_labels = None
depends_on = None

TABLES = ("review", "service", "party_access", "case_lead", "case_referral")


def upgrade() -> None:
    """What runs already is certain, as it was told."""
    for table in TABLES:
        no = {"nullable": False, "server_default": sa.false()}
        op.add_column(table, sa.Column("provisional", sa.Boolean(), **no))
    op.add_column("review", sa.Column("starts_on", sa.Date()))
    whole = {"nullable": False, "server_default": "0"}
    op.add_column("review", sa.Column("extended_days", sa.Integer(), **whole))
    op.add_column("party_access", sa.Column("answer_from", sa.Date()))


def downgrade() -> None:
    """The dates stay as they were counted last."""
    for table, columns in (
        ("party_access", ("answer_from", "provisional")),
        ("review", ("extended_days", "starts_on", "provisional")),
        *((one, ("provisional",)) for one in ("service", "case_lead", "case_referral")),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
