"""The tracking page when somebody outside has the report, and in the words of the place."""

import pytest

from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from portal.triage.service import triage_report
from tests.factories.jurisdiction import UNIT_NAME, rename_unit, renamed_pack

pytestmark = pytest.mark.usefixtures("app")
OUTSIDE = ("不属于本机构", "is a body of its own")


@pytest.mark.requirement("B27")
@pytest.mark.requirement("B30")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_matter_of_another_body_is_passed_on_and_the_reporter_is_told_who_has_it(
    reporter, language
):
    reporter.send(category="import.unlawful", region="320412")
    triage_report(reporter.sent.report_id, actor=Actor.system("triage"))

    page = reporter.come_back(language=language)

    unit = current_place().departments[reporter.report.department_code or ""]
    assert unit.kind == "CUSTOMS"
    assert page.text("main").count(unit.name.in_(language)) >= 2
    assert OUTSIDE[language == "en"] in page.text("main")


@pytest.mark.requirement("B27")
def test_a_report_with_our_own_unit_says_nothing_of_the_kind(reporter):
    reporter.send(ReportState.ROUTED)

    assert OUTSIDE[0] not in reporter.come_back().text("main")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_place_may_say_a_stage_in_its_own_words_for_a_category(reporter, language):
    reporter.send(ReportState.ACCEPTED, category="licence.unlicensed_vendor")

    page = reporter.come_back(language=language)

    said = current_place().status_text("being-checked", "licence.unlicensed_vendor")
    assert said is not None
    assert page.text("main .govuk-body-l") == said.in_(language)


def test_where_the_place_says_nothing_the_sentence_of_the_product_stands(reporter):
    reporter.send(ReportState.ACCEPTED)

    page = reporter.come_back(language="en")

    assert page.text("main .govuk-body-l").startswith("An officer is checking what you reported.")


@pytest.mark.requirement("C21")
@pytest.mark.parametrize("state", [ReportState.ACCEPTED, ReportState.CLOSED])
def test_an_open_report_has_the_name_of_today_and_a_closed_one_that_of_its_day(
    reporter, state, tmp_path
):
    reporter.send(state)
    rename_unit(tmp_path, "新名大队")

    shown = reporter.come_back().text("dl")

    assert ("新名大队" in shown) == (state is ReportState.ACCEPTED)
    assert (UNIT_NAME in shown) == (state is ReportState.CLOSED)


def test_the_reporter_reads_who_acts_for_the_office_that_the_rule_names(reporter, tmp_path):
    folder = renamed_pack(tmp_path, UNIT_NAME)
    with (folder / "delegations.csv").open("a", encoding="utf-8") as file:
        file.write("PRESS_PUB,CULTURE_ENF,320000,,示例文件,,,\n")
    load_pack(LoadPack(str(folder)), actor=Actor.operator())
    reporter.send(category="piracy.production", region="320412")
    triage_report(reporter.sent.report_id, actor=Actor.system("triage"))

    page = reporter.come_back()

    assert UNIT_NAME in page.text("dl")
    assert "新闻出版的这类事项在江苏省由文化市场综合执法承办（示例文件）。" in page.text("dl")
