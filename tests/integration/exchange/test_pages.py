"""Keys are issued on a page and shown once; decisions go out without anybody in them."""

import json
from datetime import timedelta

import pytest

from portal.decisions.states import DecisionSource
from portal.kernel.actor import Role
from tests.factories.cases import make_case, today
from tests.factories.casework import make_officer
from tests.factories.decisions import FACTS, make_decision


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_key_is_issued_shown_once_and_ended_on_the_pages(desk, language):
    pages, _who = desk(Role.ADMINISTRATOR, language=language)
    page = pages.get("/desk/partner-keys/issue")
    fields = {
        "name": "某版权服务中心",
        "scopes": ["xarf"],
        "category": "piracy.online",
        "expires_on": (today() + timedelta(days=9)).isoformat(),
    }

    shown = pages.post(page, {**fields, "name": ""})
    assert shown.status == 422
    shown = pages.post(page, fields)
    key = shown.text("code")
    assert len(key) == 43

    listed = pages.get("/desk/partner-keys")
    assert key not in listed.text()
    assert "某版权服务中心" in listed.text()


@pytest.mark.parametrize("form", ["json", "csv"])
def test_decisions_go_out_in_the_fields_of_the_dsa_without_what_anybody_typed(desk, form):
    officer = make_officer()
    number = make_case(officer=officer, upto="file")
    make_decision(number, officer=officer, source=DecisionSource.REPORT)
    pages, _who = desk(Role.DEPARTMENT_HEAD)
    other, _who = desk(Role.DEPARTMENT_HEAD, department="CULTURE_ENF@320411", region="320411")

    def taken(by):
        page = by.get("/desk/statements")
        days = {"first": today().isoformat(), "last": today().isoformat(), "form": form}
        return by.post(page, days).response.text

    said = taken(pages)
    assert "DECISION_GROUND_ILLEGAL_CONTENT" in said
    for typed in (FACTS, "某书店", "予以警告。", number):
        assert typed not in said
    assert "DECISION_GROUND" not in taken(other)
    if form == "json":
        [one] = json.loads(said)
        assert one["source_type"] == "SOURCE_ARTICLE_16"
