"""Decisions, the pages of parties, reviews; what the place says about them."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = (
    "legal_basis",
    "notice_text",
    "decision",
    "decision_measure",
    "decision_service",
    "party_access",
    "party_letter",
    "party_file",
    "review",
)
PURPOSES = "purpose IN ('draft', 'tracking'{more})"
NEW_COLUMNS = (
    ("case_step", "decision", sa.Boolean(), sa.false()),
    ("measure", "least_grade", sa.String(), ""),
    ("case_file", "decision_stands", sa.Boolean(), sa.false()),
)


def upgrade() -> None:
    """Make the tables and columns; a visit may be that of a party."""
    for table, name, kind, value in NEW_COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=value))
    _visits(", 'party'")
    _of_the_place()
    _decisions()
    _parties()
    _reviews()


def downgrade() -> None:
    """Remove them, the newest first; visits of parties end."""
    for name in reversed(TABLES):
        op.drop_table(name)
    op.execute("DELETE FROM visit WHERE purpose = 'party'")
    _visits("")
    for table, name, _kind, _value in reversed(NEW_COLUMNS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)


def _visits(more: str) -> None:
    with op.batch_alter_table("visit") as visit:
        visit.drop_constraint(op.f("ck_visit_visitpurpose"), type_="check")
        visit.create_check_constraint(op.f("ck_visit_visitpurpose"), PURPOSES.format(more=more))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _of_the_place() -> None:
    for table, keys, columns in (
        ("legal_basis", ("code",), ("code", "name_zh", "name_en")),
        (
            "notice_text",
            ("event", "recipient"),
            ("event", "recipient", "sentence_zh", "sentence_en"),
        ),
    ):
        op.create_table(
            table,
            *(sa.Column(name, sa.String(), nullable=False) for name in columns),
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("since_version", sa.Integer(), nullable=False),
            sa.Column("until_version", sa.Integer(), nullable=True),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(
            f"uq_{table}_current",
            table,
            list(keys),
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            _enum("decisionsource", "report", "own-finding", "other-body"),
            nullable=False,
        ),
        sa.Column("automated", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            _enum(
                "decisionstate",
                *("drafted", "approved", "in-force", "withdrawn", "replaced", "set-aside"),
            ),
            nullable=False,
        ),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(approved_at IS NOT NULL) OR state IN ('drafted', 'withdrawn')",
            name=op.f("ck_decision_approved"),
        ),
        _key("decision", "case_id", "case_file"),
        _key("decision", "drafted_by", "account"),
        _key("decision", "approved_by", "account"),
        _key("decision", "replaces_id", "decision"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_decision_case_id_number")),
    )
    op.create_table(
        "decision_measure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _key("decision_measure", "decision_id", "decision"),
        _key("decision_measure", "party_id", "case_party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_measure")),
    )
    op.create_index("ix_decision_measure_decision_id", "decision_measure", ["decision_id"])
    op.create_table(
        "decision_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("object_by", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        _key("decision_service", "decision_id", "decision"),
        _key("decision_service", "party_id", "case_party"),
        _key("decision_service", "by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_service")),
        sa.UniqueConstraint(
            "decision_id", "party_id", name=op.f("uq_decision_service_decision_id_party_id")
        ),
    )
    op.create_index("ix_decision_service_party_id", "decision_service", ["party_id"])


def _parties() -> None:
    op.create_table(
        "party_access",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("locator_mac", sa.LargeBinary(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("alleged", sa.LargeBinary(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("hearing_on", sa.Date(), nullable=True),
        sa.Column("hearing_at", sa.LargeBinary(), nullable=True),
        _key("party_access", "party_id", "case_party"),
        _key("party_access", "issued_by", "account"),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_party_access")),
        sa.UniqueConstraint("locator_mac", name=op.f("uq_party_access_locator_mac")),
    )
    op.create_table(
        "party_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _enum("letterkind", "statement", "hearing-asked", "objection", "notice"),
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        _key("party_letter", "party_id", "case_party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_letter")),
    )
    op.create_index("ix_party_letter_party_id", "party_letter", ["party_id", "at"])
    op.create_table(
        "party_file",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        _key("party_file", "evidence_id", "evidence"),
        _key("party_file", "letter_id", "party_letter"),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_party_file")),
    )
    op.create_index("ix_party_file_letter_id", "party_file", ["letter_id"])


def _reviews() -> None:
    under_review = sa.text("state IN ('filed', 'admitted')")
    op.create_table(
        "review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            _enum("reviewstate", "filed", "admitted", "refused", "decided"),
            nullable=False,
        ),
        sa.Column("reasons", sa.LargeBinary(), nullable=True),
        sa.Column("admitted_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column(
            "outcome", _enum("reviewoutcome", "upheld", "changed", "overturned"), nullable=True
        ),
        sa.CheckConstraint(
            "(party_id IS NULL) <> (report_id IS NULL)", name=op.f("ck_review_one_side")
        ),
        sa.CheckConstraint(
            "(party_id IS NULL) = (decision_id IS NULL)", name=op.f("ck_review_against_what")
        ),
        sa.CheckConstraint(
            "(state = 'decided') = (outcome IS NOT NULL)", name=op.f("ck_review_outcome")
        ),
        _key("review", "case_id", "case_file"),
        _key("review", "decision_id", "decision"),
        _key("review", "party_id", "case_party"),
        _key("review", "report_id", "report"),
        _key("review", "admitted_by", "account"),
        _key("review", "decided_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("decision_id", "party_id", name=op.f("uq_review_decision_id_party_id")),
    )
    op.create_index("ix_review_case_id", "review", ["case_id", "filed_at"])
    op.create_index(
        "ix_review_open",
        "review",
        ["due_on", "id"],
        sqlite_where=under_review,
        postgresql_where=under_review,
    )
