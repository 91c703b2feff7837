"""Who is paid is wrapped again like a name, and the post gets another pair with the groups."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

PAYEES, PAYEE_INDEX = "payee_data", "ix_payee_data_wrap_version"
MAIL, MAIL_INDEX = "reporter_mail", "ix_reporter_mail_key_id"
POST, ONLY_ONE = "custody_post_key", "ck_custody_post_key_only_one"
MAIL_KEY = "fk_reporter_mail_key_id"


def upgrade() -> None:
    """What is there was wrapped once, and every address is under the only pair there is."""
    op.add_column(PAYEES, sa.Column("layers", sa.JSON()))
    op.add_column(PAYEES, sa.Column("wrap_version", sa.Integer()))
    op.execute("UPDATE payee_data SET layers = '[]', wrap_version = key_version")
    with op.batch_alter_table(PAYEES) as table:
        table.alter_column("layers", existing_type=sa.JSON(), nullable=False)
        table.alter_column("wrap_version", existing_type=sa.Integer(), nullable=False)
    op.create_index(PAYEE_INDEX, PAYEES, ["wrap_version"])
    with op.batch_alter_table(POST) as table:
        table.drop_constraint(op.f(ONLY_ONE), type_="check")
    op.add_column(MAIL, sa.Column("key_id", sa.Integer()))
    op.execute("UPDATE reporter_mail SET key_id = 1")
    with op.batch_alter_table(MAIL) as table:
        table.alter_column("key_id", existing_type=sa.Integer(), nullable=False)
        table.create_foreign_key(op.f(MAIL_KEY), POST, ["key_id"], ["id"])
    op.create_index(MAIL_INDEX, MAIL, ["key_id"])


def downgrade() -> None:
    """Refused where something is under newer keys: without the list nobody could open it."""
    again = sa.text("SELECT count(*) FROM payee_data WHERE wrap_version <> key_version")
    pairs = sa.text("SELECT count(*) FROM custody_post_key WHERE id <> 1")
    if op.get_bind().scalar(again) or op.get_bind().scalar(pairs):
        raise RuntimeError("something is under newer keys: this version is needed to open it")
    op.drop_index(MAIL_INDEX, MAIL)
    with op.batch_alter_table(MAIL) as table:
        table.drop_constraint(op.f(MAIL_KEY), type_="foreignkey")
        table.drop_column("key_id")
    with op.batch_alter_table(POST) as table:
        table.create_check_constraint(op.f(ONLY_ONE), "id = 1")
    op.drop_index(PAYEE_INDEX, PAYEES)
    with op.batch_alter_table(PAYEES) as table:
        table.drop_column("wrap_version")
        table.drop_column("layers")
