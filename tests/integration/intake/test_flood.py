"""A flood of the whole site: work or a little patience for each, a lock for nobody."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from itertools import count as numbers

import pytest
import time_machine
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.infra import proof
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.proof import BITS, new_challenge, spend
from portal.infra.uow import unit_of_work
from portal.intake.flood import ProofNeeded
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.operations.metrics import metrics_text
from tests.factories.evidence import picture
from tests.factories.intake import submit
from tests.pages import Pages

PATH = "/report/one-page"
ROOM = 2


@pytest.fixture
def flooded(app, monkeypatch):
    """A site that takes two reports in ten minutes before it asks for a proof, and has them."""
    monkeypatch.setenv("SUNLINE_SUBMISSIONS_BEFORE_PROOF", str(ROOM))
    settings.cache_clear()
    for number in range(ROOM):
        submit(network=f"network {number}")
    yield app
    monkeypatch.undo()
    settings.cache_clear()


def solved(challenge: str) -> str:
    """What the browser does (static/js/start.js)."""
    texts = (f"{challenge}.{number}" for number in numbers())
    return next(
        text
        for text in texts
        if int.from_bytes(hashlib.sha256(text.encode()).digest()) >> (256 - BITS) == 0
    )


@pytest.fixture
def easy(monkeypatch):
    """A proof that a test finds at once; the number of bits is no part of the rule."""
    monkeypatch.setattr(proof, "BITS", 6)
    monkeypatch.setattr("tests.integration.intake.test_flood.BITS", 6)


def reports() -> int:
    return db.session.scalar(select(func.count()).select_from(Report)) or 0


@pytest.mark.requirement("U20")
@pytest.mark.requirement("T27")
def test_beyond_what_is_usual_a_report_is_asked_for_a_proof_and_the_alarm_sounds_once(flooded):
    for _ in range(3):
        with pytest.raises(ProofNeeded):
            submit(network="another")

    alarms = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "site.ask-proof")
    ).all()
    assert reports() == ROOM
    assert [alarm.details for alarm in alarms] == [{"kind": "site-submissions"}]
    assert b'sunline_proof_asked{kind="site-submissions"} 1.0' in metrics_text(db.session())


@pytest.mark.requirement("T27")
def test_whoever_is_in_danger_is_never_asked(flooded):
    submit(network="another", category="child_abuse.material", urls=["example.com"])

    assert reports() == ROOM + 1


def test_a_second_press_of_the_same_button_needs_no_proof(flooded):
    token = b"sixteen bytes ok"
    with unit_of_work(Actor.public()) as uow:
        challenge = new_challenge(uow.now - timedelta(seconds=21))
    first = submit(network="another", token=token, proof=challenge)

    second = submit(network="another", token=token)

    assert (second.reference, second.repeated) == (first.reference, True)


def test_what_the_browser_solved_counts_at_once_and_only_once(flooded, easy):
    answer = solved(new_challenge(datetime.now(UTC)))
    submit(network="another", proof=answer)

    with pytest.raises(ProofNeeded):
        submit(network="another", proof=answer)

    assert reports() == ROOM + 1


def test_waiting_counts_like_work_but_not_for_ever_from_one_network(app, easy):
    old = datetime.now(UTC) - timedelta(seconds=21)

    with unit_of_work(Actor.public()) as uow:
        waited = [spend(uow, new_challenge(old), "one") for _ in range(31)]
        elsewhere = spend(uow, new_challenge(old), "other")
        worked = spend(uow, solved(new_challenge(uow.now)), "one")

    assert waited == [True] * 30 + [False]
    assert elsewhere
    assert worked


@pytest.mark.parametrize(
    "forged",
    [
        lambda _challenge: "",
        lambda _challenge: "x" * 5000,
        lambda _challenge: "．．．",
        lambda _challenge: "1.2.3",
        lambda challenge: challenge.replace(".", ".0", 1),
        lambda challenge: "1" + challenge,
        lambda challenge: f"{challenge}.wrong",
        lambda challenge: f"{challenge}.1.2",
    ],
)
def test_what_is_no_challenge_of_ours_or_not_solved_counts_for_nothing(app, forged):
    fresh = new_challenge(datetime.now(UTC))

    with unit_of_work(Actor.public()) as uow:
        assert not spend(uow, fresh, "network")
        assert not spend(uow, forged(fresh), "network")


def test_a_challenge_is_old_after_two_hours(app):
    with unit_of_work(Actor.public()) as uow:
        assert not spend(uow, new_challenge(uow.now - timedelta(hours=3)), "network")


@pytest.mark.requirement("U20")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_without_a_script_one_waits_and_presses_again_and_nothing_typed_is_lost(flooded, language):
    browser = Pages(flooded, language)
    page = browser.get(PATH)
    assert not page.has("input[name=proof]")

    page = browser.post(page, {"narrative": "示例路口有人卖盗版光盘"})
    assert (page.status, page.response.headers["Retry-After"]) == (429, "20")
    assert page.text("textarea[name=narrative]") == "示例路口有人卖盗版光盘"
    assert "20" in page.text(".govuk-error-summary")
    challenge = page.one("input[name=proof]")["value"]

    early = browser.post(page)
    assert (early.status, early.one("input[name=proof]")["value"]) == (429, challenge)

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=21), tick=False):
        assert browser.post(early).path == "/report/receipt"
    assert reports() == ROOM + 1


def test_the_script_sends_a_form_that_lacked_nothing_else_and_only_once(flooded):
    browser = Pages(flooded)
    page = browser.get(PATH)

    first = browser.post(page, {"narrative": "示例路口有人卖盗版光盘"})
    second = browser.post(first)

    assert first.has("input[data-sends]")
    assert first.has("[data-sending]")
    assert (second.status, second.has("input[data-sends]")) == (429, False)


def test_the_script_sends_nothing_whose_files_would_be_left_behind(flooded):
    browser = Pages(flooded)
    page = browser.get(PATH)
    files = (io.BytesIO(picture()), "stall.jpg")

    refused = browser.post(page, {"narrative": "示例路口有人卖盗版光盘", "files": files})

    assert (refused.status, refused.has("input[data-sends]")) == (429, False)


def test_in_the_next_ten_minutes_nobody_is_asked_again(flooded):
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        submit(network="another")

    assert reports() == ROOM + 1
