"""The decision table: always one desk, the same for the same facts, and for a reason that holds."""

import json
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.casework.words import FLAGS as WORDS
from portal.jurisdiction.conditions import (
    KINDS,
    NO,
    OPERATORS,
    SEVERAL,
    YES,
    Condition,
    Field,
    Lists,
    Operator,
)
from portal.jurisdiction.flags import FLAGS
from portal.jurisdiction.place import RoutingRule, Text, Urgency
from portal.triage.rules.facts import Facts, Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from portal.triage.rules.route import route
from portal.triage.rules.table import COORDINATOR, WALL, Asked, decide, holds, present_in
from portal.triage.rules.wording import conditions_text
from tests.unit.triage.samples import PACKS, outcomes, place_of, records

CN, EN = "cn_culture_market", "en_ip_office"
FILES = ("tips.jsonl", "more_tips.jsonl")
HUNDREDS = settings(max_examples=200, deadline=None)


@cache
def chances(pack):
    """What a report of a place may be like, as lists to choose from."""
    place = place_of(pack)
    return {
        "category": sorted(place.categories),
        "region": sorted(place.regions),
        "units": sorted(place.departments),
        "kinds": sorted(place.department_kinds),
    }


@st.composite
def asked(draw, pack):
    """Any facts the table may be asked about, the conflict wall's units among them."""
    place, lists = place_of(pack), chances(pack)
    some = st.sampled_from
    region = draw(st.none() | some(lists["region"]))
    unsure = region is None and draw(st.booleans())
    kinds = draw(st.lists(some(lists["kinds"]), max_size=3, unique=True))
    named = [place.department_for(kind, region) for kind in kinds]
    return Asked(
        category=draw(some(lists["category"])),
        secondary=tuple(draw(st.lists(some(lists["category"]), max_size=3, unique=True))),
        flags=tuple(draw(st.lists(some(sorted(FLAGS)), max_size=5, unique=True))),
        kind=draw(some(sorted(set().union(*KINDS.values())))),
        channel=draw(some(["web", "telephone", "instruction"])),
        contact_mode=draw(some(["anonymous", "confidential", "named"])),
        language=draw(some(["zh-Hans", "en"])),
        region=region,
        candidates=tuple(draw(st.lists(some(lists["region"]), max_size=3))) if unsure else (),
        ambiguous=unsure,
        urgency=draw(some([str(one) for one in Urgency])),
        has_address=draw(st.booleans()),
        wish=draw(some(["", *lists["kinds"]])),
        excluded=tuple(
            {unit.code for unit in named if unit is not None}
            | set(draw(st.lists(some(lists["units"]), max_size=3)))
        ),
    )


both_places = pytest.mark.parametrize("pack", [CN, EN])


@pytest.mark.requirement("A23")
@both_places
@HUNDREDS
@given(data=st.data())
def test_a_report_always_has_exactly_one_desk_and_never_one_it_names(pack, data):
    facts = data.draw(asked(pack))

    answer = decide(place_of(pack), facts)

    assert place_of(pack).departments[answer.unit.code] is answer.unit
    assert answer.unit.code not in facts.excluded


@both_places
@HUNDREDS
@given(data=st.data())
def test_the_same_facts_give_the_same_answer_stored_and_read_again_too(pack, data):
    facts = data.draw(asked(pack))
    place = place_of(pack)

    read = Asked.from_json(json.loads(json.dumps(facts.as_json())))

    assert read == facts
    assert decide(place, read) == decide(place, facts)
    assert decide(replace(place), facts) == decide(place, facts)


@both_places
@HUNDREDS
@given(data=st.data())
def test_the_row_that_is_named_holds_and_none_above_it_does(pack, data):
    place = place_of(pack)
    facts = data.draw(asked(pack))

    answer = decide(place, facts)

    if answer.walled:
        assert answer.unit.kind == place.supervision
        return
    assert answer.rule is not None
    number = place.rules.index(answer.rule)
    assert holds(place, answer.rule, facts)
    assert not any(holds(place, rule, facts) for rule in place.rules[:number])


