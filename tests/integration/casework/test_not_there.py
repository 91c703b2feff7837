"""Every page about a report: what a reader must not know of answers as if it were nowhere (U33)."""

from operator import itemgetter

import pytest

from portal.infra.uow import unit_of_work
from portal.intake.lead_models import ExclusionCause
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.triage.wall import exclude
from tests.addresses import addresses
from tests.factories.intake import make_report

pytestmark = pytest.mark.usefixtures("app")
CANARY = "金丝雀专用词"
NOWHERE = "SL-2026-0000-0000"
READERS = {
    "of another unit": (Role.CASE_OFFICER, "CULTURE_ENF@320402", "320402", False),
    "kept out": (Role.CASE_OFFICER, "CULTURE_ENF@320412", "320412", True),
    "supervisor kept out": (Role.SUPERVISOR, "SUPERVISION@320000", "320000", True),
    "administrator": (Role.ADMINISTRATOR, "CULTURE_ENF@320412", "320412", False),
}


@pytest.mark.requirement("U33")
@pytest.mark.requirement("F13")
@pytest.mark.parametrize("who", READERS)
def test_every_page_about_a_report_that_one_must_not_know_of_is_not_there(desk, who):
    role, department, region, kept_out = READERS[who]
    pages, reader = desk(role, department=department, region=region)
    report = make_report(state=ReportState.ACCEPTED, title=CANARY, narrative=CANARY)
    if kept_out:
        with unit_of_work(Actor.operator()) as uow:
            kept = uow.session.get_one(Report, report.id)
            exclude(uow, kept, {reader.id: ExclusionCause.DECLARED})

    said = _answers(pages, report)

    assert len(said) > 60
    assert {path: one for path, one in said.items() if len({*one}) != 1} == {}
    assert {status for one in said.values() for status, _leaks in one} <= {403, 404}
    assert not any(leaks for one in said.values() for _status, leaks in one)


def test_whoever_has_the_report_finds_it_on_the_same_pages(desk):
    pages, _reader = desk(Role.CASE_OFFICER, department="CULTURE_ENF@320412", region="320412")
    report = make_report(state=ReportState.ACCEPTED, title=CANARY, narrative=CANARY)

    said = _answers(pages, report)

    assert (200, True) in said["GET/desk/reports/*"]
    assert len([path for path, one in said.items() if len({*one}) != 1]) > 20


def _answers(pages, report):
    """What each page says of the report and of none: status, and whether its words stand there.

    All are read before anything is sent: what is sent may close the report to whoever sent it.
    """
    app = pages.client.application
    token = {"csrf_token": pages.get("/desk/account").find("[name=csrf_token]")[0]["value"]}
    said = {}
    for reference in (report.reference, NOWHERE):
        named = {"reference": reference, "other": NOWHERE, "code": "x", "kind": "x", "name": "x"}
        for method, path, parts in sorted(
            addresses(app, "/desk/reports/", named), key=itemgetter(0)
        ):
            if "reference" in parts:
                answer = pages.client.open(path, method=method, data=token)
                said.setdefault(method + path.replace(reference, "*"), []).append(
                    (answer.status_code, CANARY in answer.get_data(as_text=True))
                )
    return said
