"""Old records show what a unit was called then, and what a region was called then (C21)."""

import pytest

from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place, find_unit_names, forget_place
from portal.kernel.actor import Role
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk
from tests.factories.intake import make_report
from tests.factories.jurisdiction import UNIT_NAME as OLD
from tests.factories.jurisdiction import rename_unit

OWN = "CULTURE_ENF@320412"
NEW = "武进区文体广旅综合执法大队"
S = ReportState


@pytest.fixture
def rename(app, tmp_path):
    """Load the place with the unit renamed, or left out."""
    forget_place()
    yield lambda new: rename_unit(tmp_path, new)
    forget_place()


@pytest.mark.requirement("C21")
def test_a_decision_and_the_timeline_keep_the_name_of_their_day(desk, rename):
    report = make_report(state=S.ACCEPTED)
    rename(NEW)
    pages, _officer = desk(Role.CASE_OFFICER)

    page = pages.get(f"/desk/reports/{report.reference}")

    assert OLD in page.text("section strong")
    assert OLD in page.text(".moj-timeline")
    assert NEW not in page.text(".moj-timeline")
    assert NEW in page.text("dl.govuk-summary-list")


@pytest.mark.requirement("C21")
def test_what_happens_after_a_rename_has_the_new_name(desk, rename):
    rename(NEW)
    report = make_report()
    route_report(RouteReport(report.reference, OWN, "按职责"), actor=make_clerk())
    pages, _officer = desk(Role.CASE_OFFICER)

    page = pages.get(f"/desk/reports/{report.reference}")

    assert NEW in page.text("section strong")
    assert OLD not in page.text("main")


@pytest.mark.requirement("C21")
def test_a_unit_that_is_no_more_is_still_called_by_its_name(rename, app):
    version = rename("")

    names = find_unit_names(db.session(), {OWN})

    assert names.in_version(OWN, version).zh == OLD
    assert names.in_version("NOBODY@1", version).zh == "NOBODY@1"


def test_all_names_of_all_units_take_one_statement(rename, counted):
    rename(NEW)
    current_place()

    with counted() as statements:
        names = find_unit_names(db.session(), {OWN, "TRIAGE@000000", "POLICE@320412"})
    with counted() as none:
        find_unit_names(db.session(), set())
        find_unit_names(db.session(), {OWN})

    assert (len(statements), len(none)) == (1, 0)
    assert [one.name.zh for one in names.named[OWN]] == [OLD, NEW]


def test_a_report_with_a_former_region_shows_its_name_and_is_seen_from_what_it_became(desk):
    report = make_report(state=S.ROUTED, columns={"region": "320483"})
    pages, _head = desk(Role.SUPERVISOR, department="SUPERVISION@320400", region="320412")

    page = pages.get(f"/desk/reports/{report.reference}")

    assert page.status == 200
    assert "江苏省常州市武进市" in page.text("main")
