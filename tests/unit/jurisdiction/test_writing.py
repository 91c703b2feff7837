"""A place written out as a pack and read again is the same place; two places are compared."""

from dataclasses import replace
from datetime import date

import pytest

from portal.jurisdiction.pack import check_pack, read_pack
from portal.jurisdiction.pack_diff import differences
from portal.jurisdiction.pack_writing import write_pack
from portal.jurisdiction.rows import content_hash, head_of, rows_of
from portal.jurisdiction.tables import Delegation, Text, Way
from tests.factories.packs import shipped


@pytest.fixture(scope="module")
def britain():
    return shipped("en_ip_office")


def digest(place):
    return content_hash(head_of(place), rows_of(place))


@pytest.mark.parametrize("name", ["cn_culture_market", "en_ip_office"])
def test_a_pack_that_is_written_and_read_again_is_the_same(name, tmp_path):
    place = shipped(name)

    write_pack(place, tmp_path / "out")

    again = read_pack(tmp_path / "out")
    assert check_pack(tmp_path / "out") == []
    assert again == place
    assert digest(again) == digest(place)


def test_what_the_shipped_packs_do_not_use_is_written_too(britain, tmp_path):
    unit = britain.departments["POLICE_IP@GB"]
    quoted = Text('一"号"\n楼', 'Desk "1"\\2')
    place = replace(
        britain,
        departments={
            **britain.departments,
            unit.code: replace(unit, receives_by=Way.API, contact=Text("接口", "Port, 1")),
        },
        delegations=(
            Delegation(
                "COPYRIGHT_OFF",
                "TRADING_STD",
                "GB-BIR",
                ("piracy.online", "piracy.print"),
                Text("第十二条", "s. 12"),
                date(2026, 1, 1),
                date(2027, 1, 1),
            ),
        ),
        name=quoted,
    )

    write_pack(place, tmp_path / "out")

    assert read_pack(tmp_path / "out") == place


def test_nothing_is_written_over(britain, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(FileExistsError):
        write_pack(britain, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_place_does_not_differ_from_itself(britain):
    assert list(differences(britain, britain)) == []


def test_a_difference_says_table_key_field_old_and_new(britain):
    unit = britain.departments["TRIAGE@GB"]
    renamed = replace(unit, name=replace(unit.name, en="Front Desk"))
    place = replace(britain, departments={**britain.departments, unit.code: renamed})

    assert [str(one) for one in differences(britain, place)] == [
        "department TRIAGE@GB, name_en: National Report Reception -> Front Desk"
    ]


def test_rows_that_come_and_go_and_the_order_of_rules_are_said_once(britain):
    first, second, *others = britain.rules
    place = replace(
        britain,
        rules=(second, first, *others),
        measures={code: one for code, one in britain.measures.items() if code != "advice"},
        hotline="116 000",
    )

    found = [str(one) for one in differences(britain, place)]

    assert found[0] == "pack, hotline: (nothing) -> 116 000"
    assert found[1] == "routing_rule conflict, place: 2 -> 1"
    assert found[2] == "measure advice: removed"
    assert [str(one) for one in differences(place, britain)][-1] == "measure advice: added"
    assert len(found) == 3
