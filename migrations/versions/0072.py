"""Whoever must not know of a report is a person, whichever accounts they have or are given."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_CAUSES = ("named", "declared", "stepped-aside")
# Of two accounts of one person the row counts that a report has for its own sake, then the older.
_BY_PERSON = """
CREATE TABLE exclusion_moved AS
SELECT person_id AS who, report_id, cause, made_at, shared_by FROM (
  SELECT account.person_id, one.report_id, one.cause, one.made_at, one.shared_by,
    row_number() OVER (
      PARTITION BY account.person_id, one.report_id
      ORDER BY CASE WHEN one.shared_by IS NULL THEN 0 ELSE 1 END, one.made_at, one.account_id
    ) AS place
  FROM report_exclusion AS one JOIN account ON account.id = one.account_id
) AS placed WHERE place = 1
"""
_BY_ACCOUNT = """
CREATE TABLE exclusion_moved AS
SELECT account.id AS who, one.report_id, one.cause, one.made_at, one.shared_by
FROM report_exclusion AS one JOIN account ON account.person_id = one.person_id
"""


def upgrade() -> None:
    """Put the person in the place of their accounts."""
    _move(_BY_PERSON, "person_id")


def downgrade() -> None:
    """Put every account that the person has by now in their place."""
    account = sa.ForeignKeyConstraint(
        ["account_id"], ["account.id"], name=op.f("fk_report_exclusion_account_id")
    )
    _move(_BY_ACCOUNT, "account_id", account)


def _move(rows: str, who: str, *more: sa.Constraint) -> None:
    op.execute(rows)
    op.drop_table("report_exclusion")
    cause = sa.Enum(
        *_CAUSES, name="exclusioncause", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "report_exclusion",
        sa.Column(who, sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("cause", cause, nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_exclusion_report_id")
        ),
        sa.PrimaryKeyConstraint(who, "report_id", name=op.f("pk_report_exclusion")),
        *more,
    )
    op.execute("INSERT INTO report_exclusion SELECT * FROM exclusion_moved")
    op.drop_table("exclusion_moved")
    op.create_index("ix_report_exclusion_report_id", "report_exclusion", ["report_id"])
    shared = sa.text("shared_by IS NOT NULL")
    op.create_index(
        "ix_report_exclusion_shared_by",
        "report_exclusion",
        ["shared_by"],
        sqlite_where=shared,
        postgresql_where=shared,
    )
