"""Rewards: schemes of the place, funds with their ledger, standings of reports, and awards."""

import sqlalchemy as sa
from alembic import op

from portal.infra.append_only import drop_guards, make_append_only, make_guard
from portal.infra.database import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = (
    "reward_scheme",
    "fund",
    "budget_line",
    "reward_finding",
    "reward_standing",
    "reward_objection",
    "reward_award",
    "award_step",
    "ledger_movement",
)
ROLES = (
    *("triage-clerk", "case-officer", "department-head", "supervisor", "custodian-r"),
    *("custodian-a", "finance", "auditor", "administrator"),
)
WAYS = (
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
ACCOUNTS = (
    *("appropriation", "reserved", "payable", "in-transit"),
    *("paid", "returned", "forfeited", "adjustment"),
)
STATES = ("promised", "proposed", "confirmed", "endorsed", "approved", "refused", "withdrawn")
STEPS = ("propose", "confirm", "endorse", "approve", "refuse", "withdraw")
RANKS = (
    *("first", "joint", "new-facts", "not-asked", "excluded"),
    *("own-unit", "no-tip", "after-first-act", "later"),
)
GROUNDS = (
    *("staff", "duty-to-report", "infringed-party", "agent"),
    *("interested", "perpetrator", "paid-to-report"),
)
OPEN = "state IN ('promised', 'proposed', 'confirmed', 'endorsed')"
LIVE = "state IN ('promised', 'proposed', 'confirmed', 'endorsed', 'approved')"
ONCE = "kind IN ('reserve', 'release', 'owe', 'settle', 'forfeit')"

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
STEP = "EXISTS (SELECT 1 FROM award_step s WHERE s.award_id = NEW.id AND s.step = '{step}')"
REACHED_BY = {
    "proposed": "propose",
    "confirmed": "confirm",
    "endorsed": "endorse",
    "approved": "approve",
    "refused": "refuse",
}
MOVES = (
    "(OLD.state = 'promised' AND NEW.state IN ('proposed', 'withdrawn'))"
    " OR (OLD.state = 'proposed' AND NEW.state IN ('confirmed', 'refused', 'withdrawn'))"
    " OR (OLD.state = 'confirmed' AND NEW.state IN ('endorsed', 'approved', 'refused'))"
    " OR (OLD.state = 'endorsed' AND NEW.state IN ('approved', 'refused'))"
)
AWARD_REFUSALS = {
    "no-such-move": f"NEW.state <> OLD.state AND NOT ({MOVES})",
    **{
        f"{state}-without-step": f"NEW.state = '{state}' AND NOT {STEP.format(step=step)}"
        for state, step in REACHED_BY.items()
    },
    "not-confirmed": f"NEW.state IN ('endorsed', 'approved') AND NOT {STEP.format(step='confirm')}",
    "second-approval-missing": (
        f"NEW.state = 'approved' AND NEW.needs_second AND NOT {STEP.format(step='endorse')}"
    ),
    "award-is-fixed": (
        "NEW.id <> OLD.id OR NEW.case_id <> OLD.case_id OR NEW.report_id <> OLD.report_id"
        " OR NEW.scheme <> OLD.scheme OR NEW.place_version <> OLD.place_version"
        " OR NEW.currency <> OLD.currency"
    ),
    "amount-is-fixed": (
        "OLD.amount IS NOT NULL AND (NEW.amount IS NULL OR NEW.amount <> OLD.amount"
        " OR NEW.pool <> OLD.pool OR NEW.line_id <> OLD.line_id"
        " OR NEW.needs_second <> OLD.needs_second)"
    ),
}
STATE_OF = "(SELECT a.state FROM reward_award a WHERE a.id = NEW.award_id)"
STEP_REFUSALS = {
    "another-person": (
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.account_id"
        " AND a.person_id = NEW.person_id)"
    ),
    "not-its-turn": (
        f"(NEW.step = 'propose' AND {STATE_OF} <> 'promised')"
        f" OR (NEW.step = 'confirm' AND {STATE_OF} <> 'proposed')"
        f" OR (NEW.step = 'endorse' AND {STATE_OF} <> 'confirmed')"
        f" OR (NEW.step = 'approve' AND {STATE_OF} NOT IN ('confirmed', 'endorsed'))"
        f" OR (NEW.step = 'refuse' AND {STATE_OF} NOT IN ('proposed', 'confirmed', 'endorsed'))"
        " OR NEW.step = 'withdraw'"
    ),
}


def upgrade() -> None:
    """Make the tables, what the database refuses, and the role of the reward committee."""
    _roles(ROLES, (*ROLES, "reward-committee"))
    _schemes()
    _funds()
    _standings()
    _awards()
    _steps()
    _movements()
    _guards()


def downgrade() -> None:
    """Remove them; whoever was in the committee is so no more."""
    for name in reversed(TABLES):
        op.drop_table(name)
    bind = op.get_bind()
    drop_guards(bind, "reward_award", "INSERT", "UPDATE", "DELETE")
    drop_guards(bind, "award_step", "INSERT")
    drop_guards(bind, "ledger_movement", "INSERT")
    op.execute("DELETE FROM account_role WHERE role = 'reward-committee'")
    _roles((*ROLES, "reward-committee"), ROLES)


def _guards() -> None:
    bind = op.get_bind()
    lock = "PERFORM 1 FROM budget_line b WHERE b.id = NEW.line_id FOR UPDATE;"
    make_guard(bind, "ledger_movement", "INSERT", MOVEMENT_REFUSALS, first=lock)
    make_append_only(bind, "ledger_movement")
    make_guard(bind, "reward_award", "INSERT", {"begins-promised": "NEW.state <> 'promised'"})
    make_guard(bind, "reward_award", "UPDATE", AWARD_REFUSALS)
    make_guard(bind, "reward_award", "DELETE", {"an-award-stays": "1 = 1"})
    make_guard(bind, "award_step", "INSERT", STEP_REFUSALS)
    make_append_only(bind, "award_step")


def _roles(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    was, will_be = _one_of("role", *before), _one_of("role", *after)
    with op.batch_alter_table("account_role") as table:
        table.alter_column("role", existing_type=was, type_=will_be, existing_nullable=False)


def _one_of(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _some(name: str, table: str, condition: str, *columns: str, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _schemes() -> None:
    op.create_table(
        "reward_scheme",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("first_acts", sa.JSON(), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("second_from", sa.BigInteger(), nullable=True),
        sa.Column("claim_days", sa.Integer(), nullable=True),
        sa.Column("new_facts_share", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_scheme")),
    )
    _some("uq_reward_scheme_current", "reward_scheme", "until_version IS NULL", "code", unique=True)


def _funds() -> None:
    op.create_table(
        "fund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_fund_currency_code")),
        _to("fund", "opened_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
        sa.UniqueConstraint("code", name=op.f("uq_fund_code")),
    )
    op.create_index(op.f("ix_fund_region"), "fund", ["region"], unique=False)
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.CheckConstraint("year BETWEEN 2000 AND 2200", name=op.f("ck_budget_line_some_year")),
        _to("budget_line", "fund_id", "fund"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint("fund_id", "year", name=op.f("uq_budget_line_fund_id_year")),
    )


def _standings() -> None:
    op.create_table(
        "reward_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", _one_of("rewardfindingkind", "new-facts", "joint", "excluded"), nullable=False
        ),
        sa.Column("ground", _one_of("exclusionground", *GROUNDS), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'excluded') = (ground IS NOT NULL)",
            name=op.f("ck_reward_finding_why_excluded"),
        ),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)",
            name=op.f("ck_reward_finding_undone_by_somebody"),
        ),
        _to("reward_finding", "case_id", "case_file"),
        _to("reward_finding", "report_id", "report"),
        _to("reward_finding", "by", "account"),
        _to("reward_finding", "undone_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_finding")),
    )
    live = "undone_at IS NULL"
    _some("uq_reward_finding_live", "reward_finding", live, "case_id", "report_id", unique=True)
    op.create_table(
        "reward_standing",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("rank", _one_of("rank", *RANKS), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        _to("reward_standing", "report_id", "report"),
        _to("reward_standing", "case_id", "case_file"),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reward_standing")),
    )
    op.create_index(
        op.f("ix_reward_standing_case_id"), "reward_standing", ["case_id"], unique=False
    )
    _objections()


def _objections() -> None:
    op.create_table(
        "reward_objection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_reward_objection_answer_has_time"),
        ),
        _to("reward_objection", "case_id", "case_file"),
        _to("reward_objection", "report_id", "report"),
        _to("reward_objection", "answered_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_objection")),
    )
    op.create_index("ix_reward_objection_case_id", "reward_objection", ["case_id", "at"])
    open_ = "answered_at IS NULL"
    _some("uq_reward_objection_open", "reward_objection", open_, "report_id", unique=True)


