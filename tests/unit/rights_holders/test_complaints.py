"""What a row of complaints must have, and when two rows are the same."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from portal.intake.rules import looks_like_address
from portal.jurisdiction.tables import ComplaintElement, ComplaintRules
from portal.rights_holders.rules.complaints import Known, KnownWork, check, day_of, fold_target
from portal.rights_holders.rules.problems import Fault
from portal.rights_holders.rules.works import fold_title, read_work, sellers_in

PROVED = KnownWork(uuid4(), 1, "示例作品", proved=True)
BARE = KnownWork(uuid4(), 2, "另一作品", proved=False)
EVERYTHING = ComplaintRules(("piracy.online", "piracy.print"), tuple(ComplaintElement), 10, None)
KNOWN = Known(
    rules=EVERYTHING,
    today=date(2026, 11, 26),
    due_on=date(2026, 12, 10),
    by_number={1: PROVED, 2: BARE},
    by_title={fold_title(one.title): (one,) for one in (PROVED, BARE)},
    by_identifier={"isbn:9787020002207": PROVED},
    category_names={"piracy.online": "piracy.online", "盗版书": "piracy.print"},
    region_of={"武进区": "320412"}.get,
    is_address=looks_like_address,
)
ROW = {
    "work": "《示例作品》",
    "url": "https://pirate.example/1",
    "found-on": "2026/11/1",
    "facts": "未经许可提供下载",
    "right": "权利人",
    "signature": "示例签名",
}
AT_A_PLACE = {**ROW, "url": "", "place": "示例路七号", "region": "武进区", "category": "盗版书"}


def faults(changes, row=ROW):
    return {(one.field, one.fault) for one in check({**row, **changes}, KNOWN).problems}


@pytest.mark.requirement("U38")
@pytest.mark.parametrize(
    ("changes", "field", "fault"),
    [
        ({"work": ""}, "work", Fault.MISSING),
        ({"work": "没有的作品"}, "work", Fault.NOT_IN_REGISTER),
        ({"work": "2"}, "work", Fault.NO_PROOF),
        ({"url": ""}, "url", Fault.NO_TARGET),
        ({"url": "不是网址"}, "url", Fault.NOT_AN_ADDRESS),
        ({"original": "不是网址"}, "original", Fault.NOT_AN_ADDRESS),
        ({"found-on": ""}, "found-on", Fault.MISSING),
        ({"found-on": "上周"}, "found-on", Fault.NOT_A_DAY),
        ({"found-on": "2026-11-27"}, "found-on", Fault.IN_THE_FUTURE),
        ({"category": "别的"}, "category", Fault.NO_SUCH_CATEGORY),
        ({"region": "某地"}, "region", Fault.NO_SUCH_PLACE),
        ({"facts": ""}, "facts", Fault.MISSING),
        ({"right": ""}, "right", Fault.MISSING),
        ({"right": "路人"}, "right", Fault.NO_SUCH_RIGHT),
        ({"signature": ""}, "signature", Fault.MISSING),
        ({"facts": "长" * 2001}, "facts", Fault.TOO_LONG),
    ],
)
def test_each_element_that_the_place_demands_is_asked_for(changes, field, fault):
    assert (field, fault) in faults(changes)


def test_what_the_place_does_not_demand_may_be_left_out():
    few = Known(
        **{
            **{name: getattr(KNOWN, name) for name in KNOWN.__slots__},
            "rules": ComplaintRules(("piracy.online",)),
        }
    )

    assert check({"work": "2", "url": "pirate.example/1"}, few).complete


@pytest.mark.requirement("U39")
def test_the_address_of_the_original_is_not_needed():
    assert check(ROW, KNOWN).complete


def test_a_place_needs_region_and_subject_and_an_address_does_not():
    assert check(AT_A_PLACE, KNOWN).complete
    assert check(AT_A_PLACE, KNOWN).region == "320412"
    assert faults({"region": "", "category": ""}, AT_A_PLACE) == {
        ("region", Fault.MISSING),
        ("category", Fault.MISSING),
    }


@pytest.mark.parametrize("typed", ["1", "《示例作品》", "示例 作品", "978-7-02-000220-7"])
def test_a_work_is_found_by_number_title_or_identifier(typed):
    assert check({**ROW, "work": typed}, KNOWN).work is PROVED


def test_files_of_the_complaint_prove_the_right_too():
    assert check({**ROW, "work": "2"}, KNOWN, own_files=True).complete


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("2026年11月1日", date(2026, 11, 1)),
        ("46327", date(2026, 11, 1)),
        ("2026-02-30", None),
        ("11/01/2026", None),
    ],
)
def test_a_day_is_read_as_people_and_sheets_write_it(typed, day):
    assert day_of(typed) == day


def test_the_same_target_is_the_same_however_it_is_written():
    one = fold_target({"url": "https://www.Pirate.example/a/"}, None)

    assert one == fold_target({"url": "http://pirate.example/a#top"}, None)
    assert one != fold_target({"url": "http://pirate.example/b"}, None)
    assert fold_target({"place": "示例路 7 号"}, "1") == fold_target({"place": "示例路7号"}, "1")
    assert fold_target({"place": "示例路7号"}, "1") != fold_target({"place": "示例路7号"}, "2")


@pytest.mark.parametrize("other", ["watch?v=abc", "watch?v=aBc/#/2", "Watch?v=aBc", "watch#!aBc"])
def test_pages_that_differ_in_small_and_large_or_behind_the_mark_are_different_targets(other):
    one = fold_target({"url": "https://pirate.example/watch?v=aBc"}, None)

    assert one != fold_target({"url": f"https://pirate.example/{other}"}, None)


def test_a_row_of_works_names_every_column_that_is_wrong():
    wrong = read_work({"title": "", "kind": "石头", "isbn": "978", "iswc": "T1"})

    assert [(one.field, one.fault) for one in wrong] == [
        ("title", Fault.MISSING),
        ("kind", Fault.NO_SUCH_KIND),
        ("isbn", Fault.BAD_ISBN),
        ("iswc", Fault.BAD_ISWC),
    ]


def test_sellers_stand_on_lines_or_between_semicolons_and_none_twice():
    assert sellers_in("甲店；乙店\n甲店;丙店") == ("甲店", "乙店", "丙店")


def test_a_row_that_is_filed_is_about_its_work_whatever_namesake_was_entered_since():
    namesake = KnownWork(uuid4(), 3, PROVED.title, proved=True)
    titles = {fold_title(PROVED.title): (PROVED, namesake)}
    known = replace(KNOWN, by_title=titles, by_number=KNOWN.by_number | {3: namesake})

    assert check(ROW, known).work is None
    assert check(ROW, known.about(PROVED.id)).work == PROVED
    assert check({**ROW, "work": "3"}, known.about(PROVED.id)).work is None
