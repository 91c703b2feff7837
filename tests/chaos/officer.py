"""An officer at the desk of an installation: `python -m tests.chaos.officer`.

Prints the cookie of somebody who is signed in, and the reference of a report they have.
"""

import sys
from datetime import UTC, datetime

from app import create_app
from portal.accounts.service.sign_in import (
    CheckPassword,
    CheckTimeCode,
    check_password,
    check_time_code,
)
from portal.infra.throttle import bucket_of
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import PASSWORD, actor_of, code_for, make_account
from tests.factories.intake import DEPARTMENT, make_report


def main() -> None:
    with create_app().app_context():
        account = make_account(Role.CASE_OFFICER, department=DEPARTMENT, region="320412")
        report = make_report(state=ReportState.ACCEPTED, officer=actor_of(account))
        network = bucket_of("127.0.0.1", datetime.now(UTC).date())
        half = check_password(CheckPassword(account.name, PASSWORD, network), actor=Actor.public())
        assert half is not None
        shown = CheckTimeCode(half.session_id, code_for(account), network)
        full = check_time_code(shown, actor=actor_of(account))
        assert full is not None
        sys.stdout.write(f"{full.token} {report.reference}\n")


if __name__ == "__main__":
    main()
