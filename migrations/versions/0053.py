"""Works have a history, invitations are accepted, and organisations have a seat in a region."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

KINDS = ("book", "periodical", "music", "film", "software", "game", "art", "other")


def upgrade() -> None:
    """Whoever acts for an organisation has accepted to; organisations have not said where."""
    op.add_column("organisation_member", sa.Column("accepted_at", UtcDateTime()))
    op.execute("UPDATE organisation_member SET accepted_at = joined_at")
    op.add_column(
        "organisation", sa.Column("region", sa.String(), nullable=False, server_default="")
    )
    kinds = sa.Enum(*KINDS, name="workkind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "work_version",
        sa.Column("work_id", sa.Uuid(), sa.ForeignKey("protected_work.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", kinds, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("sellers", sa.JSON(), nullable=False),
        sa.Column("identifiers", sa.JSON(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), sa.ForeignKey("account.id"), nullable=False),
    )


def downgrade() -> None:
    """Invitations that nobody accepted end; the history of works is forgotten."""
    op.execute(
        "UPDATE organisation_member SET ended_at = joined_at"
        " WHERE accepted_at IS NULL AND ended_at IS NULL"
    )
    op.drop_table("work_version")
    with op.batch_alter_table("organisation") as table:
        table.drop_column("region")
    with op.batch_alter_table("organisation_member") as table:
        table.drop_column("accepted_at")
