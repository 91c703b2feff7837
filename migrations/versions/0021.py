"""Clocks of cases with their legal questions, and answers to all reporters of a case."""

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0021"
down_revision = "0015"
branch_labels = None
depends_on = None

# Which step the clock of a case that is open already belongs to; its end stays where it was.
STEPS = {
    "proposed": "open",
    "filed": "file",
    "investigated": "file",
    "notified": "file",
    "decided": "decide",
    "executed": "decide",
}


def upgrade() -> None:
    """Make the tables, and a clock for each open case."""
    with op.batch_alter_table("case_step") as step:
        step.add_column(sa.Column("warn_days", sa.Integer(), nullable=False, server_default="3"))
        step.add_column(sa.Column("extension_days", sa.Integer(), nullable=True))
        step.add_column(sa.Column("pause_cap", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("case_file") as case:
        case.add_column(sa.Column("paused_on", sa.Date(), nullable=True))
    _clocks()
    _questions()
    _answers()
    _begin_clocks()


def downgrade() -> None:
    """Remove them."""
    for name in ("case_answer", "case_question", "case_clock"):
        op.drop_table(name)
    with op.batch_alter_table("case_file") as case:
        case.drop_column("paused_on")
    with op.batch_alter_table("case_step") as step:
        for name in ("pause_cap", "extension_days", "warn_days"):
            step.drop_column(name)


def _clocks() -> None:
    op.create_table(
        "case_clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("warn_days", sa.Integer(), nullable=False),
        sa.Column("extension_days", sa.Integer(), nullable=True),
        sa.Column("pause_cap", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("extended_days", sa.Integer(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("paused_days", sa.Integer(), nullable=False),
        sa.Column("warned_at", UtcDateTime(), nullable=True),
        sa.Column("breached_at", UtcDateTime(), nullable=True),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "paused_on IS NULL OR met_at IS NULL", name=op.f("ck_case_clock_met_stands_no_more")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_clock_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clock")),
    )
    op.create_index("ix_case_clock_case_id", "case_clock", ["case_id", "starts_on"], unique=False)
    op.create_index(
        "ix_case_clock_running",
        "case_clock",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("met_at IS NULL"),
        postgresql_where=sa.text("met_at IS NULL"),
    )
    op.create_index(
        "ix_case_clock_look",
        "case_clock",
        ["look_on", "id"],
        unique=False,
        sqlite_where=sa.text("met_at IS NULL AND look_on IS NOT NULL"),
        postgresql_where=sa.text("met_at IS NULL AND look_on IS NOT NULL"),
    )


def _questions() -> None:
    op.create_table(
        "case_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_case_question_answer_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["account.id"], name=op.f("fk_case_question_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_case_question_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_question_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_question")),
    )
    op.create_index(
        "ix_case_question_case_id", "case_question", ["case_id", "asked_at"], unique=False
    )


def _answers() -> None:
    methods = ("site-visit", "online", "documents", "conversation", "other-authority", "expert")
    findings = ("confirmed", "not-confirmed", "cannot-verify")
    op.create_table(
        "case_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("method", _one_of("verificationmethod", *methods), nullable=False),
        sa.Column("finding", _one_of("finding", *findings), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (body IS NOT NULL)",
            name=op.f("ck_case_answer_words_until_done"),
        ),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_case_answer_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_answer_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_answer")),
    )
    op.create_index("ix_case_answer_case_id", "case_answer", ["case_id", "at"], unique=False)


def _one_of(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _begin_clocks() -> None:
    case = sa.table(
        "case_file",
        sa.column("id", sa.Uuid()),
        sa.column("state", sa.String()),
        sa.column("opened_at", UtcDateTime()),
        sa.column("next_due_on", sa.Date()),
    )
    names = ("move", "days", "warn_days", "extension_days", "pause_cap", "starts_on", "due_on")
    more = ("promised_on", "look_on", "extended_days", "paused_days")
    kinds = {"move": sa.String(), **dict.fromkeys(("starts_on", "due_on"), sa.Date())}
    kinds |= dict.fromkeys(("promised_on", "look_on"), sa.Date())
    clock = sa.table(
        "case_clock",
        sa.column("id", sa.Uuid()),
        sa.column("case_id", sa.Uuid()),
        *(sa.column(name, kinds.get(name, sa.Integer())) for name in (*names, *more)),
    )
    open_ = sa.select(case).where(case.c.state != "closed")
    rows = [_clock_of(*row) for row in op.get_bind().execute(open_)]
    if rows:
        op.bulk_insert(clock, rows)


def _clock_of(case_id, state, opened_at, due_on) -> dict[str, object]:  # noqa: ANN001  # a row
    starts_on = min(opened_at.date(), due_on)
    return {
        "id": uuid4(),
        "case_id": case_id,
        "move": STEPS[state],
        "days": (due_on - starts_on).days,
        "warn_days": 3,
        "extension_days": None,
        "pause_cap": 0,
        "starts_on": starts_on,
        "due_on": due_on,
        "promised_on": due_on,
        "look_on": max(starts_on, due_on - timedelta(days=3)),
        "extended_days": 0,
        "paused_days": 0,
    }
