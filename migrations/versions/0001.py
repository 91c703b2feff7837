"""Everything a report needs."""

import sqlalchemy as sa
from alembic import op

from portal.infra.append_only import make_append_only
from portal.infra.database import UtcDateTime
from portal.infra.search import create_search_tables, drop_search_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_event", "custody_entry", "trail_checkpoint")


def upgrade() -> None:
    """Create every table, the search index, and the triggers of what only grows."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("password_hash", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("absent_until", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("name = lower(name)", name=op.f("ck_account_name_folded")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index("ix_account_department", ["department"], unique=False)
        batch_op.create_index("ix_account_person_id", ["person_id"], unique=False)

    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_event_actor", ["actor_id", "seq"], unique=False)
        batch_op.create_index("ix_audit_event_subject", ["subject_id", "seq"], unique=False)

    op.create_table(
        "calendar_day",
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "holiday",
                "make-up-workday",
                name="daykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.create_index(
            "uq_calendar_day_current",
            ["on_date"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "category",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("hint_zh", sa.String(), nullable=False),
        sa.Column("hint_en", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum(
                "critical",
                "high",
                "normal",
                "low",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("stopper_zh", sa.String(), nullable=True),
        sa.Column("stopper_en", sa.String(), nullable=True),
        sa.Column("link_only", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("allow_anonymous", sa.Boolean(), nullable=False),
        sa.Column("reward_allowed", sa.Boolean(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
    )
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.create_index(
            "uq_category_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "clock_rule",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "triage",
                "accept",
                "verify",
                "feedback",
                "close",
                "contest",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "working",
                "calendar",
                name="dayunit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("warn_days", sa.Integer(), nullable=False),
        sa.Column("pause_cap", sa.Integer(), nullable=False),
        sa.Column("urgencies", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_rule")),
    )
    with op.batch_alter_table("clock_rule", schema=None) as batch_op:
        batch_op.create_index(
            "uq_clock_rule_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "custody_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "received",
                "cleared",
                "quarantined",
                "rendition-made",
                "rendition-impossible",
                "opened-original",
                "opened-preview",
                "opened-rendition",
                "exported",
                "erased",
                name="custodyact",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "public",
                "staff",
                "system",
                "operator",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_entry")),
    )
    with op.batch_alter_table("custody_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_custody_entry_evidence_id_at", ["evidence_id", "at"], unique=False
        )

    op.create_table(
        "custody_group_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "custodian_group",
            sa.Enum(
                "requesters",
                "approvers",
                name="custodiangroup",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_group_key")),
        sa.UniqueConstraint(
            "custodian_group", "version", name=op.f("uq_custody_group_key_custodian_group_version")
        ),
        sa.UniqueConstraint(
            "id", "custodian_group", name=op.f("uq_custody_group_key_id_custodian_group")
        ),
    )
    op.create_table(
        "department",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
    )
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.create_index(
            "uq_department_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "department_kind",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("duty_zh", sa.String(), nullable=False),
        sa.Column("duty_en", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_kind")),
    )
    with op.batch_alter_table("department_kind", schema=None) as batch_op:
        batch_op.create_index(
            "uq_department_kind_current",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "emergency_number",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_number")),
    )
    with op.batch_alter_table("emergency_number", schema=None) as batch_op:
        batch_op.create_index(
            "uq_emergency_number_current",
            ["number"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("stored_name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("salt_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("dedupe_mac", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "jpeg",
                "png",
                "webp",
                "gif",
                "bmp",
                "tiff",
                "pdf",
                "docx",
                "xlsx",
                "pptx",
                "odt",
                "ods",
                "text",
                "csv",
                "mp3",
                "m4a",
                "wav",
                "ogg",
                "amr",
                "mp4",
                "mov",
                "webm",
                "3gp",
                name="filekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "unchecked",
                "clean",
                "infected",
                name="evidencestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('clean', 'infected')) = (checked_at IS NOT NULL)",
            name=op.f("ck_evidence_checked_has_time"),
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_evidence_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_evidence_stored_name")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_claimed_at"), ["claimed_at"], unique=False)
        batch_op.create_index("ix_evidence_dedupe_mac", ["dedupe_mac"], unique=False)

    op.create_table(
        "pack_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("unsure_category", sa.String(), nullable=False),
        sa.Column("coordinator", sa.String(), nullable=False),
        sa.Column("supervision", sa.String(), nullable=False),
        sa.Column("hotline", sa.String(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=False),
        sa.Column("loaded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_version")),
        sa.UniqueConstraint("version", name=op.f("uq_pack_version_version")),
    )
    op.create_table(
        "process_beat",
        sa.Column(
            "kind",
            sa.Enum(
                "dispatcher",
                "worker",
                "clock",
                name="processkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("pid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "pid", name=op.f("pk_process_beat")),
    )
    op.create_table(
        "reason",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "decline",
                "close",
                "close-unrouted",
                "pause",
                "contest",
                name="reasonkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("to_reporter_zh", sa.String(), nullable=False),
        sa.Column("to_reporter_en", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason")),
    )
    with op.batch_alter_table("reason", schema=None) as batch_op:
        batch_op.create_index(
            "uq_reason_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    with op.batch_alter_table("reconciliation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reconciliation_made_at"), ["made_at"], unique=False)

    op.create_table(
        "region",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("short", sa.String(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "country",
                "province",
                "prefecture",
                "county",
                "subdivision",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(
            "uq_region_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "routing_rule",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("support", sa.JSON(), nullable=False),
        sa.Column("sentence_zh", sa.String(), nullable=False),
        sa.Column("sentence_en", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
    )
    with op.batch_alter_table("routing_rule", schema=None) as batch_op:
        batch_op.create_index(
            "uq_routing_rule_current",
            ["code"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "schedule",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_run_at", UtcDateTime(), nullable=False),
        sa.Column("last_run_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedule")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("dedupe", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "done",
                "dead",
                "cancelled",
                name="taskstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (done_at IS NULL)", name=op.f("ck_task_done_has_time")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_task_dedupe")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_due",
            ["not_before", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index("ix_task_state_kind", ["state", "kind"], unique=False)
        batch_op.create_index("ix_task_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "throttle",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", UtcDateTime(), nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "bucket", name=op.f("pk_throttle")),
    )
    with op.batch_alter_table("throttle", schema=None) as batch_op:
        batch_op.create_index("ix_throttle_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "townships",
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_townships")),
    )
    with op.batch_alter_table("townships", schema=None) as batch_op:
        batch_op.create_index(
            "uq_townships_current",
            ["region"],
            unique=True,
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.create_table(
        "trail_checkpoint",
        sa.Column("count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("fingerprints", sa.JSON(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("count", name=op.f("pk_trail_checkpoint")),
    )
    with op.batch_alter_table("trail_checkpoint", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trail_checkpoint_made_at"), ["made_at"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "draft",
                "tracking",
                name="visitpurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "account_role",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "triage-clerk",
                "case-officer",
                "department-head",
                "supervisor",
                "custodian-r",
                "custodian-a",
                "finance",
                "auditor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_role_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_account_role")),
    )
    op.create_table(
        "custodian",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "custodian_group",
            sa.Enum(
                "requesters",
                "approvers",
                name="custodiangroup",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("locked_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_custodian_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custodian")),
        sa.UniqueConstraint("account_id", name=op.f("uq_custodian_account_id")),
        sa.UniqueConstraint("id", "custodian_group", name=op.f("uq_custodian_id_custodian_group")),
        sa.UniqueConstraint("person_id", name=op.f("uq_custodian_person_id")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_one_time_code_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_one_time_code")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index("ix_passkey_account_id", ["account_id"], unique=False)

    op.create_table(
        "rendition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "made",
                "impossible",
                name="renditionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stored_name", sa.String(), nullable=True),
        sa.Column("preview_name", sa.String(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "jpeg",
                "png",
                "webp",
                "gif",
                "bmp",
                "tiff",
                "pdf",
                "docx",
                "xlsx",
                "pptx",
                "odt",
                "ods",
                "text",
                "csv",
                "mp3",
                "m4a",
                "wav",
                "ogg",
                "amr",
                "mp4",
                "mov",
                "webm",
                "3gp",
                name="filekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "broken",
                "too-large",
                "locked",
                "infected",
                name="norendition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(state = 'impossible') = (reason IS NOT NULL)",
            name=op.f("ck_rendition_why_impossible"),
        ),
        sa.CheckConstraint(
            "(state = 'made') = (kind IS NOT NULL)", name=op.f("ck_rendition_made_has_kind")
        ),
        sa.CheckConstraint(
            "(state = 'made') = (made_at IS NOT NULL)", name=op.f("ck_rendition_made_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'made') = (stored_name IS NOT NULL)", name=op.f("ck_rendition_made_has_file")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_rendition_evidence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_rendition_evidence_id")),
        sa.UniqueConstraint("preview_name", name=op.f("uq_rendition_preview_name")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_rendition_stored_name")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "tip",
                "complaint",
                "instruction",
                name="reportkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "web",
                "telephone",
                "letter",
                "visit",
                "hand-over",
                "instruction",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column(
            "contact_mode",
            sa.Enum(
                "anonymous",
                "confidential",
                "named",
                name="contactmode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wants_feedback", sa.Boolean(), nullable=False),
        sa.Column("wants_reward", sa.Boolean(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("content_key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("chosen_category", sa.String(), nullable=True),
        sa.Column("chosen_region", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column(
            "region_state",
            sa.Enum(
                "found",
                "ambiguous",
                "online",
                "unknown",
                name="regionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("region_candidates", sa.JSON(), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum(
                "critical",
                "high",
                "normal",
                "low",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("excluded_units", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "routed",
                "accepted",
                "verified",
                "answered",
                "declined",
                "closed",
                "contested",
                name="reportstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("routing_version", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=True),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("result_number", sa.Integer(), nullable=False),
        sa.Column("contested_result", sa.Integer(), nullable=False),
        sa.Column("next_due_on", sa.Date(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("rating_answered", sa.Integer(), nullable=True),
        sa.Column("rating_treated", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state <> 'closed' OR close_reason IS NOT NULL", name=op.f("ck_report_why_closed")
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR decline_reason IS NOT NULL", name=op.f("ck_report_why_declined")
        ),
        sa.CheckConstraint(
            "state <> 'received' OR department_code IS NULL", name=op.f("ck_report_not_yet_routed")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'closed') OR department_code IS NOT NULL",
            name=op.f("ck_report_has_desk"),
        ),
        sa.CheckConstraint(
            "(content IS NULL) = (content_key IS NULL)", name=op.f("ck_report_key_with_content")
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["report.id"], name=op.f("fk_report_duplicate_of")
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_report_entered_by")),
        sa.ForeignKeyConstraint(["handler_id"], ["account.id"], name=op.f("fk_report_handler_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("reference", name=op.f("uq_report_reference")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(
            "ix_report_category_received", ["category", "received_at", "id"], unique=False
        )
        batch_op.create_index("ix_report_duplicate_of", ["duplicate_of"], unique=False)
        batch_op.create_index(
            "ix_report_open",
            ["next_due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.create_index(
            "ix_report_open_category",
            ["category", "next_due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.create_index(
            "ix_report_open_handler",
            ["handler_id", "next_due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.create_index(
            "ix_report_open_unit",
            ["department_code", "next_due_on", "id"],
            unique=False,
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.create_index("ix_report_received", ["received_at", "id"], unique=False)
        batch_op.create_index(
            "ix_report_unit_received", ["department_code", "received_at", "id"], unique=False
        )

    op.create_table(
        "staff_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("id_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("second_factor_done", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("fresh_until", UtcDateTime(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("challenge_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_staff_session_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("id_hash", name=op.f("uq_staff_session_id_hash")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index("ix_staff_session_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_staff_session_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "time_code",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_time_code_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "in_use", name=op.f("pk_time_code")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "triage",
                "accept",
                "verify",
                "feedback",
                "close",
                "contest",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("warn_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("paused_days", sa.Integer(), nullable=False),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "paused_at IS NULL OR met_at IS NULL", name=op.f("ck_clock_met_is_not_paused")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_clock_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sa.UniqueConstraint(
            "report_id", "stage", "round", name=op.f("uq_clock_report_id_stage_round")
        ),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_clock_running",
            ["due_on"],
            unique=False,
            sqlite_where=sa.text("met_at IS NULL"),
            postgresql_where=sa.text("met_at IS NULL"),
        )

    op.create_table(
        "custody_membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("custodian_id", sa.Uuid(), nullable=False),
        sa.Column("group_key_id", sa.Uuid(), nullable=False),
        sa.Column(
            "custodian_group",
            sa.Enum(
                "requesters",
                "approvers",
                name="custodiangroup",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sealed_group_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["custodian_id", "custodian_group"],
            ["custodian.id", "custodian.custodian_group"],
            name=op.f("fk_custody_membership_custodian_id_custodian_group"),
        ),
        sa.ForeignKeyConstraint(
            ["group_key_id", "custodian_group"],
            ["custody_group_key.id", "custody_group_key.custodian_group"],
            name=op.f("fk_custody_membership_group_key_id_custodian_group"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_membership")),
        sa.UniqueConstraint(
            "custodian_id",
            "group_key_id",
            name=op.f("uq_custody_membership_custodian_id_group_key_id"),
        ),
    )
    op.create_table(
        "instruction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["account.id"], name=op.f("fk_instruction_entered_by")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_instruction_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction")),
    )
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.create_index("ix_instruction_report", ["report_id", "entered_at"], unique=False)

    op.create_table(
        "likeness_band",
        sa.Column("band", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_likeness_band_report_id")
        ),
        sa.PrimaryKeyConstraint("band", "report_id", name=op.f("pk_likeness_band")),
    )
    with op.batch_alter_table("likeness_band", schema=None) as batch_op:
        batch_op.create_index("ix_likeness_band_report_id", ["report_id"], unique=False)

    op.create_table(
        "likeness_key",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_likeness_key_report_id")
        ),
        sa.PrimaryKeyConstraint("key", "report_id", name=op.f("pk_likeness_key")),
    )
    with op.batch_alter_table("likeness_key", schema=None) as batch_op:
        batch_op.create_index("ix_likeness_key_report_id", ["report_id"], unique=False)

    op.create_table(
        "likeness_signature",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_likeness_signature_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_likeness_signature")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "question",
                "reply",
                "supplement",
                "answer",
                "notice",
                "note",
                name="messagekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "author",
            sa.Enum(
                "reporter",
                "staff",
                "system",
                name="author",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("result_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(author = 'staff') = (account_id IS NOT NULL)", name=op.f("ck_message_staff_is_named")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_message_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_report", ["report_id", "sent_at"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("locator_mac", sa.LargeBinary(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("hardened", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("shown_until", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("first_return_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_receipt_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("locator_mac", name=op.f("uq_receipt_locator_mac")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_receipt_token_hash")),
    )
    op.create_table(
        "reporter_identity",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("wrap", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_reporter_identity_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reporter_identity")),
    )
    op.create_table(
        "routing_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("pack_version", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("support", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("suggested_category", sa.String(), nullable=False),
        sa.Column("secondary", sa.JSON(), nullable=False),
        sa.Column("split", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (rule_id IS NOT NULL)",
            name=op.f("ck_routing_decision_rule_or_person"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR reason IS NOT NULL",
            name=op.f("ck_routing_decision_person_says_why"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_routing_decision_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_routing_decision_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_decision")),
        sa.UniqueConstraint(
            "report_id", "version", name=op.f("uq_routing_decision_report_id_version")
        ),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "site-visit",
                "online",
                "documents",
                "conversation",
                "other-authority",
                "expert",
                name="verificationmethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "finding",
            sa.Enum(
                "confirmed",
                "not-confirmed",
                "cannot-verify",
                name="finding",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["account.id"], name=op.f("fk_verification_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_verification_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index("ix_verification_report", ["report_id", "at"], unique=False)

    op.create_table(
        "contest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("result_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_contest_message_id")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_contest_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
        sa.UniqueConstraint(
            "report_id", "result_number", name=op.f("uq_contest_report_id_result_number")
        ),
    )
    op.create_table(
        "report_file",
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_report_file_evidence_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_report_file_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_file_report_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_report_file")),
    )
    with op.batch_alter_table("report_file", schema=None) as batch_op:
        batch_op.create_index("ix_report_file_report", ["report_id"], unique=False)

    create_search_tables(op.get_bind())
    for table in APPEND_ONLY:
        make_append_only(op.get_bind(), table)


def downgrade() -> None:
    """Take it back."""
    drop_search_tables(op.get_bind())
    with op.batch_alter_table("report_file", schema=None) as batch_op:
        batch_op.drop_index("ix_report_file_report")

    op.drop_table("report_file")
    op.drop_table("contest")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index("ix_verification_report")

    op.drop_table("verification")
    op.drop_table("routing_decision")
    op.drop_table("reporter_identity")
    op.drop_table("receipt")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_report")

    op.drop_table("message")
    op.drop_table("likeness_signature")
    with op.batch_alter_table("likeness_key", schema=None) as batch_op:
        batch_op.drop_index("ix_likeness_key_report_id")

    op.drop_table("likeness_key")
    with op.batch_alter_table("likeness_band", schema=None) as batch_op:
        batch_op.drop_index("ix_likeness_band_report_id")

    op.drop_table("likeness_band")
    with op.batch_alter_table("instruction", schema=None) as batch_op:
        batch_op.drop_index("ix_instruction_report")

    op.drop_table("instruction")
    op.drop_table("custody_membership")
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_clock_running",
            sqlite_where=sa.text("met_at IS NULL"),
            postgresql_where=sa.text("met_at IS NULL"),
        )

    op.drop_table("clock")
    op.drop_table("time_code")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_session_expires_at")
        batch_op.drop_index("ix_staff_session_account_id")

    op.drop_table("staff_session")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index("ix_report_unit_received")
        batch_op.drop_index("ix_report_received")
        batch_op.drop_index(
            "ix_report_open_unit",
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.drop_index(
            "ix_report_open_handler",
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.drop_index(
            "ix_report_open_category",
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.drop_index(
            "ix_report_open",
            sqlite_where=sa.text("state NOT IN ('declined', 'closed')"),
            postgresql_where=sa.text("state NOT IN ('declined', 'closed')"),
        )
        batch_op.drop_index("ix_report_duplicate_of")
        batch_op.drop_index("ix_report_category_received")

    op.drop_table("report")
    op.drop_table("rendition")
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.drop_index("ix_passkey_account_id")

    op.drop_table("passkey")
    op.drop_table("one_time_code")
    op.drop_table("custodian")
    op.drop_table("account_role")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_expires_at"))

    op.drop_table("visit")
    with op.batch_alter_table("trail_checkpoint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trail_checkpoint_made_at"))

    op.drop_table("trail_checkpoint")
    with op.batch_alter_table("townships", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_townships_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("townships")
    with op.batch_alter_table("throttle", schema=None) as batch_op:
        batch_op.drop_index("ix_throttle_expires_at")

    op.drop_table("throttle")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_subject_id")
        batch_op.drop_index("ix_task_state_kind")
        batch_op.drop_index(
            "ix_task_due",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.drop_table("task")
    op.drop_table("schedule")
    with op.batch_alter_table("routing_rule", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_routing_rule_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("routing_rule")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_region_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("region")
    with op.batch_alter_table("reconciliation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reconciliation_made_at"))

    op.drop_table("reconciliation")
    with op.batch_alter_table("reason", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reason_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("reason")
    op.drop_table("process_beat")
    op.drop_table("pack_version")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_dedupe_mac")
        batch_op.drop_index(batch_op.f("ix_evidence_claimed_at"))

    op.drop_table("evidence")
    with op.batch_alter_table("emergency_number", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_emergency_number_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("emergency_number")
    with op.batch_alter_table("department_kind", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_department_kind_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("department_kind")
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_department_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("department")
    op.drop_table("custody_group_key")
    with op.batch_alter_table("custody_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_custody_entry_evidence_id_at")

    op.drop_table("custody_entry")
    with op.batch_alter_table("clock_rule", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_clock_rule_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("clock_rule")
    with op.batch_alter_table("category", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_category_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("category")
    with op.batch_alter_table("calendar_day", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_calendar_day_current",
            sqlite_where=sa.text("until_version IS NULL"),
            postgresql_where=sa.text("until_version IS NULL"),
        )

    op.drop_table("calendar_day")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_subject")
        batch_op.drop_index("ix_audit_event_actor")

    op.drop_table("audit_event")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_person_id")
        batch_op.drop_index("ix_account_department")

    op.drop_table("account")
