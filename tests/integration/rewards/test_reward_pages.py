"""The pages of rewards: each step by its own person, other people's awards, funds, everybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.service.opening import AddReport, add_report
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.reward_tables import ExclusionGround
from portal.kernel.actor import Actor, Role
from portal.rewards.models import Award, RewardFinding, RewardObjection
from portal.rewards.queries.public import list_reward_years
from portal.rewards.queries.simulation import simulate
from portal.rewards.service.findings import StateFinding, state_finding
from portal.rewards.service.telling import rank_reports
from portal.rewards.states import AwardAction, RewardFindingKind
from tests.factories.decisions import put_in
from tests.factories.rewards import Matter, make_tip
from tests.integration.feedback.reporter import Reporter
from tests.pages import Pages

YES = {"no_conflict": "y"}


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
def test_an_award_is_proposed_confirmed_and_approved_on_the_pages_by_three(desk):
    matter = Matter()
    path = f"/desk/awards/{matter.award}"
    officer, _own = desk(Role.CASE_OFFICER)
    page = officer.get(f"{path}/propose")
    said = {"level": "copies", "line": str(matter.line), "reason": "查实。", "units": ""}
    assert officer.post(page, said).status == 422
    page = officer.post(page, {**said, **YES})
    assert "需要的数额没有填写" in page.text("main")
    page = officer.post(page, {**said, **YES, "units": "300"})
    for words in ("计 200 件", "该等级不低于", "¥500.00"):
        assert words in page.text("main")
    assert officer.post(officer.get(f"{path}/confirm"), YES).status == 403

    head, _own = desk(Role.DEPARTMENT_HEAD)
    assert matter.number in head.get("/desk/awards").text("main")
    page = head.post(head.get(f"{path}/confirm"), YES)
    assert "已核实" in page.text("main")
    assert head.post(head.get(f"{path}/approve"), YES).status == 403
    member, _own = desk(Role.REWARD_COMMITTEE, department=None, region="320400")
    assert member.get(f"/desk/cases/{matter.number}/rewards").status == 403
    page = member.post(member.get(f"{path}/approve"), YES)

    assert db.session.get_one(Award, matter.award).state == "approved"
    assert matter.report.reference in page.text("main")


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_of_a_case_with_rewards_is_shown_in_a_bounded_number_of_statements(
    desk, counted, language
):
    matter = Matter()
    matter.propose()
    matter.take(AwardAction.CONFIRM, matter.head)
    head, _own = desk(Role.DEPARTMENT_HEAD, language=language)
    case, award = f"/desk/cases/{matter.number}", f"/desk/awards/{matter.award}"
    page = head.get(f"{case}/rewards/finding")
    said = {"report": matter.report.reference, "kind": "excluded", "reason": "见卷。"}
    assert head.post(page, said).status == 422

    for path in (
        *(f"/desk/awards?list={one}" for one in ("waiting", "open", "unpaid", "ended")),
        *("/desk/awards/objections", f"{case}/rewards", award, f"{award}/refuse"),
        f"{award}/withdraw",
    ):
        with counted() as seen:
            assert head.get(path).status == 200, path
        assert len(seen) <= 24, (path, len(seen))
    assert head.get(case).has("#rewards")


def test_an_award_of_another_region_is_not_there(desk):
    matter = Matter()
    pages, _own = desk(Role.REWARD_COMMITTEE, department=None, region="320100")

    for path in ("", "/approve", "/refuse"):
        assert pages.get(f"/desk/awards/{matter.award}{path}").status == 404
    clerk, _own = desk(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")
    assert clerk.get("/desk/awards").status == 403


@pytest.mark.requirement("F1")
def test_findings_and_objections_go_through_the_pages(app, desk):
    matter = Matter()
    head, _own = desk(Role.DEPARTMENT_HEAD)
    case = f"/desk/cases/{matter.number}/rewards"
    said = {"kind": "excluded", "ground": "staff", "reason": "本机关工作人员。"}
    page = head.get(f"{case}/finding")
    page = head.post(page, {"report": matter.report.reference, **said})
    assert "本机关工作人员。" in page.text("main")
    rank_reports(db.session.scalars(select(Case.id)).one(), actor=Actor.system("rank_reports"))
    finding = db.session.scalars(select(RewardFinding.id)).one()
    page = head.post(page, {}, form=f"form[action='{case}/findings/{finding}/undo']")
    assert "已撤回" in page.text("main")


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_reporter_reads_each_step_and_no_name_and_asks_for_a_review(app, language):
    reporter = Reporter(app)
    report = reporter.send(ReportState.ACCEPTED, wants_reward=True)
    matter = Matter(officer=reporter.officer, report=report)
    reporter.come_back(language=language)
    assert reporter.page().has("#reward")
    matter.propose()
    assert "¥" not in reporter.page().text("main")
    matter.take(AwardAction.CONFIRM, matter.head)
    matter.take(AwardAction.REFUSE, matter.first, "与查实情况不符。")

    page = reporter.page()
    assert "与查实情况不符。" in page.text("main")
    for actor in (matter.proposer, matter.head, matter.first):
        assert actor.name not in page.text("main")
    asked = reporter.page(f"/reward/object/{matter.award}")
    page = reporter.browser.post(asked, {"text": "完全相符。"})
    assert "完全相符。" in page.text("main")
    assert db.session.scalars(select(RewardObjection.award_id)).one() == matter.award


def test_without_the_code_there_is_nothing_to_object_to(app):
    page = Pages(app).get("/track/report/reward/object")

    assert page.path == "/track"


def _form(page, end):
    """The form that sends to an address of the fund."""
    found = (one["action"] for one in page.find("form[action]"))
    return f"form[action='{next(one for one in found if end in one)}']"


@pytest.mark.requirement("F1")
def test_finance_opens_a_fund_gives_it_money_and_takes_its_statement(desk):
    pages, _own = desk(Role.FINANCE, department=None, region="320400")
    given = {"code": "R-1", "name_zh": "=奖励", "name_en": "Rewards", "currency": "CNY"}
    page = pages.post(pages.get("/desk/funds/open"), given)
    assert page.path == "/desk/funds/R-1"
    move = pages.get("/desk/funds/R-1/move")
    said = {"year": "2026", "kind": "grant", "amount": "1,000.50", "note": "=HYPERLINK(1)"}
    assert pages.post(move, {**said, "amount": "1.005"}).status == 422
    assert pages.post(move, {**said, "year": "9999"}).status == 422
    page = pages.post(move, said)
    assert "¥1,000.50" in page.text("main")
    assert pages.post(move, {**said, "kind": "cut", "amount": "1000.51"}).status == 422

    sheet = pages.post(page, {}, form=_form(page, "/sheet")).response
    assert sheet.mimetype == "text/csv"
    assert "'=HYPERLINK(1)" in sheet.text
    paper = pages.post(page, {}, form=_form(page, "/pdf")).response
    assert paper.data.startswith(b"%PDF")
    assert "R-1" in pages.get("/desk/funds").text("main")
    abroad, _own = desk(Role.FINANCE, department=None, region="320100")
    assert abroad.get("/desk/funds/R-1").status == 404
    auditor, _own = desk(Role.AUDITOR, department=None, region="320400")
    assert auditor.get("/desk/funds/R-1").status == 200
    assert auditor.get("/desk/funds/R-1/move").status == 403


@pytest.mark.requirement("F1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_everybody_reads_the_figures_of_the_schemes(app, language):
    page = Pages(app, language).get("/rewards")

    shown = page.text("main")
    assert "¥1,000,000.00" in shown
    assert ("暂不适用" if language == "zh-Hans" else "not in use") in shown


@pytest.mark.requirement("T32")
def test_a_year_with_fewer_than_five_rewards_is_not_told(app):
    matter = Matter()
    matter.propose()
    matter.take(AwardAction.CONFIRM, matter.head)
    matter.take(AwardAction.APPROVE, matter.first)
    in_a_year = datetime.now(UTC) + timedelta(days=366)

    [newest, *_older] = list_reward_years(db.session(), in_a_year)
    assert (newest.approved, newest.amount) == (None, None)
    assert list_reward_years(db.session(), datetime.now(UTC)) == []


@pytest.mark.requirement("F1")
def test_other_schemes_are_tried_on_past_awards_before_they_are_published(app, desk):
    matter = Matter()
    matter.propose()
    place = current_place()
    old = place.schemes["example-flat"]
    double = replace(old, levels=(replace(old.levels[0], amount=100_000), *old.levels[1:]))
    none = replace(old, levels=old.levels[1:])

    for scheme, after, refused in ((old, 50_000, 0), (double, 100_000, 0), (none, 0, 1)):
        [found] = simulate(db.session(), replace(place, schemes={scheme.code: scheme}))
        assert (found.after, found.refused, found.cases, found.asking) == (after, refused, 1, 1)
        assert (found.ranked, found.bumped) == (1, 0)
    pages, _own = desk(Role.ADMINISTRATOR, department=None, region=None)
    assert "¥500.00" in pages.get("/desk/place/changes/rewards").text("main")


@pytest.mark.requirement("F1")
def test_a_scheme_that_is_tried_ranks_the_reports_of_past_cases_anew(app):
    matter = Matter()
    put_in(matter.number, matter.officer, "penalty-decision")
    excluded = make_tip(matter.officer)
    add_report(AddReport(matter.number, excluded.reference), actor=matter.officer)
    said = (RewardFindingKind.EXCLUDED, "本机关工作人员。", ExclusionGround.STAFF)
    state_finding(StateFinding(matter.number, excluded.reference, *said), actor=matter.head)
    matter.propose()
    place = current_place()
    old = place.schemes["example-flat"]

    def tried(**changes):
        scheme = replace(old, **changes)
        [found] = simulate(db.session(), replace(place, schemes={scheme.code: scheme}))
        return found.ranked, found.bumped, found.after

    assert tried(first_acts=(), excluded=(ExclusionGround.STAFF,)) == (1, 0, 50_000)
    # Both came after an act that ends the time to be first by the other scheme.
    assert tried(first_acts=("penalty-decision",)) == (0, 1, 0)
    # Whom another scheme does not exclude comes after the first, and has no part either.
    assert tried(first_acts=(), excluded=()) == (1, 0, 50_000)
