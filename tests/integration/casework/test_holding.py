"""Who has a report: claiming, putting back, handing over, and what happens when people are away."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from portal.accounts.absences import find_present
from portal.accounts.models import Absence, Account, RoleRequest
from portal.accounts.service.absence import SetAbsence, end_absence, set_absence
from portal.accounts.service.administration import (
    ChangeAccount,
    change_account,
    disable_account,
)
from portal.accounts.service.second_person import DecideRoles, decide_roles
from portal.audit.models import AuditEvent
from portal.casework.queries.board import list_section, viewpoint
from portal.casework.queries.filters import Section
from portal.casework.service.acceptance import (
    AcceptReport,
    AssignReport,
    accept_report,
    assign_report,
)
from portal.casework.service.holding import (
    ClaimReport,
    HandOverReport,
    ReleaseReport,
    claim_report,
    hand_over_report,
    release_report,
)
from portal.casework.service.leads import TakeLead, take_lead
from portal.casework.service.leaving import give_lost_work_away, give_work_away
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Message, MessageKind
from portal.intake.states import LeadState, ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from tests.factories.accounts import actor_of, make_account
from tests.factories.casework import make_actor, make_clerk, make_head, make_officer
from tests.factories.intake import make_report
from tests.factories.leads import ELSEWHERE, make_lead

S = ReportState
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
SYSTEM = Actor.system("test")
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
DAY = timedelta(days=1)


def be_away(account, stand_in, *, days=7, starts=-1):
    first, last = TODAY + starts * DAY, TODAY + days * DAY
    set_absence(SetAbsence(account.id, first, last, stand_in.id), actor=account)


def actions(report):
    return list(
        db.session.scalars(
            select(AuditEvent.action)
            .where(AuditEvent.subject_id == report.id)
            .order_by(AuditEvent.seq)
        )
    )


@pytest.mark.requirement("U18")
def test_an_officer_takes_a_report_off_the_heap_without_accepting_it(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)

    claim_report(ClaimReport(report.reference, report.version), actor=officer)

    assert (report.handler_id, report.state) == (officer.id, S.ROUTED)
    assert actions(report)[-1] == "report.claim"


@pytest.mark.requirement("U18")
def test_the_second_who_takes_it_is_refused_and_changes_nothing(app):
    first, second, report = make_officer(), make_officer(), make_report(state=S.ROUTED)
    claim_report(ClaimReport(report.reference), actor=first)

    with pytest.raises(MoveRefused):
        claim_report(ClaimReport(report.reference), actor=second)

    assert report.handler_id == first.id


def test_taking_ones_own_report_again_changes_nothing(app):
    officer, report = make_officer(), make_report(state=S.ROUTED)
    claim_report(ClaimReport(report.reference), actor=officer)
    before = report.version

    claim_report(ClaimReport(report.reference), actor=officer)

    assert report.version == before


def test_the_second_is_told_who_has_it(desk):
    pages, _officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ROUTED)
    page = pages.get(f"/desk/reports/{report.reference}/claim")
    claim_report(ClaimReport(report.reference), actor=make_officer(display_name="示例同事甲"))

    page = pages.post(page)

    assert page.status == 409
    assert "示例同事甲" in page.text()


@pytest.mark.parametrize("state", [S.RECEIVED, S.CLOSED, S.DECLINED])
def test_what_is_not_routed_or_is_over_is_taken_by_nobody(app, state):
    report = make_report(state=state)
    clerk = make_clerk(OWN)

    with pytest.raises((RuleBroken, NotFound)):
        claim_report(ClaimReport(report.reference), actor=clerk)


def test_a_clerk_takes_no_report_of_a_unit_that_works_on_it(app):
    report = make_report(state=S.ROUTED)

    with pytest.raises(NotPermitted):
        claim_report(ClaimReport(report.reference), actor=make_clerk())


def test_a_clerk_of_reception_takes_what_was_sent_to_reception(app):
    clerk = make_clerk("TRIAGE@320400")
    report = make_report(state=S.ROUTED, department="TRIAGE@320400")

    claim_report(ClaimReport(report.reference), actor=clerk)

    assert report.handler_id == clerk.id


def test_another_units_report_does_not_exist_for_an_officer(app):
    report = make_report(state=S.ROUTED)

    with pytest.raises(NotFound):
        claim_report(ClaimReport(report.reference), actor=make_officer(OTHER))


def test_a_report_is_put_back_by_whoever_has_it_or_by_the_head_and_nobody_else(app):
    officer, head, report = make_officer(), make_head(), make_report(state=S.ROUTED)
    claim_report(ClaimReport(report.reference), actor=officer)

    with pytest.raises(NotPermitted):
        release_report(ReleaseReport(report.reference), actor=make_officer())
    release_report(ReleaseReport(report.reference), actor=officer)
    assert report.handler_id is None
    claim_report(ClaimReport(report.reference), actor=officer)
    release_report(ReleaseReport(report.reference), actor=head)
    assert report.handler_id is None
    with pytest.raises(MoveRefused):
        release_report(ReleaseReport(report.reference), actor=head)


@pytest.mark.requirement("U14")
def test_who_leads_a_reception_takes_nothing_off_the_officers_of_other_units(app):
    both = make_actor(
        Role.TRIAGE_CLERK, Role.DEPARTMENT_HEAD, department="TRIAGE@320400", region="320400"
    )
    officer = make_officer()
    report = make_report(state=S.ROUTED, columns={"region": "320412"})
    claim_report(ClaimReport(report.reference), actor=officer)

    for act, command in (
        (release_report, ReleaseReport(report.reference)),
        (assign_report, AssignReport(report.reference, make_officer().id)),
        (hand_over_report, HandOverReport(report.reference, make_officer().id, "忙不过来。")),
    ):
        with pytest.raises(NotPermitted):
            act(command, actor=both)

    assert report.handler_id == officer.id


def test_a_closed_account_stands_in_for_nobody(app):
    away, gone = make_officer(), make_officer()
    be_away(away, gone)
    values = {"disabled_at": datetime.now(UTC)}
    db.session.execute(update(Account).where(Account.id == gone.id).values(**values))

    assert find_present(db.session(), away.id, TODAY) is None


def test_handing_over_names_a_colleague_and_leaves_the_reason_in_the_file(app):
    officer, colleague = make_officer(), make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)

    hand_over_report(HandOverReport(report.reference, colleague.id, "调岗"), actor=officer)

    assert report.handler_id == colleague.id
    notes = select(Message).where(Message.report_id == report.id, Message.kind == MessageKind.NOTE)
    assert db.session.scalars(notes).one().account_id == officer.id
    assert actions(report)[-1] == "report.hand-over"
    entry = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "report.hand-over")
    ).one()
    assert "调岗" not in str(entry.details)


def test_nothing_is_handed_to_another_unit_a_closed_account_or_whoever_has_it(app):
    officer, gone = make_officer(), make_officer()
    disable_account(gone.id, actor=Actor.operator())
    report = make_report(state=S.ACCEPTED, officer=officer)

    for nobody in (make_officer(OTHER).id, gone.id, officer.id, uuid4()):
        with pytest.raises(RuleBroken):
            hand_over_report(HandOverReport(report.reference, nobody, "调岗"), actor=officer)

    assert report.handler_id == officer.id


def test_a_colleague_hands_over_nothing_that_another_has(app):
    officer, colleague = make_officer(), make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)

    with pytest.raises(NotPermitted):
        hand_over_report(HandOverReport(report.reference, colleague.id, "给我"), actor=colleague)


@pytest.mark.requirement("U14")
def test_while_somebody_is_away_new_work_goes_to_the_stand_in(app):
    officer, stand_in, report = make_officer(), make_officer(), make_report(state=S.ROUTED)
    be_away(officer, stand_in)

    assign_report(AssignReport(report.reference, officer.id), actor=make_head())

    assert report.handler_id == stand_in.id
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "report.assign")).one()
    assert entry.details["instead_of"] == officer.id.hex


def test_a_stand_in_who_is_away_is_stood_in_for_and_a_circle_is_refused(app):
    first, second, third = make_officer(), make_officer(), make_officer()
    head, report = make_head(), make_report(state=S.ROUTED)
    be_away(first, second)
    be_away(second, third)
    assign_report(AssignReport(report.reference, first.id), actor=head)
    assert report.handler_id == third.id

    with pytest.raises(RuleBroken, match="stand-in-is-away"):
        be_away(third, first)
    db.session.add(
        Absence(account_id=third.id, from_on=TODAY, until_on=TODAY, substitute_id=first.id)
    )
    db.session.commit()
    with pytest.raises(RuleBroken, match="officer-away"):
        assign_report(AssignReport(report.reference, first.id), actor=head)


@pytest.mark.requirement("U14")
def test_who_is_away_is_not_there_because_the_account_of_their_stand_in_was_closed(app):
    officer, stand_in, report = make_officer(), make_officer(), make_report(state=S.ROUTED)
    be_away(officer, stand_in)
    db.session.get_one(Account, stand_in.id).disabled_at = datetime.now(UTC)
    db.session.commit()

    with pytest.raises(RuleBroken, match="officer-away"):
        assign_report(AssignReport(report.reference, officer.id), actor=make_head())

    assert report.handler_id is None


@pytest.mark.requirement("U14")
def test_a_stand_in_can_do_the_work_and_is_there_on_every_day_of_it(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    unit = {"department": OWN, "region": "320412"}
    clerk = make_actor(Role.TRIAGE_CLERK, display_name="示例接件人", **unit)
    reader = make_actor(Role.AUDITOR, display_name="示例审计人", **unit)
    head, colleague = make_head(display_name="示例负责人"), make_officer()
    be_away(colleague, head, starts=5, days=9)

    for nobody in (clerk, reader):
        with pytest.raises(RuleBroken, match="cannot-stand-in"):
            be_away(officer, nobody)
    with pytest.raises(RuleBroken, match="stand-in-is-away"):
        be_away(officer, colleague, days=5)
    be_away(officer, colleague, days=4)
    be_away(officer, head)

    offered = pages.get("/desk/account/absence").text("select")
    assert "示例负责人" in offered
    assert not {"示例接件人", "示例审计人"} & set(offered.split())


@pytest.mark.parametrize(("starts", "days"), [(1, 7), (-9, -2)])
def test_an_absence_that_is_over_or_has_not_begun_changes_nothing(app, starts, days):
    officer, stand_in, report = make_officer(), make_officer(), make_report(state=S.ROUTED)
    be_away(officer, stand_in, starts=starts, days=days)

    assign_report(AssignReport(report.reference, officer.id), actor=make_head())

    assert report.handler_id == officer.id


@pytest.mark.requirement("U14")
def test_the_stand_in_finds_the_work_among_their_own_until_the_other_is_back(desk):
    pages, stand_in = desk(Role.CASE_OFFICER)
    officer = make_officer(display_name="示例离岗人")
    report = make_report(state=S.ACCEPTED, officer=officer)
    be_away(officer, stand_in)

    page = pages.get("/desk?section=mine")
    assert report.reference in page.text()
    assert "代示例离岗人" in page.text()

    end_absence(officer.id, actor=officer)
    mine = list_section(db.session(), Section.MINE, viewpoint(stand_in), Window())
    assert mine.items == ()


def test_only_oneself_or_the_head_of_the_unit_says_that_somebody_is_away(app):
    officer, colleague = make_officer(), make_officer()
    command = SetAbsence(officer.id, TODAY, TODAY + DAY, colleague.id)

    with pytest.raises(NotPermitted):
        set_absence(command, actor=colleague)
    with pytest.raises(NotFound):
        set_absence(command, actor=make_head(OTHER))
    set_absence(command, actor=make_head())
    set_absence(command, actor=officer)


def test_a_stand_in_works_in_the_unit_and_is_somebody_else(app):
    officer, gone = make_officer(), make_officer()
    disable_account(gone.id, actor=Actor.operator())

    for nobody in (officer.id, gone.id, make_officer(OTHER).id, uuid4()):
        with pytest.raises(RuleBroken):
            set_absence(SetAbsence(officer.id, TODAY, TODAY, nobody), actor=officer)
    backwards = SetAbsence(officer.id, TODAY, TODAY - DAY, make_officer().id)
    with pytest.raises(RuleBroken):
        set_absence(backwards, actor=officer)


def test_being_away_is_said_on_a_page_and_taken_back(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    colleague = make_officer(display_name="示例代办人")
    page = pages.get("/desk/account/absence")
    given = {"from_on": TODAY.isoformat(), "until_on": (TODAY + 2 * DAY).isoformat()}

    assert pages.post(page, given | {"until_on": "2001-01-01"}).status == 422
    page = pages.post(page, given | {"substitute": str(colleague.id)})
    assert page.status == 200

    page = pages.get("/desk/account/absence")
    assert (
        pages.post(page, {}, form=f"form[action=/desk/colleagues/{officer.id}/back]").status == 200
    )


def test_the_head_sees_the_unit_and_nobody_of_another(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    officer = make_officer(display_name="示例本单位人")
    make_report(state=S.ACCEPTED, officer=officer)
    stranger = make_officer(OTHER, display_name="示例外单位人")

    page = pages.get("/desk/colleagues")

    assert "示例本单位人" in page.text()
    assert "示例外单位人" not in page.text()
    assert pages.get(f"/desk/colleagues/{officer.id}/absence").status == 200
    assert pages.get(f"/desk/colleagues/{stranger.id}/absence").status == 404


# --- Nothing is owned by a closed account ---------------------------------------------------------


def given_away(account_id):
    """Run the task that closing an account has left."""
    task = db.session.scalars(
        select(Task).where(Task.kind == TaskKind.GIVE_WORK_AWAY, Task.subject_id == account_id)
    ).one()
    give_work_away(task.subject_id, actor=SYSTEM)


@pytest.mark.requirement("U14")
def test_a_lead_that_a_closed_account_had_taken_goes_back_to_its_unit(app):
    officer = make_officer(ELSEWHERE)
    lead = make_lead(make_report(state=S.ACCEPTED))
    take_lead(TakeLead(lead.id), actor=officer)

    disable_account(officer.id, actor=Actor.operator())
    given_away(officer.id)
    given_away(officer.id)

    assert (lead.state, lead.taken_by) == (LeadState.ROUTED, None)


@pytest.mark.requirement("U14")
def test_what_a_closed_account_had_open_goes_back_to_the_heap(app):
    officer = make_officer()
    held = make_report(state=S.ACCEPTED, officer=officer)
    over = make_report(state=S.CLOSED, officer=officer)

    disable_account(officer.id, actor=Actor.operator())
    given_away(officer.id)

    assert held.handler_id is None
    assert over.handler_id == officer.id
    assert actions(held)[-1] == "report.let-go"


@pytest.mark.requirement("U14")
def test_whoever_stands_in_for_a_closed_account_gets_its_work(app):
    officer, stand_in = make_officer(), make_officer()
    held = make_report(state=S.ACCEPTED, officer=officer)
    be_away(officer, stand_in)

    disable_account(officer.id, actor=Actor.operator())
    given_away(officer.id)

    assert held.handler_id == stand_in.id


def test_giving_work_away_twice_changes_nothing_the_second_time(app):
    officer = make_officer()
    held = make_report(state=S.ACCEPTED, officer=officer)
    disable_account(officer.id, actor=Actor.operator())
    given_away(officer.id)
    before = held.version

    given_away(officer.id)

    assert held.version == before


def test_whoever_moves_to_another_unit_leaves_the_work_behind(app):
    officer = make_officer()
    held = make_report(state=S.ACCEPTED, officer=officer)

    moved = ChangeAccount(officer.id, frozenset({Role.CASE_OFFICER}), OTHER, "320402")
    change_account(moved, actor=Actor.operator())
    given_away(officer.id)

    assert held.handler_id is None


def test_a_move_that_waits_for_a_second_person_takes_the_work_once_it_is_confirmed(app):
    officer, admin = make_officer(), make_account(Role.ADMINISTRATOR)
    held = make_report(state=S.ACCEPTED, officer=officer)
    moved = ChangeAccount(officer.id, frozenset({Role.CASE_OFFICER}), OTHER, "320402")

    assert not change_account(moved, actor=actor_of(admin))
    assert not db.session.scalars(select(Task).where(Task.subject_id == officer.id)).all()

    request, second = db.session.scalars(select(RoleRequest)).one(), make_account(Role.SUPERVISOR)
    decide_roles(DecideRoles(request.id, accepted=True), actor=actor_of(second))
    given_away(officer.id)

    assert held.handler_id is None


def test_whoever_only_gets_another_role_keeps_the_work(app):
    officer = make_officer()
    held = make_report(state=S.ACCEPTED, officer=officer)

    grown = frozenset({Role.CASE_OFFICER, Role.DEPARTMENT_HEAD})
    change_account(ChangeAccount(officer.id, grown, OWN, "320412"), actor=Actor.operator())
    given_away(officer.id)

    assert held.handler_id == officer.id


def test_what_slipped_through_is_found_by_the_routine(app):
    officer = make_officer()
    held = make_report(state=S.ACCEPTED, officer=officer)
    db.session.get_one(Account, officer.id).disabled_at = datetime.now(UTC)
    db.session.commit()

    assert give_lost_work_away(actor=SYSTEM) == 1
    assert held.handler_id is None
    assert give_lost_work_away(actor=SYSTEM) == 0


def test_a_supervisor_keeps_what_was_accepted_in_another_unit(app):
    supervisor = make_actor(Role.SUPERVISOR, department="SUPERVISION@320000", region="320000")
    held = make_report(state=S.ROUTED, columns={"region": "320412"})
    accept_report(AcceptReport(held.reference), actor=supervisor)

    give_work_away(supervisor.id, actor=SYSTEM)

    assert held.handler_id == supervisor.id


# --- Deciding on what a colleague has taken -------------------------------------------------------


@pytest.mark.requirement("U14")
@pytest.mark.parametrize("act", ["accept", "decline", "return"])
def test_whoever_comes_second_is_told_who_has_it_and_decides_nothing(desk, act):
    holder = make_officer(display_name="甄示例")
    pages, second = desk(Role.CASE_OFFICER)
    report = make_report(state=S.ROUTED)
    claim_report(ClaimReport(report.reference), actor=holder)
    at = f"/desk/reports/{report.reference}"

    page = pages.get(at)

    assert "甄示例" in page.text("main")
    assert not page.find(f"a[href='{at}/{act}']")
    assert pages.get(f"{at}/{act}").status == 409
    with pytest.raises(MoveRefused, match="has-somebody"):
        accept_report(AcceptReport(report.reference), actor=second)
    assert (report.handler_id, report.state) == (holder.id, S.ROUTED)


@pytest.mark.usefixtures("app")
def test_who_gives_out_the_work_may_decide_on_it_and_the_trail_says_from_whom_it_was_taken():
    holder, head = make_officer(), make_head()
    report = make_report(state=S.ROUTED)
    claim_report(ClaimReport(report.reference), actor=holder)

    accept_report(AcceptReport(report.reference), actor=head)

    assert report.handler_id == head.id
    entry = db.session.scalars(
        select(AuditEvent).where(
            AuditEvent.subject_id == report.id, AuditEvent.action == "report.accept"
        )
    ).one()
    assert entry.details["handler_before"] == holder.id.hex


@pytest.mark.usefixtures("app")
def test_whoever_stands_in_decides_on_what_the_colleague_has_taken():
    holder, stand_in = make_officer(), make_officer()
    report = make_report(state=S.ROUTED)
    claim_report(ClaimReport(report.reference), actor=holder)
    be_away(holder, stand_in)

    accept_report(AcceptReport(report.reference), actor=stand_in)

    assert report.handler_id == stand_in.id


def test_handing_over_the_work_of_somebody_elsewhere_is_not_found(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    elsewhere = make_officer(OTHER)

    for account_id in (elsewhere.id, uuid4()):
        assert pages.get(f"/desk/colleagues/{account_id}/hand-over").status == 404


def test_finished_reports_have_one_order_whatever_is_asked(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.CLOSED, officer=officer)

    assert report.reference in pages.get("/desk/reports?state=closed&sort=due").text("main")
