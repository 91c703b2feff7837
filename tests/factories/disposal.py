"""Records whose time is over: closed long ago by the real services, and entered by the routine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from sqlalchemy import or_, select

from portal.cases.states import CaseAction
from portal.casework.service.closing import CloseReport, close_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.disposal.models import RetentionItem
from portal.disposal.service.deciding import ProposeDisposal, approve_list, propose_disposal
from portal.disposal.service.destroying import dispose_record
from portal.disposal.service.scheduling import schedule_records
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from tests.factories.cases import make_case, make_move
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

MACHINE = Actor.system("dispose_record")
ROUTINE = Actor.system("schedule-records")
LONG = 40 * 365  # days: more than any series of the shipped pack is kept


@contextmanager
def long_ago(days: int = LONG) -> Iterator[None]:
    """Everything inside happened so many days ago."""
    with time_machine.travel(datetime.now(UTC) - timedelta(days=days), tick=True):
        yield


def make_old_report(
    days: int = LONG, state: ReportState = ReportState.CLOSED, **more: Any
) -> Report:
    """A report that was closed so long ago."""
    with long_ago(days):
        return make_report(state=state, **more)


def make_old_case(*reports: Report, days: int = LONG, **more: Any) -> str:
    """The number of a case that was dropped so long ago; its reports are closed.

    `before` is called with the number and the officer while the case is open.
    """
    with long_ago(days):
        officer, before = more.pop("officer", None) or make_officer(), more.pop("before", None)
        given = reports or (make_report(state=ReportState.ACCEPTED, officer=officer),)
        number = make_case(*given, officer=officer, **more)
        if before is not None:
            before(number, officer)
        for report in given:
            close_step_by_step(report, officer)
        make_move(number, CaseAction.DROP, make_head())
        return number


def close_step_by_step(report: Report, officer: Actor) -> None:
    """Verify, answer and close an accepted report."""
    how = VerificationMethod.SITE_VISIT, Finding.CONFIRMED
    record_verification(RecordVerification(report.reference, *how, "到店查看"), actor=officer)
    answer_report(AnswerReport(report.reference, "我们去过了。"), actor=officer)
    close_report(CloseReport(report.reference, "close.measures-taken"), actor=officer)


def scheduled(record_id: UUID) -> RetentionItem | None:
    """The row of a record once the nightly routine has run."""
    schedule_records(actor=ROUTINE)
    return row_of(record_id)


def row_of(record_id: UUID) -> RetentionItem | None:
    """The row of a record as it is now."""
    db.session.expire_all()
    mine = or_(RetentionItem.report_id == record_id, RetentionItem.case_id == record_id)
    return db.session.scalar(select(RetentionItem).where(mine))


def approved(*records: UUID, first: Actor | None = None, second: Actor | None = None) -> list[UUID]:
    """The ids of the rows of records that two people have agreed to destroy."""
    rows = [scheduled(one) for one in records]
    items = tuple(row.id for row in rows if row is not None)
    made = propose_disposal(ProposeDisposal(items), actor=first or make_head())
    approve_list(made.number, actor=second or make_head())
    return list(items)


def disposed(record_id: UUID) -> None:
    """Have a record destroyed, as the task does."""
    [item] = approved(record_id)
    dispose_record(item, actor=MACHINE)
    db.session.expire_all()
