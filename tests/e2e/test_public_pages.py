"""Every other page that anybody can open, in both languages, as it is and refused."""

import pytest

from tests.e2e import people

pytestmark = pytest.mark.timeout(300, method="thread")

PLAIN = (
    "/",
    "/about",
    "/protection",
    "/accessibility",
    "/rights-holders",
    "/report",
    "/report/one-page",
    "/track",
    "/track/report",
    "/desk/sign-in",
    "/desk/start",
    "/no-such-page",
)
FORMS = ("/report", "/report/one-page", "/track", "/desk/sign-in", "/desk/start")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_page_is_accessible_as_it_is_and_when_it_refuses(enter, language):
    with enter(language) as anybody:
        for address in PLAIN:
            anybody.open(address)
        for address in FORMS:
            anybody.open(address)
            anybody.submit()

            assert anybody.page.locator(".govuk-error-summary").is_visible()
            assert anybody.page.evaluate("document.activeElement.className").startswith(
                "govuk-error-summary"
            )


def test_a_language_is_chosen_by_link_and_stays(enter):
    with enter("zh-CN") as anybody:
        anybody.open("/track")
        anybody.page.locator("a[hreflang=en]").click()
        anybody.page.wait_for_url("**/track")

        assert anybody.text("h1") == "Follow a report"
        anybody.open("/")
        assert anybody.page.locator("html").get_attribute("lang") == "en"


def test_every_step_refuses_what_is_missing_and_keeps_what_was_typed(enter):
    with enter("zh-CN") as reporter:
        reporter.open("/report")
        reporter.submit({"subject": "piracy.print"})
        for fields in ({"where": "place"}, {"where": "online", "site": "示例书店"}):
            reporter.submit(fields)
        reporter.submit({"narrative": ""})
        assert reporter.page.locator(".govuk-error-summary").is_visible()
        reporter.submit({"narrative": "卖盗版书"})
        reporter.submit({"urls": "不是网址"})
        assert reporter.page.locator("[name=urls]").input_value() == "不是网址"
        reporter.submit({"urls": "www.example.com/shop"})
        reporter.submit()
        reporter.submit({"contact_mode": "named"})
        reporter.submit({"name": "甲某某"})
        assert reporter.page.locator("[name=name]").input_value() == "甲某某"
        reporter.submit({"phone": "13800000000"})
        reporter.submit()
        assert "www.example.com/shop" in reporter.text()

        people.go_back(reporter)

        reporter.press("form[action$='/discard'] button")
        assert reporter.path == "/report"


def test_back_from_the_receipt_over_a_refused_page_fetches_the_form_anew(enter):
    with enter("zh-CN") as reporter:
        reporter.open("/report/one-page")
        reporter.submit()
        assert reporter.page.locator(".govuk-error-summary").is_visible()
        reporter.submit({"category": "piracy.print", "narrative": "卖盗版书"})
        assert reporter.path == "/report/receipt"

        people.go_back(reporter)

        assert reporter.path == "/report/one-page"
        assert not reporter.page.locator(".govuk-error-summary").count()


@pytest.mark.requirement("U26")
@pytest.mark.parametrize(
    ("language", "scripts"),
    [("zh-CN", True), ("en", False)],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_back_and_forward_over_a_refused_step_ask_nothing_and_lose_nothing(
    enter, language, scripts
):
    with enter(language, scripts=scripts) as reporter:
        reporter.open("/report")
        reporter.submit({"subject": "piracy.print"})
        reporter.submit({"where": "unknown"})
        reporter.submit({"narrative": "卖盗版书"})
        reporter.submit({"urls": "不是网址"})
        assert reporter.page.locator(".govuk-error-summary").is_visible()
        reporter.submit({"urls": "www.example.com/shop"})
        assert reporter.path == "/report/files"

        seen = ["/report/files"]
        while seen[-1] != "/report/story":
            people.go_back(reporter)
            seen.append(reporter.path)
            assert not reporter.page.locator(".govuk-error-summary").count()
        assert set(seen) == {"/report/files", "/report/addresses", "/report/story"}
        assert reporter.page.locator("[name=narrative]").input_value() == "卖盗版书"

        # Over plain HTTP the browser fills in what was typed at each of its own entries.
        for path in reversed(seen[1:-1]):
            people.go_forward(reporter)
            assert reporter.path == path
            assert not reporter.page.locator(".govuk-error-summary").count()
        assert reporter.page.locator("[name=urls]").input_value() == "www.example.com/shop"
        reporter.page.reload()
        reporter.arrive()
        reporter.submit()
        assert reporter.path == "/report/files"
