"""Finding a region by what people type."""

from collections import Counter

import pytest

from portal.jurisdiction.history import day_in
from portal.jurisdiction.place import Level
from portal.jurisdiction.search import find_meant, search_regions
from tests.factories.packs import shipped


@pytest.fixture(scope="module")
def china():
    return shipped("cn_culture_market")


@pytest.fixture(scope="module")
def britain():
    return shipped("en_ip_office")


def codes(place, text, limit=20):
    return [match.code for match in search_regions(place, text, limit)]


@pytest.mark.parametrize(
    "text",
    [
        "武进区",
        "武进",
        "320412",
        "常州武进",
        "江苏省常州市武进区",
        "江苏省武进区",
        "Wujin District",
        "wujin",
        " 武 进 ",
        "３２０４１２",
        "武進區",
        "湖塘镇",
        "湖塘鎮",
    ],
)
def test_a_region_is_found_first_however_it_is_written(china, text):
    assert codes(china, text)[0] == "320412"


def test_two_places_of_one_name_are_both_returned_with_their_whole_paths(china):
    found = search_regions(china, "朝阳区", 2)

    assert [match.path.zh for match in found] == ["北京市朝阳区", "吉林省长春市朝阳区"]


def test_all_four_districts_of_one_name_come_before_anything_else(china):
    assert codes(china, "鼓楼区", 4) == ["320106", "320302", "350102", "410204"]


def test_a_township_of_several_counties_returns_each(china):
    assert {"410184", "350582"} <= set(codes(china, "龙湖镇"))


def test_a_township_is_named_in_the_path_it_was_found_by(china):
    match = search_regions(china, "稠江")[0]

    assert (match.code, match.township) == ("330782", "稠江街道")
    assert match.path.zh == "浙江省金华市义乌市稠江街道"
    assert match.path.en.endswith("(稠江街道)")


def test_a_township_comes_after_every_region_that_is_called_so(china):
    matches = search_regions(china, "新华", 100)
    by_township = [bool(match.township) for match in matches]

    assert set(by_township) == {True, False}
    assert by_township == sorted(by_township)


def test_the_wider_region_comes_first_among_equals(china):
    assert codes(china, "海南")[0] == "460000"


@pytest.mark.parametrize("text", ["", "   ", "，。", "不存在的地方", "\x00", "x" * 10_000])
def test_nothing_sensible_finds_nothing(china, text):
    assert codes(china, text) == []


def test_no_more_than_asked_for_is_returned(china):
    assert len(codes(china, "县", 7)) == 7


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Birmingham", "GB-BIR"),
        ("bham", "GB-BIR"),
        ("GB-SWA", "GB-SWA"),
        ("selly oak", "GB-BIR"),
        ("Hull", "GB-KHL"),
        ("uk", "GB"),
    ],
)
def test_english_places_are_found_by_name_alias_and_part(britain, text, code):
    assert codes(britain, text)[0] == code


def test_the_search_follows_a_change_of_place(china, britain):
    assert codes(china, "Birmingham") == []
    assert codes(britain, "Birmingham") == ["GB-BIR"]


@pytest.mark.parametrize("text", ["常州市", "常州", "Changzhou", "江苏省常州市", "320400"])
def test_a_city_that_is_the_only_one_called_so_is_what_was_meant(china, text):
    meant = find_meant(china, text)

    assert [match.code for match in meant.matches] == ["320400"]
    assert not meant.is_cut


def test_a_full_name_that_no_other_has_of_a_province_or_city_is_enough(china):
    here = [region for region in china.regions.values() if region.holds_on(day_in(china))]
    named = Counter(region.name.zh for region in here)
    wide = [
        region
        for region in here
        if region.level in {Level.PROVINCE, Level.PREFECTURE} and named[region.name.zh] == 1
    ]

    missed = [
        one.name.zh
        for one in wide
        if [match.code for match in find_meant(china, one.name.zh).matches] != [one.code]
    ]

    assert len(wide) > 300
    assert missed == []


def test_of_a_name_that_fits_many_the_first_are_offered_and_all_counted(china):
    meant = find_meant(china, "海南", 20)

    assert len(meant.matches) == 20
    assert meant.count > 20
    assert meant.is_cut
