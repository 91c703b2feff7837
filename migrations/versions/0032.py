"""Papers have standard phrases, and some are made of a report that is in no case."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Papers of before have neither, until their pack is loaded anew."""
    phrases = sa.Column("phrases", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("paper_form", phrases)
    alone = sa.Column("without_case", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("paper_form", alone)
    op.create_table(
        "report_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_paper_report_id_report")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["account.id"], name=op.f("fk_report_paper_made_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["made_file.id"], name=op.f("fk_report_paper_file_id_made_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_paper")),
        sa.UniqueConstraint("number", name=op.f("uq_report_paper_number")),
    )
    op.create_index("ix_report_paper_report_id", "report_paper", ["report_id", "made_at"])


def downgrade() -> None:
    """Take them back; what was made of reports goes with its table."""
    op.drop_table("report_paper")
    op.drop_column("paper_form", "without_case")
    op.drop_column("paper_form", "phrases")
