"""A report's case is decided with a fine: `python -m tests.e2e.rewarded REFERENCE`.

Prints the number of the case, the sessions of those who take part in its reward, and the
passphrases of the custodians, as JSON: how a case comes to its decision is another journey.
"""

import json
import sys
from datetime import UTC, datetime

from sqlalchemy import select

from app import create_app
from portal.accounts.models import Account
from portal.accounts.queries import find_by_name
from portal.accounts.service.demo import demo_code, demo_password
from portal.accounts.service.sign_in import (
    CheckPassword,
    CheckTimeCode,
    check_password,
    check_time_code,
)
from portal.custody.service.groups import demo_passphrase
from portal.decisions.service.drafting import (
    AddMeasure,
    SettleDecision,
    add_measure,
    settle_decision,
)
from portal.decisions.states import DecisionAction
from portal.infra.database import db
from portal.infra.throttle import bucket_of
from portal.intake.models import Report
from portal.kernel.actor import Actor
from tests.factories.accounts import actor_of
from tests.factories.cases import make_case
from tests.factories.decisions import confirm, make_decision, make_party, serve

OFFICER, CUSTODIANS = "officer", ("custodian-r", "custodian-a")
PEOPLE = (OFFICER, "supervisor", "committee", "finance", *CUSTODIANS)
FINE = "罚款二十万元。"


def main(reference: str) -> None:
    with create_app().app_context():
        number = _decided_case(reference, actor_of(_account(OFFICER)))
        sessions = {name: _signed_in(_account(name)) for name in PEOPLE}
        phrases = {name: demo_passphrase(_account(name)) for name in CUSTODIANS}
        made = {"number": number, "sessions": sessions, "passphrases": phrases}
        json.dump(made, sys.stdout)


def _decided_case(reference: str, officer: Actor) -> str:
    report = db.session.scalars(select(Report).where(Report.reference == reference)).one()
    number = make_case(report, officer=officer)
    confirm(number, officer)
    decision = make_decision(number, officer=officer, approved=False)
    party = make_party(number, officer, "示例商行")
    add_measure(AddMeasure(number, decision, party, "penalty", FINE), actor=officer)
    approve = SettleDecision(number, decision, DecisionAction.APPROVE)
    settle_decision(approve, actor=actor_of(_account("head")))
    serve(number, decision, party, officer)
    return number


def _account(name: str) -> Account:
    account = find_by_name(db.session(), name)
    assert account is not None
    return account


def _signed_in(account: Account) -> str:
    network = bucket_of("127.0.0.1", datetime.now(UTC).date())
    password = CheckPassword(account.name, demo_password(), network)
    half = check_password(password, actor=Actor.public())
    assert half is not None
    code = demo_code(account.name, actor=Actor.operator())
    shown = CheckTimeCode(half.session_id, code, network)
    full = check_time_code(shown, actor=actor_of(account))
    assert full is not None
    return full.token


if __name__ == "__main__":
    main(sys.argv[1])
