"""Answers to a category's own questions, and what becomes of them when the category changes."""

from datetime import UTC, datetime

import pytest

from portal.intake.answers import Answer, answers_to, unanswered
from portal.intake.content import Content
from portal.intake.draft import Draft, FormStep
from portal.jurisdiction.tables import QuestionKind, Text
from tests.factories.packs import shipped

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module", params=["cn_culture_market", "en_ip_office"])
def place(request):
    return shipped(request.param)


def codes(place, category):
    return [question.code for question in place.categories[category].questions]


@pytest.mark.requirement("C7")
def test_teaching_material_is_asked_for_publisher_quantity_course_and_who_uses_it(place):
    asked = codes(place, "piracy.print")

    assert asked == ["book_seller", "book_publisher", "book_quantity", "book_course"]
    seller = place.categories["piracy.print"].questions[0]
    assert "training" in {choice.code for choice in seller.choices}
    assert "培训机构" in {choice.text.zh for choice in seller.choices}


@pytest.mark.requirement("C4")
def test_an_unlicensed_seller_is_asked_for_the_time_of_day_and_may_have_no_address(place):
    asked = place.categories["licence.unlicensed_vendor"].questions

    assert asked[0].code == "vendor_time"
    assert "moving" in {choice.code for choice in asked[1].choices}
    assert not any(question.required for question in asked)


@pytest.mark.requirement("B30")
def test_unlawful_import_is_asked_where_from_how_and_how_much(place):
    assert codes(place, "import.unlawful") == [
        "import_origin",
        "import_way",
        "import_quantity",
        "import_papers",
    ]


@pytest.mark.requirement("C22")
def test_extortion_under_a_press_card_is_off_and_asks_for_the_act_and_not_for_views(place):
    category = place.categories["press.impersonation"]
    asked = {question.code: question for question in category.questions}

    assert not category.offered
    assert asked["claimed_by"].required
    assert asked["asked_for"].required
    said = " ".join(q.text.en + q.text.zh for q in category.questions).lower()
    assert not [word for word in ("opinion", "view", "think", "观点", "看法") if word in said]


def test_questions_are_in_both_languages(place):
    for category in place.categories.values():
        for question in category.questions:
            texts = [question.text, *(choice.text for choice in question.choices)]
            assert all(text.zh and text.en and text.zh != text.en for text in texts)
            assert (question.kind is QuestionKind.CHOICE) == bool(question.choices)


def test_an_answer_keeps_the_question_and_the_words_of_the_choice(place):
    category = place.categories["import.unlawful"]
    replies = {"import_way": "parcel", "import_quantity": "40", "import_papers": "no", "x": "y"}

    way, quantity, papers = answers_to(category, replies)

    assert way.question == category.questions[1].text
    assert way.answer.en == "By courier or parcel post"
    assert quantity.words == "40"
    assert papers.words == "否 No"


@pytest.mark.parametrize(
    "replies", [{"import_way": "teleport"}, {"import_papers": "maybe"}, {"import_origin": ""}, {}]
)
def test_what_a_question_does_not_offer_is_no_answer(place, replies):
    assert answers_to(place.categories["import.unlawful"], replies) == ()


def test_not_being_sure_asks_nothing(place):
    assert answers_to(None, {"import_way": "parcel"}) == ()
    assert unanswered(None, set()) == ()
    assert unanswered(place.categories["press.impersonation"], {"claimed_by"}) == ("asked_for",)


def test_a_content_without_answers_is_committed_to_as_before_there_were_any():
    answer = Answer("x", Text("问", "Asked"), Text("答", "Said"))

    assert b"answers" not in Content("words").canonical()
    assert b"Said" in Content("words", answers=(answer,)).canonical()


def test_an_answer_is_not_in_what_is_logged_of_it():
    answer = Answer("x", Text("问", "Asked"), Text("秘密", "secret"))

    assert "secret" not in repr(answer)
    assert "secret" not in repr(Content("words", answers=(answer,)))


def answered_draft(category):
    draft = Draft.new(NOW).about(category, asks=True)
    draft = draft.answer(FormStep.WHERE).answer(FormStep.STORY, replies={"book_course": "数学"})
    return draft.answer(FormStep.ADDRESSES)


def test_another_category_with_questions_has_the_story_asked_again():
    changed = answered_draft("piracy.print").about("import.unlawful", asks=True)

    assert changed.first_open is FormStep.STORY
    assert changed.replies == {}


def test_another_category_without_questions_forgets_the_replies_and_goes_on():
    changed = answered_draft("piracy.print").about("", asks=False)

    assert (changed.first_open, changed.replies) == (FormStep.FILES, {})


def test_the_same_category_again_keeps_everything():
    draft = answered_draft("piracy.print")

    assert draft.about("piracy.print", asks=True) == draft


def test_replies_are_kept_with_the_draft():
    draft = answered_draft("piracy.print")

    assert Draft.from_state(draft.to_state()) == draft
    older = {name: value for name, value in draft.to_state().items() if name != "replies"}
    assert Draft.from_state(older).replies == {}
