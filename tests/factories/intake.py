"""Reports as people send them, brought by the real services into the state a test needs.

    report = make_report(state=ReportState.ACCEPTED, department="CULTURE_ENF@320412")

Names in the texts are invented.
"""

import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from portal.casework.service.acceptance import (
    AcceptReport,
    DeclineReport,
    accept_report,
    decline_report,
)
from portal.casework.service.closing import CloseReport, close_report
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.intake.content import Content
from portal.intake.models import ContactMode, Report
from portal.intake.service import SubmitReport, Submitted, index_report, submit_report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_officer

DEPARTMENT = "CULTURE_ENF@320412"
CATEGORY = "piracy.print"
NARRATIVE = "示例路一家书店公开出售盗版教材，纸张很薄，印刷模糊，每本十元。"

S = ReportState
WAY = {
    S.ROUTED: (),
    S.ACCEPTED: ("accept",),
    S.VERIFIED: ("accept", "verify"),
    S.ANSWERED: ("accept", "verify", "answer"),
    S.CLOSED: ("accept", "verify", "answer", "close"),
    S.CONTESTED: ("accept", "verify", "answer", "close", "contest"),
    S.DECLINED: ("decline",),
}


def submit(*, narrative: str = NARRATIVE, **changes: Any) -> Submitted:
    """Send a report as the public does; the receipt code is in the answer."""
    content = Content(
        narrative=narrative,
        title=changes.pop("title", ""),
        place=changes.pop("place", ""),
        urls=tuple(changes.pop("urls", ())),
        answers=tuple(changes.pop("answers", ())),
    )
    asked: dict[str, Any] = {
        "token": os.urandom(16),
        "content": content,
        "contact_mode": ContactMode.ANONYMOUS,
        "language": "zh-Hans",
        "category": CATEGORY,
    }
    return submit_report(SubmitReport(**(asked | changes)), actor=Actor.public())


def make_report(
    *,
    state: ReportState = ReportState.RECEIVED,
    department: str = DEPARTMENT,
    officer: Actor | None = None,
    clerk: Actor | None = None,
    indexed: bool = False,
    columns: dict[str, Any] | None = None,
    **changes: Any,
) -> Report:
    """A saved report in `state` at `department`, worked on by `officer` (made if not given).

    `changes` are fields of SubmitReport or Content; `columns` are set on the row afterwards,
    for what triage would have found (region, flags, urgency, restricted, conflict, ...).
    """
    sent = submit(**changes)
    if state is not S.RECEIVED:
        clerk = clerk or make_clerk()
        route_report(RouteReport(sent.reference, department, "按职责分工"), actor=clerk)
        walk(sent.reference, sent.report_id, state, officer, department)
    if indexed:
        index_report(sent.report_id, actor=Actor.system("test"))
    report = db.session.get_one(Report, sent.report_id)
    if columns:
        for name, value in columns.items():
            setattr(report, name, value)
        db.session.commit()
    return report


def walk(
    reference: str, report_id: UUID, state: ReportState, officer: Actor | None, department: str
) -> None:
    """Have the desk take a routed report to `state`, step by step."""
    for step in WAY[state]:
        officer = officer or make_officer(department)
        _take(step, reference, report_id, officer)


def _take(step: str, reference: str, report_id: UUID, officer: Actor) -> None:
    match step:
        case "accept":
            accept_report(AcceptReport(reference), actor=officer)
        case "decline":
            decline_report(DeclineReport(reference, "decline.no-breach"), actor=officer)
        case "verify":
            how, found = VerificationMethod.SITE_VISIT, Finding.CONFIRMED
            command = RecordVerification(reference, how, found, "到店查看，情况属实。")
            record_verification(command, actor=officer)
        case "answer":
            answer_report(AnswerReport(reference, "我们去过了，情况属实。"), actor=officer)
        case "close":
            close_report(CloseReport(reference, "close.measures-taken"), actor=officer)
        case "contest":
            told = ContestResult(report_id, "contest.still-going-on", "今天还在卖。")
            contest_result(told, actor=Actor.public())


def now() -> datetime:
    """The moment, aware and in UTC."""
    return datetime.now(UTC)
