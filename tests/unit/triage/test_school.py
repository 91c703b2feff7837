"""Near a school: by the stated distance first, by the words where none is stated."""

from dataclasses import replace

import pytest

from portal.triage.rules.facts import Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from tests.unit.triage.samples import place_of


def outcome(text, pack="cn-culture", **settings):
    place = replace(place_of(pack), **settings)
    return triage(Submission(narrative=text), place, Remembered())


def codes(result):
    return [line.code for line in result.explanation if line.code.startswith("school.")]


@pytest.mark.requirement("C2")
@pytest.mark.parametrize(
    "text",
    [
        "网吧离中学大门只有一百二十米，中午全是学生。",
        "书摊离学校约150米，卖盗版教辅。",
        "距育英小学两百米的文具店卖血腥卡片。",
        "学校往东0.1公里有个黑网吧。",
    ],
)
def test_a_stated_distance_within_the_limit_is_near(text):
    result = outcome(text)

    assert "near_school" in result.flags
    assert codes(result) == ["school.within"]


@pytest.mark.requirement("C2")
@pytest.mark.parametrize(
    "text",
    [
        "书摊离学校大概八百米，卖盗版教辅。",
        "学校对面往南1.5公里有个网吧。",
        "距小学三百五十米的网吧。",
        "距小学三百五米的网吧。",
    ],
)
def test_a_stated_distance_beyond_the_limit_is_not_near_and_it_says_why(text):
    result = outcome(text)

    assert "near_school" not in result.flags
    assert codes(result) == ["school.beyond"]


@pytest.mark.requirement("C2")
def test_words_alone_are_enough_where_no_distance_is_stated():
    result = outcome("小学门口的小店卖盗版漫画。")

    assert "near_school" in result.flags
    assert codes(result) == ["school.beside"]


def test_yards_are_compared_as_metres():
    near = outcome("A stall 200 yards from the school gate sells pirated DVDs.", "en-ipo")
    far = outcome("A stall 300 yards from the school gate sells pirated DVDs.", "en-ipo")

    assert ("near_school" in near.flags, "near_school" in far.flags) == (True, False)


@pytest.mark.parametrize(
    "text",
    ["书店在人民路，店面宽5米，卖盗版书。", "一个初中生说书店进深20米，卖盗版书。"],
)
def test_a_length_that_is_no_distance_to_a_school_says_nothing(text):
    result = outcome(text)

    assert "near_school" not in result.flags
    assert codes(result) == []


@pytest.mark.requirement("C2")
def test_the_limit_is_that_of_the_pack_and_nought_tags_nothing():
    text = "书摊离学校约150米，卖盗版教辅。"

    assert "near_school" not in outcome(text, school_distance=100).flags
    assert codes(outcome(text, school_distance=0)) == []
    assert "near_school" in outcome(text, school_distance=150).flags


def test_the_explanation_names_the_limit_and_not_what_the_text_says():
    line = next(one for one in outcome("书摊离学校约137米。").explanation if "school" in one.code)

    assert "200" in line.sentence.zh
    assert "137" not in line.sentence.zh + line.sentence.en
