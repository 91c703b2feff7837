"""The law that rows of the place rest on is said in both languages.

What stood there stays as the Chinese text, which is read in English too as long as there is no
other; drafts that wait say it in the same way.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

# Those that need not rest on anything had an empty text.
OPTIONAL = ("routing_rule", "clock_rule")
REQUIRED = ("delegation", "retention_rule")
CHANGES = sa.table(
    "place_change",
    sa.column("id", sa.Uuid()),
    sa.column("part", sa.String()),
    sa.column("before", sa.JSON(none_as_null=True)),
    sa.column("after", sa.JSON(none_as_null=True)),
)
# In the file of delegations the second language is a column of its own.
PARTS = ("routing", "clocks", "retention")


def upgrade() -> None:
    """Two columns for one."""
    for name in (*OPTIONAL, *REQUIRED):
        needed = name in REQUIRED
        with op.batch_alter_table(name) as table:
            table.alter_column(
                "basis", new_column_name="basis_zh", existing_type=sa.String(), nullable=not needed
            )
            table.add_column(sa.Column("basis_en", sa.String(), nullable=True))
        rows = sa.table(name, sa.column("basis_zh"), sa.column("basis_en"))
        if not needed:
            op.execute(sa.update(rows).where(rows.c.basis_zh == "").values(basis_zh=None))
        op.execute(sa.update(rows).where(rows.c.basis_zh.is_not(None)).values(basis_en=""))
        if needed:
            with op.batch_alter_table(name) as table:
                table.alter_column("basis_en", existing_type=sa.String(), nullable=False)
    _say_in_changes(_in_both)


def downgrade() -> None:
    """One column for two: the Chinese text, or the English one where there is no other."""
    for name in (*OPTIONAL, *REQUIRED):
        rows = sa.table(name, sa.column("basis_zh"), sa.column("basis_en"))
        said = sa.func.coalesce(sa.func.nullif(rows.c.basis_zh, ""), rows.c.basis_en, "")
        op.execute(sa.update(rows).values(basis_zh=said))
        with op.batch_alter_table(name) as table:
            table.drop_column("basis_en")
            table.alter_column(
                "basis_zh", new_column_name="basis", existing_type=sa.String(), nullable=False
            )
    _say_in_changes(_in_one)


def _say_in_changes(say: Any) -> None:  # noqa: ANN401  # a function of a row
    """Say the basis in every draft, and in what became of drafts, as rows of the place do."""
    connection = op.get_bind()
    for one in connection.execute(sa.select(CHANGES).where(CHANGES.c.part.in_(PARTS))).all():
        said = {name: say(getattr(one, name)) for name in ("before", "after")}
        connection.execute(sa.update(CHANGES).where(CHANGES.c.id == one.id).values(**said))


def _in_both(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None or not isinstance(row.get("basis"), str):
        return row
    rest = {name: value for name, value in row.items() if name != "basis"}
    return {**rest, "basis": {"zh": row["basis"], "en": ""}} if row["basis"] else rest


def _in_one(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None or not isinstance(row.get("basis"), dict):
        return row
    return {**row, "basis": row["basis"].get("zh") or row["basis"].get("en", "")}
