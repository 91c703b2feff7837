"""Matters passed on to other bodies, and files that the office makes."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('prepared', 'ready', 'unconfirmed', 'sent', 'received')")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Add the made files, the hand-overs and the files chosen for them."""
    op.create_table(
        "made_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("stored_name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_made_file")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_made_file_stored_name")),
    )
    _make_hand_overs()
    op.create_table(
        "hand_over_file",
        sa.Column("hand_over_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("form", _one_of("fileform", "copy", "original"), nullable=False),
        sa.ForeignKeyConstraint(
            ["hand_over_id"], ["hand_over.id"], name=op.f("fk_hand_over_file_hand_over_id")
        ),
        sa.PrimaryKeyConstraint("hand_over_id", "evidence_id", name=op.f("pk_hand_over_file")),
    )


def _make_hand_overs() -> None:
    states = ("prepared", "ready", "unconfirmed", "sent", "received")
    ended = ("answered", "returned", "withdrawn")
    carriers = ("in-person", "exchange", "courier", "post", "fetched", "their-portal")
    results = ("case-opened", "measures-taken", "no-violation", "not-pursued", "other")
    op.create_table(
        "hand_over",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("sender_code", sa.String(), nullable=True),
        sa.Column("way", _one_of("way", "print", "mail", "api", "portal"), nullable=False),
        sa.Column("state", _one_of("handoverstate", *states, *ended), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("words_key", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=True),
        sa.Column("carrier", _one_of("carrier", *carriers), nullable=True),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("result", _one_of("handoverresult", *results), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(words IS NULL) = (words_key IS NULL)", name=op.f("ck_hand_over_key_with_words")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'received', 'answered', 'returned') OR sent_on IS NOT NULL",
            name=op.f("ck_hand_over_sent_has_day"),
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (result IS NOT NULL)",
            name=op.f("ck_hand_over_answer_has_result"),
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_hand_over_report_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_hand_over_made_by")),
        sa.ForeignKeyConstraint(["sent_by"], ["account.id"], name=op.f("fk_hand_over_sent_by")),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["made_file.id"], name=op.f("fk_hand_over_bundle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_hand_over_report_id_number")),
    )
    open_ones = {"sqlite_where": OPEN, "postgresql_where": OPEN}
    op.create_index(
        "uq_hand_over_open", "hand_over", ["report_id", "department_code"], unique=True, **open_ones
    )
    op.create_index("ix_hand_over_open", "hand_over", ["made_at", "id"], **open_ones)


def downgrade() -> None:
    """Take all of it back; bundles on the disk are swept up then."""
    op.drop_table("hand_over_file")
    op.drop_table("hand_over")
    op.drop_table("made_file")
