"""How long records are kept, lists for destruction, legal holds, and what was disposed of."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

RECORDS = ("report", "case_file")


def upgrade() -> None:
    """Make the tables, and room on records for a hold and for their end."""
    for record in RECORDS:
        op.add_column(record, sa.Column("held_at", UtcDateTime(), nullable=True))
        op.add_column(record, sa.Column("disposed_at", UtcDateTime(), nullable=True))
    _schedule_of_the_place()
    _lists()
    _items()
    _holds()


def downgrade() -> None:
    """Remove them; what was destroyed stays destroyed."""
    for name in ("legal_hold", "retention_item", "disposal_list", "retention_rule"):
        op.drop_table(name)
    for record in RECORDS:
        op.drop_column(record, "disposed_at")
        op.drop_column(record, "held_at")


def _some(name: str, table: str, condition: str, *columns: str, unique: bool = False) -> None:
    """An index of the rows for which a condition holds."""
    where = sa.text(condition)
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _schedule_of_the_place() -> None:
    op.create_table(
        "retention_rule",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("endings", sa.JSON(), nullable=False),
        sa.Column("starts", sa.String(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("identity_months", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )
    _some(
        "uq_retention_rule_current", "retention_rule", "until_version IS NULL", "code", unique=True
    )


def _lists() -> None:
    name = "disposal_list"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_person", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", _one_of("liststate", "proposed", "approved", "refused"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        _check(name, "two_people", "state <> 'approved' OR decided_person <> proposed_person"),
        _check(name, "decided_has_time", "(state = 'proposed') = (decided_at IS NULL)"),
        _check(name, "by_somebody", "(decided_at IS NULL) = (decided_person IS NULL)"),
        _to(name, "proposed_by", "account"),
        _to(name, "decided_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_list")),
        sa.UniqueConstraint("number", name=op.f("uq_disposal_list_number")),
    )


def _items() -> None:
    name = "retention_item"
    states = _one_of("disposalstate", "scheduled", "proposed", "approved", "disposed")
    causes = _one_of("notdisposed", "held", "open-again", "others-wait", "not-due")
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("department_code", sa.String(), nullable=True),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("place_version", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("identity_on", sa.Date(), nullable=True),
        sa.Column("state", states, nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=True),
        sa.Column("put_back_because", causes, nullable=True),
        sa.Column("disposed_at", UtcDateTime(), nullable=True),
        sa.Column("list_number", sa.Integer(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("trail_seq", sa.Integer(), nullable=True),
        sa.Column("trail_hash", sa.String(), nullable=True),
        _check(name, "one_record", "(report_id IS NULL) <> (case_id IS NULL)"),
        _check(name, "disposed_at", "(state = 'disposed') = (disposed_at IS NOT NULL)"),
        _check(name, "on_a_list", "state NOT IN ('proposed', 'approved') OR list_id IS NOT NULL"),
        _to(name, "report_id", "report"),
        _to(name, "case_id", "case_file"),
        _to(name, "list_id", "disposal_list"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_item")),
        sa.UniqueConstraint("report_id", name=op.f("uq_retention_item_report_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_retention_item_case_id")),
    )
    scheduled = "state = 'scheduled'"
    _some("ix_retention_item_due", name, scheduled, "due_on", "id")
    _some("ix_retention_item_due_unit", name, scheduled, "department_code", "due_on", "id")
    _some("ix_retention_item_identity", name, "identity_on IS NOT NULL", "identity_on", "id")
    _some("ix_retention_item_disposed", name, "state = 'disposed'", "disposed_at", "id")
    op.create_index("ix_retention_item_list_id", name, ["list_id"], unique=False)


def _holds() -> None:
    name, live = "legal_hold", "lifted_at IS NULL"
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_person", sa.Uuid(), nullable=False),
        sa.Column("lifting", sa.LargeBinary(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_person", sa.Uuid(), nullable=True),
        _check(name, "one_record", "(report_id IS NULL) <> (case_id IS NULL)"),
        _check(name, "two_people", "lifted_person <> placed_person"),
        _check(name, "by_somebody", "(lifted_at IS NULL) = (lifted_person IS NULL)"),
        _to(name, "report_id", "report"),
        _to(name, "case_id", "case_file"),
        _to(name, "placed_by", "account"),
        _to(name, "lifted_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    _some("ix_legal_hold_report", name, live, "report_id", unique=True)
    _some("ix_legal_hold_case", name, live, "case_id", unique=True)
    _some("ix_legal_hold_until", name, live, "until_on", "id")
