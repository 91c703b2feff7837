"""The rest of the place: history of regions, outside bodies, delegations, questions, measures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAYS = ("print", "mail", "api", "portal")
CONTACT = ("contact_zh", "contact_en")


def _way() -> sa.Enum:
    return sa.Enum(*WAYS, name="way", native_enum=False, create_constraint=True, length=40)


def _list(name: str) -> sa.Column[list[object]]:
    """A list that is empty in the rows there are."""
    return sa.Column(name, sa.JSON(), nullable=False, server_default="[]")


def _versioned(table: str, key: Sequence[str], *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        *columns,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(
            f"uq_{table}_current",
            list(key),
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    """Add what the tables of the place lacked; what was loaded before has none of it."""
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.add_column(_list("successors"))
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.add_column(_list("questions"))
    with op.batch_alter_table("department_kind", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("outside", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    for table in ("department_kind", "department"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("receives_by", _way(), nullable=True))
            for name in CONTACT:
                batch_op.add_column(sa.Column(name, sa.String(), nullable=True))
    _versioned(
        "delegation",
        ("giver", "taker", "region"),
        *map(_text, ("giver", "taker", "region", "basis")),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
    )
    _versioned(
        "measure",
        ("code",),
        *map(_text, ("code", "name_zh", "name_en", "unit_zh", "unit_en")),
        sa.Column("needs_legal_basis", sa.Boolean(), nullable=False),
    )
    _versioned(
        "status_text",
        ("stage", "category"),
        *map(_text, ("stage", "category", "sentence_zh", "sentence_en")),
    )


def downgrade() -> None:
    """Take it away again."""
    for table in ("status_text", "measure", "delegation"):
        op.drop_table(table)
    for table in ("department", "department_kind"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_way"), type_="check")
            for name in (*CONTACT, "receives_by"):
                batch_op.drop_column(name)
    with op.batch_alter_table("department_kind", schema=None) as batch_op:
        batch_op.drop_column("outside")
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.drop_column("questions")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_column("successors")
