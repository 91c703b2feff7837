"""Clocks with a start event, extension, what they stand still for, warning and breach."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from portal.infra.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STAGES = ("triage", "accept", "verify", "feedback", "close", "contest")
NEW_STAGES = ("result", "transfer", "recheck")
ALL_STAGES = (*STAGES[:4], *NEW_STAGES, *STAGES[4:])
EVENTS = (
    *("received", "routed", "accepted", "verified"),
    *("decided", "answered", "transferred", "contested"),
)
SUSPENSIONS = ("waiting-for-reporter", "expert", "other-authority", "legal-advice")
NOTICES = ("warned", "told", "escalated")

RULE_COLUMNS = {
    "starts": sa.String(40),
    "warn_share": sa.Integer(),
    "extension_n": sa.Integer(),
    "extension_times": sa.Integer(),
    "suspends_on": sa.JSON(),
    "on_breach": sa.JSON(),
    "categories": sa.JSON(),
}
CLOCK_COLUMNS = {
    "place_version": sa.Integer(),
    "look_on": sa.Date(),
    "paused_for": sa.String(40),
    "extended_days": sa.Integer(),
    "extensions": sa.Integer(),
    "warned_at": UtcDateTime(),
    "breached_at": UtcDateTime(),
    "notice": sa.String(40),
}
FILL_RULES = """
    UPDATE clock_rule SET warn_share = 0, extension_n = 0, extension_times = 0,
      categories = '[]', on_breach = '["show"]',
      suspends_on = CASE WHEN pause_cap > 0 THEN '["waiting-for-reporter"]' ELSE '[]' END,
      starts = CASE stage WHEN 'verify' THEN 'accepted' WHEN 'feedback' THEN 'verified'
        WHEN 'close' THEN 'answered' WHEN 'contest' THEN 'contested' ELSE 'received' END
"""
# Whoever lets paused clocks run on looks at them today, and finds out how long they may stand.
FILL_CLOCKS = """
    UPDATE clock SET extended_days = 0, extensions = 0,
      place_version = COALESCE(
        (SELECT MAX(since_version) FROM clock_rule WHERE code = clock.rule_id), 1),
      paused_for = CASE WHEN paused_at IS NOT NULL THEN 'waiting-for-reporter' END,
      look_on = CASE WHEN met_at IS NULL THEN CASE WHEN paused_at IS NULL THEN warn_on
        ELSE starts_on END END
"""
FILL_REPORTS = """
    UPDATE report SET paused = TRUE
    WHERE waiting_since IS NOT NULL AND state NOT IN ('declined', 'closed')
"""


def upgrade() -> None:
    """Give each rule what it was silent about, and each clock the version of its rule."""
    _add("clock_rule", RULE_COLUMNS, _filled(FILL_RULES))
    _add("clock", CLOCK_COLUMNS, FILL_CLOCKS)
    op.drop_index("ix_clock_running", "clock")
    with op.batch_alter_table("clock_rule") as batch:
        _alter_stage(batch, STAGES, ALL_STAGES)
        _make_enum(batch, "starts", "clockevent", EVENTS, nullable=False)
        for name, kind in list(RULE_COLUMNS.items())[1:]:
            batch.alter_column(name, existing_type=kind, nullable=False)
    with op.batch_alter_table("clock") as batch:
        _alter_stage(batch, STAGES, ALL_STAGES)
        _make_enum(batch, "paused_for", "suspension", SUSPENSIONS)
        _make_enum(batch, "notice", "notice", NOTICES)
        for name in ("place_version", "extended_days", "extensions"):
            batch.alter_column(name, existing_type=sa.Integer(), nullable=False)
        batch.create_check_constraint(
            op.f("ck_clock_paused_for_what"), "(paused_at IS NULL) = (paused_for IS NULL)"
        )
    _index("ix_clock_look", "clock", "met_at IS NULL", "look_on")
    _index("ix_clock_provisional", "clock", "provisional AND met_at IS NULL", "report_id")
    _upgrade_reports()


def _upgrade_reports() -> None:
    """Columns one by one: a table with this many rules is not copied for two more."""
    op.execute("ALTER TABLE report ADD COLUMN paused BOOLEAN DEFAULT FALSE NOT NULL")
    kinds = ", ".join(f"'{notice}'" for notice in NOTICES)
    op.execute(
        "ALTER TABLE report ADD COLUMN notice VARCHAR(40)"
        f" CONSTRAINT ck_report_notice CHECK (notice IN ({kinds}))"
    )
    op.execute(FILL_REPORTS)
    noticed, escalated = "notice IS NOT NULL", "notice = 'escalated'"
    _index("ix_report_noticed_unit", "report", noticed, "department_code", "next_due_on", "id")
    _index("ix_report_escalated", "report", escalated, "next_due_on", "id")


def downgrade() -> None:
    """Back to rules of numbers only; clocks and rules of the new stages are gone."""
    for name in ("ix_report_noticed_unit", "ix_report_escalated"):
        op.drop_index(name, "report")
    for name in ("notice", "paused"):
        op.execute(f"ALTER TABLE report DROP COLUMN {name}")
    for name in ("ix_clock_look", "ix_clock_provisional"):
        op.drop_index(name, "clock")
    for table in ("clock", "clock_rule"):
        gone = sa.column("stage").in_(NEW_STAGES)
        op.execute(sa.delete(sa.table(table, sa.column("stage"))).where(gone))
    with op.batch_alter_table("clock") as batch:
        for name in ("paused_for_what", "suspension", "notice"):
            batch.drop_constraint(op.f(f"ck_clock_{name}"), type_="check")
        for name in CLOCK_COLUMNS:
            batch.drop_column(name)
        _alter_stage(batch, ALL_STAGES, STAGES)
    with op.batch_alter_table("clock_rule") as batch:
        batch.drop_constraint(op.f("ck_clock_rule_clockevent"), type_="check")
        for name in RULE_COLUMNS:
            batch.drop_column(name)
        _alter_stage(batch, ALL_STAGES, STAGES)
    _index("ix_clock_running", "clock", "met_at IS NULL", "due_on")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _add(table: str, columns: dict[str, Any], fill: str) -> None:
    for name, kind in columns.items():
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.execute(fill)


def _filled(statement: str) -> str:
    """PostgreSQL wants to be told that a text is JSON where a CASE gives it."""
    return (
        statement
        if _is_sqlite()
        else statement.replace("' ELSE '[]' END", "'::json ELSE '[]'::json END")
    )


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _alter_stage(batch: BatchOperations, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    batch.alter_column(
        "stage",
        existing_type=_enum("stage", before),
        type_=_enum("stage", after),
        existing_nullable=False,
    )


def _make_enum(
    batch: BatchOperations,
    column: str,
    name: str,
    values: tuple[str, ...],
    *,
    nullable: bool = True,
) -> None:
    wanted = _enum(name, values)
    batch.alter_column(column, existing_type=sa.String(40), type_=wanted, nullable=nullable)


def _index(name: str, table: str, condition: str, *columns: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)
