"""A whole case goes to another unit: offered, accepted or sent back; no date moves."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.cases.chain_models import CaseLead
from portal.cases.models import Case, CaseClock, CaseTask
from portal.cases.queries.access import get_case
from portal.cases.queries.chain import list_leads
from portal.cases.queries.disputes import list_disputes
from portal.cases.queries.joint import list_members
from portal.cases.queries.meetings import get_meeting
from portal.cases.queries.page import get_page
from portal.cases.service.chain import (
    FollowCase,
    ReturnCaseLead,
    follow_case,
    return_case_lead,
)
from portal.cases.service.disputes import DecideDispute, decide_dispute, watch_case_leads
from portal.cases.service.filling import AddPaper, AddParty, add_paper, add_party
from portal.cases.service.joint import (
    AddMember,
    FinishMemberTask,
    add_member,
    finish_member_task,
)
from portal.cases.service.meetings import AddPoint, RecordMeeting, add_point, record_meeting
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import AddReport, TakeOut, add_report, take_out
from portal.cases.service.reading import open_offer, open_offered_paper
from portal.cases.service.supervision import Release, Supervise, release, supervise
from portal.cases.service.tasks import GiveTask, give_task
from portal.cases.service.transfer import (
    AcceptCase,
    OfferAgain,
    OfferCase,
    WithdrawOffer,
    accept_case,
    offer_again,
    offer_case,
    withdraw_offer,
)
from portal.cases.states import (
    USUAL_PARTS,
    CaseAction,
    CaseEnding,
    CaseLeadState,
    ChainDirection,
    MeetingKind,
    OfferPart,
    PartyRole,
)
from portal.casework.queries.board import viewpoint
from portal.feedback.queries import get_tracking
from portal.infra.database import db
from portal.intake import queries as reports
from portal.intake.content import message_context
from portal.intake.models import Clock, Message, MessageKind
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import TITLE, make_case, today
from tests.factories.casework import keep_out, make_actor, make_head, make_officer, make_supervisor
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report

OWN, THERE, REGION = "CULTURE_ENF@320412", "CULTURE_ENF@320402", "320402"
CANARY = "金丝雀专用词"
SYSTEM = Actor.system("test")

pytestmark = pytest.mark.usefixtures("app")


def case_of(number: str) -> Case:
    return get_case(db.session(), number, Actor.operator())


def offered(number: str, head: Actor | None = None, **more) -> CaseLead:
    to = {"region": REGION, "unit": THERE, "reason": "主要违法地在贵辖区。"}
    order = OfferCase(number, **(to | {"parts": USUAL_PARTS} | more))
    return db.session.get_one(CaseLead, offer_case(order, actor=head or make_head()))


def back(offer: CaseLead, there: Actor, reason: str = "不归我们。") -> None:
    return_case_lead(ReturnCaseLead(offer.id, reason), actor=there)


def disputed(number: str, there: Actor) -> CaseLead:
    head = make_head()
    offer = offered(number, head)
    back(offer, there)
    offer_again(OfferAgain(number, offer.id, REGION, THERE, "确属贵地。"), actor=head)
    back(offer, there, "仍不归我们。")
    return offer


def told(report) -> list[str]:
    key = reports.key_of(report)
    wanted = select(Message).where(
        Message.report_id == report.id, Message.kind == MessageKind.NOTICE
    )
    return [
        key.decrypt_text(one.body, message_context(one.id))
        for one in db.session.scalars(wanted.order_by(Message.sent_at))
    ]


def dates_of(report_id: UUID, case_id: UUID):
    of_report = select(Clock.stage, Clock.due_on, Clock.promised_on, Clock.met_at)
    of_case = select(CaseClock.due_on, CaseClock.promised_on, CaseClock.met_at)
    return (
        db.session.execute(of_report.where(Clock.report_id == report_id)).all(),
        db.session.execute(of_case.where(CaseClock.case_id == case_id)).all(),
    )


# --- Offered and accepted ------------------------------------------------------------------------


@pytest.mark.requirement("E3")
@pytest.mark.requirement("F9")
def test_an_accepted_case_goes_with_its_reports_tasks_and_number_and_no_date_moves():
    officer, there = make_officer(), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer, upto="file")
    task = give_task(GiveTask(number, officer.id, today(), "取证"), actor=officer)
    case = case_of(number)
    before = dates_of(report.id, case.id)
    offer = offered(number)
    assert (case.department_code, case.handler_id) == (OWN, officer.id)

    assert accept_case(AcceptCase(offer.id), actor=there) == number

    assert (case.department_code, case.region, case.handler_id) == (THERE, REGION, there.id)
    assert (report.department_code, report.handler_id) == (THERE, there.id)
    assert (report.state, case.offered_at) == (ReportState.ACCEPTED, None)
    assert db.session.get_one(CaseTask, task).owner_id == there.id
    assert dates_of(report.id, case.id) == before
    assert [one.reference for one in get_page(db.session(), number, there).reports] == [
        report.reference
    ]
    with pytest.raises(NotFound):
        get_page(db.session(), number, officer)
    with pytest.raises(NotFound):
        reports.get_report(db.session(), report.reference, officer)


@pytest.mark.requirement("F9")
@pytest.mark.parametrize(("language", "words"), [("zh-Hans", "期限不变"), ("en", "promised stays")])
def test_the_reporter_is_told_who_decides_and_that_the_date_stays(language, words):
    officer, there = make_officer(), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer, language=language)
    number = make_case(report, officer=officer)
    promised = get_tracking(db.session(), report.id).promised_on

    offer = disputed(number, there)
    [said] = told(report)
    decide_dispute(
        DecideDispute(offer.id, to_receiver=True, reason="在其辖区"), actor=make_supervisor()
    )
    accept_case(AcceptCase(offer.id), actor=there)

    assert words in said
    assert len(told(report)) == 2
    assert words in told(report)[1]
    after = get_tracking(db.session(), report.id)
    assert after.promised_on == promised
    assert after.department.zh
    assert report.department_code == THERE


@pytest.mark.requirement("F9")
def test_before_it_accepts_the_unit_reads_the_chosen_parts_and_nothing_of_the_reporter():
    officer, there = make_officer(), make_officer(THERE)
    sender = Identity(name=CANARY, phone="13800009999")
    report = make_report(
        state=ReportState.ACCEPTED, officer=officer, identity=sender, narrative=CANARY
    )
    number = make_case(report, officer=officer)
    add_party(AddParty(number, PartyRole.SELLER, "某书店", contact="0519-1234"), actor=officer)
    offer = offered(number, parts=(OfferPart.PARTIES,))

    shown = open_offer(offer.id, actor=there)

    assert [one.name for one in shown.parties] == ["某书店"]
    assert (shown.title, shown.summary, shown.papers, shown.reports) == (None, None, (), 1)
    for secret in (CANARY, "13800009999", TITLE, report.reference, "0519-1234"):
        assert secret not in repr([getattr(shown, name) for name in shown.__slots__])
    with pytest.raises(NotFound):
        get_page(db.session(), number, there)
    with pytest.raises(NotFound):
        open_offer(offer.id, actor=make_officer("CULTURE_ENF@320404"))


@pytest.mark.requirement("F9")
def test_files_are_out_unless_they_were_chosen():
    officer, there = make_officer(), make_officer(THERE)
    number = make_case(officer=officer)
    evidence = make_evidence(b"%PDF-1.4\n%%EOF\n", "a.pdf", actor=officer).id
    add_paper(AddPaper(number, "case-filing", today(), evidence), actor=officer)
    head = make_head()
    without = offered(number, head)
    with pytest.raises(NotFound):
        open_offered_paper(without.id, evidence, actor=there)
    assert [one.file for one in open_offer(without.id, actor=there).papers] == [None]
    withdraw_offer(WithdrawOffer(number, without.id), actor=head)

    chosen = offered(number, head, parts=(OfferPart.FILES,))

    assert open_offered_paper(chosen.id, evidence, actor=there)
    withdraw_offer(WithdrawOffer(number, chosen.id), actor=head)
    with pytest.raises(NotFound):
        open_offered_paper(chosen.id, evidence, actor=there)
    with pytest.raises(MoveRefused):
        open_offer(chosen.id, actor=there)


def test_who_offers_need_not_read_what_lies_there_and_an_officer_does_not_offer():
    head, officer = make_head(), make_officer()
    number, other = (
        make_case(officer=officer),
        make_case(
            make_report(state=ReportState.ACCEPTED, department=THERE), officer=make_officer(THERE)
        ),
    )
    with pytest.raises(NotFound):
        get_page(db.session(), other, head)

    with pytest.raises(NotPermitted):
        offered(number, officer)
    offered(number, head)

    assert list_leads(db.session(), viewpoint(head), Window()).items == ()


def test_a_case_is_offered_once_at_a_time_and_not_closed_meanwhile():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    offer = offered(number, head)

    with pytest.raises(RuleBroken, match="offered-to-another-unit"):
        offered(number, head)
    with pytest.raises(RuleBroken, match=r"offered|papers-missing"):
        move_case(MoveCase(number, CaseAction.DROP, CaseEnding.NO_BREACH, "理由"), actor=head)
    withdraw_offer(WithdrawOffer(number, offer.id), actor=head)

    assert case_of(number).offered_at is None
    with pytest.raises(MoveRefused):
        accept_case(AcceptCase(offer.id), actor=make_officer(THERE))
    assert case_of(number).department_code == OWN


def test_the_second_of_two_who_accept_is_refused_and_changes_nothing():
    first, second = make_officer(THERE), make_officer(THERE)
    number = make_case(officer=make_officer())
    offer = offered(number)
    seen = offer.version
    accept_case(AcceptCase(offer.id, seen), actor=first)

    with pytest.raises(MoveRefused):
        accept_case(AcceptCase(offer.id, seen), actor=second)

    assert case_of(number).handler_id == first.id


# --- The wall, supervision -----------------------------------------------------------------------


@pytest.mark.requirement("F13")
def test_nobody_whom_a_report_concerns_finds_the_offer_or_the_case_at_the_new_unit():
    officer, insider, there = make_officer(), make_officer(THERE), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    keep_out(insider.id, report.id)
    offer = offered(number)

    assert list_leads(db.session(), viewpoint(insider), Window()).items == ()
    for act in (open_offer, accept_case):
        order = offer.id if act is open_offer else AcceptCase(offer.id)
        with pytest.raises(NotFound):
            act(order, actor=insider)
    accept_case(AcceptCase(offer.id), actor=there)
    with pytest.raises(NotFound):
        get_page(db.session(), number, insider)


@pytest.mark.requirement("F13")
def test_a_case_goes_to_no_unit_where_nobody_may_know_of_it():
    officer, insider = make_officer(), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    keep_out(insider.id, report.id)

    with pytest.raises(RuleBroken, match="nobody-there"):
        offered(number)


def test_a_case_goes_to_no_outside_body_and_not_where_few_may_know_of_it():
    number = make_case(officer=make_officer())
    for unit, code in (("NONE@1", "unknown"), (OWN, "already"), ("POLICE@320402", "outside")):
        with pytest.raises(RuleBroken, match=code):
            offered(number, unit=unit)
    closed = make_report(state=ReportState.ACCEPTED, columns={"restricted": True})
    with pytest.raises(RuleBroken, match="closed-to-others"):
        offered(make_case(closed, officer=make_officer()))


@pytest.mark.requirement("A8")
def test_supervision_goes_on_at_the_new_unit_and_ends_a_transfer_out_of_its_reach():
    officer, there = make_officer(), make_officer(THERE)
    near, far = make_supervisor("320412"), make_supervisor("320400")
    number = make_case(officer=officer)
    supervise(Supervise(number, "影响较大"), actor=near)
    with pytest.raises(RuleBroken, match="supervised-here"):
        offered(number)
    release(Release(number, "已改由上级督办"), actor=near)
    supervise(Supervise(number, "影响较大"), actor=far)

    accept_case(AcceptCase(offered(number).id), actor=there)

    assert case_of(number).supervised_at is not None
    release(Release(number, "已办结"), actor=far)
    assert case_of(number).supervised_at is None


# --- Sent back, decided, silent ------------------------------------------------------------------


@pytest.mark.requirement("F9")
def test_the_second_return_of_a_case_is_decided_by_the_office_above_both():
    there, above = make_officer(THERE), make_supervisor()
    number = make_case(officer=make_officer())
    offer = disputed(number, there)

    assert offer.state is CaseLeadState.DISPUTED
    [line] = list_disputes(db.session(), viewpoint(above))
    assert (line.whole, line.disputed, line.returned) == (True, True, "仍不归我们。")
    decide_dispute(DecideDispute(offer.id, to_receiver=True, reason="在其辖区"), actor=above)
    with pytest.raises(MoveRefused):
        back(offer, there)
    with pytest.raises(MoveRefused):
        withdraw_offer(WithdrawOffer(number, offer.id), actor=make_head())
    accept_case(AcceptCase(offer.id), actor=there)

    assert case_of(number).department_code == THERE


@pytest.mark.requirement("F9")
def test_a_case_that_is_left_where_it_was_is_not_offered_to_that_unit_again():
    there = make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED)
    number = make_case(report, officer=make_officer())
    offer = disputed(number, there)

    decide_dispute(
        DecideDispute(offer.id, to_receiver=False, reason="自办"), actor=make_supervisor()
    )

    assert (case_of(number).department_code, case_of(number).offered_at) == (OWN, None)
    assert "仍由原来的单位办理" in told(report)[-1]
    with pytest.raises(RuleBroken, match="decided-that-it-stays"):
        offered(number)


@pytest.mark.requirement("F9")
def test_a_return_by_another_unit_is_the_second_one_though_the_first_was_taken_back():
    there, elsewhere, head = make_officer(THERE), make_officer("CULTURE_ENF@320404"), make_head()
    number = make_case(officer=make_officer())
    first = offered(number, head)
    back(first, there)
    withdraw_offer(WithdrawOffer(number, first.id), actor=head)
    second = offered(number, head, region="320404", unit="CULTURE_ENF@320404")

    back(second, elsewhere)

    assert (first.state, second.state) == (CaseLeadState.KEPT, CaseLeadState.DISPUTED)


@pytest.mark.requirement("F9")
@pytest.mark.requirement("E3")
def test_silence_is_seen_by_the_head_first_and_by_the_office_above_some_days_later():
    above = make_supervisor()
    offer = offered(make_case(officer=make_officer()))
    assert watch_case_leads(actor=SYSTEM) == 0
    offer.due_on = today() - timedelta(days=1)
    db.session.commit()

    assert watch_case_leads(actor=SYSTEM) == 1
    assert watch_case_leads(actor=SYSTEM) == 0
    assert (offer.head_told_at is not None, offer.escalated_at) == (True, None)
    late = list_leads(db.session(), viewpoint(make_head(THERE)), Window(), late=True)
    assert [one.id for one in late.items] == [offer.id]
    assert list_disputes(db.session(), viewpoint(above)) == []
    offer.due_on = today() - timedelta(days=14)
    db.session.commit()

    assert watch_case_leads(actor=SYSTEM) == 1
    assert watch_case_leads(actor=SYSTEM) == 0
    [line] = list_disputes(db.session(), viewpoint(above))
    assert (line.id, line.disputed) == (offer.id, False)


def test_offers_of_other_cases_and_leads_are_not_taken_for_one():
    head, there = make_head(), make_officer(THERE)
    number, other = make_case(officer=make_officer()), make_case(officer=make_officer())
    offer = offered(number, head)
    back(offer, there)

    with pytest.raises(NotFound):
        offer_again(OfferAgain(other, offer.id, REGION, THERE, "再议"), actor=head)
    with pytest.raises(NotFound):
        withdraw_offer(WithdrawOffer(other, offer.id), actor=head)


# --- Pages ---------------------------------------------------------------------------------------


@pytest.mark.requirement("F9")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_case_goes_from_one_desk_to_another_on_the_pages(desk, language):
    here, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    there, _officer = desk(Role.CASE_OFFICER, department=THERE, region=REGION, language=language)
    number = make_case(officer=make_officer())
    home = f"/desk/cases/{number}"
    to = {"region": REGION, "kind": "CULTURE_ENF", "asked": "在贵辖区。"}

    case = here.post(here.get(f"{home}/offer-case"), to | {"parts": ["summary", "papers"]})
    assert "在贵辖区。" in case.text("main")
    assert here.get(f"{home}/offer-case").status == 409
    [accept] = [one for one in there.get("/desk/cases/leads").links() if one.endswith("/accept")]
    assert here.get(accept).status == 404
    assert there.get(accept.replace("/accept", "/open")).status == 409
    form = there.get(accept)
    assert TITLE in form.text("main")
    there.post(there.get(accept.replace("/accept", "/return")), {"reason": "不归我们"})
    assert there.get(accept).status == 409
    [again] = [one for one in here.get(home).links() if one.endswith("/again")]
    here.post(here.get(again), to)
    taken = there.post(there.get(accept), {})

    assert number in taken.text("main") or TITLE in taken.response.text
    assert there.get(home).status == 200
    assert here.get(home).status == 404


def test_the_head_finds_what_nobody_has_answered(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD, department=THERE, region=REGION)
    offer = offered(make_case(officer=make_officer()))
    assert not [one for one in pages.get("/desk/cases/leads/late").links() if "/accept" in one]
    offer.due_on = today() - timedelta(days=1)
    db.session.commit()

    assert [one for one in pages.get("/desk/cases/leads/late").links() if "/accept" in one]
    assert "/desk/cases/leads/late" in pages.get("/desk").links()


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 7])
def test_the_list_of_offers_takes_few_statements_whatever_is_in_it(desk, counted, stored):
    pages, _officer = desk(Role.DEPARTMENT_HEAD, department=THERE, region=REGION)
    head, officer = make_head(), make_officer()
    for _one in range(stored):
        offer = offered(make_case(officer=officer), head)
        offer.due_on = today() - timedelta(days=1)
        db.session.commit()
    pages.get("/desk/cases/leads/late")

    for path in ("/desk/cases/leads", "/desk/cases/leads/late"):
        with counted() as statements:
            assert pages.get(path).status == 200
        assert len(statements) <= 4, statements


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("closed", ["restricted", "conflict"])
def test_an_offer_is_not_there_once_few_may_know_of_a_report_in_the_case(closed):
    officer, there = make_officer(), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer, upto="file")
    offer = offered(number)
    assert open_offer(offer.id, actor=there)

    setattr(report, closed, True)
    db.session.commit()

    assert not list_leads(db.session(), viewpoint(there), Window()).items
    with pytest.raises(NotFound):
        open_offer(offer.id, actor=there)
    with pytest.raises(NotFound):
        accept_case(AcceptCase(offer.id), actor=there)


@pytest.mark.requirement("F13")
def test_a_report_that_was_taken_out_of_the_case_still_keeps_it_from_whom_it_concerns():
    officer, there = make_officer(), make_officer(THERE)
    first, second = (make_report(state=ReportState.ACCEPTED, officer=officer) for _one in "12")
    number = make_case(first, officer=officer, upto="file")
    add_report(AddReport(number, second.reference), actor=officer)
    take_out(TakeOut(number, second.reference, "误入"), actor=officer)
    keep_out(there.id, second.id)

    with pytest.raises(RuleBroken, match="nobody-there-may-have-it"):
        offered(number)


def test_a_clerk_alone_is_nobody_who_could_take_a_case_over():
    officer, there = make_officer(), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer, upto="file")
    make_actor(Role.TRIAGE_CLERK, department=THERE, region=REGION)
    keep_out(there.id, report.id)

    with pytest.raises(RuleBroken, match="nobody-there-may-have-it"):
        offered(number)


@pytest.mark.requirement("F9")
@pytest.mark.requirement("F21")
@pytest.mark.parametrize("assigned", [False, True])
def test_an_offer_that_nobody_else_can_end_any_more_is_ended_by_the_unit_of_the_case(
    desk, assigned
):
    pages, head = desk(Role.DEPARTMENT_HEAD)
    there, above = make_officer(THERE), make_supervisor()
    report = make_report(state=ReportState.ACCEPTED)
    number = make_case(report, officer=make_officer())
    offer = disputed(number, there)
    if assigned:
        decide_dispute(DecideDispute(offer.id, to_receiver=True, reason="在其辖区"), actor=above)
    home = f"/desk/cases/{number}"
    order = WithdrawOffer(number, offer.id)
    with pytest.raises(MoveRefused, match="left-to-those-above"):
        withdraw_offer(order, actor=head)
    assert not [one for one in pages.get(home).links() if one.endswith("/withdraw")]

    report.restricted = True
    db.session.commit()
    assert list_disputes(db.session(), viewpoint(above)) == []
    [link] = [one for one in pages.get(home).links() if one.endswith("/withdraw")]
    pages.post(pages.get(link), {})

    assert (offer.state, case_of(number).offered_at) == (CaseLeadState.KEPT, None)
    assert "仍由原来的单位办理" in told(report)[-1]
    report.restricted = False
    db.session.commit()
    assert offered(number, head).returns == 1  # nobody has decided that it stays


@pytest.mark.requirement("B16")
@pytest.mark.requirement("A6")
def test_a_member_that_takes_the_case_over_keeps_its_tasks_and_has_no_lead_from_itself():
    officer, head, there = make_officer(), make_head(), make_officer(THERE)
    number = make_case(officer=officer)
    meeting = record_meeting(
        RecordMeeting(number, MeetingKind.JOINT, today(), "会商", "两家", "分头取证"), actor=officer
    )
    member = add_member(AddMember(number, THERE, "查印刷", "周五", today()), actor=head)
    done, open_ = (
        add_point(AddPoint(number, meeting, None, member, today(), text), actor=officer)
        for text in ("已办的事", "到厂取证")
    )
    finish_member_task(FinishMemberTask(member, done, "办了"), actor=there)
    follow = FollowCase(number, REGION, THERE, "请查印刷厂。", ChainDirection.UP)
    lead = db.session.get_one(CaseLead, follow_case(follow, actor=officer))

    accept_case(AcceptCase(offered(number, head).id), actor=there)

    case = case_of(number)
    [task] = db.session.scalars(select(CaseTask).where(CaseTask.case_id == case.id))
    assert (task.id, task.owner_id, task.due_on) == (open_, there.id, today())
    points = get_meeting(db.session(), number, meeting, there).points
    assert sorted(one.text for one in points) == ["到厂取证", "已办的事"]
    assert [one.id for one in get_part_lines(number, there)] == [done]
    assert lead.state is CaseLeadState.KEPT
    assert list_leads(db.session(), viewpoint(there), Window()).items == ()


def get_part_lines(number, actor):
    """The tasks that stand with the parts of a case."""
    return [task for one in list_members(db.session(), number, actor) for task in one.tasks]
