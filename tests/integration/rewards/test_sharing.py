"""Those who reported together share as all of them have agreed, each on the own page."""

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.service.opening import AddReport, add_report
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rewards.models import Award, RewardSplit
from portal.rewards.queries.desk import get_award_page
from portal.rewards.queries.reporter import find_reward
from portal.rewards.service.findings import StateFinding, state_finding
from portal.rewards.service.sharing import AgreeOnShares, agree_on_shares
from portal.rewards.service.telling import rank_reports
from portal.rewards.states import AwardAction, RewardFindingKind
from portal.rewards.words import explained
from tests.factories.rewards import Matter, make_tip
from tests.integration.feedback.reporter import Reporter

pytestmark = pytest.mark.usefixtures("app")
PUBLIC, MACHINE = Actor.public(), Actor.system("rank_reports")


def joined(matter, report) -> None:
    """Another report of the same people in the case; both are told."""
    add_report(AddReport(matter.number, report.reference), actor=matter.officer)
    joint = StateFinding(matter.number, report.reference, RewardFindingKind.JOINT, "同行人。")
    state_finding(joint, actor=matter.head)
    rank_reports(db.session.scalars(select(Case.id)).one(), actor=MACHINE)


def together() -> tuple[Matter, object]:
    matter = Matter()
    other = make_tip(matter.officer)
    joined(matter, other)
    return matter, other


def enter(report, *shares) -> None:
    agree_on_shares(AgreeOnShares(report.id, shares), actor=PUBLIC)


def amounts(matter, *others) -> list[int]:
    """What each is given, proposed by one and the same computation."""
    awards = [matter.award, *(matter.promise(one) for one in others)]
    for award in awards:
        matter.propose(award_id=award)
    found = {one.id: one.amount for one in db.session.scalars(select(Award))}
    return [found[one] for one in awards]


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
def test_parts_that_all_have_entered_are_given_and_explained():
    matter, other = together()
    enter(matter.report, 70, 30)
    assert find_reward(db.session(), other.reference).sharing.agreed == ()
    enter(other, 70, 30)
    assert find_reward(db.session(), other.reference).sharing.agreed == (70, 30)

    assert amounts(matter, other) == [35_000, 15_000]

    shown = get_award_page(db.session(), matter.award, matter.head)
    assert "70%" in explained(shown.lines[-1], "CNY").replace(" ", "")
    matter.take(AwardAction.CONFIRM, matter.head)


@pytest.mark.requirement("F1")
def test_without_the_same_from_all_the_parts_are_equal():
    matter, other = together()
    enter(matter.report, 70, 30)
    enter(other, 60, 40)

    assert amounts(matter, other) == [25_000, 25_000]


def test_an_agreement_ends_with_who_shares_and_another_one_takes_its_place():
    matter, other = together()
    for one in (matter.report, other):
        enter(one, 70, 30)
    third = make_tip(matter.officer)
    joined(matter, third)
    assert find_reward(db.session(), other.reference).sharing.agreed == ()

    for one in (matter.report, other, third):
        enter(one, 50, 30, 20)

    assert find_reward(db.session(), third.reference).sharing.agreed == (50, 30, 20)
    assert len(db.session.scalars(select(RewardSplit)).all()) == 3


def test_nobody_agrees_alone_nor_for_others_nor_once_the_amount_is_proposed():
    matter = Matter()
    rank_reports(db.session.scalars(select(Case.id)).one(), actor=MACHINE)
    with pytest.raises(NotFound):
        enter(matter.report, 100)
    stranger = make_tip(matter.officer)
    with pytest.raises(NotFound):
        enter(stranger, 50, 50)
    other = make_tip(matter.officer)
    joined(matter, other)
    with pytest.raises(RuleBroken, match="shares-not-possible"):
        enter(other, 50, 40)

    matter.propose()
    with pytest.raises(RuleBroken, match="shares-computed"):
        enter(other, 70, 30)


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_each_enters_the_parts_on_the_own_page_and_reads_whether_they_count(app, language):
    reporter = Reporter(app)
    report = reporter.send(ReportState.ACCEPTED, wants_reward=True)
    matter = Matter(officer=reporter.officer, report=report)
    reporter.come_back(language=language)
    assert "/track/report/reward/shares" not in reporter.page().links()
    other = make_tip(matter.officer)
    joined(matter, other)
    enter(other, 70, 30)
    assert "/track/report/reward/shares" in reporter.page().links()

    form = reporter.page("/reward/shares")
    wrong = reporter.browser.post(form, {"shares": "70, 40"})
    assert (wrong.status, "70, 40" in wrong.response.text) == (422, True)
    page = reporter.browser.post(form, {"shares": "70 / 30"})

    assert "70 % / 30 %" in page.text("main")
    assert ("按此分配" if language == "zh-Hans" else "so it is shared") in page.text("main")
    matter.propose()
    assert "/track/report/reward/shares" not in reporter.page().links()
