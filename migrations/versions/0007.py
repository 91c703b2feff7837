"""Sharing out work: who is away."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN = "state NOT IN ('declined', 'closed') AND merged_into IS NULL"


def upgrade() -> None:
    """Create the tables of the queue."""
    op.drop_column("account", "absent_until")
    op.create_table(
        "absence",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("substitute_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_absence_ends_after_it_begins")),
        sa.CheckConstraint("substitute_id <> account_id", name=op.f("ck_absence_somebody_else")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_absence_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["account.id"], name=op.f("fk_absence_substitute_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_substitute_id", "absence", ["substitute_id"])
    _create_bulk()
    _create_saved()
    _create_closing()
    _create_indexes()


def _create_saved() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("alert_over", sa.Integer(), nullable=True),
        sa.Column("alert_days", sa.Integer(), nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("oldest_on", sa.Date(), nullable=True),
        sa.Column("hand_out", sa.Boolean(), nullable=False),
        sa.Column("hand_to", sa.Uuid(), nullable=True),
        sa.Column("last_given", sa.Uuid(), nullable=True),
        sa.Column("off_because", sa.String(), nullable=True),
        sa.CheckConstraint(
            "NOT (shared OR hand_out) OR department IS NOT NULL",
            name=op.f("ck_saved_filter_of_a_unit"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["account.id"], name=op.f(f"fk_saved_filter_{column}_account")
            )
            for column in ("owner_id", "hand_to", "last_given")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
    )
    op.create_index("ix_saved_filter_owner_id", "saved_filter", ["owner_id"])
    op.create_index("ix_saved_filter_department", "saved_filter", ["department"])
    op.create_table(
        "handed_out",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("routing_version", sa.Integer(), nullable=False),
        sa.Column("filter_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_handed_out_report_id_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "routing_version", name=op.f("pk_handed_out")),
    )


def _create_closing() -> None:
    op.create_table(
        "closing_rule",
        sa.Column("filter_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("off_because", sa.String(), nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> proposed_by",
            name=op.f("ck_closing_rule_two_people"),
        ),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)",
            name=op.f("ck_closing_rule_approved_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["saved_filter.id"], name=op.f("fk_closing_rule_filter_id_saved_filter")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["account.id"], name=op.f(f"fk_closing_rule_{column}_account")
            )
            for column in ("proposed_by", "approved_by")
        ),
        sa.PrimaryKeyConstraint("filter_id", name=op.f("pk_closing_rule")),
    )
    op.create_table(
        "closed_by_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("filter_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_closed_by_rule_report_id_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_by_rule")),
    )
    op.create_index("ix_closed_by_rule_at", "closed_by_rule", ["at", "id"])


def _create_indexes() -> None:
    # Said with the column: SQLite cannot add a constraint to a table that is there.
    op.execute(
        "ALTER TABLE report ADD COLUMN stream VARCHAR(40) DEFAULT 'reported' NOT NULL "
        "CONSTRAINT ck_report_stream CHECK (stream IN ('reported', 'patrol'))"
    )
    patrol = sa.text("stream = 'patrol'")
    op.create_index(
        "ix_report_patrol",
        "report",
        ["next_due_on", "id"],
        sqlite_where=patrol,
        postgresql_where=patrol,
    )
    open_ = sa.text(OPEN)
    held = sa.text(f"{OPEN} AND handler_id IS NOT NULL")
    op.drop_index("ix_report_open_handler", table_name="report")
    op.create_index(
        "ix_report_open_handler",
        "report",
        ["handler_id", "next_due_on", "id"],
        sqlite_where=held,
        postgresql_where=held,
    )
    dead = sa.text("state = 'dead'")
    for name, columns in (
        ("ix_report_open_region", ["region", "next_due_on", "id"]),
        ("ix_report_open_standing", ["state", "changed_at", "id"]),
    ):
        op.create_index(name, "report", columns, sqlite_where=open_, postgresql_where=open_)
    op.create_index(
        "ix_task_dead", "task", ["subject_id"], sqlite_where=dead, postgresql_where=dead
    )


def _create_bulk() -> None:
    op.create_table(
        "bulk_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "claim",
                "assign",
                "hand-over",
                "release",
                "route",
                "close-unrouted",
                "note",
                name="bulkact",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("body_key", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(body IS NULL) = (body_key IS NULL)", name=op.f("ck_bulk_run_key_with_body")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name=op.f("fk_bulk_run_author_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
    )
    op.create_index("ix_bulk_run_author_id", "bulk_run", ["author_id", "made_at"])
    op.create_table(
        "bulk_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seen_version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["bulk_run.id"], name=op.f("fk_bulk_row_run_id_bulk_run")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_bulk_row_report_id_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_row")),
        sa.UniqueConstraint("run_id", "report_id", name=op.f("uq_bulk_row_run_id_report_id")),
    )
    op.create_index("ix_bulk_row_place", "bulk_row", ["run_id", "place"], unique=True)


def downgrade() -> None:
    """Take them away again."""
    open_ = sa.text(OPEN)
    op.drop_index("ix_report_open_handler", table_name="report")
    op.create_index(
        "ix_report_open_handler",
        "report",
        ["handler_id", "next_due_on", "id"],
        sqlite_where=open_,
        postgresql_where=open_,
    )
    op.drop_index("ix_report_patrol", table_name="report")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("report", "stream")
    else:
        # The constraint stands with the column, and goes with it.
        op.execute("ALTER TABLE report DROP COLUMN stream")
    op.drop_index("ix_task_dead", table_name="task")
    op.drop_index("ix_report_open_standing", table_name="report")
    op.drop_index("ix_report_open_region", table_name="report")
    op.drop_table("closed_by_rule")
    op.drop_table("closing_rule")
    op.drop_table("handed_out")
    op.drop_table("saved_filter")
    op.drop_table("bulk_row")
    op.drop_table("bulk_run")
    op.drop_table("absence")
    op.add_column("account", sa.Column("absent_until", UtcDateTime(), nullable=True))
