"""Papers made here with number and service, bound files; what papers say; letterheads."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("letterhead", "paper_counter", "made_paper", "paper_service", "bound_file")
# A kind of paper that was loaded before says nothing of these.
ADDED = {
    "parts": (sa.JSON(), "[]"),
    "reports": (sa.Boolean(), "false"),
    "served": (sa.Boolean(), "false"),
    "proof": (sa.Boolean(), "false"),
    "periods": (sa.JSON(), "[]"),
    "signed_by": (sa.JSON(), "[]"),
}


def upgrade() -> None:
    """Make the tables and the columns."""
    with op.batch_alter_table("paper_form") as table:
        for name, (kind, nothing) in ADDED.items():
            default = sa.text("false") if nothing == "false" else sa.text(f"'{nothing}'")
            table.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        table.add_column(sa.Column("phrase_zh", sa.String(), nullable=True))
        table.add_column(sa.Column("phrase_en", sa.String(), nullable=True))
    with op.batch_alter_table("paper_form") as table:
        for name in ADDED:
            table.alter_column(name, server_default=None)
    _letterhead()
    _papers()
    _services()
    _bound_files()


def downgrade() -> None:
    """Remove them, the newest first; indexes go with their tables."""
    for name in reversed(TABLES):
        op.drop_table(name)
    with op.batch_alter_table("paper_form") as table:
        for name in (*ADDED, "phrase_zh", "phrase_en"):
            table.drop_column(name)


def _letterhead() -> None:
    op.create_table(
        "letterhead",
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("address_zh", sa.String(), nullable=False),
        sa.Column("address_en", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterhead")),
    )
    current = sa.text("until_version IS NULL")
    op.create_index(
        "uq_letterhead_current",
        "letterhead",
        ["department"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def _papers() -> None:
    op.create_table(
        "paper_counter",
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("department_code", "year", "form", name=op.f("pk_paper_counter")),
    )
    op.create_table(
        "made_paper",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("state", _one_of("paperstate", "drafted", "issued", "discarded"), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("case_paper_id", sa.Uuid(), nullable=True),
        sa.Column("to_serve", sa.Boolean(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'issued') = (number IS NOT NULL)",
            name=op.f("ck_made_paper_issued_has_number"),
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL)",
            name=op.f("ck_made_paper_issued_has_time"),
        ),
        sa.CheckConstraint(
            "(state = 'issued') = (case_paper_id IS NOT NULL)",
            name=op.f("ck_made_paper_issued_in_case"),
        ),
        _to("case_file", "made_paper", "case_id"),
        _to("account", "made_paper", "drafted_by"),
        _to("case_party", "made_paper", "party_id"),
        _to("account", "made_paper", "issued_by"),
        _to("case_paper", "made_paper", "case_paper_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_made_paper")),
        sa.UniqueConstraint("number", name=op.f("uq_made_paper_number")),
        sa.UniqueConstraint("case_paper_id", name=op.f("uq_made_paper_case_paper_id")),
    )
    op.create_index("ix_made_paper_case_id", "made_paper", ["case_id", "drafted_at"])
    _some(
        "ix_made_paper_to_serve",
        "made_paper",
        ["issued_at", "id"],
        "state = 'issued' AND to_serve AND served_on IS NULL",
    )


def _services() -> None:
    ways = ("handed-over", "left", "post", "agent", "public-notice", "electronic")
    op.create_table(
        "paper_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("way", _one_of("serviceway", *ways), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("struck_at", UtcDateTime(), nullable=True),
        _to("made_paper", "paper_service", "paper_id"),
        _to("account", "paper_service", "recorded_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_service")),
    )
    op.create_index("ix_paper_service_paper_id", "paper_service", ["paper_id", "recorded_at"])


def _bound_files() -> None:
    op.create_table(
        "bound_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("state", _one_of("boundstate", "asked", "bound", "failed"), nullable=False),
        sa.Column("bound_at", UtcDateTime(), nullable=True),
        sa.Column("paper_file_id", sa.Uuid(), nullable=True),
        sa.Column("bag_id", sa.Uuid(), nullable=True),
        sa.Column("why_not", _one_of("notbound", "too-large", "file-missing"), nullable=True),
        sa.CheckConstraint(
            "(state = 'bound') = (bound_at IS NOT NULL)", name=op.f("ck_bound_file_bound_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'bound') = (paper_file_id IS NOT NULL)",
            name=op.f("ck_bound_file_bound_has_paper"),
        ),
        sa.CheckConstraint(
            "(state = 'bound') = (bag_id IS NOT NULL)", name=op.f("ck_bound_file_bound_has_bag")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (why_not IS NOT NULL)", name=op.f("ck_bound_file_why_failed")
        ),
        _to("case_file", "bound_file", "case_id"),
        _to("account", "bound_file", "asked_by"),
        _to("made_file", "bound_file", "paper_file_id"),
        _to("made_file", "bound_file", "bag_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bound_file")),
    )
    op.create_index("ix_bound_file_case_id", "bound_file", ["case_id", "asked_at"])
    _some("ix_bound_file_kept", "bound_file", ["reported", "bound_at", "id"], "state = 'bound'")


def _some(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _to(target: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
