"""Clocks of cases, legal questions, answers to all reporters, and what offices above have to do."""

from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from portal.infra.database import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = (
    "case_clock",
    "case_question",
    "case_answer",
    "major_rule",
    "case_supervision",
    "case_milestone",
    "case_progress",
    "case_flash",
    "case_directive",
    "case_edge",
    "case_lead",
    "case_referral",
    "case_member",
    "case_member_task",
)
# Which step the clock of a case that is open already belongs to; its end stays where it was.
STEPS = {
    "proposed": "open",
    "filed": "file",
    "investigated": "file",
    "notified": "file",
    "decided": "decide",
    "executed": "decide",
}


def upgrade() -> None:
    """Make the tables, and a clock for each open case."""
    with op.batch_alter_table("case_step") as step:
        step.add_column(sa.Column("warn_days", sa.Integer(), nullable=False, server_default="3"))
        step.add_column(sa.Column("extension_days", sa.Integer(), nullable=True))
        step.add_column(sa.Column("pause_cap", sa.Integer(), nullable=False, server_default="0"))
    _on_the_case()
    _clocks()
    _questions()
    _answers()
    _begin_clocks()
    _major_rules()
    _supervision()
    _upward()
    _chain()
    _police()
    _joint_work()


def downgrade() -> None:
    """Remove them."""
    for name in reversed(TABLES):
        op.drop_table(name)
    op.drop_index("ix_case_file_open_changed", "case_file")
    with op.batch_alter_table("case_file") as case:
        for name in ("copies", "amount", "referred_at", "supervised_at", "paused_on"):
            case.drop_column(name)
    with op.batch_alter_table("case_step") as step:
        for name in ("pause_cap", "extension_days", "warn_days"):
            step.drop_column(name)


def _on_the_case() -> None:
    with op.batch_alter_table("case_file") as case:
        case.add_column(sa.Column("paused_on", sa.Date(), nullable=True))
        case.add_column(sa.Column("supervised_at", UtcDateTime(), nullable=True))
        case.add_column(sa.Column("referred_at", UtcDateTime(), nullable=True))
        case.add_column(sa.Column("amount", sa.BigInteger(), nullable=True))
        case.add_column(sa.Column("copies", sa.BigInteger(), nullable=True))
    _some("ix_case_file_open_changed", "case_file", "state <> 'closed'", "changed_at", "id")


def _some(name: str, table: str, condition: str, *columns: str, unique: bool = False) -> None:
    """An index of the rows for which a condition holds."""
    where = sa.text(condition)
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where
    )


def _by(table: str, column: str) -> sa.ForeignKeyConstraint:
    """Who did something."""
    return sa.ForeignKeyConstraint([column], ["account.id"], name=op.f(f"fk_{table}_{column}"))


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f(f"fk_{table}_case_id"))


