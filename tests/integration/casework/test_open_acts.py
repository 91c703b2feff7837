"""Acts that are not open: said before anything is typed, and never behind a button."""

import pytest

from portal.casework.lead_words import LEAD_ACTS
from portal.casework.offers import offers_of
from portal.casework.queries import leads
from portal.casework.queries.dossier import get_dossier
from portal.casework.service.acceptance import AcceptReport, accept_report
from portal.casework.service.closing import CloseReport, close_report
from portal.casework.words import ACTS
from portal.infra.database import db
from portal.intake.states import LeadState, ReportState
from portal.kernel.actor import Role
from tests.factories.casework import make_officer
from tests.factories.intake import make_report
from tests.factories.leads import ELSEWHERE, make_lead

S = ReportState
OWN = "CULTURE_ENF@320412"
# What is not done by a form on the page of a report as such.
ASIDE = {"original", "correct", "compare", "mass"}
ROLES = {
    "officer": (Role.CASE_OFFICER,),
    "head": (Role.DEPARTMENT_HEAD,),
    "clerk": (Role.TRIAGE_CLERK,),
    "supervisor": (Role.SUPERVISOR,),
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("who", ROLES)
def test_an_act_has_a_page_exactly_where_the_report_has_its_button(desk, state, who):
    pages, actor = desk(*ROLES[who], region="320000" if who in {"clerk", "supervisor"} else None)
    report = make_report(state=state, columns={"region": "320412"})
    at = f"/desk/reports/{report.reference}"
    shown = pages.get(at)

    found = {act: pages.get(f"{at}/{act.replace('_', '-')}").status for act in ACTS.keys() - ASIDE}

    if shown.status == 404:
        assert set(found.values()) <= {403, 404}
        return
    offers = offers_of(get_dossier(db.session(), report.reference, actor), actor)
    offered = {*offers.moves, *offers.acts}
    buttons = {
        link["href"].rpartition("/")[2].replace("-", "_")
        for link in shown.find(f"main .sl-acts a[href^='{at}/']")
    }
    assert buttons - {"pass_on", "open_case"} <= offered
    assert {act for act, status in found.items() if status == 200} == offered
    assert {found[act] for act in found.keys() - offered} <= {403, 409}


def test_who_sends_an_act_that_is_not_open_gets_back_what_was_typed_and_not_a_form_to_mend(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ROUTED)
    asked = pages.get(f"/desk/reports/{report.reference}/decline")
    accept_report(AcceptReport(report.reference), actor=officer)

    page = pages.post(asked, {"text": "已经查实。"})

    assert page.status == 409
    assert "已经查实。" in page.text("main textarea[readonly]")
    assert not page.find("main select, main input[type=radio]")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_act_that_is_no_move_is_not_begun_on_a_closed_report(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=S.CLOSED, officer=officer)

    page = pages.get(f"/desk/reports/{report.reference}/ask")

    assert page.status == 409
    assert not page.find("main form[method=post]")
    assert report.reference in page.text("main")


def test_who_gave_the_contested_result_is_told_before_writing_another(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.CONTESTED, officer=officer)
    other, _actor = desk(Role.CASE_OFFICER)

    assert pages.get(f"/desk/reports/{report.reference}/verify").status == 409
    assert other.get(f"/desk/reports/{report.reference}/verify").status == 200


@pytest.mark.parametrize("state", list(LeadState))
@pytest.mark.parametrize("leading", [True, False])
def test_an_act_on_a_lead_has_a_page_exactly_where_the_lead_has_its_button(desk, state, leading):
    ends, officer = state is LeadState.ENDED, make_officer(OWN)
    report = make_report(state=S.ANSWERED if ends else S.ACCEPTED, officer=officer)
    lead = make_lead(report, LeadState.TAKEN if ends else state)
    if ends:
        close_report(CloseReport(report.reference, "close.measures-taken"), actor=officer)
    unit = OWN if leading else ELSEWHERE
    pages, actor = desk(Role.CASE_OFFICER, department=unit, region=unit.partition("@")[2])

    found = {act: pages.get(f"/desk/leads/{lead.id}/{act}").status for act in LEAD_ACTS}

    if set(found.values()) == {404}:
        assert not leading
        return
    offered = set(leads.get_heading(db.session(), lead.id, actor).acts)
    assert {act for act, status in found.items() if status == 200} == offered
    assert {found[act] for act in found.keys() - offered} <= {409}
