"""Papers prove the steps of their own round; which carry over, and times in working days."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOVES = (
    *("file", "finish-investigation", "notify", "decide", "decide-on-the-spot", "execute"),
    *("close", "resume", "drop", "reopen"),
)


def upgrade() -> None:
    """Add the columns, and date what is there by the trail."""
    _steps()
    _rounds()


def downgrade() -> None:
    """Take them back."""
    for table, name in (
        *(("case_paper", "round"), ("case_file", "round")),
        *(("case_step", "unit"), ("case_step", "carries")),
    ):
        op.drop_column(table, name)


def _steps() -> None:
    op.add_column("case_step", sa.Column("carries", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "case_step", sa.Column("unit", sa.String(), nullable=False, server_default="calendar")
    )


def _rounds() -> None:
    """What was put in before the last move of its case proves no step any more."""
    for table in ("case_file", "case_paper"):
        op.add_column(table, sa.Column("round", sa.Integer(), nullable=False, server_default="1"))
    actions = ", ".join(f"'case.{move}'" for move in MOVES)
    op.execute(
        "UPDATE case_paper SET round = 0 WHERE added_at < (SELECT max(at) FROM audit_event"  # noqa: S608  # words of this file
        f" WHERE subject_id = case_paper.case_id AND action IN ({actions}))"
    )
