"""What the shipped packs say, and what they must not say."""

from collections import Counter
from itertools import product

import pytest

from portal.jurisdiction.pack import SHIPPED, check_pack, pack_folder
from portal.jurisdiction.pack_checks import RESERVED_WORDS
from portal.jurisdiction.place import Level, Place, ReasonKind, Stage, Text
from tests.factories.packs import shipped

NAMES = sorted(folder.name for folder in SHIPPED.iterdir())
MUNICIPALITIES = ("110000", "120000", "310000", "500000")


@pytest.fixture(scope="module", params=NAMES)
def place(request) -> Place:
    return shipped(request.param)


@pytest.fixture(scope="module")
def china() -> Place:
    return shipped("cn_culture_market")


@pytest.fixture(scope="module")
def britain() -> Place:
    return shipped("en_ip_office")


def today(place):
    """The regions there are now."""
    return [region for region in place.regions.values() if region.valid_to is None]


def first_rule(place, **facts):
    """The row that decides, as triage finds it: in order, all conditions, one value of each."""
    return next(
        rule
        for rule in place.rules
        if all(set(values) & set(facts.get(fact, ())) for fact, values in rule.when.items())
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_pack_has_no_problem_and_no_reserved_word(name):
    assert check_pack(pack_folder(name)) == []


def test_no_category_or_reason_is_about_expression_or_belief_as_a_thing_to_be_enforced(place):
    routed = [c for c in place.categories.values() if c.code != "other.out_of_scope"]
    said = " ".join(
        [*(c.name.zh + c.name.en + " ".join(c.terms) for c in routed)]
        + [reason.name.zh + reason.name.en for reason in place.reasons.values()]
    ).lower()

    assert not [word for word in (*RESERVED_WORDS, "言论", "信仰", "opinion") if word in said]


def test_a_tip_about_opinion_is_answered_kindly_and_sent_to_nobody(place):
    rule = first_rule(place, category=["other.out_of_scope"])
    reason = place.reasons["unrouted.out-of-scope"]

    assert (rule.lead, rule.support) == ("TRIAGE", ())
    assert reason.kind is ReasonKind.CLOSE_UNROUTED
    assert "Nothing you wrote was forwarded" in reason.to_reporter.en
    assert "没有把您写的内容转给任何人" in reason.to_reporter.zh


def test_the_same_24_categories_are_in_every_pack(china, britain):
    assert len(china.categories) == 24
    assert list(china.categories) == list(britain.categories)


def test_impersonation_of_the_press_is_off(place):
    assert not place.categories["press.impersonation"].offered


def test_suspected_child_abuse_takes_links_only_and_is_restricted_and_never_rewarded(place):
    category = place.categories["child_abuse.material"]

    assert category.link_only
    assert category.restricted
    assert not category.reward_allowed
    assert category.stopper is not None


def test_the_regions_of_china_are_those_of_the_source(china):
    levels = Counter(region.level for region in today(china))

    assert levels == {
        Level.COUNTRY: 1,
        Level.PROVINCE: 34,
        Level.PREFECTURE: 342,
        Level.COUNTY: 2849,
    }
    assert {"330113", "330114", "540481", "540581", "659012", "653228", "653229"} <= set(
        china.regions
    )


def test_29_county_names_are_shared_by_several_counties(china):
    counties = [r.name.zh for r in today(china) if r.level is Level.COUNTY]
    shared = {name: n for name, n in Counter(counties).items() if n > 1}

    assert len(shared) == 29
    assert (shared["鼓楼区"], shared["市中区"], shared["朝阳区"]) == (4, 4, 2)


def test_a_region_is_named_the_way_people_write_it(china, britain):
    assert china.region_name("320412", "zh-Hans") == "江苏省常州市武进区"
    assert china.region_name("320412", "en") == "Wujin District, Changzhou, Jiangsu"
    assert china.region_name("110105", "zh-Hans") == "北京市朝阳区"
    assert britain.region_name("GB-BIR", "en") == "Birmingham, England"


def test_only_one_region_of_a_municipality_bears_its_name(china):
    for code in MUNICIPALITIES:
        name = china.regions[code].name
        assert [r.code for r in china.regions.values() if r.name.zh == name.zh] == [code]


@pytest.mark.parametrize(
    ("township", "codes"),
    [
        ("湖塘镇", ("320412",)),
        ("稠江街道", ("330782",)),
        ("厚街镇", ("441900",)),
        ("湖塘街道", ("330603",)),
    ],
)
def test_a_township_leads_to_its_county(china, township, codes):
    assert china.townships[township] == codes


def test_a_township_name_of_several_counties_lists_them_all(china):
    assert "410184" in china.townships["龙湖镇"]
    assert len(china.townships["龙湖镇"]) > 1


@pytest.mark.parametrize("prefix", ["32", "33", "37"])
def test_three_provinces_have_their_own_culture_enforcement_down_to_county(china, prefix):
    missing = [
        code
        for code in (region.code for region in today(china))
        if code.startswith(prefix) and f"CULTURE_ENF@{code}" not in china.departments
    ]

    assert missing == []


def test_every_kind_that_may_lead_has_a_unit_for_every_region(place):
    leads = {rule.lead for rule in place.rules} | {place.supervision, place.coordinator}

    for kind, region in product(leads, place.regions):
        assert place.department_for(kind, region) is not None


def test_a_region_without_a_unit_of_its_own_falls_to_the_next_above(china):
    assert china.department_for("TELECOM", "320412").code == "TELECOM@320000"
    assert china.department_for("POST", "320412").code == "POST@320400"
    assert china.department_for("CULTURE_ENF", "110105").code == "CULTURE_ENF@000000"
    assert china.department_for("CULTURE_ENF", None).code == "CULTURE_ENF@000000"


def test_units_have_the_names_people_know(china):
    named = china.departments["CULTURE_ENF@320412"].name
    assert named == Text(
        "武进区文化市场综合执法大队", "Wujin District Culture Market Enforcement Brigade"
    )
    assert china.departments["POLICE@320412"].name.zh == "常州市公安局武进分局"
    assert china.departments["POLICE@320481"].name.zh == "溧阳市公安局"


@pytest.mark.parametrize(
    ("facts", "lead", "support"),
    [
        ({"category": ["piracy.av_physical"]}, "CULTURE_ENF", {"MARKET"}),
        ({"category": ["piracy.software"]}, "CULTURE_ENF", {"COPYRIGHT"}),
        (
            {"category": ["piracy.software"], "secondary": ["piracy.production"]},
            "CULTURE_ENF",
            {"COPYRIGHT", "MARKET"},
        ),
        (
            {"category": ["piracy.print"], "secondary": ["piracy.online"]},
            "CULTURE_ENF",
            {"POST", "MARKET", "COPYRIGHT"},
        ),
        (
            {"category": ["piracy.online"], "kind": ["rightsholder_complaint"]},
            "COPYRIGHT",
            {"CYBER"},
        ),
        ({"category": ["piracy.online"], "kind": ["complaint"]}, "COPYRIGHT", {"CYBER"}),
        ({"category": ["piracy.production"]}, "PRESS_PUB", {"POLICE", "MARKET", "CULTURE_ENF"}),
        ({"category": ["minors.harmful_goods"]}, "MARKET", {"EDU", "CULTURE_ENF"}),
        ({"category": ["child_abuse.material"]}, "POLICE", {"CYBER"}),
        (
            {"category": ["av.illegal_receiver"], "secondary": ["piracy.online"]},
            "RADIO_TV",
            {"MARKET", "CULTURE_ENF", "COPYRIGHT"},
        ),
        ({"category": ["venue.gambling_machine"]}, "POLICE", {"CULTURE_ENF", "MARKET"}),
        ({"category": ["venue.performance"]}, "CULTURE_ENF", {"MARKET"}),
        ({"category": ["other.out_of_scope"]}, "TRIAGE", set()),
        ({"category": ["other.unclear"]}, "TRIAGE", set()),
        (
            {"category": ["piracy.av_physical"], "flag": ["conflict_of_interest"]},
            "SUPERVISION",
            set(),
        ),
        (
            {"category": ["piracy.print"], "flag": ["import"]},
            "CUSTOMS",
            {"CULTURE_ENF", "COPYRIGHT", "MARKET"},
        ),
        ({"category": ["something.new"]}, "TRIAGE", {"COORD"}),
    ],
)
def test_the_responsibility_matrix_of_china(china, facts, lead, support):
    rule = first_rule(china, **facts)

    assert (rule.lead, set(rule.support)) == (lead, support)


@pytest.mark.parametrize(
    ("facts", "lead"),
    [
        ({"category": ["av.illegal_receiver"], "secondary": ["piracy.online"]}, "TRADING_STD"),
        ({"category": ["piracy.online"], "kind": ["rightsholder_complaint"]}, "COPYRIGHT_OFF"),
        ({"category": ["other.spam"]}, "TRIAGE"),
        ({"category": ["piracy.production"]}, "POLICE_IP"),
        ({"category": ["child_abuse.material"]}, "HOTLINE"),
        ({"category": ["complaint.staff"]}, "OVERSIGHT"),
    ],
)
def test_the_responsibility_matrix_of_the_english_office(britain, facts, lead):
    assert first_rule(britain, **facts).lead == lead


def test_every_category_has_a_row_of_its_own(place):
    by_catch_all = [
        code for code in place.categories if not first_rule(place, category=[code]).when
    ]

    assert by_catch_all == []


def test_every_stage_has_a_clock_for_every_report(place):
    plain = {clock.stage for clock in place.clocks if not clock.urgency and not clock.kind}

    assert plain == set(Stage)


@pytest.mark.requirement("U2")
def test_every_way_of_ending_has_reasons_with_a_text_of_its_own(place):
    texts = [reason.to_reporter for reason in place.reasons.values()]

    assert {reason.kind for reason in place.reasons.values()} == set(ReasonKind)
    assert len({text.zh for text in texts}) == len({text.en for text in texts}) == len(texts)


@pytest.mark.requirement("U2")
@pytest.mark.parametrize(
    "outcome",
    [
        "measures-taken",
        "no-violation",
        "sent-elsewhere",
        "cannot-verify",
        "duplicate",
        "withdrawn",
        "barred",
    ],
)
def test_the_outcomes_people_ask_for_are_listed(place, outcome):
    assert place.reasons[f"close.{outcome}"].kind is ReasonKind.CLOSE