def _clocks() -> None:
    op.create_table(
        "case_clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("move", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("warn_days", sa.Integer(), nullable=False),
        sa.Column("extension_days", sa.Integer(), nullable=True),
        sa.Column("pause_cap", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("extended_days", sa.Integer(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("paused_days", sa.Integer(), nullable=False),
        sa.Column("warned_at", UtcDateTime(), nullable=True),
        sa.Column("breached_at", UtcDateTime(), nullable=True),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "paused_on IS NULL OR met_at IS NULL", name=op.f("ck_case_clock_met_stands_no_more")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_clock_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_clock")),
    )
    op.create_index("ix_case_clock_case_id", "case_clock", ["case_id", "starts_on"], unique=False)
    op.create_index(
        "ix_case_clock_running",
        "case_clock",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("met_at IS NULL"),
        postgresql_where=sa.text("met_at IS NULL"),
    )
    op.create_index(
        "ix_case_clock_look",
        "case_clock",
        ["look_on", "id"],
        unique=False,
        sqlite_where=sa.text("met_at IS NULL AND look_on IS NOT NULL"),
        postgresql_where=sa.text("met_at IS NULL AND look_on IS NOT NULL"),
    )


def _questions() -> None:
    op.create_table(
        "case_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_case_question_answer_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["account.id"], name=op.f("fk_case_question_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_case_question_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_question_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_question")),
    )
    op.create_index(
        "ix_case_question_case_id", "case_question", ["case_id", "asked_at"], unique=False
    )


def _answers() -> None:
    methods = ("site-visit", "online", "documents", "conversation", "other-authority", "expert")
    findings = ("confirmed", "not-confirmed", "cannot-verify")
    op.create_table(
        "case_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("method", _one_of("verificationmethod", *methods), nullable=False),
        sa.Column("finding", _one_of("finding", *findings), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (body IS NOT NULL)",
            name=op.f("ck_case_answer_words_until_done"),
        ),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_case_answer_by")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_answer_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_answer")),
    )
    op.create_index("ix_case_answer_case_id", "case_answer", ["case_id", "at"], unique=False)


def _one_of(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


def _begin_clocks() -> None:
    case = sa.table(
        "case_file",
        sa.column("id", sa.Uuid()),
        sa.column("state", sa.String()),
        sa.column("opened_at", UtcDateTime()),
        sa.column("next_due_on", sa.Date()),
    )
    names = ("move", "days", "warn_days", "extension_days", "pause_cap", "starts_on", "due_on")
    more = ("promised_on", "look_on", "extended_days", "paused_days")
    kinds = {"move": sa.String(), **dict.fromkeys(("starts_on", "due_on"), sa.Date())}
    kinds |= dict.fromkeys(("promised_on", "look_on"), sa.Date())
    clock = sa.table(
        "case_clock",
        sa.column("id", sa.Uuid()),
        sa.column("case_id", sa.Uuid()),
        *(sa.column(name, kinds.get(name, sa.Integer())) for name in (*names, *more)),
    )
    open_ = sa.select(case).where(case.c.state != "closed")
    rows = [_clock_of(*row) for row in op.get_bind().execute(open_)]
    if rows:
        op.bulk_insert(clock, rows)


def _clock_of(case_id, state, opened_at, due_on) -> dict[str, object]:  # noqa: ANN001  # a row
    starts_on = min(opened_at.date(), due_on)
    return {
        "id": uuid4(),
        "case_id": case_id,
        "move": STEPS[state],
        "days": (due_on - starts_on).days,
        "warn_days": 3,
        "extension_days": None,
        "pause_cap": 0,
        "starts_on": starts_on,
        "due_on": due_on,
        "promised_on": due_on,
        "look_on": max(starts_on, due_on - timedelta(days=3)),
        "extended_days": 0,
        "paused_days": 0,
    }


def _major_rules() -> None:
    op.create_table(
        "major_rule",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("sentence_zh", sa.String(), nullable=False),
        sa.Column("sentence_en", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("factors", sa.JSON(), nullable=False),
        sa.Column("police", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_major_rule")),
    )
    _some("uq_major_rule_current", "major_rule", "until_version IS NULL", "code", unique=True)


def _supervision() -> None:
    op.create_table(
        "case_supervision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=False),
        sa.Column("report_every", sa.Integer(), nullable=True),
        sa.Column("next_report_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(released_at IS NULL) = (outcome IS NULL)",
            name=op.f("ck_case_supervision_release_says_why"),
        ),
        _of_case("case_supervision"),
        _by("case_supervision", "placed_by"),
        _by("case_supervision", "released_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_supervision")),
    )
    name, live = "case_supervision", "released_at IS NULL"
    _some("ix_case_supervision_live", name, live, "case_id", unique=True)
    _some("ix_case_supervision_board", name, live, "next_due_on", "id")
    op.create_index("ix_case_supervision_case_id", name, ["case_id", "placed_at"], unique=False)
    op.create_table(
        "case_milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supervision_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.Column("met_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(met_at IS NULL) = (met_by IS NULL)", name=op.f("ck_case_milestone_met_by_somebody")
        ),
        _of_supervision("case_milestone"),
        _by("case_milestone", "set_by"),
        _by("case_milestone", "met_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_milestone")),
    )
    op.create_index(
        "ix_case_milestone_supervision_id",
        "case_milestone",
        ["supervision_id", "due_on"],
        unique=False,
    )
    op.create_table(
        "case_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supervision_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(read_at IS NULL) = (read_by IS NULL)", name=op.f("ck_case_progress_read_by_somebody")
        ),
        _of_supervision("case_progress"),
        _by("case_progress", "sent_by"),
        _by("case_progress", "read_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_progress")),
    )
    op.create_index(
        "ix_case_progress_supervision_id",
        "case_progress",
        ["supervision_id", "sent_at"],
        unique=False,
    )


def _of_supervision(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["supervision_id"], ["case_supervision.id"], name=op.f(f"fk_{table}_supervision_id")
    )


