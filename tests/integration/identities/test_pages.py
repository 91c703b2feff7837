"""The pages of an opening: asked, released, read once, told, and counted for everybody."""

from datetime import date

import pytest
from sqlalchemy import select, update

from portal.custody.models import Opening as OpeningRow
from portal.custody.sealing import CustodianGroup
from portal.custody.states import OpeningState
from portal.feedback.queries import get_tracking
from portal.identities.service import tell_of_openings
from portal.infra.database import db
from portal.intake.models import ContactMode
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import enter_desk, make_account
from tests.factories.custody import PASSPHRASE, make_custodian
from tests.integration.casework.conftest import counted as counted  # noqa: PLC0414  # a fixture
from tests.integration.feedback.reporter import Reporter
from tests.integration.identities.conftest import (
    BASIS,
    EMAIL,
    NAME,
    PHONE,
    REASON,
    Opening,
)
from tests.pages import Pages

ANSWERS = {"fields": ["phone"], "purpose": "witness", "reason": REASON, "basis": BASIS}


@pytest.fixture
def browser(app):
    """The desk as somebody sees it: `browser(account)`."""

    def enter(account, language="zh-Hans"):
        pages = Pages(app, language)
        enter_desk(pages, account)
        return pages

    return enter


@pytest.mark.requirement("F14")
@pytest.mark.requirement("U16")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_one_asks_another_releases_and_the_first_reads_it_once(opening, browser, language):
    asker, approver = browser(opening.asker, language), browser(opening.approver, language)
    report = asker.get(f"/desk/reports/{opening.report.reference}")
    address = f"/desk/identities/of/{opening.report.reference}"
    assert address in report.links()

    asked = asker.post(asker.get(address), ANSWERS)
    assert REASON in asked.text()
    assert BASIS in asked.text()
    waiting = approver.get("/desk/identities/waiting")
    assert asked.path in waiting.links()
    release = approver.get(f"{asked.path}/release")
    assert PHONE not in release.response.text
    released = approver.post(release, {"minutes": "30", "passphrase": PASSPHRASE})
    assert released.status == 200
    reading = asker.get(f"{asked.path}/read")
    shown = asker.post(reading, {"passphrase": PASSPHRASE})

    assert PHONE in shown.text()
    assert NAME not in shown.text()
    assert EMAIL not in shown.text()
    assert shown.response.headers["Cache-Control"] == "no-store"
    assert shown.response.headers["Refresh"] == f"300; url={asked.path}"
    again = asker.get(asked.path)
    assert PHONE not in again.response.text
    assert f"{asked.path}/read" not in again.links()
    assert asker.post(reading, {"passphrase": PASSPHRASE}).status == 409
    for pages, act in ((asker, "read"), (approver, "release"), (approver, "refuse")):
        assert not pages.get(f"{asked.path}/{act}").has("main form"), "nothing more to send"
    assert asked.path in asker.get("/desk/identities/asked").links()


@pytest.mark.requirement("F14")
@pytest.mark.requirement("U16")
@pytest.mark.parametrize(
    ("language", "never", "times"),
    [
        ("zh-Hans", "没有拆封过", ["共拆封 1 次", "共拆封 2 次"]),
        ("en", "have not been opened", ["have been opened 1 time.", "have been opened 2 times."]),
    ],
)
def test_the_reporters_page_says_how_often_their_name_was_opened_and_what_for(
    app, opening, language, never, times
):
    reporter = Reporter(app)
    reporter.send(
        ReportState.ACCEPTED, contact_mode=ContactMode.NAMED, identity=Identity(NAME, PHONE, EMAIL)
    )
    steps = Opening(reporter.report, opening.asker, opening.approver)
    page = reporter.come_back(language=language)
    assert never in page.text("main")

    for so_often in times:
        asked = steps.ask()
        steps.release(asked)
        steps.read(asked)
        assert so_often not in reporter.page().text("main")
        db.session.execute(update(OpeningRow).values(tell_on=date(2026, 1, 1)))
        db.session.commit()
        tell_of_openings(actor=Actor.system("clock"))

        said = reporter.page().text("main")
        assert so_often in said
        assert never not in said
    for staff in (opening.asker, opening.approver):
        assert staff.display_name not in said


def test_a_wrong_passphrase_brings_the_form_back_and_never_the_passphrase(opening, browser):
    opening_id = opening.ask()
    pages = browser(opening.approver, "en")

    form = pages.get(f"/desk/identities/{opening_id}/release")
    page = pages.post(form, {"minutes": "30", "passphrase": "a wrong passphrase"})

    assert page.status == 422
    assert page.problems() == ["The passphrase is not right."]
    assert "a wrong passphrase" not in page.response.text


