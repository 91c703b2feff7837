"""A sealed identity knows under which later versions of the groups' keys it was wrapped again."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE, INDEX = "reporter_identity", "ix_reporter_identity_wrap_version"


def upgrade() -> None:
    """What is there was wrapped once, under the version it was sealed to."""
    op.add_column(TABLE, sa.Column("layers", sa.JSON()))
    op.add_column(TABLE, sa.Column("wrap_version", sa.Integer()))
    op.execute("UPDATE reporter_identity SET layers = '[]', wrap_version = key_version")
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("layers", existing_type=sa.JSON(), nullable=False)
        table.alter_column("wrap_version", existing_type=sa.Integer(), nullable=False)
    op.create_index(INDEX, TABLE, ["wrap_version"])


def downgrade() -> None:
    """Refused where something was wrapped again: without the list nobody could open it any more."""
    again = sa.text("SELECT count(*) FROM reporter_identity WHERE wrap_version <> key_version")
    if op.get_bind().scalar(again):
        raise RuntimeError("some identities are wrapped again: this version is needed to open them")
    op.drop_index(INDEX, TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_column("wrap_version")
        table.drop_column("layers")
