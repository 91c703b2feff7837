"""Reports that belong together: what was found, what was decided, and how pictures look."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN_BEFORE = "state NOT IN ('declined', 'closed')"
OPEN = f"{OPEN_BEFORE} AND merged_into IS NULL"
OPEN_INDEXES = {
    "ix_report_open": ["next_due_on", "id"],
    "ix_report_open_category": ["category", "next_due_on", "id"],
    "ix_report_open_handler": ["handler_id", "next_due_on", "id"],
    "ix_report_open_unit": ["department_code", "next_due_on", "id"],
}
POINTERS = ("merged_into", "mass_of", "follows")
LIVE = "undone_at IS NULL"


def upgrade() -> None:
    """Add pointers to the report, and the tables of offers, relations and pictures."""
    for name in POINTERS:
        op.add_column("report", sa.Column(name, sa.Uuid(), nullable=True))
    op.create_index("ix_report_merged_into", "report", ["merged_into"])
    op.create_index("ix_report_mass_of", "report", ["mass_of"])
    _index_open_work(OPEN)
    op.create_table(
        "likeness_offer",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_likeness_offer_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["report.id"], name=op.f("fk_likeness_offer_other_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "other_id", name=op.f("pk_likeness_offer")),
    )
    op.create_index("ix_likeness_offer_other_id", "likeness_offer", ["other_id"])
    _create_relations()
    op.create_table(
        "picture_band",
        sa.Column("band", sa.LargeBinary(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_picture_band_evidence_id")
        ),
        sa.PrimaryKeyConstraint("band", "evidence_id", name=op.f("pk_picture_band")),
    )
    op.create_index("ix_picture_band_evidence_id", "picture_band", ["evidence_id"])
    _create_mass_acts()


def _create_mass_acts() -> None:
    op.create_table(
        "mass_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "merge",
                "close",
                name="massactkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(act = 'close') = (reason IS NOT NULL)", name=op.f("ck_mass_act_why_closed")
        ),
        sa.ForeignKeyConstraint(["first_id"], ["report.id"], name=op.f("fk_mass_act_first_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_mass_act_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mass_act")),
    )
    op.create_index("ix_mass_act_first_id", "mass_act", ["first_id", "asked_at"])


def _create_relations() -> None:
    op.create_table(
        "report_relation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leading_id", sa.Uuid(), nullable=False),
        sa.Column("following_id", sa.Uuid(), nullable=False),
        sa.Column("pair", sa.LargeBinary(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "merged",
                "linked",
                "apart",
                name="relationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "leading_id <> following_id", name=op.f("ck_report_relation_two_reports")
        ),
        sa.CheckConstraint(
            "undone_by IS NULL OR undone_at IS NOT NULL",
            name=op.f("ck_report_relation_undone_has_time"),
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_report_relation_{name}"))
            for name, to in (
                ("leading_id", "report"),
                ("following_id", "report"),
                ("decided_by", "account"),
                ("undone_by", "account"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_relation")),
    )
    _unique("uq_report_relation_live_pair", "pair", LIVE)
    _unique("uq_report_relation_live_merge", "following_id", f"{LIVE} AND kind = 'merged'")
    op.create_index("ix_report_relation_leading_id", "report_relation", ["leading_id"])
    op.create_index("ix_report_relation_following_id", "report_relation", ["following_id"])


def _unique(name: str, column: str, where: str) -> None:
    op.create_index(
        name,
        "report_relation",
        [column],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _index_open_work(where: str) -> None:
    for name, columns in OPEN_INDEXES.items():
        op.drop_index(name, "report")
        op.create_index(
            name,
            "report",
            columns,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    """Take all of it away; what was merged stands on its own again."""
    op.drop_table("mass_act")
    op.drop_table("picture_band")
    op.drop_table("report_relation")
    op.drop_table("likeness_offer")
    op.drop_index("ix_report_mass_of", "report")
    op.drop_index("ix_report_merged_into", "report")
    _index_open_work(OPEN_BEFORE)
    for name in POINTERS:
        op.drop_column("report", name)
