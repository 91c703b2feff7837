"""A second person publishes what is guarded of the place; priority territories."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WAITING = "state = 'waiting'"
OPEN = "state NOT IN ('declined', 'closed') AND merged_into IS NULL"
STATES = ("waiting", "confirmed", "returned", "taken-back")
REQUEST = "fk_place_change_request_id"


def upgrade() -> None:
    """Add what is handed in; who published alone until now stays alone."""
    _create_requests()
    with op.batch_alter_table("place_change") as change:
        change.add_column(sa.Column("request_id", sa.Uuid(), nullable=True))
        change.create_foreign_key(op.f(REQUEST), "place_request", ["request_id"], ["id"])
        change.create_index("ix_place_change_request_id", ["request_id"])
    with op.batch_alter_table("pack_version") as version:
        version.add_column(sa.Column("confirmed_by", sa.Uuid(), nullable=True))
        version.add_column(sa.Column("priority", sa.JSON(), nullable=False, server_default="[]"))
        version.create_check_constraint(
            op.f("ck_pack_version_two_people"),
            "confirmed_by IS NULL OR confirmed_by <> loaded_by",
        )
    priority = sa.Column("priority_region", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("report", priority)
    op.create_index(
        "ix_report_priority_region",
        "report",
        ["next_due_on", "id"],
        sqlite_where=sa.text(f"{OPEN} AND priority_region = 1"),
        postgresql_where=sa.text(f"{OPEN} AND priority_region"),
    )


def _create_requests() -> None:
    state = sa.Enum(
        *STATES, name="requeststate", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "place_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_person", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("state", state, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_person IS NULL)",
            name=op.f("ck_place_request_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken-back') OR decided_person <> asked_person",
            name=op.f("ck_place_request_second_person"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["account.id"], name=op.f(f"fk_place_request_{name}"))
            for name in ("asked_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_request")),
    )
    op.create_index(
        "ix_place_request_waiting",
        "place_request",
        ["asked_at"],
        sqlite_where=sa.text(WAITING),
        postgresql_where=sa.text(WAITING),
    )
    op.create_index("ix_place_request_asked_by", "place_request", ["asked_by", "decided_at"])


def downgrade() -> None:
    """Take it away; what was handed in is a draft again."""
    op.drop_index("ix_report_priority_region", "report")
    op.drop_column("report", "priority_region")
    with op.batch_alter_table("pack_version") as version:
        version.drop_column("priority")
        version.drop_constraint(op.f("ck_pack_version_two_people"), type_="check")
        version.drop_column("confirmed_by")
    with op.batch_alter_table("place_change") as change:
        change.drop_index("ix_place_change_request_id")
        change.drop_constraint(op.f(REQUEST), type_="foreignkey")
        change.drop_column("request_id")
    op.drop_table("place_request")
