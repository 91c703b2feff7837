"""Leads of reports, who must not know of which report, and what staff have declared."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "name",
                "address",
                "phone",
                "unit",
                name="interestkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("body_key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'name') = (head IS NOT NULL)", name=op.f("ck_interest_names_have_heads")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_interest_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
    )
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.create_index("ix_interest_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_interest_head", ["head"], unique=False)
        batch_op.create_index("ix_interest_key", ["key"], unique=False)

    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "routed",
                "taken",
                "reported",
                "returned",
                "ended",
                name="leadstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("returned_because", sa.LargeBinary(), nullable=True),
        sa.Column("finding", sa.String(), nullable=True),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column(
            "ended_because",
            sa.Enum(
                "closed",
                "declined",
                "merged",
                "erased",
                "restricted",
                name="leadending",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_because IS NOT NULL)", name=op.f("ck_lead_why_ended")
        ),
        sa.CheckConstraint(
            "(state = 'reported') = (finding IS NOT NULL)", name=op.f("ck_lead_reported_finds")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR department_code IS NULL", name=op.f("ck_lead_sent_back")
        ),
        sa.CheckConstraint(
            "state <> 'taken' OR taken_by IS NOT NULL", name=op.f("ck_lead_taken_by_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('returned', 'ended') OR department_code IS NOT NULL",
            name=op.f("ck_lead_has_unit"),
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["lead.id"], name=op.f("fk_lead_follows_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_lead_opened_by")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_lead_report_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["account.id"], name=op.f("fk_lead_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_lead_report_id_number")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lead_open_unit",
            ["department_code", "due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('routed', 'taken')"),
            postgresql_where=sa.text("state IN ('routed', 'taken')"),
        )
        batch_op.create_index("ix_lead_state", ["state"], unique=False)
        batch_op.create_index("ix_lead_unit_report", ["department_code", "report_id"], unique=False)

    op.create_table(
        "report_exclusion",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "named",
                "declared",
                "stepped-aside",
                name="exclusioncause",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_report_exclusion_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_exclusion_report_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "report_id", name=op.f("pk_report_exclusion")),
    )
    with op.batch_alter_table("report_exclusion", schema=None) as batch_op:
        batch_op.create_index("ix_report_exclusion_report_id", ["report_id"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("report_exclusion", schema=None) as batch_op:
        batch_op.drop_index("ix_report_exclusion_report_id")

    op.drop_table("report_exclusion")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index("ix_lead_unit_report")
        batch_op.drop_index("ix_lead_state")
        batch_op.drop_index(
            "ix_lead_open_unit",
            sqlite_where=sa.text("state IN ('routed', 'taken')"),
            postgresql_where=sa.text("state IN ('routed', 'taken')"),
        )

    op.drop_table("lead")
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.drop_index("ix_interest_key")
        batch_op.drop_index("ix_interest_head")
        batch_op.drop_index("ix_interest_account_id")

    op.drop_table("interest")
