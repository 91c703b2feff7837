"""The empty one-page form is rendered once and still belongs to one visitor only."""

from tests.pages import Pages


def tokens(page) -> tuple[str, str]:
    fields = page.fields()
    return fields["csrf_token"], fields["submission_token"]


def test_two_visitors_get_tokens_of_their_own(app):
    first, second = Pages(app).get("/report/one-page"), Pages(app).get("/report/one-page")

    assert not set(tokens(first)) & set(tokens(second))


def test_a_kept_page_is_kept_for_each_language(app):
    chinese = Pages(app, language="zh-Hans").get("/report/one-page")
    english = Pages(app, language="en").get("/report/one-page")

    assert chinese.text("h1") != english.text("h1")
    assert Pages(app, language="zh-Hans").get("/report/one-page").text("h1") == chinese.text("h1")


def test_the_form_of_a_kept_page_can_be_sent(app):
    Pages(app).get("/report/one-page")
    pages = Pages(app)
    page = pages.get("/report/one-page")

    receipt = pages.post(
        page, {"narrative": "武进区湖塘镇有人卖盗版光盘", "contact_mode": "anonymous"}
    )

    assert receipt.status == 200
    assert "SL-" in receipt.text("main")
