"""Files are sent ahead, messages begin anew when asked for, counter-notices are taken back."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0064"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE, INDEX = "counter_notice", "ix_counter_notice_waiting"
BEFORE = ("filed", "passed-on", "accepted", "refused", "reinstated")
STATES = (*BEFORE, "withdrawn")
WAITING = "state IN ('filed', 'passed-on')"
OPEN = "state IN ('filed', 'passed-on', 'withdrawn')"


def upgrade() -> None:
    """A table, two counts, and a state that a party reaches by itself."""
    whole = {"type_": sa.Integer(), "nullable": False, "server_default": "0"}
    op.add_column("organisation", sa.Column("files", **whole))
    op.add_column("webhook_message", sa.Column("before", **whole))
    op.create_table(
        "sent_file",
        sa.Column("evidence_id", sa.Uuid(), sa.ForeignKey("evidence.id"), primary_key=True),
        sa.Column("organisation_id", sa.Uuid(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_index("ix_sent_file_sent_at", "sent_file", ["sent_at"])
    _states(BEFORE, STATES, OPEN)


def downgrade() -> None:
    """What waits goes with its table; what was taken back waits again where it stood."""
    stood = "CASE WHEN answer_by IS NULL THEN 'filed' ELSE 'passed-on' END"
    op.execute(
        f"UPDATE {TABLE} SET state = {stood} WHERE state = 'withdrawn'"  # noqa: S608  # our own words
    )
    # Nobody has the files then, and the next sweep erases them.
    op.execute("UPDATE evidence SET held_at = NULL WHERE id IN (SELECT evidence_id FROM sent_file)")
    _states(STATES, BEFORE, WAITING)
    op.drop_table("sent_file")
    with op.batch_alter_table("webhook_message") as table:
        table.drop_column("before")
    with op.batch_alter_table("organisation") as table:
        table.drop_column("files")


def _states(before: tuple[str, ...], after: tuple[str, ...], undecided: str) -> None:
    """Other states of a counter-notice, and which of them are without a decision."""
    was, will_be = (
        sa.Enum(*one, name="counterstate", native_enum=False, create_constraint=True, length=40)
        for one in (before, after)
    )
    name = op.f(f"ck_{TABLE}_decided_once")
    op.drop_index(INDEX, TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(name, type_="check")
        table.alter_column("state", existing_type=was, type_=will_be, existing_nullable=False)
        table.create_check_constraint(name, f"({undecided}) = (decided_at IS NULL)")
    where = sa.text(WAITING)
    op.create_index(INDEX, TABLE, ["due_on", "id"], sqlite_where=where, postgresql_where=where)
