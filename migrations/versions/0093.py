"""The law that rows of the place rest on is said in both languages.

What stood there stays as the Chinese text, which is read in English too as long as there is no
other; drafts that wait say it in the same way. Previews of routing hold whole rows and are kept for
a week only: they go, with their tasks, and whoever still wants one asks again.
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
DELEGATIONS = "delegations"
# Rows of these said an empty text where they rest on nothing.
SAID_NOTHING = ("routing", "clocks")
PARTS = (*SAID_NOTHING, "retention", DELEGATIONS)


def upgrade() -> None:
    """Two columns for one."""
    for name in (*OPTIONAL, *REQUIRED):
        needed = name in REQUIRED
        with op.batch_alter_table(name) as table:
            table.alter_column(
                "basis", new_column_name="basis_zh", existing_type=sa.String(), nullable=not needed
            )
            table.add_column(sa.Column("basis_en", sa.String(), nullable=True))
        rows = sa.table(name, *map(sa.column, ("id", "basis_zh", "basis_en")))
        if not needed:
            _strip(rows)
        op.execute(sa.update(rows).where(rows.c.basis_zh.is_not(None)).values(basis_en=""))
        if needed:
            with op.batch_alter_table(name) as table:
                table.alter_column("basis_en", existing_type=sa.String(), nullable=False)
    _say_in_changes(_in_both)
    _forget_previews()


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
    _forget_previews()


def _strip(rows: sa.TableClause) -> None:
    """Take blanks off what is said; what is only blank says nothing."""
    connection = op.get_bind()
    for one in connection.execute(sa.select(rows.c.id, rows.c.basis_zh)).all():
        said = one.basis_zh.strip() or None
        if said != one.basis_zh:
            connection.execute(sa.update(rows).where(rows.c.id == one.id).values(basis_zh=said))


def _forget_previews() -> None:
    """Take away what no process of the other side can read."""
    for gone in (
        "DELETE FROM routing_move",
        "DELETE FROM routing_preview",
        "DELETE FROM task WHERE kind = 'preview_routing'",
    ):
        op.execute(gone)


def _say_in_changes(say: Any) -> None:  # noqa: ANN401  # a function of a part and a row of it
    """Say the basis in every draft, and in what became of drafts, as rows of the place do."""
    connection = op.get_bind()
    for one in connection.execute(sa.select(CHANGES).where(CHANGES.c.part.in_(PARTS))).all():
        before, after = (row and say(one.part, row) for row in (one.before, one.after))
        if (before, after) != (one.before, one.after):
            told = {"before": before, "after": after}
            connection.execute(sa.update(CHANGES).where(CHANGES.c.id == one.id).values(**told))


def _in_both(part: str, row: dict[str, Any]) -> dict[str, Any]:
    if part == DELEGATIONS or not isinstance(row.get("basis"), str):
        return row
    rest = {name: value for name, value in row.items() if name != "basis"}
    said = row["basis"].strip()
    return {**rest, "basis": {"zh": said, "en": ""}} if said else rest


def _in_one(part: str, row: dict[str, Any]) -> dict[str, Any]:
    if part == DELEGATIONS:
        rest = {name: value for name, value in row.items() if name != "basis_en"}
        return {**rest, "basis": row.get("basis") or row.get("basis_en", "")}
    if isinstance(row.get("basis"), dict):
        return {**row, "basis": row["basis"].get("zh") or row["basis"].get("en", "")}
    # The order of a table is no row of it.
    return {**row, "basis": ""} if part in SAID_NOTHING and "id" in row else row
