"""Files from a second host name: one address, one file, once, within a minute, and no session."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine

from portal.evidence.models import CustodyAct
from portal.infra.config import settings
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from tests.factories.accounts import enter_desk, make_account
from tests.factories.evidence import photo_that_tells
from tests.factories.intake import make_report
from tests.integration.casework.test_files import acts, enclose
from tests.pages import Pages

ORIGIN = "https://files.example.org"
HERE = {"base_url": ORIGIN}
DESK = "CULTURE_ENF@320412"


@pytest.fixture
def apart(app, monkeypatch):
    """An officer at the desk of an installation that has a host of its own for files."""
    pages = Pages(app)
    enter_desk(pages, make_account(Role.CASE_OFFICER, department=DESK, region="320412"))
    monkeypatch.setenv("SUNLINE_FILES_ORIGIN", ORIGIN)
    settings.cache_clear()
    yield pages
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def enclosed():
    """The address of a report's file on the desk, and its id."""
    report = make_report(state=ReportState.ROUTED)
    evidence_id = enclose(report)
    return f"/desk/reports/{report.reference}/files/{evidence_id}", evidence_id


def fetch(app, location: str):
    """Fetch an address as a browser without any cookie does."""
    return app.test_client().get(urlsplit(location).path, **HERE)


@pytest.mark.requirement("T17")
@pytest.mark.parametrize("what", ["preview", "rendition"])
def test_a_file_is_fetched_from_its_own_origin_without_a_session_and_inert(
    app, apart, enclosed, what
):
    desk, _ = enclosed

    led = apart.client.get(f"{desk}/{what}")
    answer = fetch(app, led.location)

    assert (led.status_code, led.location.startswith(f"{ORIGIN}/files/")) == (303, True)
    assert (answer.status_code, answer.data[:2]) == (200, b"\xff\xd8")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


def test_an_original_is_led_to_after_its_reason_was_kept(app, apart, enclosed):
    desk, evidence_id = enclosed
    page = apart.get(f"{desk}/original")
    fields = page.fields() | {"reason": "核对拍摄时间和地点"}

    led = apart.client.post(f"{desk}/original", data=fields)

    assert CustodyAct.OPENED_ORIGINAL in acts(evidence_id)
    assert fetch(app, led.location).data == photo_that_tells()


@pytest.mark.requirement("T17")
def test_an_address_opens_its_file_once_and_for_a_minute(app, apart, enclosed):
    desk, _ = enclosed
    used, late = (apart.client.get(f"{desk}/rendition").location for _ in range(2))
    assert fetch(app, used).status_code == 200

    again = fetch(app, used)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=62)):
        too_late = fetch(app, late)

    assert (again.status_code, too_late.status_code) == (404, 404)


@pytest.mark.parametrize(
    "forge",
    [
        lambda path: path[:-1] + ("0" if path[-1] != "0" else "1"),
        lambda path: path.replace(".rendition.", ".original."),
        lambda _path: "/files/x",
        lambda _path: "/files/．．．",
        lambda _path: "/files/....",
    ],
)
def test_an_address_that_we_did_not_sign_opens_nothing(app, apart, enclosed, forge):
    desk, _ = enclosed
    path = urlsplit(apart.client.get(f"{desk}/rendition").location).path

    assert app.test_client().get(forge(path), **HERE).status_code == 404
    assert app.test_client().get(path, **HERE).status_code == 200


@pytest.mark.requirement("T17")
def test_nothing_but_files_answers_there_and_no_file_answers_here(app, apart, enclosed):
    desk, _ = enclosed
    path = urlsplit(apart.client.get(f"{desk}/rendition").location).path

    there = [app.test_client().get(one, **HERE).status_code for one in ("/", "/desk", "/track")]

    assert there == [404] * 3
    assert apart.client.get(path).status_code == 404


def test_without_a_second_host_a_file_has_no_address_of_its_own(app, enclosed):
    assert app.test_client().get("/files/x").status_code == 404


def test_the_policy_of_the_desk_lets_pictures_come_from_there(apart):
    policy = apart.client.get("/desk").headers["Content-Security-Policy"]

    assert f"img-src 'self' {ORIGIN};" in policy
    assert f"form-action 'self' {ORIGIN};" in policy
