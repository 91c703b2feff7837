"""Acts on a case that are not open: said before anything is typed, and never behind a button."""

import pytest
from sqlalchemy import select

from portal.cases.offers import offers_of
from portal.cases.queries.whole import get_whole
from portal.cases.rules import step_of
from portal.cases.service.filling import WaivePaper, waive_paper
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.states import CaseAction, CaseEnding
from portal.cases.words import ACTS
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from tests.e2e import full_case
from tests.factories.cases import make_case
from tests.factories.casework import make_head
from tests.factories.intake import make_report
from tests.integration.cases.walk import walk


@pytest.mark.parametrize("upto", ["", "file", "file finish-investigation", "file drop"])
@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.DEPARTMENT_HEAD])
def test_an_act_has_a_page_exactly_where_the_case_has_its_button(desk, upto, role):
    pages, actor = desk(role)
    number = make_case(upto="" if "drop" in upto else upto)
    if "drop" in upto:
        drop_case(number)
    at = f"/desk/cases/{number}"
    own = {rule.rule for rule in pages.client.application.url_map.iter_rules()}
    addresses = {act: f"{at}/{act.replace('_', '-')}" for act in ACTS}
    addresses = {
        act: address
        for act, address in addresses.items()
        if address.replace(number, "<number>") in own  # others are about something in the case
    }
    assert len(addresses) > 15
    addresses |= {move: f"{at}/move/{move}" for move in CaseAction}

    found = {act: pages.get(address).status for act, address in addresses.items()}

    whole = get_whole(db.session(), number, actor)
    offers = offers_of(whole.case, whole.course, whole.oversight, actor)
    offered = {*offers.moves, *offers.acts}
    assert {act for act, status in found.items() if status == 200} == offered
    assert {found[act] for act in found.keys() - offered} <= {403, 409}


WALKERS = {
    "officer": (Role.CASE_OFFICER, {}),
    "head": (Role.DEPARTMENT_HEAD, {}),
    "office above": (Role.SUPERVISOR, {"department": "SUPERVISION@320000", "region": "320000"}),
    "neighbour": (Role.DEPARTMENT_HEAD, {"department": full_case.NEIGHBOUR, "region": "320481"}),
}


@pytest.mark.parametrize("walker", list(WALKERS))
def test_no_link_on_the_pages_of_a_case_leads_to_what_its_reader_may_not_do(desk, walker):
    role, where = WALKERS[walker]
    pages, _actor = desk(role, **where)
    number, _officer = full_case.make()

    def visit(address):
        return (pages.client.get(address),)

    found = {page: one.status_code for page, (one,) in walk(f"/desk/cases/{number}", visit)}

    reached = {page: status for page, status in found.items() if status != 200}
    assert reached == ({} if walker != "neighbour" else {f"/desk/cases/{number}": 404})
    assert len(found) > (0 if walker == "neighbour" else 20)


def drop_case(number):
    report = db.session.scalars(select(Report)).one()
    head = make_head()
    method, finding = VerificationMethod.DOCUMENTS, Finding.NOT_CONFIRMED
    record_verification(RecordVerification(report.reference, method, finding, "看过"), actor=head)
    answer_report(AnswerReport(report.reference, "已经看过。"), actor=head)
    for group in step_of(current_place(), CaseAction.DROP).groups:
        waive_paper(WaivePaper(number, group[0], "测试不附"), actor=head)
    move_case(MoveCase(number, CaseAction.DROP, CaseEnding.NO_BREACH, "理由"), actor=make_head())


def test_a_second_case_is_not_opened_on_one_report(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    make_case(report, officer=officer)

    page = pages.get(f"/desk/reports/{report.reference}/open-case")

    assert page.status == 409
    assert not page.find("main form[method=post]")
