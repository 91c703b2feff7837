"""An authenticator app that is being set up belongs to the session that began it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = "fk_time_code_session_id_staff_session"


def upgrade() -> None:
    """Name the session; what is being set up now names none, so it has to be begun again."""
    with op.batch_alter_table("time_code") as code:
        code.add_column(sa.Column("session_id", sa.Uuid(), nullable=True))
        code.create_foreign_key(
            op.f(KEY), "staff_session", ["session_id"], ["id"], ondelete="CASCADE"
        )


def downgrade() -> None:
    """Forget whose it was."""
    with op.batch_alter_table("time_code") as code:
        code.drop_constraint(op.f(KEY), type_="foreignkey")
        code.drop_column("session_id")