@pytest.mark.requirement("U16")
@pytest.mark.parametrize("act", ["", "/release", "/refuse", "/read", "/hold"])
def test_a_request_of_others_is_not_there(opening, browser, act):
    opening_id = opening.ask()
    stranger = make_custodian(
        CustodianGroup.REQUESTERS, Role.CASE_OFFICER, department="CULTURE_ENF@320411"
    )

    answer = browser(stranger).get(f"/desk/identities/{opening_id}{act}")

    assert answer.status in {403, 404}
    assert REASON not in answer.response.text


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.SUPERVISOR])
def test_nobody_else_has_a_page_for_it(opening, browser, role):
    opening_id = opening.ask()
    pages = browser(make_account(role, department=opening.report.department_code))

    for path in ("asked", "waiting", "post", f"{opening_id}/read", f"{opening_id}/release"):
        assert pages.get(f"/desk/identities/{path}").status == 403
    assert pages.get(f"/desk/identities/{opening_id}").status == 404
    assert pages.get("/desk/custody").status == 403


def test_who_decides_refuses_with_a_reason_and_who_asked_takes_back(opening, browser):
    first = opening.ask()
    approver, asker = browser(opening.approver), browser(opening.asker)

    refused = approver.post(
        approver.get(f"/desk/identities/{first}/refuse"), {"reason": REASON * 2}
    )
    assert REASON * 2 in asker.get(f"/desk/identities/{first}").text()
    assert refused.status == 200
    second = opening.ask()
    asker.post(asker.get(f"/desk/identities/{second}"), form="main form[method=post]")

    assert db.session.get_one(OpeningRow, second).state is OpeningState.WITHDRAWN


def test_who_decides_has_the_reporter_told_later(opening, steps, browser):
    steps()
    opening_id = db.session.scalars(select(OpeningRow.id)).one()
    pages = browser(opening.approver, "en")
    form = pages.get(f"/desk/identities/{opening_id}/hold")

    assert pages.post(form, {"until": "2020-01-01", "reason": REASON}).status == 422
    row = db.session.get_one(OpeningRow, opening_id)
    later = row.tell_on.replace(day=28).isoformat()
    page = pages.post(form, {"until": later, "reason": REASON})

    assert page.status == 200
    assert REASON in page.text()


@pytest.mark.requirement("U16")
def test_everybody_reads_the_figures_and_no_small_one(opening, steps, app):
    steps()
    db.session.execute(update(OpeningRow).values(tell_on=None))

    page = Pages(app, "en").get("/openings")

    assert len(page.find("tbody tr")) == 8
    assert page.text("tbody").count("fewer than 5") == 8


def test_a_long_list_costs_as_much_as_a_short_one(opening, browser, counted):
    pages = browser(opening.approver)
    opening.ask()
    with counted() as few:
        pages.get("/desk/identities/waiting")
    for row in range(20):
        row = OpeningRow(  # noqa: PLW2901  # rows like the first
            subject_kind="reporter_identity",
            subject_id=opening.report.id,
            fields=["phone"],
            purpose="witness",
            words_key=None,
            words=None,
            asked_by=opening.asker.id,
            asked_person=opening.asker.person_id,
            asked_at=opening.report.received_at,
            ends_at=opening.report.received_at,
            state=OpeningState.LAPSED,
        )
        db.session.add(row)
    db.session.commit()

    with counted() as many:
        pages.get("/desk/identities/waiting")

    assert len(many) <= len(few)


def test_custodians_let_a_newcomer_in_and_take_the_keys_back_on_their_page(opening, browser):
    newcomer = make_account(Role.CUSTODIAN_A, display_name="New Person")
    pages = browser(newcomer, "en")
    pages.post(pages.get("/desk/custody/enrol"), {"passphrase": PASSPHRASE, "again": PASSPHRASE})

    for account, words in ((opening.asker, "Approve"), (opening.approver, "Let")):
        other = browser(account, "en")
        page = other.get("/desk/custody")
        [link] = [one for one in page.find("main a") if one.text.startswith(words)]
        done = other.post(other.get(link["href"]), {"passphrase": PASSPHRASE})
        assert done.status == 200

    page = pages.get("/desk/custody")
    assert "New Person member" in page.text()
    changed = {"present": PASSPHRASE, "passphrase": f"{PASSPHRASE} 2", "again": f"{PASSPHRASE} 2"}
    assert pages.post(pages.get("/desk/custody/passphrase"), changed).status == 200
    wrong = {"passphrase": PASSPHRASE, "again": "not the same one"}
    other = browser(make_account(Role.CUSTODIAN_R), "en")
    assert other.post(other.get("/desk/custody/enrol"), wrong).status == 422


def test_the_post_is_opened_and_closed_on_its_page(opening, browser):
    pages = browser(opening.approver, "en")

    page = pages.post(pages.get("/desk/identities/post"), {"passphrase": PASSPHRASE})
    assert "open until" in page.text("dl")
    page = pages.post(page)
    assert "closed" in page.text("dl")


@pytest.mark.requirement("U16")
def test_the_notice_stands_on_the_reporters_page_only_once_it_is_due(opening, steps):
    steps()
    assert get_tracking(db.session(), opening.report.id).identity_openings == ()
    db.session.execute(update(OpeningRow).values(tell_on=opening.report.received_at.date()))
    db.session.commit()
    tell_of_openings(actor=Actor.system("clock"))

    [told] = get_tracking(db.session(), opening.report.id).identity_openings
    assert told.fields == ("phone",)
