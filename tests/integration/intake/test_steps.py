"""The report in steps: one thing on a page, nothing typed lost, nothing kept that should go."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.evidence.models import Evidence
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.visits import LIFETIME, Visit, VisitPurpose
from portal.intake.models import ContactMode, Report, ReporterIdentity, ReportFile
from portal.intake.queries import content_of
from tests.factories.evidence import picture
from tests.pages import Pages

FORM = "[novalidate]"
LINK_ONLY = "child_abuse.material"


def only_report() -> Report:
    return db.session.scalars(select(Report)).one()


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def photo(name: str = "stall.jpg"):
    return (io.BytesIO(picture()), name)


@pytest.mark.requirement("U26")
def test_a_reporter_goes_through_the_steps_and_gets_a_receipt(both, walk, send):
    page = send(both, walk(both))

    assert (page.path, page.status) == ("/report/receipt", 200)
    report = only_report()
    assert page.text("dl").count(report.reference) == 1
    assert (report.chosen_category, report.chosen_region) == ("piracy.av_physical", "320412")
    content = content_of(report)
    assert (content.place, content.urls) == ("示例路口", ("www.example.com/a",))
    assert report.contact_mode is ContactMode.ANONYMOUS


def test_every_step_says_where_one_is_and_offers_the_way_out_and_back(both, walk):
    seen = []
    for until in ("where", "story", "addresses", "files", "who", "wishes", "check"):
        page = walk(both, f"/report/{until}")
        seen.append(page.text(".sl-progress__count"))
        assert page.has(".govuk-exit-this-page")
        assert page.has(".govuk-back-link")
        assert page.has("form[action=/report/discard]")

    assert [line.count(str(number)) for number, line in enumerate(seen, start=2)] == [1] * 6 + [2]


def test_nothing_of_a_draft_is_in_an_address_or_readable_in_the_database(pages, walk):
    page = walk(pages, who={"contact_mode": "named"}, contact={"name": "李例", "phone": "139"})

    assert "?" not in page.path
    [visit] = db.session.scalars(select(Visit))
    for word in ("李例", "139", "示例路口", "piracy"):
        assert word.encode() not in visit.state
    cookie = pages.client.get_cookie("draft")
    assert cookie is not None
    assert cookie.value.encode() not in visit.id_hash + visit.state


def test_the_form_asks_for_an_answer_before_it_goes_on(english, walk):
    asked = {
        "/report": ["Choose what it is about, or that you are not sure"],
        "/report/where": ["Choose where it is, or that you do not know"],
        "/report/story": ["Tell us what happened, in your own words"],
        "/report/who": ["Choose how you want to report"],
        "/report/contact": [
            "Enter the name you want to be known by",
            "Enter a telephone number or an e-mail address",
        ],
    }

    for path, problems in asked.items():
        page = walk(english, path, who={"contact_mode": "named"})
        empty = {name: None for name in page.fields(FORM) if name != "csrf_token"}
        refused = english.post(page, empty, form=FORM)
        assert (refused.path, refused.problems()) == (path, problems)
        for link in refused.find(".govuk-error-summary a"):
            assert refused.has(link["href"])


def test_what_was_typed_stays_when_a_step_is_refused(english, walk):
    page = walk(english, "/report/addresses")

    refused = english.post(page, {"urls": "www.example.com\nnot an address"}, form=FORM)

    assert refused.problems() == [
        "Line 2 is not an address. An address looks like www.example.com/page"
    ]
    assert refused.fields(FORM)["urls"] == "www.example.com\nnot an address"


@pytest.mark.requirement("U26")
def test_a_refused_step_is_a_page_of_its_own_so_that_back_and_reload_send_nothing(english, walk):
    page = walk(english, "/report/addresses")

    answer = english.post(page, {"urls": "not an address"}, form=FORM, follow=False)
    assert (answer.status, answer.response.location) == (303, "/report/addresses")
    told = english.get("/report/addresses")
    assert told.status == 200
    assert told.text("title").startswith("Error: ")
    assert told.has("#urls[aria-describedby]")

    reloaded = english.get("/report/addresses")
    assert reloaded.problems() == []
    assert reloaded.fields(FORM)["urls"] == "not an address"
    assert not reloaded.text("title").startswith("Error: ")
    english.post(reloaded, {"urls": "www.example.com"}, form=FORM)
    assert english.get("/report/addresses").fields(FORM)["urls"] == "www.example.com"


def test_what_was_refused_is_neither_sent_nor_readable_and_goes_with_the_name(pages, walk):
    page = walk(pages, "/report/contact", who={"contact_mode": "named"})

    pages.post(page, {"name": "李例", "phone": ""}, form=FORM)
    [visit] = db.session.scalars(select(Visit))
    assert "李例".encode() not in visit.state
    pages.post(pages.get("/report/who"), {"contact_mode": "anonymous"}, form=FORM)
    pages.post(pages.get("/report/who"), {"contact_mode": "named"}, form=FORM)

    assert pages.get("/report/contact").fields(FORM)["name"] == ""


def test_more_than_is_kept_comes_back_on_the_page_itself(pages, walk):
    page = walk(pages, "/report/story")
    text = "长" * 100_001

    refused = pages.post(page, {"narrative": text}, form=FORM)

    assert refused.status == 422
    assert text in refused.response.text


def test_without_a_draft_the_first_step_answers_with_its_own_page(both):
    refused = both.post(both.get("/report"), {}, form=FORM)

    assert (refused.status, len(refused.problems()), count(Visit)) == (422, 1, 0)


def test_the_answers_are_there_again_when_somebody_goes_back(pages, walk):
    walk(pages, who={"contact_mode": "confidential"}, contact={"name": "李例", "email": "a@b.cn"})

    assert pages.get("/report").fields(FORM)["subject"] == "piracy.av_physical"
    assert pages.get("/report/where").fields(FORM)["region_typed"] == "320412"
    assert pages.get("/report/addresses").fields(FORM)["urls"] == "www.example.com/a"
    assert pages.get("/report/who").fields(FORM)["contact_mode"] == "confidential"
    assert pages.get("/report/contact").fields(FORM)["name"] == "李例"


def test_a_change_from_the_check_leads_back_to_the_check(pages, walk):
    check = walk(pages)
    change = next(link for link in check.find("dl a") if link["href"] == "/report/story")

    page = pages.post(pages.get(change["href"]), {"narrative": "写得更清楚一些"}, form=FORM)

    assert page.path == "/report/check"
    assert "写得更清楚一些" in page.text("dl")


def test_a_step_that_is_not_reached_yet_leads_to_the_one_that_is(pages, walk):
    walk(pages, "/report/story")

    assert pages.get("/report/check").path == "/report/story"
    assert pages.get("/report/contact").path == "/report/story"


# --- What it is about ---------------------------------------------------------------------------


def test_every_category_on_offer_is_there_with_a_hint_and_not_sure_is_a_good_answer(both, walk):
    page = both.get("/report")

    values = [one["value"] for one in page.find("input[name=subject]")]
    assert len(values) == len(set(values)) > 15
    assert values[-1] == "unsure"
    assert "other.out_of_scope" not in values
    assert all(one.get("aria-describedby") for one in page.find("input[name=subject]"))
    assert len(page.find("h2.sl-group")) > 5


def test_not_sure_is_sent_as_no_category(pages, walk, send):
    send(pages, walk(pages, report={"subject": "unsure"}))

    assert only_report().chosen_category is None


def test_a_stopper_sends_people_to_the_right_place_and_lets_them_go_on(both):
    page = both.post(both.get("/report"), {"subject": "venue.gambling_machine"})

    assert page.path == "/report/before-you-go-on"
    assert "110" in page.text("strong")
    assert "/report/where" in page.links()
    assert "/report" in page.links()


def test_the_stopper_page_without_a_stopper_goes_on(pages, walk):
    walk(pages, "/report/where")

    assert pages.get("/report/before-you-go-on").path == "/report/where"


# --- Where --------------------------------------------------------------------------------------


def test_several_places_of_one_name_are_all_shown_with_their_whole_path(pages, walk, send):
    page = walk(pages, "/report/where")

    several = pages.post(page, {"where": "place", "region_typed": "鼓楼区"}, form=FORM)

    offered = {one["value"] for one in several.find("input[name=region]")}
    assert offered == {"320106", "320302", "350102", "410204"}
    assert "江苏省徐州市鼓楼区" in several.text("main")
    assert pages.post(several, {"region": "320302"}, form=FORM).path == "/report/story"
    send(pages, walk(pages, where={"region_typed": "鼓楼区", "region": "320302"}))
    assert only_report().chosen_region == "320302"


def test_a_place_that_nobody_knows_is_refused_kindly(english, walk):
    page = walk(english, "/report/where")

    refused = english.post(page, {"where": "place", "region_typed": "xyzzy"}, form=FORM)

    assert refused.problems() == [
        "We found no place of that name. Try the county or the city above it."
    ]


@pytest.mark.requirement("C4")
def test_a_place_without_an_address_is_described_with_the_time_of_day(pages, walk, send):
    described = {
        "where": "place",
        "region_typed": "",
        "place": "地铁口天桥下的推车",
        "when": "工作日晚上六点以后",
    }

    send(pages, walk(pages, where=described))

    content = content_of(only_report())
    assert (content.place, content.when) == ("地铁口天桥下的推车", "工作日晚上六点以后")


def test_on_the_net_and_unknown_are_good_answers(pages, walk, send):
    send(pages, walk(pages, where={"where": "online", "site": "某某小说网", "place": "前面填的"}))

    report = only_report()
    assert report.chosen_region is None
    assert content_of(report).place == "某某小说网"
    assert pages.get("/report").status == 200


# --- Files --------------------------------------------------------------------------------------


def test_files_are_kept_at_once_and_can_be_taken_back(pages, walk, send):
    page = walk(pages, "/report/files")
    page = pages.post(page, {"files": [photo("a.jpg"), photo("b.jpg")], "add": "1"}, form=FORM)
    assert page.path == "/report/files"
    assert page.text(".sl-files").count(".jpg") == 4  # a name, and the name on its button

    page = remove_first(pages, page)

    assert "a.jpg" not in page.text(".sl-files")
    assert count(Evidence) == 1
    send(pages, walk(pages))
    assert count(ReportFile) == 1


def remove_first(pages: Pages, page):
    form = page.find("form[action=/report/files/remove]")[0]
    fields = {one.get("name"): one.get("value") for one in form.node.iter("input")}
    pages.client.post("/report/files/remove", data=fields)
    return pages.get("/report/files")


@pytest.mark.requirement("T03")
def test_no_page_shows_the_id_of_a_file(pages, walk):
    page = pages.post(walk(pages, "/report/files"), {"files": photo(), "add": "1"}, form=FORM)

    [evidence] = db.session.scalars(select(Evidence))
    assert evidence.id.hex not in page.response.text.replace("-", "")


def test_limits_are_said_before_and_every_refusal_names_its_file(english, walk):
    page = walk(english, "/report/files")
    assert f"At most {settings().max_files} files" in page.text("main")

    bad = [(io.BytesIO(b"MZ\x90\x00" * 50), "game.exe"), (io.BytesIO(b""), "empty.jpg"), photo()]
    refused = english.post(page, {"files": bad}, form=FORM)

    assert refused.path == "/report/files"
    said = refused.text(".govuk-error-message") + " ".join(refused.problems())
    assert "game.exe" in said


def test_of_several_files_the_good_ones_stay_when_others_are_refused(pages, walk, send):
    page = walk(pages, "/report/files")
    bad = [(io.BytesIO(b"MZ\x90\x00" * 50), "game.exe"), photo("good.jpg")]

    refused = pages.post(page, {"files": bad}, form=FORM)

    assert "good.jpg" in refused.text(".sl-files")
    assert "game.exe" not in refused.text(".sl-files")
    send(pages, walk(pages))
    assert count(ReportFile) == 1


def test_files_of_a_draft_that_is_gone_are_not_kept_when_others_are_refused(pages, walk):
    page = walk(pages, "/report/files")
    pages.client.delete_cookie("draft")
    bad = [(io.BytesIO(b"MZ\x90\x00" * 50), "game.exe"), photo()]

    refused = pages.post(page, {"files": bad}, form=FORM)

    assert (refused.status, count(Evidence)) == (422, 0)


@pytest.mark.requirement("F21")
def test_a_link_only_category_has_no_file_field_says_why_and_goes_on(both, send):
    both.post(both.get("/report"), {"subject": LINK_ONLY})

    page = both.post(both.get("/report/where"), {"where": "online"}, form=FORM)
    assert not page.has("#narrative-hint")
    said = page.text("main")
    assert "不要复制" in said or "do not copy it" in said
    page = both.post(page, {"narrative": ""}, form=FORM)
    assert both.post(page, {"urls": ""}, form=FORM).problems()
    page = both.post(page, {"urls": "example.com/x"}, form=FORM)

    assert page.path == "/report/files"
    assert not page.has("input[type=file]")
    assert page.has(".govuk-warning-text")
    page = both.post(page, {}, form=FORM)
    page = both.post(page, {"contact_mode": "anonymous"}, form=FORM)
    send(both, both.post(page, {}, form=FORM))
    report = only_report()
    assert (report.category, report.restricted) == (LINK_ONLY, True)


@pytest.mark.requirement("F21")
def test_files_go_at_once_when_the_category_turns_out_to_be_link_only(pages, walk):
    pages.post(walk(pages, "/report/files"), {"files": photo()}, form=FORM)
    assert count(Evidence) == 1

    pages.post(pages.get("/report"), {"subject": LINK_ONLY}, form=FORM)

    assert count(Evidence) == 0


# --- Who ----------------------------------------------------------------------------------------


def test_turning_anonymous_at_the_end_sends_no_identity(pages, walk, send):
    walk(pages, who={"contact_mode": "named"}, contact={"name": "李例", "phone": "139"})

    page = pages.post(pages.get("/report/who"), {"contact_mode": "anonymous"}, form=FORM)

    assert page.path == "/report/check"
    assert "李例" not in page.text("main")
    send(pages, page)
    assert count(ReporterIdentity) == 0


def test_a_name_is_sealed_and_the_fields_given_are_known(pages, walk, send):
    send(
        pages, walk(pages, who={"contact_mode": "named"}, contact={"name": "李例", "phone": "139"})
    )

    identity = db.session.scalars(select(ReporterIdentity)).one()
    assert identity.fields == ["name", "phone"]
    assert "李例".encode() not in identity.body


def test_a_reward_is_offered_only_where_there_is_one(pages, walk):
    with_reward = walk(pages, "/report/wishes")
    assert with_reward.has("input[name=wants_reward]")

    pages.post(pages.get("/report"), {"subject": "complaint.staff"}, form=FORM)

    assert not pages.get("/report/wishes").has("input[name=wants_reward]")


# --- Sending, resending, leaving ----------------------------------------------------------------


@pytest.mark.requirement("T58")
def test_a_second_press_of_the_button_leads_to_the_same_receipt(pages, walk, send):
    check = walk(pages)

    first, second = send(pages, check), send(pages, check)

    assert first.text(".sl-code__code") == second.text(".sl-code__code") != ""
    assert count(Report) == 1


@pytest.mark.requirement("T58")
def test_whose_first_answer_was_lost_on_the_way_gets_the_receipt_by_pressing_again(
    pages, walk, send
):
    check = walk(pages)
    first = send(pages, check).text(".sl-code__code")
    pages.client.delete_cookie("receipt")

    assert send(pages, check).text(".sl-code__code") == first


def test_a_draft_that_was_sent_keeps_nothing_and_a_new_report_can_begin(pages, walk, send):
    send(pages, walk(pages))

    assert pages.get("/report/story").path == "/report"
    page = pages.get("/report")
    assert "subject" not in page.fields(FORM)
    assert pages.post(page, {"subject": "piracy.print"}, form=FORM).path == "/report/where"


@pytest.mark.requirement("U20")
def test_a_form_that_is_filled_faster_than_anybody_reads_is_asked_to_look_again(
    english, walk, send
):
    check = walk(english)

    hasty = english.post(check, {}, form=FORM)

    assert "faster than anybody reads" in hasty.problems()[0]
    assert send(english, hasty).path == "/report/receipt"


@pytest.mark.requirement("U20")
def test_a_program_that_fills_every_field_is_told_which_to_leave_empty(english, walk, send):
    check = walk(english)

    refused = send(english, check, website="http://spam.example")

    assert "Leave this field empty" in refused.problems()[0]
    assert count(Report) == 0
    assert send(english, refused, website="").path == "/report/receipt"


def test_a_draft_ends_kindly_after_four_hours(english, walk):
    walk(english, "/report/files")

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=4, minutes=1)):
        page = english.get("/report/files")

    assert page.path == "/report"
    assert "deleted after 4 hours" in page.text(".govuk-notification-banner")


def test_what_is_typed_into_a_draft_that_has_ended_is_not_thrown_away(pages, walk):
    page = walk(pages, "/report/story")

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5)):
        page = pages.post(page, {"narrative": "写了很久的一大段话"}, form=FORM)
        assert page.path == "/report"
        assert page.has(".govuk-notification-banner")
        pages.post(page, {"subject": "piracy.print"}, form=FORM)
        pages.post(pages.get("/report/where"), {"where": "unknown"}, form=FORM)
        assert pages.get("/report/story").fields(FORM)["narrative"] == "写了很久的一大段话"


def test_a_draft_does_not_live_for_ever_however_often_it_is_saved(pages, walk):
    start = datetime.now(UTC)
    page = walk(pages, "/report/story")
    for hours in range(3, 25, 3):
        with time_machine.travel(start + timedelta(hours=hours)):
            pages.post(page, {"narrative": "还在写"}, form=FORM)

    with time_machine.travel(start + timedelta(hours=24, minutes=1)):
        assert pages.get("/report/story").path == "/report"


def test_deleting_what_was_typed_deletes_it_and_its_files(pages, walk):
    page = pages.post(walk(pages, "/report/files"), {"files": photo()}, form=FORM)

    page = pages.post(page, form="form[action=/report/discard]")

    assert page.path == "/report"
    assert page.has(".govuk-notification-banner--success")
    assert (count(Visit), count(Evidence)) == (0, 0)
    assert pages.get("/report/story").path == "/report"


@pytest.mark.requirement("T03")
def test_another_browser_finds_no_draft(app, pages, walk):
    walk(pages)

    assert Pages(app).get("/report/check").path == "/report"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_former_name_leads_to_the_region_of_today_and_the_check_says_so(app, walk, language):
    where = {"where": "place", "region_typed": "武进市"}

    check = walk(Pages(app, language), where=where)

    assert {"zh-Hans": "武进区（原武进市）", "en": "(formerly Wujin City)"}[language] in check.text(
        "dl"
    )


def test_a_former_region_that_was_divided_asks_which_part_is_meant(english, walk):
    page = walk(english, "/report/where")

    asked = english.post(page, {"where": "place", "region_typed": "江干区"}, form=FORM)

    assert [one["value"] for one in asked.find("[name=region]")] == ["330102", "330114"]
    assert asked.text("main").count("(formerly Jianggan District)") == 2


@pytest.mark.parametrize("path", ["/report", "/accessibility"])
def test_pages_say_how_long_a_draft_waits_as_it_does(both, path):
    hours = LIFETIME[VisitPurpose.DRAFT] // timedelta(hours=1)

    said = set(re.findall(r"(\d+) ?(?:hours|小时)", both.get(path).text("main")))

    assert said == {str(hours)}
