"""What proves a step of a case, and who may not confirm it: papers of its round, and persons."""

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.cases.models import CasePaper
from portal.cases.queries.page import get_page
from portal.cases.queries.steps import list_missing
from portal.cases.service.filling import (
    AddPaper,
    AssignCase,
    Strike,
    WaivePaper,
    add_paper,
    assign_case,
    strike_paper,
    waive_paper,
)
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.states import CaseAction
from portal.infra.database import db
from portal.kernel.actor import Role
from portal.kernel.errors import RuleBroken
from tests.factories.cases import make_case, make_move, today
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import make_decision
from tests.factories.evidence import make_evidence

pytestmark = pytest.mark.usefixtures("app")
A = CaseAction


def waive(number, *forms, head=None):
    for form in forms:
        waive_paper(WaivePaper(number, form, "测试不附"), actor=head or make_head())


def put(number, form, officer):
    add_paper(AddPaper(number, form, today(), make_evidence(actor=officer).id), actor=officer)


def refused(number, action, actor, code):
    with pytest.raises(RuleBroken) as refusal:
        move_case(MoveCase(number, action, None, "理由"), actor=actor)
    assert refusal.value.code == code
    return refusal.value.params


@pytest.mark.requirement("B6")
def test_a_receipt_of_service_proves_the_notice_it_was_made_for_and_not_the_decision():
    officer = make_officer()
    number = make_case(officer=officer, upto="file finish-investigation")
    put(number, "service-receipt", officer)
    waive(number, "advance-notice")
    move_case(MoveCase(number, A.NOTIFY), actor=officer)
    make_decision(number)
    waive(number, "penalty-decision")

    said = refused(number, A.DECIDE, make_head(), "papers-missing")
    assert said["papers"] == "service-receipt"
    waive(number, "service-receipt")
    move_case(MoveCase(number, A.DECIDE), actor=make_head())


@pytest.mark.requirement("B6")
def test_a_record_of_what_was_seen_carries_over_and_the_report_on_it_is_written_anew():
    officer = make_officer()
    number = make_case(officer=officer)
    put(number, "inspection-record", officer)
    make_move(number, A.FILE, make_head())
    waive(number, "investigation-report")
    move_case(MoveCase(number, A.FINISH_INVESTIGATION), actor=officer)
    move_case(MoveCase(number, A.RESUME, None, "再查"), actor=officer)

    missing = list_missing(db.session(), number, A.FINISH_INVESTIGATION, officer)
    assert missing == (("investigation-report",),)
    assert get_page(db.session(), number, officer).lacking[A.FINISH_INVESTIGATION] == missing
    refused(number, A.FINISH_INVESTIGATION, officer, "papers-missing")


@pytest.mark.requirement("B6")
def test_what_is_struck_out_proves_nothing():
    officer = make_officer()
    number = make_case(officer=officer)
    put(number, "case-filing", officer)
    paper = db.session.scalars(select(CasePaper.id)).one()

    strike_paper(Strike(number, paper), actor=officer)

    refused(number, A.FILE, make_head(), "papers-missing")


@pytest.mark.requirement("E5")
def test_whoever_had_a_case_and_passed_it_on_confirms_no_step_of_it():
    officer, before = make_officer(), make_head()
    number = make_case(officer=officer)
    assign_case(AssignCase(number, before.id), actor=make_head())
    assign_case(AssignCase(number, officer.id), actor=make_head())
    waive(number, "case-filing")

    refused(number, A.FILE, before, "handler-does-not-confirm")
    move_case(MoveCase(number, A.FILE), actor=make_head())


@pytest.mark.requirement("E5")
def test_another_account_of_the_same_person_is_neither_offered_nor_allowed_a_step(desk):
    officer = make_officer()
    number = make_case(officer=officer)
    pages, second = desk(Role.DEPARTMENT_HEAD)
    person = db.session.get_one(Account, officer.id).person_id
    db.session.execute(update(Account).where(Account.id == second.id).values(person_id=person))
    db.session.commit()
    waive(number, "case-filing")

    assert A.FILE in get_page(db.session(), number, second).barred
    assert pages.get(f"/desk/cases/{number}/move/file").status == 409
    refused(number, A.FILE, second, "handler-does-not-confirm")


def test_a_step_that_needs_a_decision_is_not_offered_while_none_stands(desk):
    number = make_case(upto="file finish-investigation notify")
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    at = f"/desk/cases/{number}"

    assert pages.get(f"{at}/move/decide").status == 409
    assert f"{at}/move/decide" not in pages.get(at).links()
    make_decision(number)
    assert pages.get(f"{at}/move/decide").status == 200


def test_a_case_is_decided_on_the_spot_by_a_decision_and_not_without():
    officer = make_officer()
    number = make_case(officer=officer, upto="file")
    waive(number, "on-the-spot-decision")

    refused(number, A.DECIDE_ON_THE_SPOT, officer, "decision-missing")
