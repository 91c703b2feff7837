"""Payments of rewards: claims, payee data, lists for the bank, statements, differences, samples."""

import sqlalchemy as sa
from alembic import op

from portal.infra.append_only import drop_guards, make_append_only, make_guard
from portal.infra.database import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TABLES = (
    *("reward_pin", "payment_batch", "reward_payment", "payment_step", "payee_data", "payee_tag"),
    *("cash_code", "bank_statement", "bank_line", "payment_resolution", "payment_difference"),
    "reward_sample",
)
STATES = (
    *("due", "claimed", "parked", "refused", "released", "batched", "sent", "unknown"),
    *("settled", "returned", "forfeited"),
)
ACTIONS = (
    *("claim", "correct", "park", "clear", "refuse", "ask-review", "release", "put-back", "batch"),
    *("send", "doubt", "pay-out", "settle", "return", "forfeit"),
)
BATCH_STATES = (
    *("drawn", "asked", "released", "filled", "exporting", "exported", "doubted", "abandoned"),
)
KINDS = (
    *("another-amount", "unknown-reference", "not-sent", "twice", "late-return", "overdue"),
    "ledger",
)
LIVE = f"state IN ({', '.join(repr(one) for one in STATES if one != 'returned')})"
STEP = (
    "EXISTS (SELECT 1 FROM payment_step s WHERE s.payment_id = NEW.id"
    " AND s.round = NEW.round AND s.step = '{step}')"
)
RESOLVED = (
    "EXISTS (SELECT 1 FROM payment_resolution r WHERE r.payment_id = NEW.id"
    " AND r.confirmed_at IS NOT NULL)"
)
MOVES = " OR ".join(
    f"(OLD.state = '{before}' AND NEW.state IN ({', '.join(repr(one) for one in after)}))"
    for before, after in {
        "due": ("claimed", "forfeited"),
        "claimed": ("parked", "released"),
        "parked": ("claimed", "refused"),
        "refused": ("parked", "forfeited"),
        "released": ("batched", "claimed", "settled"),
        "batched": ("sent", "unknown", "claimed"),
        "sent": ("settled", "returned", "unknown"),
        "unknown": ("settled", "returned"),
    }.items()
)
BANK_STEPS = " AND ".join(STEP.format(step=step) for step in ("draw", "ask", "release"))
PAYMENT_REFUSALS = {
    "no-such-move": f"NEW.state <> OLD.state AND NOT ({MOVES})",
    "released-without-step": (
        f"NEW.state = 'released' AND NEW.state <> OLD.state AND NOT {STEP.format(step='release')}"
    ),
    "sent-without-steps": f"NEW.state IN ('batched', 'sent') AND NOT ({BANK_STEPS})",
    "paid-out-without-step": (
        "OLD.state = 'released' AND NEW.state = 'settled'"
        f" AND NOT (NEW.way = 'cash' AND {STEP.format(step='pay-out')})"
    ),
    "unknown-to-a-machine": (
        f"OLD.state = 'unknown' AND NEW.state IN ('settled', 'returned') AND NOT {RESOLVED}"
    ),
    "payment-is-fixed": (
        "NEW.id <> OLD.id OR NEW.award_id <> OLD.award_id OR NEW.reference <> OLD.reference"
        " OR NEW.round < OLD.round"
    ),
}
BEGUN = {
    "begins-due": "NEW.state <> 'due'",
    "not-approved": (
        "NOT EXISTS (SELECT 1 FROM reward_award a WHERE a.id = NEW.award_id"
        " AND a.state = 'approved')"
    ),
}
STEP_REFUSALS = {
    "another-person": (
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.account_id"
        " AND a.person_id = NEW.person_id)"
    ),
    "worked-on-the-award": (
        "EXISTS (SELECT 1 FROM award_step s JOIN reward_payment p ON p.award_id = s.award_id"
        " WHERE p.id = NEW.payment_id AND s.person_id = NEW.person_id)"
    ),
    "another-round": (
        "NOT EXISTS (SELECT 1 FROM reward_payment p WHERE p.id = NEW.payment_id"
        " AND p.round = NEW.round)"
    ),
}


