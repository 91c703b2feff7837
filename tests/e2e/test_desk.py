"""The desk in a browser: its keys, its pages for every role, and files that stay inert."""

import pytest

from tests.e2e import people
from tests.e2e.people import CHINESE
from tests.e2e.visitor import FORM
from tests.factories.evidence import document_that_tells

pytestmark = pytest.mark.timeout(300, method="thread")

FOCUSED = "document.activeElement.textContent.trim()"


def test_the_keys_move_through_a_list_search_and_open(enter, installation):
    with enter("en") as clerk:
        people.enter_desk(clerk, installation, "clerk")
        clerk.open("/desk/reports")
        rows = clerk.page.locator("[data-row] th a").all_inner_texts()
        press, focused = clerk.page.keyboard.press, lambda: clerk.page.evaluate(FOCUSED)

        press("j")
        assert focused() == rows[0]
        press("j")
        assert focused() == rows[1]
        press("k")
        assert focused() == rows[0]
        press("/")
        press("j")
        assert clerk.page.locator("[data-search]").input_value() == "j"
        clerk.page.locator("h1").click()
        press("?")
        assert clerk.page.locator("dialog[data-keys]").get_attribute("open") is not None
        press("j")
        press("Escape")
        assert clerk.page.locator("dialog[data-keys]").get_attribute("open") is None
        press("j")
        press("x")
        assert clerk.page.locator("input[data-pick]").first.is_checked()
        press("x")
        assert not clerk.page.locator("input[data-pick]").first.is_checked()
        with clerk.page.expect_navigation():
            press("o")
        assert clerk.path == f"/desk/reports/{rows[0]}"


@pytest.mark.parametrize(
    ("name", "language"),
    [("supervisor", "zh-CN"), ("supervisor", "en"), ("admin", "en"), ("custodian-r", "zh-CN")],
)
def test_every_page_that_a_role_is_offered_opens_and_is_accessible(
    enter, installation, name, language
):
    with enter(language) as member:
        people.enter_desk(member, installation, name)
        links = member.page.locator("nav a[href^='/desk']")
        offered = {link.get_attribute("href") for link in links.all()}

        for address in sorted(filter(None, offered)):
            member.open(address)

            assert member.text("h1")


@pytest.mark.requirement("T17")
def test_a_document_with_a_script_is_only_ever_downloaded(enter, installation, tmp_path):
    paper = tmp_path / "合同.pdf"
    paper.write_bytes(document_that_tells())
    page = {"name": "页面.jpg", "mimeType": "image/jpeg", "buffer": b"<html><script>alert(1)"}
    with enter("zh-CN") as reporter, enter("zh-CN") as officer:
        reporter.open("/report/one-page")
        story = {"category": "piracy.av_physical", "narrative": CHINESE.narrative}
        place = {"region": people.DISTRICT, "place": CHINESE.place}
        reporter.submit({**story, **place, "files": page})
        assert reporter.page.locator(".govuk-error-summary").is_visible()
        assert reporter.page.locator("[name=narrative]").input_value() == CHINESE.narrative
        reporter.submit({"files": str(paper)})
        receipt = people.read_receipt(reporter)

        people.enter_desk(officer, installation, "officer")
        people.await_routing(installation, receipt)
        people.open_report(officer, receipt)
        officer.follow("/original")
        officer.fill("reason", "核对原件与打印件是否一致")
        with officer.page.expect_download() as coming:
            officer.page.locator(f"{FORM} button[type=submit]").click()

        assert coming.value.suggested_filename.endswith(".pdf")
        assert officer.path.endswith("/original")
