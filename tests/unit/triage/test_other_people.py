"""Personal data of people who are not concerned, and what else a report can say of people."""

from datetime import UTC, datetime

import pytest

from portal.triage.rules.facts import Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from tests.factories.packs import shipped

CN, EN = "cn_culture_market", "en_ip_office"
SHOP = "武进区湖塘镇常乐路8号音像店卖盗版碟。"
STALL = "A stall at the market in Leeds sells pirated DVDs. "
MOMENT = datetime(2026, 11, 16, 9, tzinfo=UTC)


def result(text, pack=CN, before=None, **more):
    sent = Submission(narrative=text, received_at=MOMENT, **more)
    return triage(sent, shipped(pack), before or Remembered())


@pytest.mark.parametrize(
    ("pack", "text"),
    [
        (CN, SHOP + "邻居赵婶也买过，她电话13900000044。"),
        (CN, SHOP + "我同学住在凤凰小区3栋2单元，他亲眼看见的。"),
        (EN, STALL + "My neighbour bought one too, her number is 07700 900321."),
    ],
)
def test_data_of_somebody_who_is_not_concerned_are_to_be_blacked_out(pack, text):
    found = result(text, pack)

    assert "third_party_personal_data" in found.flags
    assert "flags.other_people" in {line.code for line in found.explanation}


@pytest.mark.parametrize(
    ("pack", "text"),
    [
        (CN, SHOP + "老板电话13900000044。"),
        (CN, SHOP + "我是附近的邻居，我的电话13900000044。"),
        (CN, SHOP + "邻居也都知道。"),
        (EN, STALL + "Ask for Daz on 07700 900321."),
        (EN, STALL + "My number is 07700 900321, my neighbour knows too."),
    ],
)
def test_the_number_of_a_seller_or_of_the_reporter_is_nobody_elses(pack, text):
    assert "third_party_personal_data" not in result(text, pack).flags


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("下个月5号晚上有演出，没有批文。", "2026-12-05"),
        ("十二月二十五号有演出，没有批文。", "2026-12-25"),
        ("明晚有演出，没有批文。", "2026-11-17"),
        ("后天有演出，没有批文。", "2026-11-18"),
    ],
)
def test_a_day_that_is_told_in_words_is_a_day(text, day):
    assert f"event_date:{day}" in result(f"武进区大剧院，{text}").flags


def test_a_day_that_is_none_is_none():
    assert not any("event_date" in flag for flag in result("说明天天都有演出，本月0号。").flags)


def test_a_page_of_a_site_that_was_reported_as_a_whole_is_the_same_matter_and_not_the_reverse():
    site, page = (
        "网站 https://xsz.example 全站都是盗版小说。",
        "https://xsz.example/b/7 是盗版小说，没有授权。",
    )
    before = Remembered()
    before.add("A", result(site))
    after = Remembered()
    after.add("A", result(page))

    assert result(page, before=before).duplicate_of == "A"
    wide = result(site, before=after)
    assert (wide.duplicate_of, wide.related_to) == (None, ("A",))


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("每周三凌晨有车来拉。", True),
        ("每天半夜有车来拉。", True),
        ("每天九点开门。", False),
        ("工作日照常营业。", False),
        ("我每天路过都看到。", False),
    ],
)
def test_when_a_shop_is_open_is_no_pattern_of_time(text, raised):
    assert ("time_pattern" in result(SHOP + text).flags) is raised


def test_a_number_that_is_called_an_identity_number_is_one_even_with_a_slip():
    found = result(SHOP + "我的身份证号410103199001011234。")

    assert "redact_before_transfer" in found.flags
