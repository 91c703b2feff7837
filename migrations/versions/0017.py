"""What the queue goes by: cursors of rules, clocks of leads, acts on followers, lists of cases."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OPEN_CASE, TO_DO = "state <> 'closed'", "done_at IS NULL"
FIRST_RESULT = "result_number = 1 AND kind = 'answer'"
INDEXES = (
    ("ix_case_file_open_category", "case_file", ["category", "next_due_on", "id"], OPEN_CASE),
    ("ix_case_file_open_region", "case_file", ["region", "next_due_on", "id"], OPEN_CASE),
    ("ix_case_file_category_opened", "case_file", ["category", "opened_at", "id"], None),
    ("ix_case_file_state_opened", "case_file", ["state", "opened_at", "id"], None),
    ("ix_case_file_handler_opened", "case_file", ["handler_id", "opened_at", "id"], None),
    ("ix_case_task_to_do", "case_task", ["due_on", "id"], TO_DO),
    ("ix_lead_look", "lead", ["state", "look_on"], "look_on IS NOT NULL"),
    ("ix_lead_late", "lead", ["state", "due_on"], "breached_at IS NOT NULL"),
    ("ix_message_first_result", "message", ["sent_at", "id"], FIRST_RESULT),
    ("ix_likeness_key_report_id_kind", "likeness_key", ["report_id", "kind"], None),
    ("ix_report_exclusion_shared_by", "report_exclusion", ["shared_by"], "shared_by IS NOT NULL"),
    ("ix_follow_act_waiting", "follow_act", ["leading_id", "asked_at"], "ended_at IS NULL"),
)
COUNTS = ("answered", "matters", "in_time", "contested", "overturned")
ACTS = ("accept", "ask", "stand-still", "run-on", "extend", "verify", "answer", "close")


def upgrade() -> None:
    """Add all of it; every rule begins at the beginning, and a lead is looked at on its day."""
    for table, column in _new_columns():
        op.add_column(table, column)
    _date_leads()
    _count_months()
    _keep_acts_on_followers()
    for name, table, columns, where in INDEXES:
        only = sa.text(where) if where else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
    op.drop_index("ix_likeness_key_report_id", "likeness_key")


def _new_columns() -> list[tuple[str, sa.Column[Any]]]:
    """One by one: a table that is made anew would be taken from under what refers to it."""
    return [
        ("saved_filter", sa.Column("upto_due_on", sa.Date(), nullable=True)),
        ("saved_filter", sa.Column("upto_id", sa.Uuid(), nullable=True)),
        ("closing_rule", sa.Column("upto_due_on", sa.Date(), nullable=True)),
        ("closing_rule", sa.Column("upto_id", sa.Uuid(), nullable=True)),
        ("report_exclusion", sa.Column("shared_by", sa.Uuid(), nullable=True)),
        ("report_relation", sa.Column("handler_before", sa.Uuid(), nullable=True)),
        ("lead", sa.Column("warn_on", sa.Date(), nullable=False, server_default="9999-12-31")),
        ("lead", sa.Column("look_on", sa.Date(), nullable=True)),
        ("lead", sa.Column("warned_at", UtcDateTime(), nullable=True)),
        ("lead", sa.Column("breached_at", UtcDateTime(), nullable=True)),
    ]


def _date_leads() -> None:
    op.execute(sa.text("UPDATE lead SET warn_on = due_on, look_on = due_on"))


def _count_months() -> None:
    op.create_table(
        "unit_month",
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("median_days", sa.Double(), nullable=False),
        sa.Column("endings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("department_code", "month", name=op.f("pk_unit_month")),
    )


def _keep_acts_on_followers() -> None:
    act = sa.Enum(*ACTS, name="followactkind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "follow_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leading_id", sa.Uuid(), nullable=False),
        sa.Column("act", act, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("upto_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_follow_act_asked_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["leading_id"], ["report.id"], name=op.f("fk_follow_act_leading_id_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_act")),
    )


def downgrade() -> None:
    """Take it back; what was still to be done for followers is forgotten."""
    op.create_index("ix_likeness_key_report_id", "likeness_key", ["report_id"])
    for name, table, _columns, _where in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_table("follow_act")
    op.drop_table("unit_month")
    for table, column in reversed(_new_columns()):
        op.drop_column(table, column.name)
