"""Joint reporters agree on parts; what was paid can come back under two people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from portal.infra.append_only import drop_guards, make_append_only, make_guard
from portal.infra.database import UtcDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BEFORE = (
    ("grant", "adjustment", "appropriation"),
    ("cut", "appropriation", "adjustment"),
    ("reserve", "appropriation", "reserved"),
    ("release", "reserved", "appropriation"),
    ("owe", "reserved", "payable"),
    ("send", "payable", "in-transit"),
    ("settle", "in-transit", "paid"),
    ("return", "in-transit", "returned"),
    ("owe-again", "returned", "payable"),
    ("forfeit", "payable", "forfeited"),
    ("take-back", "forfeited", "appropriation"),
)
WAYS = (*BEFORE[:8], ("come-back", "paid", "returned"), *BEFORE[8:])
ONCE = ("reserve", "release", "owe", "forfeit")
ONCE_BEFORE = ("reserve", "release", "owe", "settle", "forfeit")

HELD = (
    "(SELECT COALESCE(SUM(CASE WHEN m.target = NEW.source THEN m.amount ELSE -m.amount END), 0)"
    " FROM ledger_movement m WHERE m.line_id = NEW.line_id"
    " AND (m.source = NEW.source OR m.target = NEW.source){more})"
)
OF_AWARD = " AND m.award_id = NEW.award_id"
AWARD = "SELECT 1 FROM reward_award a WHERE a.id = NEW.award_id"
MOVEMENT_REFUSALS = {
    "overdrawn": f"NEW.source <> 'adjustment' AND NEW.amount > {HELD.format(more='')}",
    "award-overdrawn": (
        "NEW.award_id IS NOT NULL AND NEW.source <> 'appropriation'"
        f" AND NEW.amount > {HELD.format(more=OF_AWARD)}"
    ),
    "another-amount": (
        f"NEW.award_id IS NOT NULL AND NOT EXISTS ({AWARD} AND a.amount = NEW.amount"
        " AND a.line_id = NEW.line_id)"
    ),
    "not-approved": (
        "NEW.award_id IS NOT NULL AND NEW.kind NOT IN ('reserve', 'release')"
        f" AND NOT EXISTS ({AWARD} AND a.state NOT IN"
        " ('promised', 'proposed', 'confirmed', 'endorsed', 'refused', 'withdrawn'))"
    ),
}

ACTIONS_BEFORE = (
    *("claim", "correct", "park", "clear", "refuse", "ask-review", "release", "put-back", "batch"),
    *("send", "doubt", "pay-out", "settle", "return", "forfeit"),
)
ACTIONS = (*ACTIONS_BEFORE[:-1], "come-back", "forfeit")
STEP = (
    "EXISTS (SELECT 1 FROM payment_step s WHERE s.payment_id = NEW.id"
    " AND s.round = NEW.round AND s.step = '{step}')"
)
RESOLVED = (
    "EXISTS (SELECT 1 FROM payment_resolution r WHERE r.payment_id = NEW.id"
    " AND r.confirmed_at IS NOT NULL{more})"
)
MOVES = {
    "due": ("claimed", "forfeited"),
    "claimed": ("parked", "released"),
    "parked": ("claimed", "refused"),
    "refused": ("parked", "forfeited"),
    "released": ("batched", "claimed", "settled"),
    "batched": ("sent", "unknown", "claimed"),
    "sent": ("settled", "returned", "unknown"),
    "unknown": ("settled", "returned"),
}
BANK_STEPS = " AND ".join(STEP.format(step=step) for step in ("draw", "ask", "release"))
PAYMENT_REFUSALS = {
    "released-without-step": (
        f"NEW.state = 'released' AND NEW.state <> OLD.state AND NOT {STEP.format(step='release')}"
    ),
    "sent-without-steps": f"NEW.state IN ('batched', 'sent') AND NOT ({BANK_STEPS})",
    "paid-out-without-step": (
        "OLD.state = 'released' AND NEW.state = 'settled'"
        f" AND NOT (NEW.way = 'cash' AND {STEP.format(step='pay-out')})"
    ),
    "unknown-to-a-machine": (
        "OLD.state = 'unknown' AND NEW.state IN ('settled', 'returned')"
        f" AND NOT {RESOLVED.format(more='')}"
    ),
    "payment-is-fixed": (
        "NEW.id <> OLD.id OR NEW.award_id <> OLD.award_id OR NEW.reference <> OLD.reference"
        " OR NEW.round < OLD.round"
    ),
}
CAME_BACK = " AND r.outcome = 'come-back'"
LATE = {
    "came-back-by-two": (
        "OLD.state = 'settled' AND NEW.state = 'returned'"
        f" AND NOT {RESOLVED.format(more=CAME_BACK)}"
    ),
}
MOVEMENT, RESOLUTION, PAYMENT = "ledger_movement", "payment_resolution", "reward_payment"


def upgrade() -> None:
    """Make the table of parts, and the way back from what was paid."""
    op.create_table(
        "reward_split",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("among", sa.JSON(), nullable=False),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_reward_split_report_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_reward_split_case_id"),
        sa.PrimaryKeyConstraint("report_id", name="pk_reward_split"),
    )
    op.create_index("ix_reward_split_case_id", "reward_split", ["case_id"])
    _movements(BEFORE, WAYS, ONCE)
    _payments(ACTIONS_BEFORE, ACTIONS, MOVES | {"settled": ("returned",)}, LATE)


def downgrade() -> None:
    """Refused where something came back: it could not be said any more."""
    came_back = sa.text("SELECT count(*) FROM ledger_movement WHERE kind = 'come-back'")
    if op.get_bind().scalar(came_back):
        raise RuntimeError("a paid reward came back: this version is needed to say so")
    _payments(ACTIONS, ACTIONS_BEFORE, MOVES, {})
    _movements(WAYS, BEFORE, ONCE_BEFORE)
    op.drop_table("reward_split")


def _movements(
    before: tuple[tuple[str, str, str], ...],
    after: tuple[tuple[str, str, str], ...],
    once: tuple[str, ...],
) -> None:
    """Other kinds of movements; on SQLite the table is copied, and its triggers made again."""
    was, will_be = (_one_of("movementkind", *(kind for kind, *_ in one)) for one in (before, after))
    its_way = " OR ".join(
        f"(kind = '{kind}' AND source = '{source}' AND target = '{target}')"
        for kind, source, target in after
    )
    op.drop_index(f"uq_{MOVEMENT}_once", MOVEMENT)
    name = op.f(f"ck_{MOVEMENT}_its_way")
    with op.batch_alter_table(MOVEMENT) as table:
        table.drop_constraint(name, type_="check")
        table.alter_column("kind", existing_type=was, type_=will_be, existing_nullable=False)
        table.create_check_constraint(name, its_way)
    where = sa.text(f"kind IN ({', '.join(repr(one) for one in once)})")
    columns = ["award_id", "kind"]
    kinds = {"sqlite_where": where, "postgresql_where": where}
    op.create_index(f"uq_{MOVEMENT}_once", MOVEMENT, columns, unique=True, **kinds)
    bind: Connection = op.get_bind()
    if bind.dialect.name == "sqlite":
        make_guard(bind, MOVEMENT, "INSERT", MOVEMENT_REFUSALS)
        make_append_only(bind, MOVEMENT)


def _payments(
    before: tuple[str, ...],
    after: tuple[str, ...],
    moves: dict[str, tuple[str, ...]],
    more: dict[str, str],
) -> None:
    """Other outcomes and moves of a payment; its guard reads the table that is copied."""
    bind: Connection = op.get_bind()
    on = "" if bind.dialect.name == "sqlite" else f" ON {PAYMENT}"
    bind.exec_driver_sql(f"DROP TRIGGER {PAYMENT}_update_guard{on}")
    drop_guards(bind, PAYMENT, "UPDATE")
    late = "outcome IN ('settle', 'return', 'come-back')"
    known = late if more else "outcome IN ('settle', 'return')"
    was, will_be = _one_of("paymentaction", *before), _one_of("paymentaction", *after)
    name = op.f(f"ck_{RESOLUTION}_outcome")
    key = ["payment_id", "outcome"] if more else ["payment_id"]
    with op.batch_alter_table(RESOLUTION) as table:
        table.drop_constraint(name, type_="check")
        table.alter_column("outcome", existing_type=was, type_=will_be, existing_nullable=False)
        table.create_check_constraint(name, known)
        table.drop_constraint(op.f(f"pk_{RESOLUTION}"), type_="primary")
        table.create_primary_key(op.f(f"pk_{RESOLUTION}"), key)
    allowed = " OR ".join(
        f"(OLD.state = '{start}' AND NEW.state IN ({', '.join(repr(one) for one in ends)}))"
        for start, ends in moves.items()
    )
    move = {"no-such-move": f"NEW.state <> OLD.state AND NOT ({allowed})"}
    make_guard(bind, PAYMENT, "UPDATE", move | PAYMENT_REFUSALS | more)


def _one_of(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)
