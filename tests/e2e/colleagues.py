"""Staff beside those of the demonstration: `python -m tests.e2e.colleagues`.

Prints their names and the cookies of the sessions that they have, as JSON: whoever is needed for a
journey need not type a password first.
"""

import json
import sys
from datetime import UTC, datetime

from app import create_app
from portal.accounts.models import Account
from portal.accounts.service.sign_in import (
    CheckPassword,
    CheckTimeCode,
    check_password,
    check_time_code,
)
from portal.infra.throttle import bucket_of
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import PASSWORD, actor_of, code_for, make_account

OWN, ELSEWHERE = "320412", "320481"
STAFF = {
    "second-head": (Role.DEPARTMENT_HEAD, OWN),
    "neighbour": (Role.CASE_OFFICER, ELSEWHERE),
    "neighbour-head": (Role.DEPARTMENT_HEAD, ELSEWHERE),
    "copyright-officer": (Role.CASE_OFFICER, OWN),
    "copyright-head": (Role.DEPARTMENT_HEAD, OWN),
}
KINDS = {"copyright-officer": "COPYRIGHT", "copyright-head": "COPYRIGHT"}


def main() -> None:
    with create_app().app_context():
        json.dump({name: _signed_in(_made(name)) for name in STAFF}, sys.stdout)


def _made(name: str) -> Account:
    role, region = STAFF[name]
    unit = f"{KINDS.get(name, 'CULTURE_ENF')}@{region}"
    return make_account(role, name=name, department=unit, region=region)


def _signed_in(account: Account) -> str:
    network = bucket_of("127.0.0.1", datetime.now(UTC).date())
    half = check_password(CheckPassword(account.name, PASSWORD, network), actor=Actor.public())
    assert half is not None
    shown = CheckTimeCode(half.session_id, code_for(account), network)
    full = check_time_code(shown, actor=actor_of(account))
    assert full is not None
    return full.token


if __name__ == "__main__":
    main()