@both_places
@HUNDREDS
@given(data=st.data())
def test_the_explanation_names_the_row_its_conditions_and_the_unit(pack, data):
    place = place_of(pack)
    facts = data.draw(asked(pack))

    routed = route(
        Facts(
            submission=Submission(narrative="", kind=facts.kind, channel=facts.channel),
            place=place,
            known=Remembered(),
            category=facts.category,
            flags=facts.flags,
            region=facts.region,
            excluded=facts.excluded,
        )
    )

    told = {line.code: line for line in routed.lines}
    if routed.rule == WALL:
        assert "route.wall" in told
        return
    rule = next(one for one in place.rules if one.id == routed.rule)
    assert holds(place, rule, routed.asked)
    assert told["route.rule"].sentence.zh == f"按规则“{rule.id}”：{rule.sentence.zh}"
    assert told["route.unit"].params["unit"] == place.departments[routed.unit].name.en
    assert ("route.because" in told) == bool(rule.when)


CASES = [(name, record["id"]) for name in FILES for record in records(name)]


@pytest.mark.parametrize(("name", "record_id"), CASES)
def test_what_a_sample_was_asked_gives_its_unit_again(name, record_id):
    result = outcomes(name)[record_id]
    pack = next(one["pack"] for one in records(name) if one["id"] == record_id)

    answer = decide(place_of(pack), result.asked)

    assert (answer.unit.code, answer.rule_id) == (result.unit, result.rule)


def test_facts_hold_codes_only_and_nothing_that_a_report_says():
    words = {"category", "region", "kind", "channel", "contact_mode", "language", "urgency"}
    for name in FILES:
        for result in outcomes(name).values():
            facts = result.asked.as_json()
            assert set(facts["flags"]) <= FLAGS
            assert all(len(str(facts[one] or "")) <= 40 for one in words)


def test_a_flag_can_be_asked_for_if_and_only_if_it_is_known_before_routing():
    assert set(WORDS) - {"insufficient_information"} == FLAGS
    raised = {flag for name in FILES for one in outcomes(name).values() for flag in one.flags}
    assert {one for one in raised if ":" not in one} <= FLAGS | {"insufficient_information"}


def _with(*rows, pack=EN):
    return replace(place_of(pack), rules=rows)


def _row(name, when, lead="POLICE_IP"):
    return RoutingRule(name, when, lead, (), Text("句", "a sentence"))


ASKING = [
    ({"category": ("piracy.online",)}, {"category": "piracy.online"}, {"category": "other.spam"}),
    ({"category.none": ("other.spam",)}, {"category": "x"}, {"category": "other.spam"}),
    ({"category.under": ("piracy",)}, {"category": "piracy.online"}, {"category": "other.spam"}),
    ({"secondary.all": ("a", "b")}, {"secondary": ("b", "a", "c")}, {"secondary": ("a",)}),
    ({"flag": ("import",)}, {"flags": ("spam", "import")}, {}),
    ({"flag.none": ("import",)}, {}, {"flags": ("import",)}),
    ({"flag": ("near_school",)}, {"flags": ("near_school",)}, {}),
    ({"kind": ("complaint",)}, {"kind": "rightsholder_complaint"}, {"kind": "tip"}),
    ({"kind": ("instruction",)}, {"channel": "instruction"}, {"channel": "web"}),
    ({"channel.none": ("web",)}, {"channel": "visit"}, {"channel": "web"}),
    ({"contact_mode": ("named",)}, {"contact_mode": "named"}, {}),
    ({"language": ("en",)}, {"language": "en"}, {"language": "zh-Hans"}),
    ({"region": ("GB-BIR",)}, {"region": "GB-BIR"}, {"region": "GB-ENG"}),
    ({"region.under": ("GB-ENG",)}, {"region": "GB-BIR"}, {"region": "GB-SCT"}),
    ({"region.under": ("GB",)}, {"region": "GB-SCT"}, {}),
    ({"region_level": ("ambiguous",)}, {"ambiguous": True}, {}),
    ({"region_level": ("none",)}, {}, {"region": "GB-BIR"}),
    ({"urgency.at_least": ("high",)}, {"urgency": "critical"}, {"urgency": "normal"}),
    ({"has_address": ("yes",)}, {"has_address": True}, {}),
]


