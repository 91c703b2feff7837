"""A category's own questions, from the form of the public to the desk."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake import queries as reports
from portal.intake.answers import answers_to
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction import queries
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken
from tests.factories.accounts import enter_desk, make_account
from tests.factories.intake import DEPARTMENT, make_report, submit
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
FORM = "[novalidate]"
ENTRY = "/desk/reports/new"
BOOKS = {"subject": "piracy.print"}


def only_report() -> Report:
    return db.session.scalars(select(Report)).one()


def answers() -> dict[str, str]:
    return {one.code: one.answer.zh for one in reports.content_of(only_report()).answers}


@pytest.mark.requirement("C7")
def test_the_steps_ask_the_questions_of_the_category_and_show_the_answers_to_be_checked(
    both, walk, send
):
    page = walk(both, "/report/story", report=BOOKS)
    for code in ("book_seller", "book_publisher", "book_quantity", "book_course"):
        assert page.has(f"[name=q_{code}]")

    story = {
        "narrative": "培训机构发的书纸很薄",
        "q_book_seller": "training",
        "q_book_quantity": "120",
        "q_book_course": "三年级数学",
    }
    check = walk(both, report=BOOKS, story=story)
    assert "三年级数学" in check.text("dl")
    send(both, check)

    assert answers() == {
        "book_seller": "培训机构",
        "book_quantity": "120",
        "book_course": "三年级数学",
    }
    assert b"\xe6\x95\xb0\xe5\xad\xa6" not in (only_report().content or b"")


def test_a_category_without_questions_asks_none(pages, walk):
    page = walk(pages, "/report/story")

    assert not [name for name in page.fields(FORM) if name.startswith("q_")]


def test_what_was_answered_is_there_again_and_a_wrong_answer_is_refused(english, walk):
    page = walk(english, "/report/story", report=BOOKS)

    refused = english.post(
        page,
        {"narrative": "Thin paper", "q_book_quantity": "many", "q_book_course": "maths"},
        form=FORM,
    )
    assert refused.problems() == ["About how many copies?: enter a whole number, like 25"]
    assert refused.fields(FORM)["q_book_course"] == "maths"
    below = english.post(refused, {"q_book_quantity": "-1"}, form=FORM)
    assert below.problems() == ["Enter a number that is not below zero"]

    english.post(below, {"q_book_quantity": "12"}, form=FORM)
    again = english.get("/report/story").fields(FORM)
    assert (again["q_book_quantity"], again["q_book_course"]) == ("12", "maths")


def test_the_page_with_everything_asks_each_category_in_a_group_and_reads_the_chosen_one(both):
    page = both.get("/report/one-page")
    assert len(page.find("main details")) == 3

    both.post(
        page,
        {
            "category": "import.unlawful",
            "narrative": "有人带货进来",
            "q_import_origin": "示例国",
            "q_import_way": "parcel",
            "q_book_course": "数学",
        },
    )

    assert answers() == {"import_origin": "示例国", "import_way": "快递或者邮包"}


def test_the_page_with_everything_works_without_any_answer(pages):
    pages.post(
        pages.get("/report/one-page"), {"category": "piracy.print", "narrative": "有人卖盗版书"}
    )

    assert answers() == {}


def test_a_question_that_needs_an_answer_is_not_passed_over_by_any_way():
    with pytest.raises(RuleBroken) as refused:
        submit(category="press.impersonation")

    assert refused.value.code == "category-needs-an-answer"


@pytest.mark.requirement("C22")
@pytest.mark.parametrize("offered", [False, True])
def test_extortion_under_a_press_card_is_offered_where_the_place_takes_it_and_asks_for_the_act(
    both, known_place, offered
):
    place = current_place()
    known = dict(place.categories)
    known["press.impersonation"] = replace(known["press.impersonation"], offered=offered)
    queries._kept.place = replace(place, categories=known)  # noqa: SLF001
    choice = "[name=subject][value='press.impersonation']"

    assert both.get("/report").has(choice) is offered
    if offered:
        before = both.post(both.get("/report"), {"subject": "press.impersonation"}, form=FORM)
        assert "110" in before.text("main strong")
        page = both.post(both.get("/report/where"), {"where": "online"}, form=FORM)
        for code in ("claimed_by", "card_shown", "asked_for", "paid"):
            assert page.has(f"[name=q_{code}]")
    else:
        refused = both.post(both.get("/report"), {"subject": "press.impersonation"}, form=FORM)
        assert refused.status == 422


@pytest.mark.requirement("C4")
def test_staff_ask_the_same_and_the_desk_reads_question_and_answer(app):
    pages = Pages(app, "zh-Hans")
    account = make_account(Role.SUPERVISOR, department="SUPERVISION@000000", region="000000")
    enter_desk(pages, account)
    page = pages.get(ENTRY)
    assert len(page.find("main details")) == 3

    pages.post(
        page,
        {
            "channel": "telephone",
            "category": "licence.unlicensed_vendor",
            "narrative": "校门口有人摆摊卖书",
            "q_vendor_time": "放学以后四点到六点",
            "q_vendor_spot": "moving",
        },
        form="main form[novalidate]",
    )

    assert answers()["vendor_time"] == "放学以后四点到六点"
    desk = pages.get(f"/desk/reports/{only_report().reference}")
    assert desk.status == 200
    assert "什么时候出摊？" in desk.text("main")
    assert "放学以后四点到六点" in desk.text("main")


def test_answers_are_found_by_a_search(app):
    category = current_place().categories["piracy.print"]
    said = answers_to(category, {"book_publisher": "金丝雀出版社", "book_seller": "training"})
    report = make_report(state=ReportState.ROUTED, answers=said, indexed=True)
    pages = Pages(app, "zh-Hans")
    account = make_account(Role.CASE_OFFICER, department=DEPARTMENT, region="320412")
    enter_desk(pages, account)

    page = pages.post(pages.get("/desk/search"), {"q": "金丝雀出版社"})

    assert [link.text for link in page.find("tbody th a")] == [report.reference]
