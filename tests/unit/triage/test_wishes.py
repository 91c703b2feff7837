"""A reporter may say which office should have the report; the table says what comes of it (U18)."""

import pytest

from portal.jurisdiction.competence import offices_of
from portal.triage.rules.facts import Submission
from portal.triage.rules.pipeline import triage
from portal.triage.rules.remembered import Remembered
from portal.triage.rules.table import Asked, decide
from tests.factories.packs import shipped

CHINA = shipped("cn_culture_market")
WUJIN = "320412"
BOOKS = next(rule for rule in CHINA.rules if rule.id == "books")
OFFERED = {kind.kind for kind in offices_of(CHINA)}
HELPS, OTHER = [kind for kind in BOOKS.support if kind in OFFERED][:2]


def answer(wish, category="piracy.print", **more):
    return decide(CHINA, Asked(category=category, region=WUJIN, wish=wish, **more))


@pytest.mark.requirement("U18")
def test_an_office_that_would_help_leads_when_it_is_asked_for_and_the_other_helps():
    plain, wished = answer(""), answer(HELPS)

    assert (plain.competent, plain.wished) == (BOOKS.lead, False)
    assert (wished.competent, wished.wished, wished.rule_id) == (HELPS, True, plain.rule_id)
    assert BOOKS.lead in wished.support
    assert HELPS not in wished.support


@pytest.mark.requirement("U18")
def test_an_office_whose_task_it_is_not_does_not_get_it_by_being_asked_for():
    discs = "piracy.av_physical"

    for wish in ("PRESS_PUB", "COPYRIGHT", "CUSTOMS", CHINA.supervision, "nothing"):
        assert answer(wish, discs) == answer("", discs)


@pytest.mark.requirement("U18")
def test_who_is_not_sure_what_it_is_about_may_choose_any_office_that_is_offered():
    for wish in OFFERED:
        assert answer(wish, CHINA.unsure_category).competent == wish


@pytest.mark.requirement("U18")
@pytest.mark.parametrize(
    "more",
    [
        {"flags": ("conflict_of_interest",)},
        {"category": "complaint.staff"},
        {"category": "child_abuse.material"},
    ],
)
def test_what_few_are_to_know_of_goes_its_way_whatever_was_asked_for(more):
    for wish in OFFERED:
        assert answer(wish, **more) == answer("", **more)


@pytest.mark.requirement("U18")
@pytest.mark.parametrize(("wish", "code"), [(HELPS, "route.wished"), (OTHER, "route.wished_other")])
def test_the_explanation_says_what_came_of_the_wish(wish, code):
    category = "piracy.print" if wish == HELPS else "piracy.av_physical"
    told = "示例路12号的示例书店卖盗版。"
    sent = Submission(narrative=told, category=category, region=WUJIN, wish=wish)

    codes = [line.code for line in triage(sent, CHINA, Remembered()).explanation]

    assert code in codes
