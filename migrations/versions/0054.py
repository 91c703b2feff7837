"""Of which month an organisation was told last that there is news; names on the net it proves."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

FAILURES = ("not-reached", "led-elsewhere", "no-file", "other-words")


def upgrade() -> None:
    """Nobody was told of any."""
    column = sa.Column("digest_month", sa.String(), nullable=False, server_default="")
    op.add_column("organisation", column)
    op.create_table(
        "organisation_domain",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _id("organisation_id", "organisation"),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        _id("asked_by", "account"),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("looked_at", UtcDateTime()),
        sa.Column("failure", _one_of("domainfailure", FAILURES)),
        sa.Column("proved_until", sa.Date()),
        sa.UniqueConstraint("organisation_id", "domain"),
    )
    proved = "ix_organisation_domain_proved"
    op.create_index(proved, "organisation_domain", ["proved_until", "id"])


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _id(name: str, of: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{of}.id"), nullable=False)


def downgrade() -> None:
    """Nobody is told, and no name is proved."""
    op.drop_table("organisation_domain")
    with op.batch_alter_table("organisation") as table:
        table.drop_column("digest_month")
