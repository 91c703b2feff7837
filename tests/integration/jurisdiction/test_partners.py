"""The directory of outside bodies on the desk."""

import pytest

from portal.intake.states import ReportState
from portal.jurisdiction.directory import list_partners
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import Way
from portal.kernel.actor import Role
from portal.kernel.page import Window
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import make_report
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
PATH = "/desk/place/partners"


def officer(app, role=Role.CASE_OFFICER, language="zh-Hans"):
    pages = Pages(app, language)
    account = make_account(role, department="CULTURE_ENF@320412", region="320412")
    enter_desk(pages, account)
    return pages


@pytest.mark.requirement("B14")
@pytest.mark.requirement("U27")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-Hans", ("常州市公安局武进分局", "纸质送达", "附移送函")),
        ("en", ("Wujin", "On paper", "transfer letter")),
    ],
)
def test_every_outside_body_stands_there_with_the_way_to_send(app, language, words):
    page = officer(app, language=language).get(f"{PATH}?kind=POLICE&words=320412")

    assert len(page.find("tbody tr")) == 1
    for word in words:
        assert word in page.text("tbody")


@pytest.mark.requirement("B14")
def test_the_bodies_of_the_notices_are_outside_and_our_own_offices_are_not():
    place = current_place()
    outside = {code for code, kind in place.department_kinds.items() if kind.outside}

    assert {"POLICE", "MARKET", "CYBER", "TELECOM", "URBAN", "EDU", "CUSTOMS", "POST"} < outside
    assert not outside & {"CULTURE_ENF", "PRESS_PUB", "COPYRIGHT", "TRIAGE", "COORD", "SUPERVISION"}
    for code in outside:
        kind = place.department_kinds[code]
        assert kind.receives_by in Way
        assert kind.contact is not None


def test_the_pages_lead_through_all_of_them_and_back():
    every = [unit for unit in current_place().departments if current_place().is_outside(unit)]
    seen: list[str] = []
    window = Window(limit=500)

    while True:
        page = list_partners(window)
        seen += [one.code for one in page.items]
        if page.after is None:
            break
        window = Window(page.after, limit=500)

    assert seen == sorted(every)
    back = list_partners(Window(page.before, backwards=True, limit=500))
    assert [one.code for one in back.items] == seen[-len(page.items) - 500 : -len(page.items)]


def test_a_list_is_shown_in_pages_with_the_filter_kept(app):
    page = officer(app).get(f"{PATH}?kind=POLICE")

    assert len(page.find("tbody tr")) == 50
    following = next(link for link in page.find("nav a[rel=next]"))
    assert "kind=POLICE" in following["href"]
    assert len(officer(app).get(following["href"]).find("tbody tr")) == 50


def test_words_that_fit_nothing_say_so_and_a_kind_that_is_none_is_refused(app):
    pages = officer(app)

    assert not pages.get(f"{PATH}?words=zzzz").has("table")
    assert pages.get(f"{PATH}?kind=NOBODY").status == 422
    assert pages.get(f"{PATH}?after=nonsense").status == 400


def test_who_reads_no_reports_has_no_directory(app):
    assert officer(app, Role.FINANCE).get(PATH).status == 403


def test_the_page_of_a_report_says_how_the_body_that_has_it_is_sent_things(app):
    report = make_report(state=ReportState.ROUTED, department="POLICE@320412")
    pages = Pages(app, "en")
    account = make_account(Role.CASE_OFFICER, department="POLICE@320412", region="320412")
    enter_desk(pages, account)

    page = pages.get(f"/desk/reports/{report.reference}")

    assert "Outside body: way to send On paper: To the police" in page.text("main")
