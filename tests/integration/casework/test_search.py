"""Searching: inside the scope, without wildcards, and with no word of it in any URL (T37)."""

import pytest

from portal.casework.service.conversation import AddNote, add_note
from portal.casework.service.erasure import erase_words
from portal.feedback.service import WriteToDesk, write_to_desk
from portal.infra.database import db
from portal.infra.search import candidates
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.intake.service import index_report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import make_report

S = ReportState
OTHER = "CULTURE_ENF@320402"
NAME = "示例人名"
NARRATIVE = "售价打折50%，百分之五十，店名叫Lily's书屋，老板是示例人名。"
PAGE_OF_FINDINGS = 50


@pytest.fixture
def officer(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    return pages


def looked_for(pages, words):
    """The page that answers a search."""
    return pages.post(pages.get("/desk/search"), {"q": words})


def references(page):
    return [link.text for link in page.find("tbody th a")]


@pytest.mark.parametrize("start", ["/desk", "/desk/reports", "/desk/search"])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.requirement("T37")
def test_the_words_are_posted_and_stand_in_no_address(desk, start, language):
    report = make_report(state=S.ROUTED, narrative=NARRATIVE, indexed=True)
    pages, _officer = desk(Role.CASE_OFFICER, language=language)

    page = pages.post(pages.get(start), {"q": NAME}, follow=False)

    assert (page.status, page.path) == (200, "/desk/search")
    assert references(page) == [report.reference]
    for attribute in ("href", "action", "src"):
        for element in page.find(f"[{attribute}]"):
            assert NAME not in element[attribute]
            assert "q=" not in element[attribute]


@pytest.mark.requirement("T37")
def test_words_in_an_address_are_not_looked_for(officer):
    report = make_report(state=S.ROUTED, narrative=NARRATIVE, indexed=True)

    assert not officer.get(f"/desk/search?q={NAME}").has("table")
    assert report.reference in officer.get("/desk/reports?q=nobody").text("table")


def test_a_search_that_no_page_of_ours_sent_is_refused(officer):
    answer = officer.client.post("/desk/search", data={"q": NAME})

    assert answer.status_code in {400, 422}
    assert "SL-" not in answer.text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_those_who_read_no_reports_do_not_search(desk, role):
    pages, _actor = desk(role)

    assert pages.get("/desk/search").status == 403


@pytest.mark.requirement("T18")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("百分之五", True),
        ("50%", True),
        ("%%", False),
        ("'", True),
        ("' OR 1=1 --", False),
        ("_____", False),
        ("\\", False),
        ("不存在的词", False),
    ],
)
def test_search_finds_what_is_there_and_no_wildcards(officer, words, found):
    report = make_report(state=S.ROUTED, narrative=NARRATIVE, indexed=True)

    page = looked_for(officer, words)

    assert page.status == 200
    assert (report.reference in references(page)) == found
    assert page.fields()["q"] == words


def test_what_the_reporter_wrote_later_is_found_too_and_what_staff_wrote_is_not(officer):
    report = make_report(state=S.ACCEPTED, narrative=NARRATIVE, indexed=True)
    add_note(AddNote(report.reference, "同事提到蓝色面包车"), actor=make_officer())
    told = WriteToDesk(report.id, "今天看到一辆红色三轮车来送货")
    write_to_desk(told, actor=Actor.public())

    index_report(report.id, actor=Actor.system("test"))

    assert references(looked_for(officer, "红色三轮车")) == [report.reference]
    assert references(looked_for(officer, "售价打折")) == [report.reference]
    assert not looked_for(officer, "蓝色面包车").has("table")


def test_indexing_an_erased_report_brings_nothing_back(officer):
    report = make_report(state=S.ROUTED, narrative=NARRATIVE, indexed=True)
    with unit_of_work(Actor.system("test")) as uow:
        erase_words(uow, uow.session.get_one(Report, report.id), reason="test")

    index_report(report.id, actor=Actor.system("test"))

    assert not candidates(db.session(), NAME, 5)


@pytest.mark.requirement("T18")
@pytest.mark.parametrize("words", ["", "书", "%" * 5000])
def test_what_cannot_be_searched_is_refused_with_a_message(officer, words):
    page = looked_for(officer, words)

    assert page.status == 422
    assert page.problems()


def test_a_reference_leads_to_its_report(officer):
    report = make_report(state=S.CLOSED)
    typed = report.reference.lower().replace("-", "")

    page = officer.post(officer.get("/desk"), {"q": typed}, follow=False)

    assert page.status == 303
    assert page.response.headers["Location"] == f"/desk/reports/{report.reference}"


@pytest.mark.requirement("T06")
@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.DEPARTMENT_HEAD])
def test_another_units_report_is_not_found_by_words_or_reference(desk, role):
    foreign = make_report(state=S.ROUTED, department=OTHER, narrative=NARRATIVE, indexed=True)
    pages, _actor = desk(role)

    hidden = [looked_for(pages, words).text("main") for words in (NAME, foreign.reference)]
    nothing = [looked_for(pages, words).text("main") for words in ("无人用过的词", "SL-0000-0000")]

    assert hidden == nothing


@pytest.mark.requirement("T06")
@pytest.mark.parametrize("role", [Role.TRIAGE_CLERK, Role.SUPERVISOR])
@pytest.mark.parametrize("column", ["restricted", "conflict"])
def test_reports_kept_from_reception_and_supervision_are_not_found(desk, role, column):
    columns = {column: True, "region": "320412"}
    make_report(state=S.ROUTED, narrative=NARRATIVE, indexed=True, columns=columns)
    pages, _actor = desk(role, department="TRIAGE@320000", region="320000")

    assert not looked_for(pages, NAME).has("table")


def test_more_results_are_asked_for_by_a_button(officer, counted):
    clerk = make_clerk()
    made = {
        make_report(state=S.ROUTED, clerk=clerk, narrative=NARRATIVE, indexed=True).reference
        for _one in range(PAGE_OF_FINDINGS + 2)
    }

    first = looked_for(officer, NAME)
    with counted() as statements:
        second = officer.post(first, form="form.sl-inline-form")

    assert second.path == "/desk/search"
    assert len(references(first)) == PAGE_OF_FINDINGS
    assert set(references(first)) | set(references(second)) == made
    assert not second.has("form.sl-inline-form")
    assert len(statements) <= 7, statements


def test_a_place_in_the_findings_that_is_nonsense_is_refused(officer):
    for _one in range(PAGE_OF_FINDINGS + 1):
        make_report(state=S.ROUTED, narrative=NARRATIVE, indexed=True)
    first = looked_for(officer, NAME)

    for cursor in ("x", "WzFd", "W10", "bnVsbA", "A" * 600):
        page = officer.post(first, {"after": cursor}, form="form.sl-inline-form")
        assert page.status == 400
