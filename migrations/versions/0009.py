"""A receipt code of one's own, and a second person for accounts that read reports."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note when a receipt code was replaced, and keep the changes of roles that wait."""
    with op.batch_alter_table("receipt") as receipt:
        receipt.add_column(sa.Column("replaced_at", UtcDateTime(), nullable=True))
    op.create_table(
        "role_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_person", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "decided_person IS NULL OR decided_person <> asked_person",
            name=op.f("ck_role_request_second_person"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_person IS NULL)"
            " AND (decided_at IS NULL) = (accepted IS NULL)",
            name=op.f("ck_role_request_decided_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_role_request_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_role_request_asked_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_role_request_decided_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_request")),
    )
    op.create_index(
        "ix_role_request_waiting",
        "role_request",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def downgrade() -> None:
    """Take it back; codes that were replaced stay as they are, changes that wait are gone."""
    op.drop_table("role_request")
    with op.batch_alter_table("receipt") as receipt:
        receipt.drop_column("replaced_at")
