"""Days of territories, offices that reporters ask for, and plans of a year with their campaigns."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

PLAN = ("current", "ended")
TASK = ("open", "done", "dropped")
IS_CURRENT = sa.text("until_version IS NULL")
CHECK = "ck_follow_act_followactkind"
FOLLOWED = (
    *("accept", "ask", "stand-still", "run-on", "extend", "verify", "answer", "close"),
    *("decline", "return", "close-unrouted"),
)
FOLLOWED_NOW = ("route", "end-outside", "bring-back")


def upgrade() -> None:
    """No territory has days of its own, nobody has asked for an office, there is no plan."""
    for table, column in (("calendar_day", "region"), ("clock", "territory")):
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))
    op.add_column("report", sa.Column("wished_kind", sa.String()))
    _one_day_each("on_date", "region")
    _may_follow((*FOLLOWED, *FOLLOWED_NOW))
    _plans()
    _campaigns()


def _one_day_each(*columns: str) -> None:
    op.drop_index("uq_calendar_day_current", "calendar_day")
    op.create_index(
        "uq_calendar_day_current",
        "calendar_day",
        columns,
        unique=True,
        sqlite_where=IS_CURRENT,
        postgresql_where=IS_CURRENT,
    )


def _may_follow(acts: tuple[str, ...]) -> None:
    said = ", ".join(f"'{act}'" for act in acts)
    with op.batch_alter_table("follow_act") as act:
        act.drop_constraint(op.f(CHECK), type_="check")
        act.create_check_constraint(op.f(CHECK), f"act IN ({said})")


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["account.id"], name=op.f(f"fk_{table}_{column}"))


def _plans() -> None:
    op.create_table(
        "campaign_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("accountable_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("state", _one_of("planstate", PLAN), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_campaign_plan_ended_at")
        ),
        _account("campaign_plan", "accountable_id"),
        _account("campaign_plan", "made_by"),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_campaign_plan_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_plan")),
        sa.UniqueConstraint("region", "year", name=op.f("uq_campaign_plan_region_year")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_campaign_plan_evidence_id")),
    )
    op.create_index("ix_campaign_plan_year", "campaign_plan", ["year", "id"])
    op.create_index("ix_campaign_plan_accountable_id", "campaign_plan", ["accountable_id"])


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("accountable_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_campaign_in_order")),
        _account("campaign", "accountable_id"),
        _account("campaign", "made_by"),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["campaign_plan.id"], name=op.f("fk_campaign_plan_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index("ix_campaign_plan_id", "campaign", ["plan_id", "starts_on", "id"])
    op.create_index("ix_campaign_accountable_id", "campaign", ["accountable_id"])
    op.create_table(
        "campaign_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("state", _one_of("plantaskstate", TASK), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name=op.f("ck_campaign_task_settled_at")
        ),
        _account("campaign_task", "made_by"),
        _account("campaign_task", "settled_by"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_task_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_task")),
    )
    op.create_index(
        "ix_campaign_task_campaign_id", "campaign_task", ["campaign_id", "due_on", "id"]
    )


def downgrade() -> None:
    """Forget them; a day of a territory would count everywhere, so it goes."""
    for table in ("campaign_task", "campaign", "campaign_plan"):
        op.drop_table(table)
    op.drop_column("report", "wished_kind")
    op.drop_column("clock", "territory")
    said = ", ".join(f"'{act}'" for act in FOLLOWED_NOW)
    made = f"SELECT id FROM follow_act WHERE act IN ({said})"  # noqa: S608  # constants
    op.execute(
        sa.text(
            f"DELETE FROM task WHERE kind = 'tell_followers' AND subject_id IN ({made})"  # noqa: S608
        )
    )
    op.execute(sa.text(f"DELETE FROM follow_act WHERE act IN ({said})"))  # noqa: S608
    _may_follow(FOLLOWED)
    op.execute("DELETE FROM calendar_day WHERE region <> ''")
    _one_day_each("on_date")
    op.drop_column("calendar_day", "region")
