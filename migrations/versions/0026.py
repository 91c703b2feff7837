"""Custodians join and leave, recovery of their keys, and requests to open what is sealed."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CUSTODIAN = ("enrolled", "approved", "member", "left")
OPENING = ("asked", "released", "read", "refused", "withdrawn", "lapsed")
PURPOSES = ("contact", "witness", "award", "danger", "order")
GROUPS = ("requesters", "approvers")


def upgrade() -> None:
    """Whoever is a custodian is a member; nobody has asked for anything yet."""
    with op.batch_alter_table("custodian") as custodian:
        custodian.add_column(
            sa.Column(
                "state",
                _one_of("custodianstate", CUSTODIAN),
                nullable=False,
                server_default="member",
            )
        )
        custodian.add_column(sa.Column("approved_person", sa.Uuid(), nullable=True))
        custodian.add_column(sa.Column("admitted_person", sa.Uuid(), nullable=True))
        for by in ("approved", "admitted"):
            custodian.create_check_constraint(
                op.f(f"ck_custodian_{by}_by_another"), f"{by}_person <> person_id"
            )
    with op.batch_alter_table("custodian") as custodian:
        custodian.alter_column("state", server_default=None)
    with op.batch_alter_table("pack_version") as version:
        version.add_column(
            sa.Column("opening_told_days", sa.Integer(), nullable=False, server_default="30")
        )
    _recovery()
    _openings()
    _post()


def _post() -> None:
    op.create_table(
        "custody_post_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("opened", sa.LargeBinary(), nullable=True),
        sa.Column("open_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_custody_post_key_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_post_key")),
    )
    op.create_table(
        "reporter_mail",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("refused_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_reporter_mail_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reporter_mail")),
    )


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _recovery() -> None:
    op.create_table(
        "custody_recovery",
        sa.Column("custodian_group", _one_of("custodiangroup", GROUPS), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("drilled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("custodian_group", name=op.f("pk_custody_recovery")),
    )
    op.create_table(
        "custody_recovery_copy",
        sa.Column("group_key_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_group_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_key_id"],
            ["custody_group_key.id"],
            name=op.f("fk_custody_recovery_copy_group_key_id"),
        ),
        sa.PrimaryKeyConstraint("group_key_id", name=op.f("pk_custody_recovery_copy")),
    )


def _openings() -> None:
    op.create_table(
        "opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("purpose", _one_of("openingpurpose", PURPOSES), nullable=False),
        sa.Column("words_key", sa.LargeBinary(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_person", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("state", _one_of("openingstate", OPENING), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("inner_seal", sa.LargeBinary(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("tell_on", sa.Date(), nullable=True),
        sa.Column("hold", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("decided_person <> asked_person", name=op.f("ck_opening_two_people")),
        sa.CheckConstraint(
            "(state = 'released') = (inner_seal IS NOT NULL)",
            name=op.f("ck_opening_held_while_released"),
        ),
        sa.CheckConstraint(
            "(state = 'read') = (read_at IS NOT NULL)", name=op.f("ck_opening_read_has_time")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_opening_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_opening_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
    )
    op.create_index("ix_opening_state", "opening", ["state", "asked_at", "id"])
    op.create_index("ix_opening_asked_by", "opening", ["asked_by", "asked_at", "id"])
    op.create_index("ix_opening_subject_id", "opening", ["subject_id", "asked_at"])
    op.create_index("ix_opening_read_at", "opening", ["read_at"])
    op.create_index("ix_opening_tell_on", "opening", ["tell_on"])


def downgrade() -> None:
    """Take it back; whoever is no member is no custodian."""
    op.drop_table("reporter_mail")
    op.drop_table("custody_post_key")
    op.drop_table("opening")
    op.drop_table("custody_recovery_copy")
    op.drop_table("custody_recovery")
    with op.batch_alter_table("pack_version") as version:
        version.drop_column("opening_told_days")
    op.execute("DELETE FROM custodian WHERE state <> 'member'")
    with op.batch_alter_table("custodian") as custodian:
        for by in ("approved", "admitted"):
            custodian.drop_constraint(op.f(f"ck_custodian_{by}_by_another"), type_="check")
            custodian.drop_column(f"{by}_person")
        custodian.drop_constraint(op.f("ck_custodian_custodianstate"), type_="check")
        custodian.drop_column("state")
