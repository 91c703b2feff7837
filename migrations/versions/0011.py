"""Versions of the place that start later and say why, and the changes people draft."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every version there is started when it was loaded."""
    with op.batch_alter_table("pack_version") as version:
        version.add_column(sa.Column("reason", sa.String(), nullable=False, server_default=""))
        version.add_column(sa.Column("starts_at", UtcDateTime(), nullable=True))
        version.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE pack_version SET starts_at = loaded_at")
    with op.batch_alter_table("pack_version") as version:
        version.alter_column("starts_at", existing_type=UtcDateTime(), nullable=False)
    op.create_table(
        "place_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "discarded",
                name="changestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (version IS NOT NULL)",
            name=op.f("ck_place_change_published_in"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_change")),
    )
    op.create_index("ix_place_change_version", "place_change", ["version"])
    op.create_index("ix_place_change_row", "place_change", ["part", "key", "version"])
    op.create_index(
        "uq_place_change_draft",
        "place_change",
        ["made_by", "part", "key"],
        unique=True,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )


def downgrade() -> None:
    """Take it back; a version that was withdrawn is gone, one that is planned holds at once."""
    op.drop_table("place_change")
    op.execute("DELETE FROM pack_version WHERE withdrawn_at IS NOT NULL")
    with op.batch_alter_table("pack_version") as version:
        version.drop_column("withdrawn_at")
        version.drop_column("starts_at")
        version.drop_column("reason")
