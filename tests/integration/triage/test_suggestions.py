"""Learning from corrections: stored encrypted, shown to who may route, forgotten with the words."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.casework.service.erasure import erase_words
from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.jurisdiction import queries as place_queries
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotPermitted
from portal.triage import suggestions
from portal.triage.models import CategoryCorrection, SuggestionModel
from portal.triage.service import RouteReport
from tests.factories.accounts import enter_desk, make_account
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import make_report
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")
UNIT = "CULTURE_ENF@320412"
KINDS = {
    "piracy.software": "{}号柜台装机时给客人灌系统，没有授权，收激活费。",
    "minors.venue": "{}号网吧晚上让穿校服的孩子进去通宵，没人登记。",
}


@pytest.fixture
def clerk():
    return make_clerk()


def correct(clerk, category, number) -> Report:
    report = make_report(narrative=KINDS[category].format(number), category="piracy.print")
    route_report(RouteReport(report.reference, UNIT, "改类别", category), actor=clerk)
    return report


def learn(clerk, each=8) -> list[Report]:
    made = [correct(clerk, category, n) for category in KINDS for n in range(each)]
    suggestions.learn_categories(actor=Actor.system("test"))
    return made


def test_a_correction_is_noted_and_leaving_the_category_as_it_is_is_none(clerk):
    corrected = correct(clerk, "minors.venue", 1)
    plain, same = make_report(), make_report(category="piracy.print")
    route_report(RouteReport(plain.reference, UNIT, "在武进"), actor=clerk)
    route_report(RouteReport(same.reference, UNIT, "在武进", "piracy.print"), actor=clerk)

    row = db.session.scalars(select(CategoryCorrection)).one()

    assert (row.report_id, row.before, row.category) == (
        corrected.id,
        "piracy.print",
        "minors.venue",
    )


def test_corrections_are_learnt_and_suggested_for_the_next_report(clerk):
    learn(clerk)
    report = make_report(narrative="九号网吧又让穿校服的孩子通宵。", category="piracy.print")

    found = suggestions.find_suggestion_for(db.session(), report)

    assert found is not None
    assert found.category == "minors.venue"
    assert found.terms


def test_what_was_learnt_is_stored_encrypted_and_only_the_newest(clerk):
    learn(clerk)
    suggestions.learn_categories(actor=Actor.system("test"))

    row = db.session.scalars(select(SuggestionModel)).one()

    assert row.version == 2
    for word in ("网吧", "校服", "激活费"):
        assert word.encode() not in row.learnt
        assert word not in str(row.measured)


def test_erased_reports_leave_at_the_next_training(clerk):
    made = learn(clerk)
    with unit_of_work(Actor.system("test")) as uow:
        for report in made:
            if report.category == "minors.venue":
                erase_words(uow, uow.session.get_one(Report, report.id), reason="test")

    suggestions.learn_categories(actor=Actor.system("test"))

    model = suggestions.find_model(db.session())
    assert model is not None
    assert "minors.venue" not in model.reports
    assert "网吧" not in model.grams
    assert "装机" in model.grams


@pytest.mark.parametrize("column", ["restricted", "conflict"])
def test_reports_kept_from_most_staff_teach_nothing(clerk, column):
    for number in range(4):
        report = correct(clerk, "minors.venue", number)
        setattr(report, column, True)
        db.session.commit()

    suggestions.learn_categories(actor=Actor.system("test"))

    model = suggestions.find_model(db.session())
    assert model is not None
    assert model.reports == {}


def test_it_is_measured_on_every_fifth_by_hash_which_was_not_learnt_from(clerk):
    made = learn(clerk, each=12)

    learnt = suggestions.find_learnt(db.session(), clerk)

    held_back = [suggestions.is_held_back(one.id) for one in made]
    assert learnt is not None
    assert (learnt.corrections, learnt.tested) == (len(made), sum(held_back))
    assert 0 <= learnt.right <= learnt.tested


def test_nothing_is_chosen_beforehand_unless_the_place_says_from_when_on(clerk, monkeypatch):
    sure = suggestions.Suggestion("minors.venue", 0.9, ())
    place = place_queries.current_place()

    assert suggestions.preselected(sure) is None
    for least, chosen in ((95, None), (90, "minors.venue")):
        there = replace(place, preselect_confidence=least)
        monkeypatch.setattr(suggestions, "current_place", lambda there=there: there)
        assert suggestions.preselected(sure) == chosen
    assert suggestions.preselected(None) is None


def test_the_page_for_routing_shows_the_suggestion_and_leaves_the_choice(app, clerk):
    learn(clerk)
    report = make_report(narrative="九号网吧又让穿校服的孩子通宵。", category="piracy.print")
    pages = Pages(app)
    account = make_account(Role.TRIAGE_CLERK, department="TRIAGE@320400", region="320400")
    enter_desk(pages, account)

    page = pages.get(f"/desk/reports/{report.reference}/route")
    shown = pages.get(f"/desk/reports/{report.reference}")

    assert "违规接纳未成年人" in page.text("[data-suggestion]")
    assert not page.has("select[name=category] option[selected]") or not page.one(
        "select[name=category] option[selected]"
    ).get("value")
    assert shown.has("[data-suggestion]")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_figures_says_that_few_are_few(app, clerk, language):
    learn(clerk, each=6)
    pages = Pages(app, language)
    enter_desk(pages, make_account(Role.ADMINISTRATOR))

    page = pages.get("/desk/triage/suggestions")

    few = "数量太少" if language == "zh-Hans" else "too few"
    assert few in page.text()
    assert len(page.find("[data-row]")) == len(KINDS)


@pytest.mark.parametrize(
    ("suggested", "right", "said"),
    [(None, 30, "还没有检验"), (2, 1, "太少"), (40, 30, "75%")],
    ids=["stored before it was counted", "few suggested of many", "many"],
)
def test_what_is_told_of_a_category_goes_by_how_often_something_was_suggested(
    app, suggested, right, said
):
    counted = {} if suggested is None else {"suggested": suggested}
    line = {"category": "minors.venue", "corrections": 90, "tested": 50, "right": right} | counted
    db.session.add(
        SuggestionModel(
            id=uuid4(),
            version=1,
            trained_at=datetime.now(UTC),
            key=b"",
            learnt=b"",
            measured=[line],
        )
    )
    db.session.commit()
    pages = Pages(app)
    enter_desk(pages, make_account(Role.ADMINISTRATOR))

    page = pages.get("/desk/triage/suggestions")

    assert said in page.text("[data-row]").replace(" ", "")
    assert ("数量太少" in page.text()) is (said == "太少")


def test_the_page_of_figures_says_when_nothing_was_learnt(app):
    pages = Pages(app)
    enter_desk(pages, make_account(Role.ADMINISTRATOR))

    assert "还没有学到内容" in pages.get("/desk/triage/suggestions").text()


def test_an_officer_does_not_read_the_figures():
    with pytest.raises(NotPermitted):
        suggestions.find_learnt(db.session(), make_officer())
