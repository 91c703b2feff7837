"""What a second person is asked for: roles, opening a closed account, a new one-time code."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WISHES = ("roles", "enable", "code")
WAITING = "decided_at IS NULL"


def upgrade() -> None:
    """Say of each request what it is about; those that are there are about roles."""
    kind = sa.Enum(
        *WISHES, name="accountwish", native_enum=False, create_constraint=True, length=40
    )
    op.drop_index("ix_role_request_waiting", "role_request")
    with op.batch_alter_table("role_request") as request:
        request.add_column(sa.Column("wish", kind, nullable=False, server_default="roles"))
        request.add_column(sa.Column("used_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("role_request") as request:
        request.alter_column("wish", server_default=None)
    _index_waiting("account_id", "wish")


def downgrade() -> None:
    """Take it back; what was asked for beside roles is gone."""
    op.execute("DELETE FROM role_request WHERE wish <> 'roles'")
    op.drop_index("ix_role_request_waiting", "role_request")
    with op.batch_alter_table("role_request") as request:
        request.drop_constraint(op.f("ck_role_request_accountwish"), type_="check")
        request.drop_column("used_at")
        request.drop_column("wish")
    _index_waiting("account_id")


def _index_waiting(*columns: str) -> None:
    op.create_index(
        "ix_role_request_waiting",
        "role_request",
        columns,
        unique=True,
        sqlite_where=sa.text(WAITING),
        postgresql_where=sa.text(WAITING),
    )
