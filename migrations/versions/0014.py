"""Cases: the papers and steps of a pack, and the case with all that is in it."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = (
    "paper_form",
    "case_step",
    "case_counter",
    "case_file",
    "case_report",
    "case_party",
    "case_paper",
    "case_task",
    "case_note",
)


def upgrade() -> None:
    """Make the tables."""
    with op.batch_alter_table("evidence") as table:
        table.add_column(sa.Column("held_at", UtcDateTime(), nullable=True))
    _of_the_place()
    _cases()
    _what_is_in_them()


def downgrade() -> None:
    """Remove them, the newest first; indexes go with their tables."""
    for name in reversed(TABLES):
        op.drop_table(name)
    with op.batch_alter_table("evidence") as table:
        table.drop_column("held_at")


def _of_the_place() -> None:
    op.create_table(
        "paper_form",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_form")),
    )
    op.create_index(
        "uq_paper_form_current",
        "paper_form",
        ["code"],
        unique=True,
        sqlite_where=sa.text("until_version IS NULL"),
        postgresql_where=sa.text("until_version IS NULL"),
    )
    op.create_table(
        "case_step",
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    op.create_index(
        "uq_case_step_current",
        "case_step",
        ["move"],
        unique=True,
        sqlite_where=sa.text("until_version IS NULL"),
        postgresql_where=sa.text("until_version IS NULL"),
    )


def _cases() -> None:
    op.create_table(
        "case_counter",
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("department_code", "year", name=op.f("pk_case_counter")),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("place_version", sa.Integer(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "filed",
                "investigated",
                "notified",
                "decided",
                "executed",
                "closed",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column(
            "severity",
            sa.Enum(
                "minor",
                "ordinary",
                "serious",
                "grave",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("factors", sa.JSON(), nullable=False),
        sa.Column(
            "ending",
            sa.Enum(
                "penalty-carried-out",
                "no-breach",
                "minor-and-corrected",
                "not-established",
                "out-of-time",
                "another-body",
                name="caseending",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (ending IS NOT NULL)", name=op.f("ck_case_file_why_closed")
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["account.id"], name=op.f("fk_case_file_handler_id")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_case_file_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("number", name=op.f("uq_case_file_number")),
    )
    op.create_index(
        "ix_case_file_open",
        "case_file",
        ["next_due_on", "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index(
        "ix_case_file_open_handler",
        "case_file",
        ["handler_id", "next_due_on", "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed' AND handler_id IS NOT NULL"),
        postgresql_where=sa.text("state <> 'closed' AND handler_id IS NOT NULL"),
    )
    op.create_index(
        "ix_case_file_open_unit",
        "case_file",
        ["department_code", "next_due_on", "id"],
        unique=False,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index("ix_case_file_opened", "case_file", ["opened_at", "id"], unique=False)
    op.create_index(
        "ix_case_file_unit_opened",
        "case_file",
        ["department_code", "opened_at", "id"],
        unique=False,
    )
    op.create_table(
        "case_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("left_because", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(left_at IS NULL) = (left_because IS NULL)", name=op.f("ck_case_report_why_left")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_case_report_added_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_report_case_id")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_case_report_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_report")),
    )
    op.create_index("ix_case_report_case_id", "case_report", ["case_id", "added_at"], unique=False)
    op.create_index(
        "ix_case_report_in_case",
        "case_report",
        ["report_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )


def _what_is_in_them() -> None:
    op.create_table(
        "case_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "operator",
                "seller",
                "producer",
                "printer",
                "access-provider",
                "payment",
                "advertiser",
                "owner",
                name="partyrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("struck_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_case_party_added_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_party_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_party")),
    )
    op.create_index("ix_case_party_case_id", "case_party", ["case_id", "added_at"], unique=False)
    op.create_table(
        "case_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("waiver", sa.LargeBinary(), nullable=True),
        sa.Column("struck_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(evidence_id IS NULL) = (waiver IS NOT NULL)",
            name=op.f("ck_case_paper_file_or_waiver"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_case_paper_added_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_paper_case_id")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_case_paper_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_paper")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_case_paper_evidence_id")),
    )
    op.create_index("ix_case_paper_case_id", "case_paper", ["case_id", "added_at"], unique=False)
    op.create_table(
        "case_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_case_task_done_by_somebody")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_task_case_id")),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"], name=op.f("fk_case_task_done_by")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_case_task_made_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_case_task_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_task")),
    )
    op.create_index("ix_case_task_case_id", "case_task", ["case_id", "due_on"], unique=False)
    op.create_index(
        "ix_case_task_owner_id",
        "case_task",
        ["owner_id", "due_on", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "case_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "handler",
                "department",
                "reporter",
                name="audience",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_case_note_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_note_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index("ix_case_note_case_id", "case_note", ["case_id", "at"], unique=False)