def _awards() -> None:
    table = "reward_award"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("place_version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("promised_at", UtcDateTime(), nullable=False),
        sa.Column("promised_by", sa.Uuid(), nullable=False),
        sa.Column("state", _one_of("awardstate", *STATES), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=True)
            for name in ("base", "units", "chosen", "pool", "amount")
        ),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("claim_by", sa.Date(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name=op.f(f"ck_{table}_some_amount")),
        sa.CheckConstraint(
            "amount IS NULL OR amount <= pool", name=op.f(f"ck_{table}_within_the_pool")
        ),
        sa.CheckConstraint(
            "state IN ('promised', 'withdrawn')"
            " OR (amount IS NOT NULL AND line_id IS NOT NULL AND level IS NOT NULL)",
            name=op.f(f"ck_{table}_computed"),
        ),
        sa.CheckConstraint(f"({OPEN}) = (ended_at IS NULL)", name=op.f(f"ck_{table}_ended")),
        _to(table, "case_id", "case_file"),
        _to(table, "report_id", "report"),
        _to(table, "promised_by", "account"),
        _to(table, "line_id", "budget_line"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("case_id", "number", name=op.f(f"uq_{table}_case_id_number")),
    )
    _some(f"uq_{table}_live", table, LIVE, "case_id", "report_id", unique=True)
    _some(f"ix_{table}_open", table, OPEN, "promised_at", "id")
    op.create_index(f"ix_{table}_report_id", table, ["report_id"])
    op.create_index(f"ix_{table}_ended", table, ["state", "ended_at"])


def _steps() -> None:
    op.create_table(
        "award_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("step", _one_of("awardaction", *STEPS), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("no_conflict", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("no_conflict", name=op.f("ck_award_step_conflict_denied")),
        _to("award_step", "award_id", "reward_award"),
        _to("award_step", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_step")),
        sa.UniqueConstraint("award_id", "person_id", name=op.f("uq_award_step_award_id_person_id")),
        sa.UniqueConstraint("award_id", "step", name=op.f("uq_award_step_award_id_step")),
    )


def _movements() -> None:
    table, kinds = "ledger_movement", [kind for kind, _source, _target in WAYS]
    its_way = " OR ".join(
        f"(kind = '{kind}' AND source = '{source}' AND target = '{target}')"
        for kind, source, target in WAYS
    )
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("movementkind", *kinds), nullable=False),
        sa.Column("source", _one_of("source", *ACCOUNTS), nullable=False),
        sa.Column("target", _one_of("target", *ACCOUNTS), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("award_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f(f"ck_{table}_some_amount")),
        sa.CheckConstraint(its_way, name=op.f(f"ck_{table}_its_way")),
        sa.CheckConstraint(
            "(kind IN ('cut', 'grant')) = (award_id IS NULL)", name=op.f(f"ck_{table}_for_an_award")
        ),
        _to(table, "line_id", "budget_line"),
        _to(table, "by", "account"),
        _to(table, "award_id", "reward_award"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("line_id", "number", name=op.f(f"uq_{table}_line_id_number")),
    )
    op.create_index(f"ix_{table}_line_id", table, ["line_id", "at"])
    op.create_index(f"ix_{table}_award_id", table, ["award_id", "kind"])
    _some(f"uq_{table}_once", table, ONCE, "award_id", "kind", unique=True)
