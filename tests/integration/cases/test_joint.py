"""Joint work: one unit leads, others have a part with an end, and each reads its own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.joint_models import CaseMember, MemberTask
from portal.cases.models import Case
from portal.cases.queries.access import get_case
from portal.cases.queries.joint import get_part, list_members, list_parts
from portal.cases.queries.page import get_page
from portal.cases.queries.people import list_doers
from portal.cases.service.chain import FollowCase, follow_case
from portal.cases.service.filling import AddParty, add_party
from portal.cases.service.joint import (
    AddMember,
    EndMembership,
    FinishMemberTask,
    GiveMemberTask,
    SignMembership,
    add_member,
    end_membership,
    end_parts_that_are_over,
    finish_member_task,
    give_member_task,
    sign_membership,
)
from portal.cases.states import CaseAction, ChainDirection, PartyRole
from portal.casework.queries.board import viewpoint
from portal.casework.service.verification import AnswerReport, answer_report
from portal.infra.database import db
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import TITLE, make_case, make_move, today
from tests.factories.casework import keep_out, make_head, make_officer
from tests.factories.intake import make_report

THERE, REGION = "CULTURE_ENF@320402", "320402"
FOUR = (THERE, "CULTURE_ENF@320404", "CULTURE_ENF@320411", "CULTURE_ENF@320413")
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def case_of(number: str) -> Case:
    return get_case(db.session(), number, Actor.operator())


def later(days: int = 30):
    return today() + timedelta(days=days)


def make_member(number: str, head: Actor, unit: str = THERE) -> UUID:
    return add_member(AddMember(number, unit, "查印刷环节", "周五联合检查", later()), actor=head)


def parts_of(actor: Actor):
    return list_parts(db.session(), viewpoint(actor), Window()).items


@pytest.mark.requirement("A6")
@pytest.mark.requirement("B21")
@pytest.mark.requirement("E17")
def test_one_unit_leads_four_others_sign_and_each_sees_its_own_part_only():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    members = {unit: make_member(number, head, unit) for unit in FOUR}
    for unit, member in members.items():
        sign_membership(SignMembership(member), actor=make_head(unit))
    task = give_member_task(
        GiveMemberTask(number, members[THERE], later(3), "到厂取证"), actor=officer
    )

    there, beside = make_officer(THERE), make_officer(FOUR[1])
    own = get_part(db.session(), members[THERE], there)
    assert (own.lead, own.own.mandate) == ("CULTURE_ENF@320412", "查印刷环节")
    assert own.own.ends_on == later()
    assert [one.text for one in own.own.tasks] == ["到厂取证"]
    assert {unit for unit, _signed in own.others} == set(FOUR) - {THERE}
    assert get_part(db.session(), members[FOUR[1]], beside).own.tasks == ()
    with pytest.raises(NotFound):
        get_part(db.session(), members[THERE], beside)
    finish_member_task(FinishMemberTask(members[THERE], task, "查获底片两套"), actor=there)

    lines = list_members(db.session(), number, officer)
    assert all(line.signed_at for line in lines)
    assert [task.result for line in lines for task in line.tasks] == ["查获底片两套"]


@pytest.mark.requirement("A6")
def test_a_member_sees_neither_the_case_nor_anything_of_who_reported_it():
    officer, there = make_officer(), make_officer(THERE)
    sender = Identity(name=CANARY, phone="13800009999")
    report = make_report(
        state=ReportState.ACCEPTED, officer=officer, identity=sender, narrative=CANARY
    )
    number = make_case(report, officer=officer)
    add_party(AddParty(number, PartyRole.SELLER, "某店"), actor=officer)
    member = make_member(number, make_head())

    with pytest.raises(NotFound):
        get_page(db.session(), number, there)
    shown = repr(vars_of(get_part(db.session(), member, there)))
    for secret in (CANARY, "13800009999", TITLE, report.reference, "某店"):
        assert secret not in shown


def vars_of(part):
    """All that a part says, its words too."""
    own = part.own
    return part, own.mandate, own.shared, own.signer, [one.text for one in own.tasks]


def test_the_head_of_the_leading_unit_has_others_take_part_and_ends_that():
    officer, head = make_officer(), make_head()
    number, there = make_case(officer=officer), make_officer(THERE)

    with pytest.raises(NotPermitted):
        make_member(number, officer)
    member = make_member(number, head)
    with pytest.raises(RuleBroken, match="member-already"):
        make_member(number, head)
    assert len(parts_of(there)) == 1
    end_membership(EndMembership(number, member), actor=head)

    assert parts_of(there) == ()
    with pytest.raises(NotFound):
        get_part(db.session(), member, there)
    with pytest.raises(NotFound):
        end_membership(EndMembership(number, member), actor=head)
    assert make_member(number, head) != member


def test_a_part_has_an_end_to_come_and_goes_to_another_unit_that_there_is():
    head, number = make_head(), make_case()

    for unit, ends_on, code in (
        (THERE, later(-1), "task-day-over"),
        ("NONE@1", later(), "unknown"),
        ("CUSTOMS@320100", later(), "outside-the-office"),
        ("CULTURE_ENF@320412", later(), "has-it-already"),
    ):
        with pytest.raises(RuleBroken, match=code):
            add_member(AddMember(number, unit, "分工", "告知", ends_on), actor=head)


@pytest.mark.requirement("F21")
def test_nobody_takes_part_in_a_case_that_few_may_know_of():
    number = make_case(make_report(state=ReportState.ACCEPTED, columns={"restricted": True}))

    with pytest.raises(RuleBroken, match="case-closed-to-others"):
        make_member(number, make_head())


@pytest.mark.requirement("F13")
def test_whom_a_report_concerns_does_not_see_the_part_of_their_unit():
    insider, report = make_officer(THERE), make_report(state=ReportState.ACCEPTED)
    member = make_member(make_case(report), make_head())
    keep_out(insider.id, report.id)

    assert parts_of(insider) == ()
    with pytest.raises(NotFound):
        get_part(db.session(), member, insider)


def test_a_signature_and_a_result_are_given_once_and_by_the_unit_itself():
    officer, head = make_officer(), make_head()
    number, there, chief = make_case(officer=officer), make_officer(THERE), make_head(THERE)
    member = make_member(number, head)
    task = give_member_task(GiveMemberTask(number, member, later(3), "取证"), actor=officer)

    with pytest.raises(NotPermitted):
        sign_membership(SignMembership(member), actor=there)
    with pytest.raises(NotFound):
        sign_membership(SignMembership(member), actor=head)
    sign_membership(SignMembership(member), actor=chief)
    with pytest.raises(MoveRefused):
        sign_membership(SignMembership(member), actor=chief)
    with pytest.raises(NotFound):
        finish_member_task(FinishMemberTask(member, task, "代填"), actor=officer)
    with pytest.raises(NotFound):
        finish_member_task(FinishMemberTask(member, member, "没有这项"), actor=there)
    finish_member_task(FinishMemberTask(member, task, "已办"), actor=there)
    with pytest.raises(MoveRefused):
        finish_member_task(FinishMemberTask(member, task, "再办"), actor=there)
    with pytest.raises(RuleBroken, match="task-day-over"):
        give_member_task(GiveMemberTask(number, member, later(-1), "取证"), actor=officer)


def test_nothing_that_is_told_to_a_member_stands_readable():
    officer, number = make_officer(), make_case()
    member = add_member(AddMember(number, THERE, CANARY, CANARY, later()), actor=make_head())
    give_member_task(GiveMemberTask(number, member, later(), CANARY), actor=officer)

    for table in (CaseMember, MemberTask):
        row = db.session.execute(select(*table.__table__.columns)).one()
        kept = b"".join(one for one in row if isinstance(one, bytes))
        assert CANARY.encode() not in kept


@pytest.mark.requirement("A6")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_joint_work_goes_round_on_the_pages(desk, language):
    lead, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    there, _other = desk(Role.DEPARTMENT_HEAD, department=THERE, region=REGION, language=language)
    number = make_case()
    home = f"/desk/cases/{number}"
    told = {"region": REGION, "kind": "CULTURE_ENF", "asked": "查印刷环节", "shared": "周五检查"}

    case = lead.post(lead.get(f"{home}/add-member"), {**told, "ends_on": later().isoformat()})
    [give] = [one for one in case.links() if one.endswith("/give-task") and "/members/" in one]
    lead.post(lead.get(give), {"text": "到厂取证", "due_on": later(3).isoformat()})
    [part] = [one for one in there.get("/desk/cases/joint").links() if "/cases/joint/" in one]
    page = there.post(there.get(part))
    [finish] = [one for one in page.links() if one.endswith("/finish")]
    assert there.post(there.get(finish), {"result": ""}).status == 422
    page = there.post(there.get(finish), {"result": "查获底片两套"})
    assert "查获底片两套" in page.text("main")
    assert "查获底片两套" in lead.get(home).text("main")
    assert lead.get(part).status == 404
    [end] = [one for one in lead.get(home).links() if one.endswith("/end")]
    lead.post(lead.get(end), {})
    assert there.get(part).status == 404


@pytest.mark.requirement("A6")
def test_a_unit_that_the_place_has_no_more_is_called_by_its_code_where_its_part_is_ended(desk):
    pages, head = desk(Role.DEPARTMENT_HEAD)
    number = make_case(officer=make_officer(), head=head)
    member = make_member(number, head)
    db.session.get_one(CaseMember, member).department_code = "CULTURE_ENF@320499"
    db.session.commit()

    for act in ("end", "give-task"):
        page = pages.get(f"/desk/cases/{number}/members/{member}/{act}")
        assert page.status == 200
        assert "CULTURE_ENF@320499" in page.text("main")
    assert page.has("main form[method=post]")


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 9])
def test_the_list_of_parts_takes_few_statements_whatever_is_in_it(desk, counted, stored):
    pages, _officer = desk(Role.CASE_OFFICER, department=THERE, region=REGION)
    head = make_head()
    for _one in range(stored):
        make_member(make_case(), head)
    pages.get("/desk/cases/joint")

    with counted() as statements:
        assert pages.get("/desk/cases/joint").status == 200
    assert len(statements) <= 4, statements


@pytest.mark.requirement("F21")
def test_a_report_few_may_know_of_closes_the_case_to_others_though_it_became_so_in_it(desk):
    pages, head = desk(Role.DEPARTMENT_HEAD)
    report = make_report(state=ReportState.ACCEPTED)
    number = make_case(report)
    home = f"/desk/cases/{number}"
    acts = {f"{home}/{one}" for one in ("follow", "add-member", "offer-case")}
    assert acts <= set(pages.get(home).links())

    report.restricted = True
    db.session.commit()

    order = FollowCase(number, REGION, THERE, "请查。", ChainDirection.UP)
    with pytest.raises(RuleBroken, match="case-closed-to-others"):
        follow_case(order, actor=head)
    with pytest.raises(RuleBroken, match="case-closed-to-others"):
        make_member(number, head)
    assert not acts & set(pages.get(home).links())


@pytest.mark.requirement("F13")
@pytest.mark.requirement("A6")
def test_a_unit_that_takes_part_sees_its_part_no_more_once_few_may_know_of_the_case(desk):
    pages, head = desk(Role.DEPARTMENT_HEAD)
    there, report = make_officer(THERE), make_report(state=ReportState.ACCEPTED)
    number = make_case(report)
    home, member = f"/desk/cases/{number}", make_member(number, head)
    give = f"{home}/members/{member}/give-task"
    assert give in pages.get(home).links()

    report.conflict, report.excluded_units = True, [THERE]
    db.session.commit()

    assert parts_of(there) == ()
    with pytest.raises(NotFound):
        get_part(db.session(), member, there)
    order = GiveMemberTask(number, member, later(), "取证")
    with pytest.raises(RuleBroken, match="case-closed-to-others"):
        give_member_task(order, actor=head)
    assert give not in pages.get(home).links()
    assert pages.get(give).status == 409
    end_membership(EndMembership(number, member), actor=head)


def test_a_part_in_a_case_that_was_disposed_of_is_on_no_list(desk):
    there, _officer = desk(Role.CASE_OFFICER, department=THERE, region=REGION)
    number = make_case()
    member = make_member(number, make_head())
    assert there.get(f"/desk/cases/joint/{member}").status == 200

    case_of(number).disposed_at = datetime.now(UTC)
    db.session.commit()

    assert f"/desk/cases/joint/{member}" not in there.get("/desk/cases/joint").links()
    assert there.get(f"/desk/cases/joint/{member}").status == 404


@pytest.mark.requirement("B16")
def test_what_a_unit_has_not_done_goes_on_with_whoever_has_the_case_when_its_part_ends():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    member = make_member(number, head)
    task = give_member_task(GiveMemberTask(number, member, later(3), "取证"), actor=officer)

    end_membership(EndMembership(number, member), actor=head)

    [line] = get_page(db.session(), number, officer).tasks
    assert (line.id, line.text, line.owner_id) == (task, "取证", officer.id)
    assert [one.tasks for one in list_members(db.session(), number, officer)] == [()]


def let_end(member: UUID, days: int = 1) -> None:
    """As if the last day of a part had been so many days ago."""
    db.session.get_one(CaseMember, member).ends_on = today() - timedelta(days=days)
    db.session.commit()


@pytest.mark.requirement("E17")
@pytest.mark.requirement("A6")
def test_a_unit_reads_and_does_nothing_more_from_the_day_after_the_last_of_its_part(desk):
    pages, there = desk(Role.DEPARTMENT_HEAD, department=THERE, region=REGION)
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    member = make_member(number, head)
    task = give_member_task(GiveMemberTask(number, member, later(3), "取证"), actor=officer)
    let_end(member, days=0)
    assert pages.get(f"/desk/cases/joint/{member}").status == 200, "the last day belongs to it"

    let_end(member)

    assert parts_of(there) == ()
    assert pages.get(f"/desk/cases/joint/{member}").status == 404
    for refused in (
        lambda: sign_membership(SignMembership(member), actor=there),
        lambda: finish_member_task(FinishMemberTask(member, task, "取到"), actor=there),
        lambda: give_member_task(GiveMemberTask(number, member, later(), "再查"), actor=officer),
    ):
        with pytest.raises(NotFound):
            refused()
    assert list(list_doers(db.session(), number, head)[1]) == []


@pytest.mark.requirement("E17")
@pytest.mark.requirement("B16")
@pytest.mark.parametrize("handled", [True, False])
def test_a_part_that_is_over_is_ended_by_the_clock_on_the_trail_and_its_tasks_go_on(handled):
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    over, lasting = make_member(number, head), make_member(number, head, FOUR[1])
    task = give_member_task(GiveMemberTask(number, over, later(3), "取证"), actor=officer)
    if not handled:
        case_of(number).handler_id = None
    let_end(over)

    assert [end_parts_that_are_over(actor=Actor.system("clock")) for _ in range(2)] == [1, 0]

    ended = {one.id: one.left_at is not None for one in list_members(db.session(), number, officer)}
    assert ended == {over: True, lasting: False}
    [line] = get_page(db.session(), number, officer).tasks
    assert (line.id, line.owner_id) == (task, officer.id if handled else head.id)
    wanted = AuditEvent.action == "case.end-member"
    [entry] = db.session.scalars(select(AuditEvent).where(wanted)).all()
    assert entry.details["department"] == THERE


@pytest.mark.requirement("E17")
def test_the_clock_ends_no_part_in_a_case_that_is_closed():
    officer, head = make_officer(), make_head()
    report = make_report(state=ReportState.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "未见违法。"), actor=officer)
    over = make_member(number, head)
    give_member_task(GiveMemberTask(number, over, later(3), "取证"), actor=officer)
    make_move(number, CaseAction.DROP, head)
    let_end(over)

    assert end_parts_that_are_over(actor=Actor.system("clock")) == 0

    [part] = list_members(db.session(), number, officer)
    assert (part.left_at, part.over) == (None, True)
    assert get_page(db.session(), number, officer).tasks == ()


@pytest.mark.requirement("E17")
@pytest.mark.requirement("B16")
def test_a_part_whose_tasks_would_be_nobodys_stays_and_holds_up_none_behind_it(monkeypatch):
    monkeypatch.setattr("portal.cases.service.joint.AT_ONCE", 1)
    away, officer, head = make_officer(), make_officer(), make_head()
    stuck, going = make_case(officer=away), make_case(officer=officer)
    parts = {number: make_member(number, head) for number in (stuck, going)}
    for number, by in ((stuck, away), (going, officer)):
        give_member_task(GiveMemberTask(number, parts[number], later(3), "取证"), actor=by)
        let_end(parts[number])
    case_of(stuck).handler_id = None
    gone = update(Account).where(Account.id == head.id)
    db.session.execute(gone.values(disabled_at=datetime.now(UTC)))
    db.session.commit()

    clock = Actor.system("clock")
    assert end_parts_that_are_over(actor=clock) == 1
    assert [one.left_at is None for one in list_members(db.session(), stuck, away)] == [True]

    heir = make_head()
    assert end_parts_that_are_over(actor=clock) == 1
    assert [one.owner_id for one in get_page(db.session(), stuck, heir).tasks] == [heir.id]


def test_a_unit_whose_part_is_over_can_be_given_another_before_the_clock_has_come_round():
    head = make_head()
    number = make_case()
    first = make_member(number, head)
    let_end(first)

    second = make_member(number, head)

    over = {one.id: one.over for one in list_members(db.session(), number, head)}
    assert over == {first: True, second: False}
