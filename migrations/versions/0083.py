"""A transfer to the police that was approved can be withdrawn before it is handed over."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0083"
down_revision = "0080"
branch_labels = None
depends_on = None

TABLE = "case_referral"
BEFORE = ("proposed", "refused", "approved", "handed-over", "answered")
BY = op.f("fk_case_referral_withdrawn_by_account")
RULES = (
    ("ck_case_referral_withdrawn_time", "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"),
    ("ck_case_referral_carried_is_withdrawn", "state = 'withdrawn' OR NOT carried"),
)
STATES = (*BEFORE[:3], "withdrawn", *BEFORE[3:])


def upgrade() -> None:
    """One more state, with the day and the person of it, and whether the police had it already."""
    _states(BEFORE, STATES)
    with op.batch_alter_table(TABLE) as table:
        table.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("withdrawn_by", sa.Uuid(), nullable=True))
        no = {"nullable": False, "server_default": sa.false()}
        table.add_column(sa.Column("carried", sa.Boolean(), **no))
        table.create_foreign_key(BY, "account", ["withdrawn_by"], ["id"])
        for name, rule in RULES:
            table.create_check_constraint(op.f(name), rule)


def downgrade() -> None:
    """What was withdrawn counts as refused: it ended by a decision of the head as well."""
    with op.batch_alter_table(TABLE) as table:
        for name, _rule in RULES:
            table.drop_constraint(op.f(name), type_="check")
        table.drop_constraint(BY, type_="foreignkey")
        for column in ("carried", "withdrawn_by", "withdrawn_at"):
            table.drop_column(column)
    op.execute("UPDATE case_referral SET state = 'refused' WHERE state = 'withdrawn'")
    _states(STATES, BEFORE)


def _states(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    was, will_be = (
        sa.Enum(*one, name="referralstate", native_enum=False, create_constraint=True, length=40)
        for one in (before, after)
    )
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("state", existing_type=was, type_=will_be, existing_nullable=False)
