"""A whole case is offered to another unit; minutes of meetings, and reminders of tasks."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what an offer has beyond a lead, and since when a case is offered; meetings."""
    _meetings()
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
    """Take it back; offers go, and every case stays with the unit that has it; tasks stay."""
    op.drop_index("ix_case_task_remind", "case_task")
    with op.batch_alter_table("case_task") as task:
        task.drop_constraint(op.f("fk_case_task_meeting_id"), type_="foreignkey")
        task.drop_column("reminded_at")
        task.drop_column("meeting_id")
    with op.batch_alter_table("case_member_task") as task:
        task.drop_constraint(op.f("fk_case_member_task_meeting_id"), type_="foreignkey")
        task.drop_column("meeting_id")
    op.drop_table("case_meeting")
    op.execute("DELETE FROM case_lead WHERE direction IS NULL")
    with op.batch_alter_table("case_lead") as lead:
        lead.drop_constraint(op.f("ck_case_lead_offer_has_sender"), type_="check")
        lead.drop_constraint(op.f("ck_case_lead_lead_has_direction"), type_="check")
        lead.alter_column("direction", existing_type=_direction(), nullable=False)
        for name in ("head_told_at", "parts", "from_code", "whole"):
            lead.drop_column(name)
    with op.batch_alter_table("case_file") as case:
        case.drop_column("offered_at")


def _meetings() -> None:
    kind = sa.Enum(
        *("joint", "district", "supervision", "case"),
        name="meetingkind",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.create_table(
        "case_meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_meeting_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["account.id"], name=op.f("fk_case_meeting_entered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_meeting")),
    )
    op.create_index("ix_case_meeting_case_id", "case_meeting", ["case_id", "held_on"])
    for table in ("case_task", "case_member_task"):
        with op.batch_alter_table(table) as task:
            task.add_column(sa.Column("meeting_id", sa.Uuid(), nullable=True))
            if table == "case_task":
                task.add_column(sa.Column("reminded_at", UtcDateTime(), nullable=True))
            task.create_foreign_key(
                op.f(f"fk_{table}_meeting_id"), "case_meeting", ["meeting_id"], ["id"]
            )
    where = sa.text("done_at IS NULL AND reminded_at IS NULL")
    op.create_index(
        "ix_case_task_remind",
        "case_task",
        ["due_on", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _direction() -> sa.Enum:
    return sa.Enum(
        *("up", "down"),
        name="chaindirection",
        native_enum=False,
        create_constraint=False,
        length=40,
    )