@pytest.mark.parametrize(("when", "meets", "misses"), ASKING)
def test_a_row_holds_for_what_it_asks_and_for_nothing_else(when, meets, misses):
    place = _with(_row("asks", when), _row("last", {}, "TRIAGE"))

    assert decide(place, Asked(**meets)).rule_id == "asks"
    assert decide(place, Asked(**misses)).rule_id == "last"


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("pack", [CN, EN])
@pytest.mark.parametrize("rows", ["none", "without its own", "upside down"])
def test_what_names_an_office_goes_to_supervision_whatever_became_of_the_rows(pack, rows):
    place = place_of(pack)
    left = {
        "none": (),
        "without its own": tuple(r for r in place.rules if r.lead != place.supervision),
        "upside down": tuple(reversed(place.rules)),
    }[rows]
    changed = replace(place, rules=left)
    named = place.department_for(place.coordinator, None)
    matters = [code for code, one in place.categories.items() if not one.link_only]

    for category in matters:
        facts = Asked(category=category, flags=("conflict_of_interest",), excluded=(named.code,))
        answer = decide(changed, facts)

        assert answer.unit.kind == place.supervision, category
        assert answer.rule_id in {WALL, *(rule.id for rule in left)}
    assert decide(changed, Asked(category="complaint.staff")).unit.kind == place.supervision


def test_where_no_row_holds_the_coordinator_decides():
    place = _with(_row("asks", {"flag": ("import",)}))

    answer = decide(place, Asked())

    assert (answer.rule_id, answer.unit.kind) == (COORDINATOR, place.coordinator)


def test_what_may_mean_several_places_goes_to_the_unit_around_them():
    place = place_of(CN)
    one = Asked(category="piracy.print", ambiguous=True, candidates=("320412", "320402"))

    answer = decide(place, one)

    assert (answer.unit.code, answer.region) == ("CULTURE_ENF@320400", None)


@pytest.mark.parametrize("field", list(Field))
@pytest.mark.parametrize("pack", sorted(PACKS.values()))
def test_every_condition_is_said_in_words_of_both_languages(pack, field):
    place = place_of(pack)
    for operator in OPERATORS[field]:
        key = str(field) if operator is Operator.ANY else f"{field}.{operator}"
        values = tuple(sorted(Lists.of(place).values(field, operator)))[:9]

        said = conditions_text(place, _row("asks", {key: values}))

        assert said.zh
        assert said.en
        assert "{" not in said.zh + said.en


@pytest.mark.parametrize("operator", [Operator.ANY, Operator.NONE, Operator.ALL])
def test_a_condition_means_what_its_operator_says(operator):
    condition = Condition(Field.FLAG, operator, frozenset({"a", "b"}))

    held = [condition.holds(present) for present in ((), ("a",), ("a", "b", "c"))]

    assert (
        held
        == {
            Operator.ANY: [False, True, True],
            Operator.NONE: [True, False, False],
            Operator.ALL: [False, False, True],
        }[operator]
    )


def test_a_report_has_something_in_each_field_that_is_never_several():
    present = present_in(place_of(EN), Asked(category="other.spam", region="GB-BIR"))

    assert set(present) == set(Field)
    assert all(len(present[one]) == 1 for one in set(Field) - SEVERAL)
    assert present[Field.HAS_ADDRESS] in {(YES,), (NO,)}


@pytest.mark.requirement("E14")
def test_a_duty_moved_to_another_kind_of_unit_moves_the_reports():
    place = place_of(CN)
    rules = [
        replace(rule, lead="MARKET", support=("CULTURE_ENF",)) if rule.id == "discs" else rule
        for rule in place.rules
    ]
    tip = Submission(narrative="武进区湖塘镇常乐路88号“星光音像”卖盗版光盘。")

    before = triage(tip, place, Remembered())
    after = triage(tip, replace(place, rules=tuple(rules)), Remembered())

    assert (before.unit, after.unit) == ("CULTURE_ENF@320412", "MARKET@320412")
