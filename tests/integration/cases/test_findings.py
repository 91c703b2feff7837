"""A case on a finding of a patrol: who found it is staff, and nobody reported it (C1)."""

import re

import pytest
from sqlalchemy import func, select

from portal.cases.queries.page import get_page
from portal.cases.service.tasks import WriteNote, write_note
from portal.cases.states import Audience
from portal.infra.database import db
from portal.intake.models import Message, MessageKind, Stream
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from tests.factories.cases import make_case
from tests.factories.casework import make_officer
from tests.factories.intake import make_report

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.requirement("C1")]


def make_finding(officer, **more):
    found = {"stream": Stream.PATROL}
    return make_report(state=ReportState.ACCEPTED, officer=officer, columns=found, **more)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_case_is_opened_on_a_finding_and_each_page_names_the_other(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    finding, report = (
        make_finding(officer),
        make_report(state=ReportState.ACCEPTED, officer=officer),
    )
    at = f"/desk/reports/{finding.reference}"

    opened = {"title": "巡查发现案", "summary": "货架上有盗版光盘。", "others": report.reference}
    case = pages.post(pages.get(f"{at}/open-case"), opened)

    parts = re.split('id="(?:reports|findings|timeline)"', case.response.text)
    _before, reports, findings, _after = parts
    assert (report.reference in reports, report.reference in findings) == (True, False)
    assert (finding.reference in reports, finding.reference in findings) == (False, True)
    number = next(one for one in pages.get(at).links() if one.startswith("/desk/cases/"))
    assert pages.get(number).status == 200


def test_what_is_told_to_reporters_goes_to_no_finding():
    officer = make_officer()
    finding, report = (
        make_finding(officer),
        make_report(state=ReportState.ACCEPTED, officer=officer),
    )
    number = make_case(finding, report, officer=officer)

    write_note(WriteNote(number, Audience.REPORTER, "正在核查。"), actor=officer)

    told = select(func.count(Message.id)).where(Message.kind == MessageKind.NOTICE)
    assert db.session.scalar(told.where(Message.report_id == report.id)) == 1
    assert db.session.scalar(told.where(Message.report_id == finding.id)) == 0
    lines = get_page(db.session(), number, officer).reports
    assert {(one.reference, one.patrol) for one in lines} == {
        (finding.reference, True),
        (report.reference, False),
    }
