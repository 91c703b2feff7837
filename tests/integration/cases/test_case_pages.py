"""The pages of cases: what they offer, to whom, and what they cost."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.cases.queries.access import get_case
from portal.cases.queries.events import NEWEST, OPENING
from portal.cases.service.filling import AddParty, add_party
from portal.cases.service.joint import AddMember, add_member
from portal.cases.service.tasks import GiveTask, WriteNote, give_task, write_note
from portal.cases.states import Audience, CaseState, PartyRole
from portal.casework.service.verification import AnswerReport, answer_report
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.cases import TITLE, make_case, today
from tests.factories.casework import make_officer
from tests.factories.intake import make_report

S = ReportState
ELSEWHERE = "CULTURE_ENF@320402"
ACTS = ("describe", "add-report", "grade", "add-party", "add-paper", "give-task", "add-note")


@pytest.mark.requirement("B6")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_officer_opens_a_case_on_the_page_of_a_report(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=S.ACCEPTED, officer=officer)
    page = pages.get(f"/desk/reports/{report.reference}")

    assert f"/desk/reports/{report.reference}/open-case" in page.links()
    form = pages.get(f"/desk/reports/{report.reference}/open-case")
    case = pages.post(form, {"title": TITLE, "summary": "货架上有盗版光盘。"})

    assert case.status == 200
    assert TITLE in case.text("main")
    number = case.text("h1")
    again = pages.get(f"/desk/reports/{report.reference}")
    assert f"/desk/cases/{number}" in again.links()
    assert f"/desk/reports/{report.reference}/open-case" not in again.links()


def test_the_summary_comes_back_when_an_opening_is_refused(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ACCEPTED, officer=officer)
    routed = make_report(state=S.ROUTED)
    form = pages.get(f"/desk/reports/{report.reference}/open-case")

    page = pages.post(form, {"title": TITLE, "summary": "打好的摘要", "others": routed.reference})

    assert page.status == 422
    assert "打好的摘要" in page.text("textarea")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_act_has_a_page_with_a_form_that_comes_back_when_it_is_empty(desk, act, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)

    page = pages.get(f"/desk/cases/{number}/{act}")

    assert page.status == 200
    empty = dict.fromkeys((name for name in page.fields() if name in {"title", "summary"}), "")
    assert pages.post(page, empty).status == 422


def test_a_paper_is_put_in_and_opened_again(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    form = pages.get(f"/desk/cases/{number}/add-paper")
    sent = {
        "paper": "case-filing",
        "dated": today().isoformat(),
        "files": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "立案审批表.pdf"),
    }

    case = pages.post(form, sent)

    [link] = [one for one in case.links() if "/files/" in one]
    assert "立案审批表.pdf" in case.text("main")
    assert pages.get(link, follow=False).status in {200, 303}


def test_the_head_makes_a_move_and_the_page_says_what_it_still_needs(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    number = make_case()
    address = f"/desk/cases/{number}/move/file"

    refused = pages.post(pages.get(address), {"reason": "属实"})
    assert refused.status == 422
    assert "立案审批表" in refused.text("main")
    other, _other = desk(Role.DEPARTMENT_HEAD)
    waiver = other.get(f"/desk/cases/{number}/waive-paper")
    other.post(waiver, {"paper": "case-filing", "reason": "情况紧急"})
    pages.post(pages.get(address), {"reason": "属实"})

    assert get_case(db.session(), number, Actor.operator()).state is CaseState.FILED


def test_the_page_that_ends_a_case_lists_the_reports_without_an_answer(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    report = make_report(state=S.VERIFIED)
    number = make_case(report)

    page = pages.get(f"/desk/cases/{number}/move/drop")

    assert f"/desk/reports/{report.reference}" in page.links()


@pytest.mark.requirement("F13")
def test_every_page_of_a_case_of_another_unit_is_not_there(desk):
    number = make_case()
    pages, _officer = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")

    for path in ("", *(f"/{act}" for act in ACTS), "/move/file"):
        assert pages.get(f"/desk/cases/{number}{path}").status == 404, path
    assert number not in pages.get("/desk/cases?list=all").text("main")


def test_the_page_of_a_case_says_which_reports_have_an_answer(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)

    assert "未答复" in pages.get(f"/desk/cases/{number}").text("main")
    answer_report(AnswerReport(report.reference, "已经处罚。"), actor=officer)
    page = pages.get(f"/desk/cases/{number}").text("main")
    assert "已有答复" in page
    assert "已评价" not in page


def test_the_head_takes_out_on_its_page_a_report_that_another_desk_has(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    moved = make_report(state=S.ACCEPTED)
    number = make_case(make_report(state=S.ACCEPTED), moved)
    moved.department_code = ELSEWHERE
    db.session.commit()
    page = pages.get(f"/desk/cases/{number}")
    [link] = [one for one in page.links() if "/reports-elsewhere/" in one]

    case = pages.post(pages.get(link), {"reason": "已由其他单位办理"})

    assert not [one for one in case.links() if "/reports-elsewhere/" in one]
    assert "移出一件已在其他单位的来件" in case.text("main")


def test_whoever_strikes_out_or_ends_one_of_several_reads_on_the_page_which(desk):
    pages, head = desk(Role.DEPARTMENT_HEAD)
    number = make_case(officer=make_officer(), head=head, upto="file")
    for name in ("星光音像店（示例）", "示例印刷厂"):
        add_party(AddParty(number, PartyRole.SELLER, name), actor=head)
    until = today() + timedelta(days=30)
    for unit in ("CULTURE_ENF@320481", ELSEWHERE):
        add_member(AddMember(number, unit, "分工", "告知", until), actor=head)
    links = pages.get(f"/desk/cases/{number}").links()

    def said(part, end):
        asked = [one for one in links if f"/{part}/" in one and one.endswith(end)]
        return [pages.get(one).text(".govuk-inset-text") for one in asked]

    assert said("parties", "/strike") == ["星光音像店（示例） · 销售者", "示例印刷厂 · 销售者"]
    assert [one.partition(" · ")[0] for one in said("papers", "/strike")] == ["立案审批表"]
    units = ["溧阳市文化市场综合执法大队", "天宁区文化市场综合执法大队"]
    assert said("members", "/end") == said("members", "/give-task") == units


def test_a_task_is_done_on_the_list_of_tasks(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    give_task(GiveTask(number, officer.id, today(), "到店取证"), actor=officer)
    page = pages.get("/desk/cases/tasks")
    assert "到店取证" in page.text("main")

    pages.post(page, {})

    assert "到店取证" not in pages.get("/desk/cases/tasks").text("main")


@pytest.mark.parametrize("list_", ["mine", "open", "all"])
def test_the_lists_of_cases_show_what_they_are_called(desk, list_):
    pages, officer = desk(Role.CASE_OFFICER)
    make_case(officer=officer)

    assert TITLE in pages.get(f"/desk/cases?list={list_}").text("main")
    assert pages.get("/desk/cases?list=none").status == 422


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 12])
def test_a_case_takes_few_statements_and_a_list_four_whatever_is_in_them(desk, counted, stored):
    pages, officer = desk(Role.CASE_OFFICER)
    reports = [make_report(state=S.ACCEPTED, officer=officer) for _one in range(2)]
    number = make_case(*reports, officer=officer)
    for _one in range(stored):
        add_party(AddParty(number, PartyRole.SELLER, "某店"), actor=officer)
        give_task(GiveTask(number, make_officer().id, today(), "取证"), actor=officer)
        write_note(WriteNote(number, Audience.DEPARTMENT, "备注"), actor=officer)
    for path in (f"/desk/cases/{number}", "/desk/cases", "/desk/cases/tasks"):
        pages.get(path)
        with counted() as statements:
            assert pages.get(path).status == 200
        most = 14 if path.endswith(number) else 4
        assert len(statements) <= most, (path, statements)


@pytest.mark.requirement("P3")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_a_case_shows_the_newest_of_what_happened_and_a_page_of_its_own_the_rest(
    desk, language
):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    case = get_case(db.session(), number, officer)
    with unit_of_work(officer) as uow:
        for _one in range(70):
            record(uow, "case.describe", "case", case.id)
    home = pages.get(f"/desk/cases/{number}")

    assert len(home.find("ol.sl-timeline li")) == NEWEST
    all_ = pages.get(f"/desk/cases/{number}/timeline")
    assert f"/desk/cases/{number}/timeline" in home.links()
    [older] = [one for one in all_.links() if "after=" in one]
    rest = pages.get(older)
    assert len(all_.find("ol.sl-timeline li")) == 50
    of_case = select(func.count()).where(AuditEvent.subject_id == case.id)
    told = db.session.scalar(of_case.where(AuditEvent.action != OPENING))
    assert len(rest.find("ol.sl-timeline li")) == told - 50
    opened = select(func.count()).where(AuditEvent.action == OPENING)
    assert db.session.scalar(opened) == 1
    elsewhere, _officer = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")
    assert elsewhere.get(f"/desk/cases/{number}/timeline").status == 404
