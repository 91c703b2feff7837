"""The whole report on one page, also for programs that only know its fields."""

import io
import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from portal.infra.database import db
from portal.intake.models import ContactMode, Report, ReporterIdentity
from portal.intake.queries import content_of
from tests.factories.evidence import picture
from tests.factories.intake import make_report
from tests.integration.counting import counted

PATH = "/report/one-page"
FIELDS = {
    *("category", "narrative", "place", "region", "urls", "files", "contact_mode"),
    *("name", "phone", "email", "wants_feedback", "wants_reward", "wish"),
}
HIDDEN = re.compile(r'<input[^>]*name="(csrf_token|submission_token)"[^>]*value="([^"]*)"')


def only_report() -> Report:
    return db.session.scalars(select(Report)).one()


def test_the_form_is_the_first_of_the_page_and_has_the_promised_fields(both):
    page = both.get(PATH)

    form = page.find("form")[0]
    assert form["method"] == "post"
    names = {one.get("name") for one in form.node.iter("input", "select", "textarea")}
    own = {name for name in names if name.startswith("q_")}
    assert names - own == {*FIELDS, "csrf_token", "submission_token", "website"}


def test_a_plain_client_that_sends_the_hidden_fields_and_a_story_is_accepted(app):
    client = app.test_client()
    hidden = dict(HIDDEN.findall(client.get(PATH).text))
    assert set(hidden) == {"csrf_token", "submission_token"}

    sent = {"category": "piracy.print", "narrative": "卖盗版书", "contact_mode": "anonymous"}
    answer = client.post(PATH, data={**hidden, **sent})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/report/receipt")
    report = only_report()
    assert (report.chosen_category, report.wants_feedback) == ("piracy.print", False)
    assert client.get("/report/receipt").status_code == 200


def test_everything_that_can_be_said_arrives(both):
    page = both.post(
        both.get(PATH),
        {
            "category": "piracy.online",
            "narrative": "第一行\r\n第二行",
            "place": "示例路口",
            "region": "武进区",
            "urls": "www.example.com/a\r\n\r\nwww.example.com/a\r\nhxxp://example[.]org",
            "files": [(io.BytesIO(picture()), "a.jpg")],
            "contact_mode": "named",
            "name": "李例",
            "email": "li@example.com",
            "wants_reward": "y",
        },
    )

    assert page.path == "/report/receipt"
    report = only_report()
    content = content_of(report)
    assert content.narrative == "第一行\n第二行"
    assert content.urls == ("www.example.com/a", "hxxp://example[.]org")
    assert len(content.file_hashes) == 1
    assert (report.chosen_region, report.contact_mode) == ("320412", ContactMode.NAMED)
    assert (report.wants_feedback, report.wants_reward) == (True, True)


def test_a_name_typed_by_somebody_who_stays_anonymous_is_not_kept(pages):
    pages.post(pages.get(PATH), {"narrative": "有人卖盗版", "name": "李例", "phone": "139"})

    assert db.session.scalar(select(func.count()).select_from(ReporterIdentity)) == 0


def test_an_empty_form_says_what_is_missing_and_keeps_the_rest(english):
    page = english.post(english.get(PATH), {"place": "Example Road", "contact_mode": "named"})

    assert page.status == 422
    assert page.problems() == [
        "Tell us what happened, in your own words",
        "Enter the name you want to be known by",
        "Enter a telephone number or an e-mail address",
    ]
    assert page.fields()["place"] == "Example Road"


def test_a_name_of_several_places_asks_for_the_code(english):
    page = english.post(english.get(PATH), {"narrative": "pirated discs", "region": "鼓楼区"})

    assert "(320302)" in page.problems()[0]


@pytest.mark.requirement("F21")
def test_files_for_a_link_only_category_are_refused_and_addresses_alone_are_enough(english):
    form = english.get(PATH)
    sent = {"category": "child_abuse.material", "urls": "www.example.com/x"}

    refused = english.post(form, {**sent, "files": [(io.BytesIO(picture()), "a.jpg")]})

    assert "even having them can be a crime" in refused.problems()[0]
    assert english.post(refused, sent).path == "/report/receipt"


@pytest.mark.requirement("U20")
def test_the_empty_field_is_asked_for_in_words_when_it_was_filled(english):
    page = english.post(english.get(PATH), {"narrative": "pirated discs", "website": "x"})

    assert page.status == 422
    assert "Leave this field empty" in page.problems()[0]
    assert not page.has(".govuk-visually-hidden input[name=website]")


@pytest.mark.requirement("T58")
def test_the_same_form_sent_twice_is_one_report_with_one_receipt(pages):
    form = pages.get(PATH)

    first = pages.post(form, {"narrative": "有人卖盗版"}).text(".sl-code__code")
    second = pages.post(form, {"narrative": "有人卖盗版"}).text(".sl-code__code")

    assert first == second != ""
    assert only_report()


@pytest.mark.requirement("T58")
def test_the_same_form_with_other_words_says_kindly_that_it_was_sent(both):
    form = both.get(PATH)
    both.post(form, {"narrative": "有人卖盗版"})

    page = both.post(form, {"narrative": "完全是另一回事"})

    assert page.status == 422
    assert "/report/receipt" in page.links()
    assert content_of(only_report()).narrative == "有人卖盗版"


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [5, 300])
def test_a_report_costs_ten_statements_whatever_is_stored_already(app, stored):
    make_report()
    one = db.session.scalars(select(Report)).one()
    db.session.execute(
        Report.__table__.insert(),
        [copy_of(one, number) for number in range(stored - 1)],
    )
    db.session.commit()
    client = app.test_client()
    client.get(PATH)

    with counted() as seen:
        hidden = dict(HIDDEN.findall(client.get(PATH).text))
        sent = {"category": "piracy.print", "narrative": "卖盗版书", "contact_mode": "anonymous"}
        assert client.post(PATH, data={**hidden, **sent}).status_code == 303

    assert len(seen) <= 10, "\n".join(seen)


def copy_of(report: Report, number: int) -> dict:
    row = {column.name: getattr(report, column.name) for column in Report.__table__.columns}
    return {**row, "id": uuid4(), "reference": f"SL-TEST-{number:04d}"}


def test_whoever_thinks_of_leaving_a_name_reads_who_could_open_it(both):
    page = both.get(PATH)

    assert "two people of different groups" in page.text() or "两个不同小组各出一人" in page.text()
