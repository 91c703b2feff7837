"""Reports near a school, and what is learnt from corrected categories."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tag, the two settings of the pack, the corrections and the model."""
    with op.batch_alter_table("pack_version") as batch_op:
        batch_op.add_column(
            sa.Column("school_distance", sa.Integer(), nullable=False, server_default="200")
        )
        batch_op.add_column(
            sa.Column("preselect_confidence", sa.Integer(), nullable=False, server_default="0")
        )
    # Added in place: to copy a table that others point to would empty them on SQLite.
    op.add_column(
        "report",
        sa.Column("near_school", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_report_near_school",
        "report",
        ["received_at", "id"],
        sqlite_where=sa.text("near_school = 1"),
        postgresql_where=sa.text("near_school"),
    )
    op.create_table(
        "category_correction",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("corrected_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_category_correction_report_id_report")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_category_correction")),
    )
    op.create_index(
        op.f("ix_category_correction_corrected_at"), "category_correction", ["corrected_at"]
    )
    op.create_table(
        "suggestion_model",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("trained_at", UtcDateTime(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("learnt", sa.LargeBinary(), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_model")),
        sa.UniqueConstraint("version", name=op.f("uq_suggestion_model_version")),
    )


def downgrade() -> None:
    """Take all of it back."""
    op.drop_table("suggestion_model")
    op.drop_index(op.f("ix_category_correction_corrected_at"), table_name="category_correction")
    op.drop_table("category_correction")
    op.drop_index("ix_report_near_school", table_name="report")
    op.drop_column("report", "near_school")
    with op.batch_alter_table("pack_version") as batch_op:
        batch_op.drop_column("preselect_confidence")
        batch_op.drop_column("school_distance")