def upgrade() -> None:
    """Make the tables and what the database refuses."""
    with op.batch_alter_table("reward_scheme") as table:
        table.add_column(
            sa.Column("cash_code", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _claims()
    _steps()
    _payees()
    _statements()
    _differences()
    _guards()


def downgrade() -> None:
    """Remove them; what was paid is in the ledger."""
    for name in reversed(TABLES):
        op.drop_table(name)
    bind = op.get_bind()
    drop_guards(bind, "reward_payment", "INSERT", "UPDATE", "DELETE")
    drop_guards(bind, "payment_step", "INSERT")
    with op.batch_alter_table("reward_scheme") as table:
        table.drop_column("cash_code")


def _guards() -> None:
    bind = op.get_bind()
    make_guard(bind, "reward_payment", "INSERT", BEGUN)
    make_guard(bind, "reward_payment", "UPDATE", PAYMENT_REFUSALS)
    make_guard(bind, "reward_payment", "DELETE", {"a-payment-stays": "1 = 1"})
    make_guard(bind, "payment_step", "INSERT", STEP_REFUSALS)
    make_append_only(bind, "payment_step")


def _one_of(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _once(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _needed(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _may_lack(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=True)


def _claims() -> None:
    op.create_table(
        "reward_pin",
        _needed("report_id", sa.Uuid()),
        _needed("verifier", sa.LargeBinary()),
        _needed("set_at", UtcDateTime()),
        _may_lack("forgotten_at", UtcDateTime()),
        _to("reward_pin", "report_id", "report"),
        _key("reward_pin", "report_id"),
    )
    _batches()
    table = "reward_payment"
    op.create_table(
        table,
        _needed("id", sa.Uuid()),
        _needed("award_id", sa.Uuid()),
        _needed("reference", sa.String()),
        _needed("made_at", UtcDateTime()),
        _may_lack("claim_by", sa.Date()),
        _needed("state", _one_of("paymentstate", *STATES)),
        _needed("version", sa.Integer()),
        _may_lack("way", _one_of("payway", "bank", "cash")),
        _needed("round", sa.Integer()),
        *(_may_lack(name, UtcDateTime()) for name in ("claimed_at", "warned_at")),
        _may_lack("batch_id", sa.Uuid()),
        *(_may_lack(name, UtcDateTime()) for name in ("sent_at", "ended_at")),
        _may_lack("refusal", sa.LargeBinary()),
        _may_lack("refused_at", UtcDateTime()),
        _may_lack("refused_person", sa.Uuid()),
        _may_lack("review", sa.LargeBinary()),
        _check(
            table,
            "claimed",
            "state IN ('due', 'forfeited') OR (way IS NOT NULL AND claimed_at IS NOT NULL)",
        ),
        _check(
            table,
            "in_a_batch",
            "state NOT IN ('batched', 'sent', 'unknown') OR batch_id IS NOT NULL",
        ),
        _to(table, "award_id", "reward_award"),
        _to(table, "batch_id", "payment_batch"),
        _key(table, "id"),
        _once(table, "reference"),
    )
    where = {"sqlite_where": sa.text(LIVE), "postgresql_where": sa.text(LIVE)}
    op.create_index(f"uq_{table}_live", table, ["award_id"], unique=True, **where)
    op.create_index(f"ix_{table}_state", table, ["state", "claimed_at", "id"])
    op.create_index(f"ix_{table}_batch_id", table, ["batch_id"])
    op.create_index(f"ix_{table}_award_id", table, ["award_id", "made_at"])
    op.create_index(f"ix_{table}_made_at", table, ["made_at", "id"])


def _batches() -> None:
    table = "payment_batch"
    op.create_table(
        table,
        _needed("id", sa.Uuid()),
        _needed("fund_id", sa.Uuid()),
        _needed("number", sa.Integer()),
        _needed("kind", _one_of("bankfilekind", "pain.001", "csv")),
        *(_needed(name, sa.String()) for name in ("payer_name", "payer_account", "payer_bank")),
        _needed("execute_on", sa.Date()),
        _needed("drawn_at", UtcDateTime()),
        _needed("drawn_by", sa.Uuid()),
        _needed("count", sa.Integer()),
        _needed("total", sa.BigInteger()),
        _needed("state", _one_of("batchstate", *BATCH_STATES)),
        _needed("version", sa.Integer()),
        *(_may_lack(name, sa.Uuid()) for name in ("asked_by", "released_by")),
        _may_lack("file", sa.LargeBinary()),
        _may_lack("file_hash", sa.String()),
        *(_may_lack(name, UtcDateTime()) for name in ("exporting_at", "ended_at")),
        _check(table, "file_waits", "file IS NULL OR state IN ('filled', 'exporting')"),
        _check(
            table,
            "ended",
            "(state IN ('exported', 'doubted')) = (ended_at IS NOT NULL) OR state = 'abandoned'",
        ),
        _to(table, "fund_id", "fund"),
        *(_to(table, name, "account") for name in ("drawn_by", "asked_by", "released_by")),
        _key(table, "id"),
        _once(table, "fund_id", "number"),
    )
    op.create_index(f"ix_{table}_fund_id", table, ["fund_id", "drawn_at", "id"])
    op.create_index(f"ix_{table}_state", table, ["state", "exporting_at"])


def _steps() -> None:
    table = "payment_step"
    op.create_table(
        table,
        _needed("id", sa.Uuid()),
        _needed("payment_id", sa.Uuid()),
        _needed("round", sa.Integer()),
        _needed("step", _one_of("paystep", "draw", "ask", "release", "pay-out")),
        _needed("account_id", sa.Uuid()),
        _needed("person_id", sa.Uuid()),
        _needed("at", UtcDateTime()),
        _to(table, "payment_id", "reward_payment"),
        _to(table, "account_id", "account"),
        _key(table, "id"),
        _once(table, "payment_id", "round", "person_id"),
        _once(table, "payment_id", "round", "step"),
    )


def _payees() -> None:
    op.create_table(
        "payee_data",
        _needed("payment_id", sa.Uuid()),
        _needed("body", sa.LargeBinary()),
        _needed("wrap", sa.LargeBinary()),
        _needed("key_version", sa.Integer()),
        _needed("sealed_at", UtcDateTime()),
        _to("payee_data", "payment_id", "reward_payment"),
        _key("payee_data", "payment_id"),
    )
    op.create_table(
        "payee_tag",
        _needed("id", sa.Uuid()),
        _needed("tag", sa.LargeBinary()),
        _may_lack("payment_id", sa.Uuid()),
        _may_lack("person_id", sa.Uuid()),
        _needed("made_at", UtcDateTime()),
        _check("payee_tag", "of_one", "(payment_id IS NULL) <> (person_id IS NULL)"),
        _to("payee_tag", "payment_id", "reward_payment"),
        _key("payee_tag", "id"),
        _once("payee_tag", "payment_id"),
        _once("payee_tag", "person_id", "tag"),
    )
    op.create_index("ix_payee_tag_tag", "payee_tag", ["tag"])
    op.create_table(
        "cash_code",
        _needed("payment_id", sa.Uuid()),
        _needed("locator_mac", sa.LargeBinary()),
        _needed("verifier", sa.LargeBinary()),
        _needed("made_at", UtcDateTime()),
        _to("cash_code", "payment_id", "reward_payment"),
        _key("cash_code", "payment_id"),
        _once("cash_code", "locator_mac"),
    )


def _statements() -> None:
    table = "bank_statement"
    op.create_table(
        table,
        _needed("id", sa.Uuid()),
        _needed("fund_id", sa.Uuid()),
        _needed("file_hash", sa.String()),
        *(_needed(name, sa.Date()) for name in ("first_on", "last_on")),
        _needed("count", sa.Integer()),
        _needed("read_at", UtcDateTime()),
        _needed("read_by", sa.Uuid()),
        _to(table, "fund_id", "fund"),
        _to(table, "read_by", "account"),
        _key(table, "id"),
        _once(table, "fund_id", "file_hash"),
    )
    op.create_index(f"ix_{table}_fund_id", table, ["fund_id", "read_at", "id"])
    table = "bank_line"
    op.create_table(
        table,
        _needed("id", sa.Uuid()),
        _needed("statement_id", sa.Uuid()),
        _needed("number", sa.Integer()),
        _needed("reference", sa.String()),
        _needed("amount", sa.BigInteger()),
        _needed("currency", sa.String()),
        _needed("came_back", sa.Boolean()),
        _needed("booked_on", sa.Date()),
        _may_lack("payment_id", sa.Uuid()),
        _to(table, "statement_id", "bank_statement"),
        _to(table, "payment_id", "reward_payment"),
        _key(table, "id"),
        _once(table, "statement_id", "number"),
        _once(table, "reference", "came_back", "booked_on", "amount"),
    )
    op.create_index(f"ix_{table}_payment_id", table, ["payment_id"])
    _resolutions()


def _resolutions() -> None:
    table = "payment_resolution"
    op.create_table(
        table,
        _needed("payment_id", sa.Uuid()),
        _needed("outcome", _one_of("paymentaction", *ACTIONS)),
        _needed("statement_id", sa.Uuid()),
        _may_lack("line_id", sa.Uuid()),
        _needed("stated_at", UtcDateTime()),
        *(_needed(name, sa.Uuid()) for name in ("stated_by", "stated_person")),
        _may_lack("confirmed_at", UtcDateTime()),
        *(_may_lack(name, sa.Uuid()) for name in ("confirmed_by", "confirmed_person")),
        _check(table, "outcome", "outcome IN ('settle', 'return')"),
        _check(table, "settled_by_a_line", "outcome = 'return' OR line_id IS NOT NULL"),
        _check(table, "two_people", "confirmed_person <> stated_person"),
        _check(
            table,
            "confirmed_by_somebody",
            "(confirmed_at IS NULL) = (confirmed_person IS NULL)",
        ),
        _to(table, "payment_id", "reward_payment"),
        _to(table, "statement_id", "bank_statement"),
        _to(table, "line_id", "bank_line"),
        *(_to(table, name, "account") for name in ("stated_by", "confirmed_by")),
        _key(table, "payment_id"),
    )


def _differences() -> None:
    table = "payment_difference"
    op.create_table(
        table,
        _needed("id", sa.Uuid()),
        _needed("fund_id", sa.Uuid()),
        _needed("kind", _one_of("differencekind", *KINDS)),
        *(_needed(name, sa.String()) for name in ("about", "reference")),
        *(_needed(name, sa.BigInteger()) for name in ("expected", "found")),
        _needed("found_at", UtcDateTime()),
        _may_lack("cleared_at", UtcDateTime()),
        _may_lack("cleared_by", sa.Uuid()),
        _may_lack("cleared_because", sa.String()),
        _check(
            table,
            "cleared_by_somebody",
            "(cleared_at IS NULL) = (cleared_by IS NULL)"
            " AND (cleared_at IS NULL) = (cleared_because IS NULL)",
        ),
        _to(table, "fund_id", "fund"),
        _to(table, "cleared_by", "account"),
        _key(table, "id"),
    )
    open_ = sa.text("cleared_at IS NULL")
    where = {"sqlite_where": open_, "postgresql_where": open_}
    op.create_index(f"uq_{table}_open", table, ["about"], unique=True, **where)
    op.create_index(f"ix_{table}_fund_id", table, ["fund_id", "found_at", "id"])
    table = "reward_sample"
    op.create_table(
        table,
        _needed("payment_id", sa.Uuid()),
        _needed("asked_at", UtcDateTime()),
        _may_lack("answer", _one_of("sampleanswer", "in-full", "less", "nothing")),
        _may_lack("words", sa.LargeBinary()),
        _may_lack("answered_at", UtcDateTime()),
        _check(table, "answer_has_time", "(answer IS NULL) = (answered_at IS NULL)"),
        _to(table, "payment_id", "reward_payment"),
        _key(table, "payment_id"),
    )
    op.create_index(f"ix_{table}_asked_at", table, ["asked_at", "payment_id"])
