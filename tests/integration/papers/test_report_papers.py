"""Papers of a report that is in no case: numbered like all others, and nothing of the reporter."""

import io

import pikepdf
import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.evidence.models import MadeFile
from portal.infra.database import db
from portal.infra.storage import storage
from portal.infra.uow import unit_of_work
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.papers.models import ReportPaper
from portal.papers.queries.of_reports import get_papers
from portal.papers.service.of_reports import (
    MakeReportPaper,
    StrikeReportPaper,
    destroy_report_papers,
    make_report_paper,
    open_report_paper,
    strike_report_paper,
)
from tests.factories.cases import make_case
from tests.factories.casework import make_actor, make_officer
from tests.factories.intake import make_report
from tests.factories.papers import MACHINE, make_draft, make_final
from tests.papers import words_of, words_of_page

pytestmark = pytest.mark.usefixtures("app")
CANARY = "金丝雀专用词"
SHEET = "report-sheet"
ELSEWHERE = "CULTURE_ENF@320402"


def order(report, form=SHEET, **more) -> MakeReportPaper:
    return MakeReportPaper(report.reference, form, {"opinion": "建议受理。"}, **more)


@pytest.mark.requirement("F22")
@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-Hans", ("举报处理单", "来件渠道")), ("en", ("Report handling sheet", "Came in by"))],
)
def test_the_hotlines_form_is_made_of_a_report_on_its_page(desk, language, said):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    home = f"/desk/reports/{report.reference}"
    assert f"{home}/papers" in pages.get(home).links()
    form = pages.get(f"{home}/papers/new/{SHEET}")
    key = form.find("input[name=phrases]")[0].get("value")

    listed = pages.post(form, {"facts": "电话核实过。", "phrases": [key]})

    [link] = [
        one
        for one in listed.links()
        if one.startswith(f"{home}/papers/") and "/new/" not in one and "/strike" not in one
    ]
    paper = pages.get(link, follow=False)
    with pikepdf.open(io.BytesIO(paper.response.data)) as sheet:
        words = words_of(sheet)
    for one in (*said, report.reference, f"{SHEET}-0001", "电话核实过。"):
        assert one in words, one
    assert pages.get(f"{home}/papers/new/penalty-decision").status == 404


@pytest.mark.requirement("F22")
def test_its_number_counts_on_with_those_of_cases_and_none_is_missing():
    officer = make_officer()
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    first = make_report_paper(order(report), actor=officer)
    number = make_case(officer=officer)
    make_final(number, officer, SHEET)
    with pytest.raises(RuleBroken, match="paper-needs-case"):
        make_report_paper(order(report, "penalty-decision"), actor=officer)
    with pytest.raises(MoveRefused):
        make_report_paper(order(report, seen_version=report.version + 1), actor=officer)

    third = make_report_paper(order(report), actor=officer)

    assert [one.rpartition("-")[2] for one in (first, third)] == ["0001", "0003"]
    assert make_draft(number, officer, SHEET)


@pytest.mark.requirement("F13")
def test_nobody_elsewhere_makes_or_opens_one_and_in_a_case_it_is_made_there():
    officer, elsewhere = make_officer(), make_officer("CULTURE_ENF@320402")
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    make_report_paper(order(report), actor=officer)
    [line] = get_papers(db.session(), report.reference, officer).lines

    with pytest.raises(NotFound):
        make_report_paper(order(report), actor=elsewhere)
    with pytest.raises(NotFound):
        open_report_paper(report.reference, line.id, actor=elsewhere)
    with pytest.raises(NotPermitted):
        make_report_paper(order(report), actor=make_actor(Role.AUDITOR))
    other = make_report(state=ReportState.ACCEPTED, officer=officer)
    with pytest.raises(NotFound):
        open_report_paper(other.reference, line.id, actor=officer)
    make_case(report, officer=officer)
    with pytest.raises(RuleBroken, match="paper-of-its-case"):
        make_report_paper(order(report), actor=officer)
    papers = get_papers(db.session(), report.reference, officer)
    assert (papers.makes, len(papers.lines)) == (False, 1)


def test_nothing_of_the_reporter_is_on_it_and_it_goes_with_the_report():
    officer = make_officer()
    sender = Identity(name=CANARY, phone="13800009999")
    report = make_report(
        state=ReportState.ACCEPTED, officer=officer, identity=sender, narrative=CANARY
    )
    make_report_paper(order(report), actor=officer)
    [line] = get_papers(db.session(), report.reference, officer).lines
    body = b"".join(open_report_paper(report.reference, line.id, actor=officer).chunks)
    with pikepdf.open(io.BytesIO(body)) as sheet:
        words = words_of(sheet)
    assert CANARY not in words
    assert "13800009999" not in words
    made = db.session.scalars(select(ReportPaper)).one()
    kept = db.session.get_one(MadeFile, made.file_id)
    with storage().open_stored(kept.stored_name) as stored:
        assert b"%PDF" not in stored.read()

    with unit_of_work(MACHINE) as uow:
        destroy_report_papers(uow, report.id)

    assert db.session.scalars(select(ReportPaper)).first() is None
    assert db.session.get(MadeFile, kept.id) is None


@pytest.mark.requirement("F22")
def test_a_paper_that_was_made_wrongly_is_struck_out_for_a_reason_and_keeps_its_number(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_report_paper(order(report), actor=officer)
    [line] = get_papers(db.session(), report.reference, officer).lines
    home = f"/desk/reports/{report.reference}/papers"
    strike = f"{home}/{line.id}/strike"
    others, stranger = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")
    assert others.get(strike).status == 404
    with pytest.raises(NotFound):
        strike_report_paper(StrikeReportPaper(report.reference, line.id, "x"), actor=stranger)
    with pytest.raises(RuleBroken, match="struck-without-reason"):
        strike_report_paper(StrikeReportPaper(report.reference, line.id, " "), actor=officer)
    assert strike in pages.get(home).links()

    page = pages.post(pages.get(strike), {"reason": CANARY})

    assert CANARY in page.text("main")
    assert strike not in page.links()
    assert pages.get(strike).status == 404
    body = pages.get(f"{home}/{line.id}").response.data
    with pikepdf.open(io.BytesIO(body)) as paper:
        assert [
            words_of_page(one) for one in paper.pages if "已划去" not in words_of_page(one)
        ] == []
    made = db.session.scalars(select(ReportPaper)).one()
    assert CANARY.encode() not in (made.struck_because or b"")
    trail = db.session.scalars(select(AuditEvent.details)).all()
    assert CANARY not in str(trail)
    assert make_report_paper(order(report), actor=officer) != number
