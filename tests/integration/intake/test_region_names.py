"""The name of a city or province is enough, wherever a region is asked for."""

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Report
from portal.kernel.actor import Role
from tests.factories.accounts import make_account, sign_in
from tests.pages import Pages

FORM = "main form[novalidate]"
WIDE = [("常州市", "320400"), ("Changzhou", "320400"), ("江苏省", "320000")]


def only_region() -> str | None:
    return db.session.scalars(select(Report.chosen_region)).one()


@pytest.mark.parametrize(("typed", "code"), WIDE)
def test_a_city_or_province_is_taken_in_the_steps(both, walk, send, typed, code):
    send(both, walk(both, where={"region_typed": typed}))

    assert only_region() == code


@pytest.mark.parametrize(("typed", "code"), WIDE)
def test_a_city_or_province_is_taken_on_one_page(both, typed, code):
    page = both.get("/report/one-page")

    page = both.post(page, {"narrative": "pirated discs", "region": typed}, form=FORM)

    assert page.path == "/report/receipt"
    assert only_region() == code


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize(("typed", "code"), WIDE)
def test_a_city_or_province_is_taken_from_staff(app, language, typed, code):
    pages, path = Pages(app, language), "/desk/reports/new"
    sign_in(pages, make_account(Role.TRIAGE_CLERK, department="TRIAGE@000000"), to=path)
    page = pages.get(path)

    pages.post(page, {"channel": "telephone", "narrative": "来电", "region": typed}, form=FORM)

    assert only_region() == code


def test_a_list_that_is_cut_says_how_many_there_are(english, walk):
    asked = english.post(
        walk(english, "/report/where"),
        {"where": "place", "region_typed": "海南"},
        form="[novalidate]",
    )
    page = english.post(
        english.get("/report/one-page"), {"narrative": "discs", "region": "海南"}, form=FORM
    )

    assert len(asked.find("input[name=region]")) == 20
    cut = "This name fits 45 places, and these are the first 20"
    assert [problem.startswith(cut) for problem in asked.problems()] == [True]
    assert cut in page.text("main")
