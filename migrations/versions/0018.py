"""Web servers say that they live, and the queue server is looked at; a start keeps its password."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sight of the queue, the new kind of process, and the password of a start."""
    _make_beats("web", "dispatcher", "worker", "clock")
    op.create_table(
        "queue_sight",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("embedded", sa.Boolean(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("memory", sa.BigInteger(), nullable=True),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_queue_sight_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_sight")),
    )
    with op.batch_alter_table("staff_session") as session:
        session.add_column(sa.Column("chosen_password", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take it back; whoever is about to start an account begins again with a new code."""
    op.execute("DELETE FROM staff_session WHERE chosen_password IS NOT NULL")
    with op.batch_alter_table("staff_session") as session:
        session.drop_column("chosen_password")
    op.drop_table("queue_sight")
    _make_beats("dispatcher", "worker", "clock")


def _make_beats(*kinds: str) -> None:
    """Make the table of beats anew: every process writes its own within seconds."""
    kind = sa.Enum(*kinds, name="processkind", native_enum=False, create_constraint=True, length=40)
    op.drop_table("process_beat")
    op.create_table(
        "process_beat",
        sa.Column("kind", kind, nullable=False),
        sa.Column("pid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "pid", name=op.f("pk_process_beat")),
    )
