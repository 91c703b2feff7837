"""What a reporter writes is noticed: it lies on a heap until whoever has the report reads it."""

import pytest

from portal.casework.queries.board import count_board, list_section, viewpoint
from portal.casework.queries.filters import Section
from portal.casework.service import opening
from portal.casework.service.interests import StepAside, step_aside
from portal.casework.service.opening import open_dossier
from portal.feedback.service import WriteToDesk, write_to_desk
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.page import Window
from tests.factories.casework import make_clerk, make_head, make_officer, make_supervisor
from tests.factories.intake import make_report

pytestmark = pytest.mark.usefixtures("app")
S = ReportState


def writes(report: Report, text: str = "又在卖了，请快来。") -> None:
    write_to_desk(WriteToDesk(report.id, text), actor=Actor.public())


def finds(actor: Actor) -> list[str]:
    """What the heap of this person shows, which is as many as the board counts."""
    view = viewpoint(actor)
    lines = list_section(db.session(), Section.WRITTEN, view, Window()).items
    assert count_board(db.session(), view).counts[Section.WRITTEN] == len(lines)
    assert all(line.written for line in lines)
    return [line.reference for line in lines]


@pytest.mark.parametrize("state", [S.ACCEPTED, S.ANSWERED, S.CLOSED, S.DECLINED])
def test_what_a_reporter_writes_lies_on_the_heap_until_the_officer_opens_the_report(state):
    officer = make_officer()
    report = make_report(state=state, officer=officer)

    writes(report)

    assert finds(officer) == [report.reference]
    open_dossier(report.reference, actor=officer)
    assert finds(officer) == []
    writes(report, "还有一件事。")
    assert finds(officer) == [report.reference]


def test_a_colleague_who_looks_in_does_not_take_the_news_from_the_officer():
    officer, colleague, head = make_officer(), make_officer(), make_head()
    report = make_report(state=S.ACCEPTED, officer=officer)
    writes(report)

    for one in (colleague, head):
        open_dossier(report.reference, actor=one)

    assert finds(officer) == finds(head) == [report.reference]
    assert finds(colleague) == []


def test_a_finished_report_is_anybodys_of_the_unit():
    officer, colleague = make_officer(), make_officer()
    report = make_report(state=S.CLOSED, officer=officer)
    writes(report)

    assert finds(colleague) == [report.reference]
    open_dossier(report.reference, actor=colleague)

    assert finds(officer) == []


def test_what_comes_in_while_the_page_is_made_stays_news(monkeypatch):
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    writes(report)
    noted = opening.note_read

    def later(uow, facts):
        db.session.get_one(Report, report.id).written_at = uow.now
        db.session.flush()
        noted(uow, facts)

    monkeypatch.setattr(opening, "note_read", later)
    open_dossier(report.reference, actor=officer)

    assert finds(officer) == [report.reference]


def test_to_read_a_message_does_not_make_the_pages_of_others_old():
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    writes(report)
    version = db.session.get_one(Report, report.id).version

    open_dossier(report.reference, actor=officer)

    db.session.expire_all()
    assert db.session.get_one(Report, report.id).version == version


def test_reception_is_told_of_what_nobody_has_and_others_of_nothing():
    clerk = make_clerk()
    report = make_report(columns={"region": "320412"})
    writes(report)

    assert finds(clerk) == [report.reference]
    assert finds(make_officer()) == finds(make_officer("CULTURE_ENF@320411")) == []
    open_dossier(report.reference, actor=clerk)
    assert finds(clerk) == []


@pytest.mark.requirement("F13")
def test_the_heap_shows_nothing_to_whoever_stepped_aside():
    officer, colleague = make_officer(), make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    writes(report)
    make_supervisor("320400")

    step_aside(StepAside(report.reference), actor=officer)

    assert finds(officer) == []
    assert finds(colleague) == [report.reference]


@pytest.mark.parametrize(
    ("language", "words"), [("zh-Hans", "举报人有新留言"), ("en", "Reporter has written")]
)
def test_the_list_says_that_the_reporter_has_written(desk, language, words):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=S.ACCEPTED, officer=officer)
    writes(report)

    page = pages.get("/desk?section=written")

    assert words in page.text("main table")
