"""Former regions and delegations: what they do to a routing, and what the explanation says."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from portal.jurisdiction.competence import delegations_of
from portal.jurisdiction.tables import Delegation, Text
from portal.triage.rules.facts import Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from tests.unit.triage.samples import place_of

CN = "cn_culture_market"
BASIS = "苏编发〔2026〕1号（示例）"
PRINTING = "piracy.production"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def triaged(text, place=None, **changes):
    sent = Submission(narrative=text, received_at=NOW, **changes)
    return triage(sent, place or place_of(CN), Remembered())


def told(result, code):
    return [line.sentence for line in result.explanation if line.code == code]


def delegating(*rows):
    """The place with delegations, each with its basis as it is said in Chinese."""
    made = (Delegation(*who, Text(basis, ""), *period) for *who, basis, period in map(_split, rows))
    return replace(place_of(CN), delegations=tuple(made))


def _split(row):
    return (*row[:5], row[5:])


def routed(place, region, category=PRINTING):
    return triaged("请去看一看", place, category=category, region=region)


def test_a_former_name_in_the_text_leads_to_what_it_is_today_and_says_so():
    result = triaged("武进市有一家书店卖盗版书")

    assert (result.region, result.unit) == ("320412", "CULTURE_ENF@320412")
    [said] = told(result, "region.former")
    assert said.zh == "武进市现在是：江苏省常州市武进区。"
    assert said.en == "Wujin City is today: Wujin District, Changzhou, Jiangsu."


def test_a_former_region_that_was_divided_is_ambiguous_with_every_part():
    result = triaged("杭州市江干区有一家书店卖盗版书")

    assert (result.region, result.region_candidates) == (None, ("330102", "330114"))
    assert len(told(result, "region.former")) == 2


def test_a_report_of_the_day_before_belongs_to_the_region_of_that_day():
    sent = Submission(
        narrative="武进市有一家书店卖盗版书", received_at=datetime(2002, 4, 1, tzinfo=UTC)
    )

    assert triage(sent, place_of(CN), Remembered()).region == "320483"


def test_a_name_that_a_region_bears_today_means_that_one():
    assert triaged("东山区有一家书店卖盗版书").region == "230406"


def test_a_former_name_counts_beside_the_city_it_lay_in():
    result = triaged("广州市东山区有一家书店卖盗版书")

    assert result.region == "440104"
    assert told(result, "region.former")[0].zh == "东山区现在是：广东省广州市越秀区。"


@pytest.mark.parametrize("text", ["武进有一家书店卖盗版书", "常州市武进区有一家书店卖盗版书"])
def test_a_name_of_today_says_nothing_of_the_past(text):
    result = triaged(text)

    assert result.region == "320412"
    assert told(result, "region.former") == []


def test_a_former_region_that_was_chosen_counts_as_what_it_became():
    result = triaged("请去看一看", category="piracy.print", region="320483")

    assert result.region == "320412"
    assert len(told(result, "region.former")) == 1


@pytest.mark.requirement("C21")
def test_press_and_publication_may_hand_its_matters_to_culture_enforcement_in_a_region():
    place = delegating(("PRESS_PUB", "CULTURE_ENF", "320000", (), BASIS))

    inside, outside = routed(place, "320412"), routed(place, "330106")

    assert (inside.department, inside.unit) == ("CULTURE_ENF", "CULTURE_ENF@320412")
    assert inside.co_departments == ("POLICE", "MARKET")
    [said] = told(inside, "route.delegated")
    assert said.zh == f"新闻出版的这类事项在江苏省由文化市场综合执法承办（{BASIS}）。"
    assert said.en.startswith("In Jiangsu, Culture market enforcement acts for Press and publicat")
    assert BASIS in said.en
    assert inside.rule == outside.rule == "production"
    assert outside.department == "PRESS_PUB"
    assert told(outside, "route.delegated") == []


def test_each_reader_of_a_routing_reads_the_law_in_their_language():
    [said] = told(routed(place_of(CN), "320412", "piracy.online"), "route.basis")

    assert said.zh.startswith("依据：著作权法 第七条、第五十三条；")
    assert said.en.startswith("Basis: Copyright Law, articles 7 and 53; ")
    assert said.en.isascii()


def test_a_law_that_is_cited_in_one_language_is_cited_so_in_the_other():
    place = place_of(CN)
    cited = (replace(rule, basis=Text("本地办法", "")) for rule in place.rules)

    [said] = told(routed(replace(place, rules=tuple(cited)), "320412"), "route.basis")

    assert (said.zh, said.en) == ("依据：本地办法。", "Basis: 本地办法.")


def test_a_delegation_of_some_categories_leaves_the_others_where_they_are():
    place = delegating(("PRESS_PUB", "CULTURE_ENF", "320000", ("licence.trading",), BASIS))

    assert routed(place, "320412").department == "PRESS_PUB"
    assert routed(place, "320412", "licence.trading").department == "CULTURE_ENF"


def test_a_delegation_holds_from_its_first_to_its_last_day():
    day = date(2026, 11, 25)
    row = ("PRESS_PUB", "CULTURE_ENF", "320000", (), BASIS)

    for period, holds in [((day, day), True), ((None, date(2026, 11, 24)), False)]:
        place = delegating((*row, *period))
        assert bool(delegations_of(place, "PRESS_PUB", "320412", PRINTING, day)) is holds


def test_the_narrower_region_and_the_named_category_go_before_the_wider():
    place = delegating(
        ("PRESS_PUB", "COPYRIGHT", "000000", (), "a"),
        ("PRESS_PUB", "COPYRIGHT", "320000", (), "b"),
        ("PRESS_PUB", "CULTURE_ENF", "320000", (PRINTING,), "c"),
    )

    (one,) = delegations_of(place, "PRESS_PUB", "320412", PRINTING, NOW.date())

    assert one.basis.zh == "c"


def test_a_delegation_may_lead_on():
    place = delegating(
        ("PRESS_PUB", "COPYRIGHT", "320000", (), "a"),
        ("COPYRIGHT", "CULTURE_ENF", "320400", (), "b"),
    )

    assert routed(place, "320412").unit == "CULTURE_ENF@320412"
    assert len(told(routed(place, "320412"), "route.delegated")) == 2
    assert routed(place, "320106").department == "COPYRIGHT"


def test_each_part_of_a_report_goes_to_whoever_acts_in_its_own_region():
    place = delegating(("PRESS_PUB", "CULTURE_ENF", "320000", (), BASIS))

    result = triaged("常州市武进区和杭州市西湖区各有一家印刷厂盗印教材", place, category=PRINTING)

    assert {(lead.region, lead.department) for lead in result.split} == {
        ("320412", "CULTURE_ENF"),
        ("330106", "PRESS_PUB"),
    }


@pytest.mark.requirement("B30")
def test_unlawful_import_is_led_by_customs_a_body_outside():
    place = place_of(CN)

    result = routed(place, "320412", "import.unlawful")

    assert result.department == "CUSTOMS"
    assert place.is_outside(result.unit)
    assert place.categories["import.unlawful"].questions


def test_answers_to_questions_are_read_like_the_rest_of_the_report():
    silent = triaged("请去看一看")
    answered = triaged("请去看一看", answers=("武进区的培训机构卖盗版教材",))

    assert silent.region is None
    assert (answered.region, answered.category) == ("320412", "piracy.print")
