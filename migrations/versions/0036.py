"""Rights-holders: organisations and their people, works, sheets and complaints."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

KINDS = ("company", "collective", "public-body", "person")
STATES = ("waiting", "verified", "refused")
REASONS = ("no-proof", "names-differ", "no-power", "expired", "not-entitled", "misuse")
ROLES = ("owner", "agent", "submitter")
WORKS = ("book", "periodical", "music", "film", "software", "game", "art", "other")
SCHEMES = ("isbn", "isrc", "iswc", "eidr", "registration")
COMPLAINTS = ("needs-information", "ready", "filed", "repeated", "lapsed", "withdrawn")
OF_PLACE = (
    *("complaint_categories", "complaint_demands", "complaint_days"),
    *("declaration_zh", "declaration_en"),
)


def upgrade() -> None:
    """What a place demands of complaints waits until its pack is loaded again."""
    outside = sa.Column("outside", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("account", outside)
    for name, kind, empty in zip(
        OF_PLACE,
        (sa.JSON(), sa.JSON(), sa.Integer(), sa.String(), sa.String()),
        ("[]", "[]", "10", "", ""),
        strict=True,
    ):
        column = sa.Column(name, kind, nullable=False, server_default=empty)
        op.add_column("pack_version", column)
    _organisations()
    _works()
    _complaints()


def downgrade() -> None:
    """Forget rights-holders; the reports of their complaints stay."""
    for table in (
        *("complaint_file", "complaint", "complaint_sheet", "work_file", "work_identifier"),
        *("protected_work", "organisation_file", "organisation_member", "organisation"),
    ):
        op.drop_table(table)
    with op.batch_alter_table("pack_version") as version:
        for name in OF_PLACE:
            version.drop_column(name)
    # Whoever was outside must not become staff: the accounts are closed.
    op.execute(
        sa.text("UPDATE account SET disabled_at = created_at WHERE outside AND disabled_at IS NULL")
    )
    op.drop_column("account", "outside")


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _id(name: str, of: str = "", *, key: bool = False, empty: bool = False) -> sa.Column[object]:
    about = [sa.ForeignKey(f"{of}.id")] if of else []
    return sa.Column(name, sa.Uuid(), *about, primary_key=key, nullable=empty)


def _organisations() -> None:
    op.create_table(
        "organisation",
        _id("id", key=True),
        sa.Column("number", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", _one_of("organisationkind", KINDS), nullable=False),
        sa.Column("registration", sa.String(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("state", _one_of("organisationstate", STATES), nullable=False),
        sa.Column("reason", _one_of("organisationreason", REASONS)),
        sa.Column("said", sa.LargeBinary()),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _id("decided_by", "account", empty=True),
        sa.Column("works", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_organisation_why_refused")
        ),
    )
    op.create_index(
        "ix_organisation_state_registered", "organisation", ["state", "registered_at", "id"]
    )
    op.create_index("ix_organisation_registered", "organisation", ["registered_at", "id"])
    op.create_table(
        "organisation_member",
        _id("id", key=True),
        _id("organisation_id", "organisation"),
        _id("account_id", "account"),
        sa.Column("role", _one_of("memberrole", ROLES), nullable=False),
        sa.Column("power_until", sa.Date()),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.CheckConstraint(
            "role <> 'agent' OR power_until IS NOT NULL",
            name=op.f("ck_organisation_member_a_power_ends"),
        ),
    )
    op.create_index(
        "uq_organisation_member_current",
        "organisation_member",
        ["organisation_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_organisation_member_account", "organisation_member", ["account_id"])
    op.create_table(
        "organisation_file",
        _id("evidence_id", "evidence", key=True),
        _id("organisation_id", "organisation"),
        sa.Column("purpose", _one_of("filepurpose", ("proof", "power")), nullable=False),
    )
    op.create_index("ix_organisation_file_organisation", "organisation_file", ["organisation_id"])


def _works() -> None:
    op.create_table(
        "protected_work",
        _id("id", key=True),
        _id("organisation_id", "organisation"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("kind", _one_of("workkind", WORKS), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("sellers", sa.JSON(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        _id("entered_by", "account"),
        sa.UniqueConstraint("organisation_id", "number"),
        sa.UniqueConstraint("organisation_id", "kind", "folded"),
    )
    op.create_table(
        "work_identifier",
        _id("organisation_id", "organisation", key=True),
        sa.Column("scheme", _one_of("scheme", SCHEMES), primary_key=True),
        sa.Column("value", sa.String(), primary_key=True),
        _id("work_id", "protected_work"),
    )
    op.create_index("ix_work_identifier_work", "work_identifier", ["work_id"])
    op.create_table(
        "work_file",
        _id("work_id", "protected_work", key=True),
        _id("evidence_id", "evidence", key=True),
    )
    op.create_index("ix_work_file_evidence", "work_file", ["evidence_id"])


def _complaints() -> None:
    op.create_table(
        "complaint_sheet",
        _id("id", key=True),
        _id("organisation_id", "organisation"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        _id("received_by", "account"),
        sa.Column("declared_at", UtcDateTime()),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_table(
        "complaint",
        _id("id", key=True),
        _id("organisation_id", "organisation"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("sheet_id", "complaint_sheet", empty=True),
        sa.Column("sheet_row", sa.Integer()),
        _id("work_id", "protected_work", empty=True),
        _id("filed_by", "account"),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("target", sa.LargeBinary()),
        sa.Column("state", _one_of("complaintstate", COMPLAINTS), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("report_id", sa.Uuid(), sa.ForeignKey("report.id"), unique=True),
        _id("repeats", "complaint", empty=True),
        sa.Column("declared_at", UtcDateTime()),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("organisation_id", "number"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_complaint_{name}"))
            for name, rule in (
                ("filed_has_report", "(state = 'filed') = (report_id IS NOT NULL)"),
                ("repeats_another", "(state = 'repeated') = (repeats IS NOT NULL)"),
                ("has_deadline", "state <> 'needs-information' OR due_on IS NOT NULL"),
            )
        ),
    )
    for name, columns in (
        ("state", ["organisation_id", "state", "number"]),
        ("work", ["organisation_id", "work_id", "number"]),
        ("target", ["organisation_id", "target", "number"]),
        ("digest", ["organisation_id", "digest"]),
        ("sheet", ["sheet_id", "sheet_row"]),
    ):
        op.create_index(f"ix_complaint_{name}", "complaint", columns)
    waits = sa.text("state = 'needs-information'")
    op.create_index(
        "ix_complaint_due",
        "complaint",
        ["due_on", "id"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "complaint_file",
        _id("evidence_id", "evidence", key=True),
        _id("complaint_id", "complaint"),
    )
    op.create_index("ix_complaint_file_complaint", "complaint_file", ["complaint_id"])
