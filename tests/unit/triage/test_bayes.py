"""What corrections teach: it can be explained, forgotten and counted, and keeps nobody's words."""

from datetime import UTC, datetime

from portal.triage.rules.bayes import (
    LEAST_REPORTS,
    Measured,
    Model,
    grams_of,
    measure,
    suggest,
    train,
)
from portal.triage.suggestions import Learnt

BOOKS = [f"第{n}家书店出售盗版教材，纸张很薄" for n in "甲乙丙丁戊"]
DISCS = [f"第{n}个摊位出售盗版光盘，包装粗糙" for n in "甲乙丙丁戊"]
SAMPLES = [(text, "piracy.print") for text in BOOKS] + [(text, "piracy.av") for text in DISCS]


def test_it_learns_and_says_what_it_goes_by():
    found = suggest(train(SAMPLES), "学校旁边的书店卖教材")

    assert found is not None
    assert found.category == "piracy.print"
    assert found.confidence > 0.5
    assert any("教材" in term or "书店" in term for term in found.terms)
    assert all(term in "学校旁边的书店卖教材" for term in found.terms)


def test_words_that_fewer_than_three_reports_have_are_not_kept():
    rare = [("王小明的独家秘密教材", "piracy.print"), ("王小明的独家秘密书店", "piracy.print")]

    kept = train([*SAMPLES, *rare]).grams

    assert all(sum(counts.values()) >= LEAST_REPORTS for counts in kept.values())
    assert not any("小明" in gram or "独家" in gram for gram in kept)


def test_a_word_said_often_in_one_report_counts_once():
    often = ("暗号暗号暗号暗号暗号", "piracy.print")

    assert "暗号" not in train([*SAMPLES, often]).grams


def test_no_number_is_learnt():
    text = "电话13800000001，车牌A12345，店铺shop2026出售"

    assert not any(char.isdigit() for gram in grams_of(text) for char in gram)


def test_what_is_taken_out_of_the_samples_leaves_the_model():
    secret = [(f"{text}，暗号蓝鲸", "piracy.print") for text in BOOKS[:3]]

    before, after = train([*SAMPLES, *secret]), train(SAMPLES)

    assert "蓝鲸" in before.grams
    assert "蓝鲸" not in after.grams


def test_the_same_samples_in_any_order_make_the_same_model():
    one, other = train(SAMPLES), train(list(reversed(SAMPLES)))

    assert one == other
    assert list(one.grams) == list(other.grams)
    assert suggest(one, BOOKS[0]) == suggest(other, BOOKS[0])


def test_both_scripts_are_one():
    found = suggest(train(SAMPLES), "書店賣盜版教材")

    assert found is not None
    assert found.category == "piracy.print"


def test_it_says_nothing_about_what_it_has_never_met():
    assert suggest(train(SAMPLES), "qqq") is None
    assert suggest(train([]), BOOKS[0]) is None
    assert suggest(train(SAMPLES[:5]), BOOKS[0]) is None  # one category is no choice


def test_a_category_with_two_reports_is_not_suggested():
    few = [("网吧接纳未成年人", "minors.venue")] * 2

    found = suggest(train([*SAMPLES, *few]), "网吧接纳未成年人出售")

    assert found is None or found.category != "minors.venue"


def test_it_is_measured_on_what_it_has_not_seen():
    model = train(SAMPLES)
    held_back = [("又一家书店出售盗版教材", "piracy.print"), ("光盘", "piracy.print")]

    measured = {one.category: one for one in measure(model, held_back)}

    assert (measured["piracy.print"].tested, measured["piracy.print"].right) == (2, 1)
    assert measured["piracy.print"].corrections == len(BOOKS) + 2
    assert measured["piracy.av"].tested == 0


def test_saying_nothing_is_no_wrong_suggestion():
    of_one_kind = train(SAMPLES[: len(BOOKS)])

    [silent] = measure(of_one_kind, [("又一家书店出售盗版教材", "piracy.print")])
    [wrong] = [
        one
        for one in measure(train(SAMPLES), [("盗版光盘摊位，包装粗糙", "piracy.print")])
        if one.tested
    ]

    assert (silent.tested, silent.suggested, silent.right) == (1, 0, 0)
    assert (wrong.tested, wrong.suggested, wrong.right) == (1, 1, 0)


def test_what_was_measured_before_suggestions_were_counted_has_no_count():
    before = {"category": "piracy.print", "corrections": 9, "tested": 3, "right": 2}

    learnt = Learnt(1, datetime.now(UTC), (Measured(**before), Measured("minors", 9, 3, 2, 3)))

    assert learnt.suggested is None


def test_what_is_stored_comes_back_the_same():
    model = train(SAMPLES)

    assert Model.from_json(model.as_json()) == model