def _upward() -> None:
    op.create_table(
        "case_flash",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("demanded_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=True),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (body IS NULL)", name=op.f("ck_case_flash_sent_says_something")
        ),
        sa.CheckConstraint(
            "received_at IS NULL OR sent_at IS NOT NULL", name=op.f("ck_case_flash_sent_first")
        ),
        sa.CheckConstraint(
            "read_at IS NULL OR received_at IS NOT NULL", name=op.f("ck_case_flash_received_first")
        ),
        _of_case("case_flash"),
        _by("case_flash", "sent_by"),
        _by("case_flash", "received_by"),
        _by("case_flash", "read_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_flash")),
    )
    op.create_index("ix_case_flash_case_id", "case_flash", ["case_id", "demanded_at"], unique=False)
    awaited = "sent_at IS NOT NULL AND received_at IS NULL"
    _some("ix_case_flash_awaited", "case_flash", awaited, "sent_at", "id")
    op.create_table(
        "case_directive",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        _of_case("case_directive"),
        _by("case_directive", "entered_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_directive")),
    )
    op.create_index(
        "ix_case_directive_case_id", "case_directive", ["case_id", "entered_at"], unique=False
    )


def _chain() -> None:
    op.create_table(
        "case_edge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("struck_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("supplier_id <> customer_id", name=op.f("ck_case_edge_two_ends")),
        _of_case("case_edge"),
        _by("case_edge", "added_by"),
        _to("case_edge", "supplier_id", "case_party"),
        _to("case_edge", "customer_id", "case_party"),
        _to("case_edge", "paper_id", "case_paper"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_edge")),
    )
    op.create_index("ix_case_edge_case_id", "case_edge", ["case_id", "added_at"], unique=False)
    states = ("sent", "followed", "returned", "disputed", "assigned", "kept")
    op.create_table(
        "case_lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("direction", _one_of("chaindirection", "up", "down"), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("words_key", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("state", _one_of("caseleadstate", *states), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("to_case_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'followed') = (to_case_id IS NOT NULL)",
            name=op.f("ck_case_lead_followed_by_case"),
        ),
        _of_case("case_lead"),
        _by("case_lead", "sent_by"),
        _to("case_lead", "party_id", "case_party"),
        _to("case_lead", "to_case_id", "case_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_lead")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_case_lead_case_id_number")),
    )
    waits = "state IN ('sent', 'assigned')"
    _some("ix_case_lead_waits", "case_lead", waits, "department_code", "due_on", "id")
    _some("ix_case_lead_late", "case_lead", f"{waits} AND escalated_at IS NULL", "due_on")
    _some("ix_case_lead_disputed", "case_lead", "state = 'disputed'", "changed_at", "id")
    op.create_index("ix_case_lead_to_case_id", "case_lead", ["to_case_id"], unique=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _police() -> None:
    states = ("proposed", "refused", "approved", "handed-over", "answered")
    results = ("filed", "not-filed", "sent-back")
    op.create_table(
        "case_referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("state", _one_of("referralstate", *states), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("hand_over_by", UtcDateTime(), nullable=True),
        sa.Column("bundle_id", sa.Uuid(), nullable=True),
        sa.Column("handed_over_at", UtcDateTime(), nullable=True),
        sa.Column("handed_over_by", sa.Uuid(), nullable=True),
        sa.Column("result", _one_of("referralresult", *results), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)",
            name=op.f("ck_case_referral_decided_has_time"),
        ),
        sa.CheckConstraint(
            "(state IN ('handed-over', 'answered')) = (handed_over_at IS NOT NULL)",
            name=op.f("ck_case_referral_handed_over_has_time"),
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (result IS NOT NULL)",
            name=op.f("ck_case_referral_answer_has_result"),
        ),
        _of_case("case_referral"),
        *(_by("case_referral", who) for who in ("proposed_by", "decided_by", "handed_over_by")),
        _to("case_referral", "bundle_id", "made_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_referral")),
    )
    going = "state IN ('proposed', 'approved', 'handed-over')"
    _some("ix_case_referral_open", "case_referral", going, "case_id", unique=True)
    op.create_index(
        "ix_case_referral_case_id", "case_referral", ["case_id", "proposed_at"], unique=False
    )


def _joint_work() -> None:
    op.create_table(
        "case_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("joined_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (signed_by IS NULL)",
            name=op.f("ck_case_member_signed_by_somebody"),
        ),
        _of_case("case_member"),
        _by("case_member", "joined_by"),
        _by("case_member", "signed_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_member")),
    )
    name, live = "case_member", "left_at IS NULL"
    _some("ix_case_member_unit", name, live, "department_code", "ends_on", "id")
    _some("ix_case_member_once", name, live, "case_id", "department_code", unique=True)
    op.create_index("ix_case_member_case_id", name, ["case_id", "joined_at"], unique=False)
    op.create_table(
        "case_member_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by IS NULL)",
            name=op.f("ck_case_member_task_done_by_somebody"),
        ),
        _to("case_member_task", "member_id", "case_member"),
        _by("case_member_task", "given_by"),
        _by("case_member_task", "done_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_member_task")),
    )
    op.create_index(
        "ix_case_member_task_member_id", "case_member_task", ["member_id", "due_on"], unique=False
    )
