"""`python -m tests.integration.hostile.life REFERENCE`: the rest of a report's life.

A program of its own, with the settings of the installation it works on. Desk and reporter write
a canary into everything that can be written.
"""

import sys

from sqlalchemy import select

from app import create_app
from portal.casework.service.acceptance import AcceptReport, accept_report
from portal.casework.service.closing import CloseReport, close_report
from portal.casework.service.conversation import AddNote, AskReporter, add_note, ask_reporter
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.feedback.service import ContestResult, WriteToDesk, contest_result, write_to_desk
from portal.infra.database import db
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_officer
from tests.integration.hostile import canaries

DEPARTMENT = "CULTURE_ENF@320412"


def main(reference: str) -> None:
    found = select(Report).where(Report.reference == reference)
    report_id, unit = db.session.execute(
        found.with_only_columns(Report.id, Report.department_code)
    ).one()
    db.session.remove()
    if unit != DEPARTMENT:
        route_report(
            RouteReport(reference, DEPARTMENT, canaries.NOTED), actor=make_clerk("TRIAGE@000000")
        )
    officer, public = make_officer(DEPARTMENT), Actor.public()
    accept_report(AcceptReport(reference), actor=officer)
    add_note(AddNote(reference, canaries.NOTED), actor=officer)
    ask_reporter(AskReporter(reference, canaries.ASKED), actor=officer)
    write_to_desk(WriteToDesk(report_id, canaries.REPLIED), actor=public)
    how = VerificationMethod.SITE_VISIT
    command = RecordVerification(reference, how, Finding.CONFIRMED, canaries.FOUND)
    record_verification(command, actor=officer)
    answer_report(AnswerReport(reference, canaries.ANSWERED), actor=officer)
    close_report(CloseReport(reference, "close.measures-taken"), actor=officer)
    contest_result(
        ContestResult(report_id, "contest.still-going-on", canaries.REPLIED), actor=public
    )


if __name__ == "__main__":
    with create_app().app_context():
        main(sys.argv[1])
