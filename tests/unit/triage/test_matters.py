"""What two things said near each other speak for, and what is, or is not, the same matter."""

import pytest

from portal.triage.rules.facts import Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from tests.unit.triage.samples import place_of


def outcome(text, earlier=None, **sent):
    return triage(
        Submission(narrative=text, **sent), place_of("cn-culture"), earlier or Remembered()
    )


def after(first, second, **sent):
    """What becomes of `second` when `first` was reported before."""
    earlier = Remembered()
    earlier.add("FIRST", outcome(first))
    return outcome(second, earlier, **sent)


def test_two_things_near_each_other_make_a_category_and_are_told():
    result = outcome("溧阳市一个农家院，每到半夜就听见里面在折页，堆得到处都是。")

    told = " ".join(line.sentence.zh for line in result.explanation)
    assert result.category == "piracy.production"
    assert "制作的地方和制作的活" in told


def test_the_same_two_things_far_apart_say_nothing():
    apart = "。这一段说的是别的事情" * 12

    assert outcome(f"农家院{apart}折页").category == "other.unclear"


def test_a_quarrel_about_money_is_no_gambling_machine():
    result = outcome("我在健身房办了年卡，店搬走了，说好退的钱一直不退，上分的积分也没了。")

    assert (result.category, result.action) == ("other.out_of_scope", "refer_external")
    assert "consumer_dispute" in result.flags


def test_a_name_is_recognised_when_the_second_reporter_leaves_the_quotes_out():
    result = after("武进区“蓝月亮数码”卖盗版软件。", "武进区蓝月亮数码又在卖盗版软件。")

    assert result.duplicate_of == "FIRST"


def test_what_was_only_guessed_is_not_kept_for_comparing():
    assert not any("蓝月亮" in key for key in outcome("武进区蓝月亮数码卖盗版软件。").keys)


@pytest.mark.parametrize("kind", ["rightsholder_complaint", "counter_notice"])
def test_a_right_holder_and_who_answers_have_a_file_of_their_own(kind):
    text = "盗版课程《示例》在 https://site.example/a/1 下载。"

    result = after(text, text, kind=kind)

    assert (result.duplicate_of, result.related_to) == (None, ("FIRST",))


def test_a_whole_site_is_one_matter_and_a_platform_is_not():
    site = "网站 pirate-site.example 全是盗版电影。"
    platform = "在 taobao.com 网站上有人卖盗版电影{}。"

    assert after(site, "pirate-site.example这个站还在放盗版电影").duplicate_of == "FIRST"
    assert after(platform.format("甲"), platform.format("，老片新片都有，乙")).duplicate_of is None


def test_an_account_is_something_to_go_by_and_the_reporters_own_is_not():
    theirs = "有人卖盗版课程，QQ号 a123456 发货。"

    assert "account:a123456" in outcome(theirs).keys
    assert "account:a123456" not in outcome("有人卖盗版课程，我的QQ号 a123456 。").keys


def test_the_third_stall_is_one_stall():
    assert "multi_venue" not in outcome("武进区夜市第三个摊位卖盗版碟。").flags
    assert "multi_venue" in outcome("武进区夜市三个摊位卖盗版碟。").flags


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("郑州管城区有家书店卖盗版书。", "410104"),
        ("公司在石家庄桥西区，卖盗版书。", "130104"),
        ("乌镇景区门口卖盗版碟。", "330483"),
        ("凤凰古城有人卖盗版碟。", "433123"),
    ],
)
def test_a_place_is_found_by_what_people_call_it(text, region):
    assert outcome(text).region == region


def test_two_districts_of_one_name_are_never_settled_by_the_depth_of_a_table():
    result = outcome("通州的书店卖盗版小说。通州区博雅书屋。")

    assert result.region is None
    assert set(result.region_candidates) == {"110112", "320612"}


def test_what_came_by_post_belongs_where_it_was_sent():
    text = "我在毕节七星关区，网上买了字典是盗版，发货地是廊坊文安县。"

    assert outcome(text).region == "131026"
