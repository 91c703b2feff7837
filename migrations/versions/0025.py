"""Declining, sending back and closing at reception are done for many followers by a task too."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BEFORE = ("accept", "ask", "stand-still", "run-on", "extend", "verify", "answer", "close")
NEW = ("decline", "return", "close-unrouted")
CHECK = "ck_follow_act_followactkind"


def upgrade() -> None:
    """Allow three more acts."""
    _allow(*BEFORE, *NEW)


def downgrade() -> None:
    """Take it back; what of these was still to be done for followers is forgotten."""
    made = f"SELECT id FROM follow_act WHERE act IN ({_listed(*NEW)})"  # noqa: S608  # constants
    op.execute(
        sa.text(
            f"DELETE FROM task WHERE kind = 'tell_followers' AND subject_id IN ({made})"  # noqa: S608
        )
    )
    op.execute(sa.text(f"DELETE FROM follow_act WHERE act IN ({_listed(*NEW)})"))  # noqa: S608
    _allow(*BEFORE)


def _allow(*acts: str) -> None:
    with op.batch_alter_table("follow_act") as act:
        act.drop_constraint(op.f(CHECK), type_="check")
        act.create_check_constraint(op.f(CHECK), f"act IN ({_listed(*acts)})")


def _listed(*acts: str) -> str:
    return ", ".join(f"'{act}'" for act in acts)
