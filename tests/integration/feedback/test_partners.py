"""Matters of other bodies are passed on and not refused, and the reporter learns who has them."""

import pytest

from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.service import triage_report

PARTNERS = [
    ("goods.counterfeit", "MARKET@320412"),
    ("venue.gambling_machine", "POLICE@320412"),
    ("online.enabler", "TELECOM@320000"),
]


@pytest.mark.requirement("B27")
@pytest.mark.parametrize(("category", "unit"), PARTNERS)
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_matter_of_another_body_goes_there_and_the_reporter_reads_who_has_it(
    reporter, category, unit, language
):
    reporter.send(category=category, region="320412")

    triage_report(reporter.report.id, actor=Actor.system("test"))
    page = reporter.come_back(language=language)

    assert (reporter.report.state, reporter.report.department_code) == (ReportState.ROUTED, unit)
    assert current_place().departments[unit].name.in_(language) in page.text("main")
