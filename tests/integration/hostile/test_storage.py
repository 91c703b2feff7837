"""Whatever fails while a report is accepted: never a receipt, and nothing half kept."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.infra.database import db
from portal.infra.tasks import Task


@pytest.mark.requirement("T50")
@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (OperationalError("INSERT", {}, Exception("locked")), 503),
        (IntegrityError("INSERT", {}, Exception("unique")), 409),
        (ZeroDivisionError(), 500),
    ],
    ids=["away", "integrity", "a mistake of ours"],
)
def test_whatever_fails_while_accepting_no_receipt_is_shown(
    sender, reports, monkeypatch, problem, status
):
    def fail(*_arguments):
        raise problem

    monkeypatch.setattr("portal.intake.service._leave_the_rest", fail)

    answer = sender.send()

    assert answer.status_code == status
    assert "Nothing you sent was received" in answer.text
    assert not any("receipt" in line for line in answer.headers.get_all("Set-Cookie"))
    assert reports() == 0
    assert db.session.scalar(select(func.count()).select_from(Task)) == 0
