"""Counter-notices, what the place asks of them, and notices to hosts that carry a party's code."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0052"
down_revision = "0050"
branch_labels = None
depends_on = None

REASONS = ("owner", "licensed", "no-right", "permitted", "mistaken", "not-there", "other")
STATES = ("filed", "passed-on", "accepted", "refused", "reinstated")
ANSWERS = ("stands", "sued", "taken-back")
FINDINGS = ("in-good-faith", "false", "repeated")
LISTS = ("counter_reasons", "counter_demands")
WORDS = ("counter_declaration_zh", "counter_declaration_en")
WAITING = "state IN ('filed', 'passed-on')"
MISUSE = "finding IN ('false', 'repeated')"


def upgrade() -> None:
    """What a place asks of a counter-notice waits until its pack is loaded again."""
    for name in LISTS:
        op.add_column(
            "pack_version", sa.Column(name, sa.JSON(), nullable=False, server_default="[]")
        )
    for name in WORDS:
        op.add_column(
            "pack_version", sa.Column(name, sa.String(), nullable=False, server_default="")
        )
    with op.batch_alter_table("host_notice") as table:
        table.add_column(sa.Column("party_id", sa.Uuid()))
        table.create_foreign_key(
            op.f("fk_host_notice_party_id_case_party"), "case_party", ["party_id"], ["id"]
        )
        table.create_index("ix_host_notice_party_id", ["party_id"])
    _notices()
    _complaints()


def downgrade() -> None:
    """Forget counter-notices."""
    for table in ("counter_notice_complaint", "counter_notice_file", "counter_notice"):
        op.drop_table(table)
    with op.batch_alter_table("host_notice") as table:
        table.drop_index("ix_host_notice_party_id")
        table.drop_constraint(op.f("fk_host_notice_party_id_case_party"), type_="foreignkey")
        table.drop_column("party_id")
    with op.batch_alter_table("pack_version") as version:
        for name in (*LISTS, *WORDS):
            version.drop_column(name)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _id(name: str, of: str = "", *, key: bool = False, empty: bool = False) -> sa.Column[object]:
    about = [sa.ForeignKey(f"{of}.id")] if of else []
    return sa.Column(name, sa.Uuid(), *about, primary_key=key, nullable=empty)


def _notices() -> None:
    op.create_table(
        "counter_notice",
        _id("id", key=True),
        _id("case_id", "case_file"),
        _id("party_id", "case_party"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", _one_of("counterreason", REASONS), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", _one_of("counterstate", STATES), nullable=False),
        sa.Column("answer_by", sa.Date()),
        sa.Column("reasons", sa.LargeBinary()),
        sa.Column("decided_at", UtcDateTime()),
        _id("decided_by", "account", empty=True),
        sa.Column("reinstated_on", sa.Date()),
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint(
            f"({WAITING}) = (decided_at IS NULL)", name=op.f("ck_counter_notice_decided_once")
        ),
        sa.CheckConstraint(
            "(state = 'reinstated') = (reinstated_on IS NOT NULL)",
            name=op.f("ck_counter_notice_back_on"),
        ),
    )
    op.create_index("ix_counter_notice_party_id", "counter_notice", ["party_id"])
    _some("ix_counter_notice_waiting", "counter_notice", ["due_on", "id"], WAITING)
    op.create_table(
        "counter_notice_file",
        _id("evidence_id", "evidence", key=True),
        _id("notice_id", "counter_notice"),
    )
    op.create_index("ix_counter_notice_file_notice", "counter_notice_file", ["notice_id"])


def _complaints() -> None:
    table = "counter_notice_complaint"
    op.create_table(
        table,
        _id("notice_id", "counter_notice", key=True),
        _id("complaint_id", "complaint", key=True),
        _id("organisation_id", "organisation"),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("answer", _one_of("complainantanswer", ANSWERS)),
        sa.Column("answer_words", sa.LargeBinary()),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("finding", _one_of("complaintfinding", FINDINGS)),
        sa.Column("final_on", sa.Date()),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f(f"ck_{table}_answered_once"),
        ),
        sa.CheckConstraint(
            "(finding IS NULL) = (final_on IS NULL)",
            name=op.f(f"ck_{table}_finding_becomes_final"),
        ),
    )
    op.create_index(f"ix_{table}_complaint", table, ["complaint_id"])
    _some(f"ix_{table}_misuse", table, ["organisation_id"], MISUSE)


def _some(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
