"""Service of papers and of decisions in one record; the time of a review is looked at."""

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

LOOKED_AT = sa.text("look_on IS NOT NULL")
WAYS = ("handed-over", "left", "post", "agent", "public-notice", "electronic")
UNDER_REVIEW = "state IN ('filed', 'admitted')"


def upgrade() -> None:
    """Move what was recorded into the one table."""
    _service()
    _move_papers()
    _move_decisions()
    op.drop_table("paper_service")
    op.drop_table("decision_service")
    op.add_column("review", sa.Column("look_on", sa.Date()))
    op.add_column("review", sa.Column("warned_at", UtcDateTime()))
    op.add_column("review", sa.Column("breached_at", UtcDateTime()))
    columns = ["look_on", "id"]
    where = {"sqlite_where": LOOKED_AT, "postgresql_where": LOOKED_AT}
    op.create_index("ix_review_look", "review", columns, **where)
    # What runs now is warned of at once if it ends soon, and else in its time.
    op.execute(f"UPDATE review SET look_on = due_on WHERE {UNDER_REVIEW}")  # noqa: S608


def downgrade() -> None:
    """Record them twice again; of what was struck out or never had a paper, what still fits."""
    op.drop_index("ix_review_look", "review")
    for name in ("breached_at", "warned_at", "look_on"):
        op.drop_column("review", name)
    _paper_service()
    _decision_service()
    op.execute(
        "INSERT INTO paper_service (id, paper_id, way, served_on, refused, body, recorded_at,"
        " recorded_by, struck_at) SELECT s.id, m.id, s.way, s.served_on, s.refused, s.body,"
        " s.recorded_at, s.recorded_by, s.struck_at FROM service s"
        " JOIN made_paper m ON m.case_paper_id = s.paper_id WHERE s.body IS NOT NULL"
    )
    # The first of each party, by the day and then as it was written down.
    op.execute(
        'INSERT INTO decision_service (id, decision_id, party_id, served_on, object_by, "at", "by")'
        " SELECT s.id, s.decision_id, s.party_id, s.served_on, s.object_by, s.recorded_at,"
        " s.recorded_by FROM service s WHERE s.decision_id IS NOT NULL AND s.struck_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM service o WHERE o.decision_id = s.decision_id"
        " AND o.party_id = s.party_id AND o.struck_at IS NULL AND (o.served_on < s.served_on"
        " OR (o.served_on = s.served_on AND (o.recorded_at < s.recorded_at"
        " OR (o.recorded_at = s.recorded_at AND o.id < s.id)))))"
    )
    op.drop_table("service")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _way(*, known: bool) -> sa.Column[str]:
    kind = sa.Enum(*WAYS, name="serviceway", native_enum=False, create_constraint=True, length=40)
    return sa.Column("way", kind, nullable=not known)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_service_{name}"))


def _service() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid()),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Uuid()),
        sa.Column("decision_id", sa.Uuid()),
        sa.Column("object_by", sa.Date()),
        _way(known=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("proof_id", sa.Uuid()),
        sa.Column("struck_at", UtcDateTime()),
        sa.Column("struck_because", sa.LargeBinary()),
        _check("of_something", "paper_id IS NOT NULL OR decision_id IS NOT NULL"),
        _check("way_with_words", "(way IS NULL) = (body IS NULL)"),
        _check("objection_has_end", "(decision_id IS NULL) = (object_by IS NULL)"),
        _to("service", "case_id", "case_file"),
        _to("service", "party_id", "case_party"),
        _to("service", "paper_id", "case_paper"),
        _to("service", "recorded_by", "account"),
        _to("service", "decision_id", "decision"),
        _to("service", "proof_id", "case_paper"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
    )
    op.create_index("ix_service_case_id", "service", ["case_id", "recorded_at"])
    op.create_index("ix_service_party_id", "service", ["party_id"])
    op.create_index("ix_service_decision_id", "service", ["decision_id"])


def _move_papers() -> None:
    op.execute(
        "INSERT INTO service (id, case_id, party_id, paper_id, served_on, recorded_at,"
        " recorded_by, way, refused, body, struck_at) SELECT s.id, m.case_id, m.party_id,"
        " m.case_paper_id, s.served_on, s.recorded_at, s.recorded_by, s.way, s.refused, s.body,"
        " s.struck_at FROM paper_service s JOIN made_paper m ON m.id = s.paper_id"
    )


def _move_decisions() -> None:
    """What was written down twice is one entry; any other service of a decision has no paper.

    Twice: on the same party on the same day, of the decision and of a paper that carries one. Both
    packs name the kinds of these so.
    """
    connection = op.get_bind()
    served = connection.execute(
        sa.text(
            'SELECT d.id, d.decision_id, d.party_id, d.served_on, d.object_by, d."at", d."by",'
            " c.case_id FROM decision_service d JOIN decision c ON c.id = d.decision_id"
            ' ORDER BY d."at", d.id'
        )
    ).all()
    same = sa.text(
        "SELECT s.id FROM service s JOIN case_paper p ON p.id = s.paper_id"
        " WHERE s.party_id = :party AND s.served_on = :on AND s.struck_at IS NULL"
        " AND s.decision_id IS NULL AND (p.form LIKE '%-decision'"
        " OR p.form IN ('decision-notice', 'simple-caution')) ORDER BY s.recorded_at, s.id"
    )
    joined = sa.text("UPDATE service SET decision_id = :decision, object_by = :last WHERE id = :id")
    alone = sa.text(
        "INSERT INTO service (id, case_id, party_id, served_on, recorded_at, recorded_by,"
        " decision_id, object_by, refused) VALUES (:id, :case, :party, :on, :at, :by, :decision,"
        " :last, :refused)"
    )
    for row in served:
        about = {"party": row.party_id, "on": row.served_on}
        decided = {"decision": row.decision_id, "last": row.object_by}
        twice = connection.execute(same, about).first()
        if twice is not None:
            connection.execute(joined, {**decided, "id": twice.id})
            continue
        by = {"id": row.id, "case": row.case_id, "at": row.at, "by": row.by, "refused": False}
        connection.execute(alone, {**about, **decided, **by})


def _paper_service() -> None:
    op.create_table(
        "paper_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        _way(known=True),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Uuid()),
        sa.Column("struck_at", UtcDateTime()),
        _to("paper_service", "paper_id", "made_paper"),
        _to("paper_service", "recorded_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_service")),
    )
    op.create_index("ix_paper_service_paper_id", "paper_service", ["paper_id", "recorded_at"])


def _decision_service() -> None:
    op.create_table(
        "decision_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("object_by", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid()),
        _to("decision_service", "decision_id", "decision"),
        _to("decision_service", "party_id", "case_party"),
        _to("decision_service", "by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_service")),
        sa.UniqueConstraint(
            "decision_id", "party_id", name=op.f("uq_decision_service_decision_id_party_id")
        ),
    )
    op.create_index("ix_decision_service_party_id", "decision_service", ["party_id"])
