"""Priority territories: sooner looked at, and said so."""

from dataclasses import replace

import pytest

from portal.jurisdiction.place import Urgency
from portal.triage.rules.facts import Facts, Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from portal.triage.rules.urgency import find_urgency
from tests.unit.triage.samples import place_of


def outcome(text, *priority):
    place = replace(place_of("cn-culture"), priority=priority)
    return triage(Submission(narrative=text), place, Remembered())


BOOKS = "常州市武进区湖塘镇一家书店卖盗版教辅。"


@pytest.mark.requirement("B29")
@pytest.mark.parametrize("outer", ["320412", "320400", "320000"])
def test_what_lies_in_a_priority_territory_is_one_class_more_urgent_and_says_why(outer):
    plain, raised = outcome(BOOKS), outcome(BOOKS, outer)

    assert (plain.urgency, raised.urgency) == (Urgency.NORMAL, Urgency.HIGH)
    assert "priority_region" in raised.flags
    assert {"priority.found", "urgency.priority"} <= {line.code for line in raised.explanation}


@pytest.mark.parametrize("outer", ["320404", "110000"])
def test_what_lies_elsewhere_is_not(outer):
    result = outcome(BOOKS, outer)

    assert result.urgency is Urgency.NORMAL
    assert "priority_region" not in result.flags


def test_one_of_several_places_is_enough():
    result = outcome("常州市武进区和南京市玄武区都有人卖盗版书。", "320102")

    assert "priority_region" in result.flags


def test_it_raises_no_further_than_high_and_nothing_that_is_no_report():
    urgent = "常州市武进区湖塘镇一家书店正在卖盗版教辅，现在就在卖。"

    assert outcome(urgent, "320412").urgency in {Urgency.HIGH, Urgency.CRITICAL}
    spam = Facts(
        submission=Submission(narrative=""), place=place_of("cn-culture"), known=Remembered()
    )
    flagged = replace(spam, category="other.spam").flagged("priority_region")
    assert find_urgency(flagged).urgency is Urgency.LOW
