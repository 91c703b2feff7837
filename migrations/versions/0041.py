"""Whoever promised a reward takes no later step of it, nor of its payment."""

from alembic import op
from sqlalchemy import Connection

from portal.infra.append_only import drop_guards, make_guard

revision = "0041"
down_revision = "0038"
branch_labels = None
depends_on = None

PERSON = {
    "another-person": (
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = NEW.account_id"
        " AND a.person_id = NEW.person_id)"
    ),
}
STATE_OF = "(SELECT a.state FROM reward_award a WHERE a.id = NEW.award_id)"
TURNS = {
    "not-its-turn": (
        f"(NEW.step = 'propose' AND {STATE_OF} <> 'promised')"
        f" OR (NEW.step = 'confirm' AND {STATE_OF} <> 'proposed')"
        f" OR (NEW.step = 'endorse' AND {STATE_OF} <> 'confirmed')"
        f" OR (NEW.step = 'approve' AND {STATE_OF} NOT IN ('confirmed', 'endorsed'))"
        f" OR (NEW.step = 'refuse' AND {STATE_OF} NOT IN ('proposed', 'confirmed', 'endorsed'))"
        " OR NEW.step = 'withdraw'"
    ),
}
OWN_PROMISE = (
    "EXISTS (SELECT 1 FROM reward_award w JOIN account p ON p.id = w.promised_by"
    " WHERE w.id = {award} AND p.person_id = NEW.person_id)"
)
PROMISED = {
    "promised-the-award": f"NEW.step <> 'propose' AND {OWN_PROMISE.format(award='NEW.award_id')}",
}
WORKED = (
    "EXISTS (SELECT 1 FROM award_step s JOIN reward_payment p ON p.award_id = s.award_id"
    " WHERE p.id = NEW.payment_id AND s.person_id = NEW.person_id)"
)
PAID = "(SELECT y.award_id FROM reward_payment y WHERE y.id = NEW.payment_id)"
ROUND = {
    "another-round": (
        "NOT EXISTS (SELECT 1 FROM reward_payment p WHERE p.id = NEW.payment_id"
        " AND p.round = NEW.round)"
    ),
}


def upgrade() -> None:
    """The promise counts as a part in the award."""
    own = OWN_PROMISE.format(award=PAID)
    _renew("award_step", PERSON | TURNS | PROMISED)
    _renew("payment_step", PERSON | {"worked-on-the-award": f"{WORKED} OR {own}"} | ROUND)


def downgrade() -> None:
    """Only steps count."""
    _renew("award_step", PERSON | TURNS)
    _renew("payment_step", PERSON | {"worked-on-the-award": WORKED} | ROUND)


def _renew(table: str, refusals: dict[str, str]) -> None:
    bind: Connection = op.get_bind()
    on = "" if bind.dialect.name == "sqlite" else f" ON {table}"
    bind.exec_driver_sql(f"DROP TRIGGER {table}_insert_guard{on}")
    drop_guards(bind, table, "INSERT")
    make_guard(bind, table, "INSERT", refusals)
