"""Addresses of cases, their captures, notices to hosts, keys of partners; what may be captured."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SERVING = ("not-looked-at", "serving", "gone", "barred", "silent")
CAPTURESTATE = ("asked", "made", "failed")
NOVISIT = (
    "not-an-address",
    "not-public",
    "no-such-host",
    "no-answer",
    "too-slow",
    "bad-certificate",
    "not-http",
    "too-many-redirects",
    "not-allowed",
)
HOSTNOTICESTATE = ("drafted", "approved", "unconfirmed", "sent", "answered", "withdrawn")
HOSTANSWER = ("removed", "disabled", "partly", "refused", "not-theirs", "asks")


def upgrade() -> None:
    """Nothing is captured yet, and no category allows it until its pack is loaded anew."""
    op.add_column(
        "category",
        sa.Column("capture", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _host_contact()
    _case_address()
    _capture()
    _host_notice()
    _host_notice_address()
    _partner_key()
    _partner_report()


def downgrade() -> None:
    """Forget what was captured and told; the files are swept up."""
    for name in (
        "partner_report",
        "partner_key",
        "host_notice_address",
        "host_notice",
        "capture",
        "case_address",
        "host_contact",
    ):
        op.drop_table(name)
    with op.batch_alter_table("category") as category:
        category.drop_column("capture")


def _host_contact() -> None:
    op.create_table(
        "host_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["account.id"], name=op.f("fk_host_contact_added_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_contact")),
    )
    op.create_index(op.f("ix_host_contact_name"), "host_contact", ["name", "id"])


def _case_address() -> None:
    op.create_table(
        "case_address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("struck_at", UtcDateTime(), nullable=True),
        sa.Column("serving", _one_of("serving", SERVING), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("next_look_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["account.id"], name=op.f("fk_case_address_added_by")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_address_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_address")),
    )
    op.create_index(op.f("ix_case_address_case_id"), "case_address", ["case_id", "added_at"])
    op.create_index(
        op.f("ix_case_address_look"),
        "case_address",
        ["next_look_at", "id"],
        sqlite_where=sa.text("next_look_at IS NOT NULL"),
        postgresql_where=sa.text("next_look_at IS NOT NULL"),
    )


def _capture() -> None:
    op.create_table(
        "capture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("address_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("state", _one_of("capturestate", CAPTURESTATE), nullable=False),
        sa.Column("failure", _one_of("novisit", NOVISIT), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("archive_id", sa.Uuid(), nullable=True),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("picture_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'made') = (body IS NOT NULL)",
            name=op.f("ck_capture_made_has_body"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)",
            name=op.f("ck_capture_why_failed"),
        ),
        sa.ForeignKeyConstraint(
            ["address_id"], ["case_address.id"], name=op.f("fk_capture_address_id")
        ),
        sa.ForeignKeyConstraint(
            ["archive_id"], ["made_file.id"], name=op.f("fk_capture_archive_id")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_capture_asked_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_capture_case_id")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["made_file.id"], name=op.f("fk_capture_picture_id")
        ),
        sa.ForeignKeyConstraint(["text_id"], ["made_file.id"], name=op.f("fk_capture_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
    )
    op.create_index(op.f("ix_capture_case_id"), "capture", ["case_id", "asked_at"])
    op.create_index(
        op.f("uq_capture_asked"),
        "capture",
        ["address_id"],
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
        unique=True,
    )


def _host_notice() -> None:
    op.create_table(
        "host_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_at", UtcDateTime(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("state", _one_of("hostnoticestate", HOSTNOTICESTATE), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer", _one_of("hostanswer", HOSTANSWER), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer_words", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('drafted', 'withdrawn') OR approved_at IS NOT NULL",
            name=op.f("ck_host_notice_approved"),
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (answer IS NOT NULL)",
            name=op.f("ck_host_notice_has_answer"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'answered') OR due_on IS NOT NULL",
            name=op.f("ck_host_notice_has_day"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["account.id"], name=op.f("fk_host_notice_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["account.id"], name=op.f("fk_host_notice_approved_by")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_host_notice_case_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["host_contact.id"], name=op.f("fk_host_notice_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["account.id"], name=op.f("fk_host_notice_drafted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_notice")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_host_notice_case_id_number")),
    )
    op.create_index(
        op.f("ix_host_notice_awaited"),
        "host_notice",
        ["due_on", "id"],
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )


def _host_notice_address() -> None:
    op.create_table(
        "host_notice_address",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("address_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["case_address.id"], name=op.f("fk_host_notice_address_address_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["host_notice.id"], name=op.f("fk_host_notice_address_notice_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", "address_id", name=op.f("pk_host_notice_address")),
    )
    op.create_index(
        op.f("ix_host_notice_address_address_id"), "host_notice_address", ["address_id"]
    )


def _partner_key() -> None:
    op.create_table(
        "partner_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_partner_key_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_partner_key_digest")),
    )


def _partner_report() -> None:
    op.create_table(
        "partner_report",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["partner_key.id"], name=op.f("fk_partner_report_key_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_partner_report_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_partner_report")),
    )
    op.create_index(op.f("ix_partner_report_key_id"), "partner_report", ["key_id", "at"])


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
