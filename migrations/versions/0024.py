"""A whole case is offered to another unit: rows beside the leads of cases."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what an offer has beyond a lead, and since when a case is offered."""
    with op.batch_alter_table("case_file") as case:
        case.add_column(sa.Column("offered_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("case_lead") as lead:
        lead.add_column(sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.false()))
        lead.add_column(sa.Column("from_code", sa.String(), nullable=True))
        lead.add_column(sa.Column("parts", sa.JSON(), nullable=False, server_default="[]"))
        lead.add_column(sa.Column("head_told_at", UtcDateTime(), nullable=True))
        lead.alter_column("direction", existing_type=_direction(), nullable=True)
        lead.create_check_constraint(
            op.f("ck_case_lead_lead_has_direction"), "whole = (direction IS NULL)"
        )
        lead.create_check_constraint(
            op.f("ck_case_lead_offer_has_sender"), "whole = (from_code IS NOT NULL)"
        )


def downgrade() -> None:
    """Take it back; offers go, and every case stays with the unit that has it."""
    op.execute("DELETE FROM case_lead WHERE direction IS NULL")
    with op.batch_alter_table("case_lead") as lead:
        lead.drop_constraint(op.f("ck_case_lead_offer_has_sender"), type_="check")
        lead.drop_constraint(op.f("ck_case_lead_lead_has_direction"), type_="check")
        lead.alter_column("direction", existing_type=_direction(), nullable=False)
        for name in ("head_told_at", "parts", "from_code", "whole"):
            lead.drop_column(name)
    with op.batch_alter_table("case_file") as case:
        case.drop_column("offered_at")


def _direction() -> sa.Enum:
    return sa.Enum(
        *("up", "down"),
        name="chaindirection",
        native_enum=False,
        create_constraint=False,
        length=40,
    )
