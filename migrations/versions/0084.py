"""A party may be heard about each notice: its hearings are rows of their own."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

COLUMNS = {
    "hearing_on": sa.Date(),
    "hearing_at": sa.LargeBinary(),
    "hearing_refused": sa.LargeBinary(),
}
PAGES = sa.table(
    "party_access",
    sa.column("party_id", sa.Uuid()),
    sa.column("issued_at", UtcDateTime()),
    *(sa.column(name, kind) for name, kind in COLUMNS.items()),
)
LETTERS = sa.table(
    "party_letter",
    sa.column("party_id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("at", UtcDateTime()),
)
HEARINGS = sa.table(
    "party_hearing",
    sa.column("id", sa.Uuid()),
    sa.column("party_id", sa.Uuid()),
    sa.column("asked_at", UtcDateTime()),
    sa.column("held_on", sa.Date()),
    sa.column("place", sa.LargeBinary()),
    sa.column("refused", sa.LargeBinary()),
    sa.column("refused_on", sa.Date()),
)


def upgrade() -> None:
    """Each wish so far is the first row of its party, under the id that its words are bound to.

    Of a refusal the day is not known: it counts from the day on which the hearing was asked for.
    """
    op.create_table(
        "party_hearing",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("party_id", sa.Uuid(), sa.ForeignKey("case_party.id"), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), sa.ForeignKey("account.id")),
        sa.Column("held_on", sa.Date()),
        sa.Column("place", sa.LargeBinary()),
        sa.Column("refused", sa.LargeBinary()),
        sa.Column("refused_on", sa.Date()),
        sa.CheckConstraint(
            "(refused IS NULL) = (refused_on IS NULL)",
            name=op.f("ck_party_hearing_refused_has_day"),
        ),
    )
    op.create_index("ix_party_hearing_party_id", "party_hearing", ["party_id", "asked_at"])
    connection = op.get_bind()
    asked = _asked(connection)
    for page in connection.execute(sa.select(PAGES)).all():
        if page.party_id in asked or page.hearing_on or page.hearing_refused is not None:
            at = asked.get(page.party_id, page.issued_at)
            row = {
                "id": page.party_id,
                "party_id": page.party_id,
                "asked_at": at,
                "held_on": page.hearing_on,
                "place": page.hearing_at,
                "refused": page.hearing_refused,
                "refused_on": None if page.hearing_refused is None else at.date(),
            }
            connection.execute(sa.insert(HEARINGS).values(row))
    with op.batch_alter_table("party_access") as table:
        for name in COLUMNS:
            table.drop_column(name)


def downgrade() -> None:
    """The first hearing of each party is kept; the words of others could not be read there."""
    for name, kind in COLUMNS.items():
        op.add_column("party_access", sa.Column(name, kind))
    connection = op.get_bind()
    for row in connection.execute(sa.select(HEARINGS).where(HEARINGS.c.id == HEARINGS.c.party_id)):
        page = PAGES.c.party_id == row.party_id
        kept = {
            "hearing_on": row.held_on,
            "hearing_at": row.place,
            "hearing_refused": row.refused,
        }
        connection.execute(sa.update(PAGES).where(page).values(kept))
    op.drop_table("party_hearing")


def _asked(connection: sa.Connection) -> dict[UUID, datetime]:
    """When each party asked first."""
    wanted = sa.select(LETTERS.c.party_id, LETTERS.c.at).where(LETTERS.c.kind == "hearing-asked")
    found: dict[UUID, datetime] = {}
    for row in connection.execute(wanted.order_by(LETTERS.c.at)):
        found.setdefault(row.party_id, row.at)
    return found
