"""What the routing table was asked, and previews of other tables."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the facts of a decision; make the tables of previews."""
    with op.batch_alter_table("routing_decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))
        batch_op.create_index(
            "ix_routing_decision_by_rule",
            ["decided_at", "id"],
            unique=False,
            sqlite_where=sa.text("rule_id IS NOT NULL"),
            postgresql_where=sa.text("rule_id IS NOT NULL"),
        )
    op.create_table(
        "routing_preview",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                name="previewstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.JSON(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("cursor_at", UtcDateTime(), nullable=True),
        sa.Column("cursor_id", sa.Uuid(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (finished_at IS NOT NULL)",
            name=op.f("ck_routing_preview_done_has_time"),
        ),
        sa.CheckConstraint(
            "(cursor_at IS NULL) = (cursor_id IS NULL)",
            name=op.f("ck_routing_preview_whole_cursor"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_routing_preview_asked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_preview")),
    )
    with op.batch_alter_table("routing_preview", schema=None) as batch_op:
        batch_op.create_index("ix_routing_preview_asked_at", ["asked_at"], unique=False)
    op.create_table(
        "routing_move",
        sa.Column("preview_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["preview_id"], ["routing_preview.id"], name=op.f("fk_routing_move_preview_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_routing_move_report_id")
        ),
        sa.PrimaryKeyConstraint("preview_id", "position", name=op.f("pk_routing_move")),
    )


def downgrade() -> None:
    """Forget previews and what was asked."""
    op.drop_table("routing_move")
    op.drop_table("routing_preview")
    with op.batch_alter_table("routing_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_routing_decision_by_rule")
        batch_op.drop_column("facts")
