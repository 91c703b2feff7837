"""The pages of retention: what they offer, to whom, and what they cost."""

from datetime import timedelta

import pytest

from portal.casework.queries.board import viewpoint
from portal.disposal.queries.lists import list_due
from portal.disposal.service.deciding import ProposeDisposal, propose_disposal
from portal.disposal.service.holding import PlaceHold, place_hold
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction.tables import RecordKind
from portal.kernel.actor import Role
from portal.kernel.page import Window
from tests.factories.cases import get_case_id, make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.disposal import disposed, make_old_case, make_old_report, row_of, scheduled
from tests.factories.intake import make_report

S = ReportState
HEAD = Role.DEPARTMENT_HEAD
LISTS = ("", "?list=soon", "/lists", "/gone", "/holds")


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_of_retention_says_something_when_it_is_empty(desk, address, language):
    pages, _head = desk(HEAD, language=language)

    page = pages.get(f"/desk/disposal{address}")

    assert page.status == 200
    assert page.has(".sl-empty")


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_retention_is_for_heads_and_supervisors(desk, role):
    pages, _actor = desk(role)

    for address in LISTS:
        assert pages.get(f"/desk/disposal{address}").status == 403


@pytest.mark.requirement("U9")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_is_due_is_picked_by_one_and_destroyed_by_another(desk, language):
    first, _one = desk(HEAD, language=language)
    second, _two = desk(HEAD, language=language)
    report = make_old_report()
    row = scheduled(report.id)
    due = first.get("/desk/disposal")
    assert report.reference in due.text("main")

    made = first.post(due, {"picked": str(row.id)})
    assert "/approve" not in made.response.text
    page = second.get(made.path)
    done = second.post(page, form="form[action=/desk/disposal/lists/1/approve]")

    assert done.status == 200
    assert row_of(report.id).state == "approved"


def test_a_case_that_is_due_is_listed_by_its_number(desk):
    pages, _head = desk(HEAD)
    number = make_old_case()
    scheduled(get_case_id(number))

    assert number in pages.get("/desk/disposal").text("main")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_hold_is_placed_on_the_page_of_a_record_seen_there_and_lifted_by_another(desk, language):
    first, _one = desk(HEAD, language=language)
    second, _two = desk(HEAD, language=language)
    report = make_report(state=S.CLOSED)
    at = f"/desk/reports/{report.reference}"
    assert f"{at}/hold" in first.get(at).links()
    form = first.get(f"{at}/hold")
    day = (today() + timedelta(days=60)).isoformat()

    assert first.post(form, {"basis": "", "reason": "", "until_on": ""}).status == 422
    past = {"basis": "法院来函", "reason": "诉讼未结", "until_on": today().isoformat()}
    assert first.post(form, past).status == 422
    page = first.post(form, {**past, "until_on": day})

    assert "诉讼未结" in page.text("#hold")
    assert not any("/lift" in link for link in page.links())
    [lift] = [one for one in second.get(at).links() if "/lift" in one]
    done = second.post(second.get(lift), {"reason": "判决已生效"})
    assert done.status == 200
    assert db.session.get_one(Report, report.id).held_at is None


def test_a_hold_on_a_case_is_seen_by_its_officer(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    day = today() + timedelta(days=9)
    place_hold(PlaceHold(RecordKind.CASE, number, day, "审计来函", "审计未完"), actor=make_head())

    page = pages.get(f"/desk/cases/{number}")

    assert "审计未完" in page.text("#hold")
    assert not any("/hold" in link for link in page.links())


def test_what_somebody_picks_without_picking_is_refused(desk):
    pages, _head = desk(HEAD)
    scheduled(make_old_report().id)

    assert pages.post(pages.get("/desk/disposal")).status == 422


@pytest.mark.parametrize("path", ["/desk/disposal/lists/9", "/desk/disposal/holds/{}/lift"])
def test_what_there_is_not_is_not_found(desk, path):
    pages, _head = desk(HEAD)

    assert pages.get(path.format(make_officer().id)).status == 404


@pytest.mark.usefixtures("known_place")
def test_the_lists_take_as_many_statements_for_many_records_as_for_one(desk, counted):
    pages, head = desk(HEAD)

    def statements():
        with counted() as seen:
            for address in (*LISTS, "/lists/1"):
                assert pages.get(f"/desk/disposal{address}").status == 200
        return len(seen)

    def more():
        row = scheduled(make_old_report().id)
        propose_disposal(ProposeDisposal((row.id,)), actor=head)
        scheduled(make_old_report().id)
        disposed(make_old_report().id)
        day = today() + timedelta(days=9)
        held = make_report(state=S.CLOSED).reference
        place_hold(PlaceHold(RecordKind.REPORT, held, day, "来函", "未结"), actor=make_head())

    more()
    before = statements()
    more()
    more()

    assert statements() == before <= 60


def test_the_due_list_goes_on_page_by_page(desk):

    _pages, head = desk(HEAD)
    rows = {scheduled(make_old_report(days=15_000 + one).id).id for one in range(3)}
    view, found, key = viewpoint(head), [], None
    for _page in range(3):
        page = list_due(db.session(), view, Window(key=key, limit=1), soon=False)
        found += [line.id for line in page.items]
        key = page.after

    assert key is None
    assert set(found) == rows
    assert len(found) == 3
