"""One record of service: what it puts in force, and what striking it out takes back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import CaseReport
from portal.cases.offers import offers_of
from portal.cases.queries.page import get_page
from portal.cases.queries.whole import get_whole
from portal.cases.service.filling import (
    Strike,
    WaivePaper,
    strike_paper,
    strike_party,
    waive_paper,
)
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import AddReport, TakeOut, add_report, take_out
from portal.cases.states import CaseAction
from portal.decisions.models import Decision, DecisionMeasure, Service
from portal.decisions.queries.desk import get_decisions
from portal.decisions.queries.lines import DecisionAct
from portal.decisions.queries.parties import get_party_page
from portal.decisions.service.drafting import (
    AddMeasure,
    SettleDecision,
    add_measure,
    settle_decision,
)
from portal.decisions.service.joining import tell_who_joined
from portal.decisions.states import DecisionAction, DecisionState, ReviewOutcome, ServiceWay
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Clock, Message, MessageKind
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, due_on
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.papers.queries.papers import get_papers
from portal.papers.service.serving import (
    RecordService,
    StrikeService,
    record_service,
    strike_service,
)
from tests.factories.cases import today
from tests.factories.casework import make_head, make_supervisor
from tests.factories.decisions import make_party, put_in, serve, tell_before
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report
from tests.integration.decisions.matter import Matter, judge

pytestmark = pytest.mark.usefixtures("app")
WHY = "送错了人"


def services():
    db.session.expire_all()
    wanted = select(Service).where(Service.decision_id.is_not(None))
    return db.session.scalars(wanted.order_by(Service.recorded_at)).all()


def strike(matter, which=-1):
    order = StrikeService(matter.number, services()[which].id, WHY)
    strike_service(order, actor=matter.officer)


def served_paper(matter, form="penalty-decision"):
    papers = get_papers(db.session(), matter.number, matter.officer).put_in
    [line] = [one for one in papers if one.form == form]
    return line


def letters(matter):
    return [one.text.zh for one in get_party_page(db.session, matter.party).letters]


@pytest.mark.requirement("F11")
def test_a_service_that_is_struck_out_takes_the_decision_and_the_time_to_object_back():
    matter = Matter()
    matter.decide()
    told = letters(matter)

    strike(matter)

    assert matter.decision().state is DecisionState.APPROVED
    assert get_party_page(db.session, matter.party).decisions == ()
    with pytest.raises(NotFound):
        matter.object()
    assert len(letters(matter)) == len(told) + 1
    assert "更正" in letters(matter)[-1]
    assert matter.case.decision_stands
    service = served_paper(matter).services[0]
    assert (service.because, service.decision) == (WHY, 1)
    with pytest.raises(NotFound):
        strike(matter)
    serve(matter.number, 1, matter.party, matter.officer)
    assert matter.decision().state is DecisionState.IN_FORCE
    matter.object()


def test_a_decision_stays_in_force_while_another_entry_says_that_it_was_served():
    matter = Matter()
    matter.decide()
    told = letters(matter)
    serve(matter.number, 1, matter.party, matter.officer)

    strike(matter, 0)

    assert matter.decision().state is DecisionState.IN_FORCE
    assert letters(matter) == told
    [shown] = get_party_page(db.session, matter.party).decisions
    assert shown.may_object


def test_the_decision_that_was_replaced_is_in_force_again_with_its_measures():
    matter = Matter()
    matter.decide()
    matter.decide(replaces=1)
    assert matter.decision(1).state is DecisionState.REPLACED

    strike(matter)

    assert matter.decision(1).state is DecisionState.IN_FORCE
    assert matter.decision(2).state is DecisionState.APPROVED
    first = DecisionMeasure.decision_id == matter.decision(1).id
    assert db.session.scalars(select(DecisionMeasure.ended_on).where(first)).all() == [None]


def test_what_two_decisions_have_replaced_comes_back_with_neither_while_one_is_in_force():
    matter = Matter()
    matter.decide()
    matter.decide(replaces=1, served=None)
    matter.decide(replaces=1, served=None)
    for number in (2, 3):
        serve(matter.number, number, matter.party, matter.officer)

    strike(matter)

    assert [matter.decision(one).state.value for one in (1, 2, 3)] == [
        "replaced",
        "in-force",
        "approved",
    ]


def test_the_service_that_a_party_has_objected_to_is_not_struck_out_and_needs_a_reason():
    matter = Matter()
    matter.decide()
    order = StrikeService(matter.number, services()[0].id, " ")
    with pytest.raises(RuleBroken, match="service-struck-without-reason"):
        strike_service(order, actor=matter.officer)
    matter.object()

    assert served_paper(matter).services[0].kept == "served-and-objected"
    with pytest.raises(RuleBroken, match="served-and-objected"):
        strike(matter)

    assert matter.decision().state is DecisionState.IN_FORCE
    assert services()[0].struck_at is None


def test_a_service_is_struck_out_within_its_case_only():
    matter, other = Matter(), Matter()
    matter.decide()
    order = StrikeService(other.number, services()[0].id, WHY)

    with pytest.raises(NotFound):
        strike_service(order, actor=other.officer)


def order_of(matter, paper, **changes):
    said = {"to_whom": "店主", "by_whom": "张三", "party": matter.party, "decision": 1}
    way = ServiceWay.HANDED_OVER
    return RecordService(matter.number, paper, way, today(), **(said | changes))


def test_a_paper_that_carries_a_decision_says_which_and_carries_no_other():
    matter = Matter()
    tell_before(matter.number, matter.party, matter.officer)
    matter.decide(served=None)
    matter.decide(served=None)
    paper = put_in(matter.number, matter.officer)

    with pytest.raises(RuleBroken, match="paper-without-decision"):
        record_service(order_of(matter, paper, decision=None), actor=matter.officer)
    with pytest.raises(RuleBroken, match="paper-without-party"):
        record_service(order_of(matter, paper, party=None), actor=matter.officer)
    record_service(order_of(matter, paper), actor=matter.officer)
    with pytest.raises(RuleBroken, match="paper-carries-another"):
        record_service(order_of(matter, paper, decision=2), actor=matter.officer)
    strike(matter)
    record_service(order_of(matter, paper, decision=2), actor=matter.officer)

    assert [matter.decision(one).state.value for one in (1, 2)] == ["approved", "in-force"]


def test_a_draft_is_served_by_no_paper():
    matter = Matter()
    matter.decide(approved=False, served=None)
    paper = put_in(matter.number, matter.officer)

    with pytest.raises(MoveRefused):
        record_service(order_of(matter, paper), actor=matter.officer)

    assert paper in get_papers(db.session(), matter.number, matter.officer).unready
    assert services() == []


def test_the_signed_proof_is_a_paper_of_the_case_and_what_was_said_is_not_on_the_trail():
    matter = Matter()
    tell_before(matter.number, matter.party, matter.officer)
    matter.decide(served=None)
    paper, proof = put_in(matter.number, matter.officer), make_evidence(actor=matter.officer)
    canary = "金丝雀签收人"

    order = order_of(matter, paper, to_whom=canary, proof=proof.id)
    record_service(order, actor=matter.officer)
    strike_service(StrikeService(matter.number, services()[0].id, canary), actor=matter.officer)

    service = served_paper(matter).services[0]
    assert (service.proof_id, service.to_whom) == (proof.id, canary)
    trail = db.session.scalars(select(AuditEvent)).all()
    assert canary not in str([one.details for one in trail])
    done = [one.action for one in trail if "serv" in one.action]
    assert [one for one in done if one.startswith("case.")] == [
        *("case.serve", "case.serve"),
        "case.strike-service",
    ]


@pytest.mark.requirement("F11")
def test_the_time_to_answer_runs_from_the_service_of_the_notice_and_is_never_cut_short():
    matter = Matter()
    promised = get_party_page(db.session, matter.party).answer_by
    notice = put_in(matter.number, matter.officer, "advance-notice")
    late = order_of(matter, notice, decision=None)

    record_service(late, actor=matter.officer)

    calendar = current_place().calendar
    counted = due_on(today(), 5, DayUnit.WORKING, calendar).on
    shown = get_party_page(db.session, matter.party).answer_by
    assert shown == max(promised, counted)
    desk = get_decisions(db.session(), matter.number, matter.officer)
    assert [one.answer_by for one in desk.parties] == [shown]


def test_each_party_is_told_once_and_the_reporters_at_the_first_service_only():
    matter = Matter()
    second = make_party(matter.number, matter.officer, "某印刷厂")
    for one in (matter.party, second):
        tell_before(matter.number, one, matter.officer)
    matter.decide(approved=False, served=None)
    add_measure(AddMeasure(matter.number, 1, second, "warning", "警告。"), actor=matter.officer)
    settle_decision(SettleDecision(matter.number, 1, DecisionAction.APPROVE), actor=make_head())
    paper = put_in(matter.number, matter.officer)
    for party in (matter.party, matter.party, second):
        record_service(order_of(matter, paper, party=party), actor=matter.officer)

    done = db.session.scalars(select(AuditEvent.action)).all()
    assert done.count("decision.serve") == 1
    assert done.count("report.told-of-case") == 1
    assert sum("送达" in one for one in letters(matter)) == 1
    with pytest.raises(RuleBroken, match="decision-stands"):
        strike_party(Strike(matter.number, second), actor=matter.officer)


@pytest.mark.requirement("U36")
def test_reporters_are_told_once_of_a_decision_whose_only_service_was_struck_out_meanwhile():
    matter = Matter()
    matter.decide()
    strike(matter)

    serve(matter.number, 1, matter.party, matter.officer)

    done = db.session.scalars(select(AuditEvent.action)).all()
    assert (done.count("decision.serve"), done.count("report.told-of-case")) == (2, 1)
    assert sum("已经送达" in one for one in letters(matter)) == 2


@pytest.mark.requirement("E5")
def test_nobody_is_served_a_decision_without_having_been_told_before_but_by_a_waiver():
    matter = Matter()
    other = make_party(matter.number, matter.officer, "某印刷厂")
    matter.decide(served=None)
    paper = put_in(matter.number, matter.officer)
    order = order_of(matter, paper)
    desk = get_decisions(db.session(), matter.number, matter.officer)
    assert desk.decisions[0].untold == ("某书店",)

    with pytest.raises(RuleBroken, match="not-told-before"):
        record_service(order, actor=matter.officer)
    tell_before(matter.number, other, matter.officer)
    with pytest.raises(RuleBroken, match="not-told-before"):
        record_service(order, actor=matter.officer)
    tell_before(matter.number, matter.party, matter.officer, today())
    a_day_ago = datetime.now(UTC) - timedelta(days=1)
    db.session.execute(update(Decision).values(approved_at=a_day_ago))
    db.session.commit()
    desk = get_decisions(db.session(), matter.number, matter.officer)
    assert desk.decisions[0].untold == ("某书店",)
    with pytest.raises(RuleBroken, match="told-after-deciding"):
        record_service(order, actor=matter.officer)
    assert matter.decision().state is DecisionState.APPROVED

    waiver = WaivePaper(matter.number, "advance-notice", "当事人当场陈述申辩，已记入笔录。")
    waive_paper(waiver, actor=make_head())
    record_service(order, actor=matter.officer)
    assert matter.decision().state is DecisionState.IN_FORCE
    assert get_decisions(db.session(), matter.number, matter.officer).decisions[0].untold == ()


def second_account(actor):
    """Another account of the same person, with the same roles."""
    other = make_head()
    person = db.session.get_one(Account, actor.id).person_id
    db.session.execute(update(Account).where(Account.id == other.id).values(person_id=person))
    db.session.commit()
    return other


def offered_moves(number, reader):
    whole = get_whole(db.session(), number, reader)
    return offers_of(whole.case, whole.course, whole.oversight, reader).moves


NO_NOTICE = "当事人下落不明，已经公告。"


@pytest.mark.requirement("B6")
@pytest.mark.requirement("E5")
def test_whoever_waived_the_notice_does_not_approve_the_decision_by_whichever_account():
    matter = Matter()
    matter.decide(approved=False, served=None)
    waive_paper(WaivePaper(matter.number, "advance-notice", NO_NOTICE), actor=matter.head)
    approve = SettleDecision(matter.number, 1, DecisionAction.APPROVE)

    for reader in (matter.head, second_account(matter.head)):
        [line] = get_decisions(db.session(), matter.number, reader).decisions
        assert line.own_waiver
        assert DecisionAct.APPROVE not in line.offered
        with pytest.raises(RuleBroken, match="waived-by-who-approves"):
            settle_decision(approve, actor=reader)
    assert matter.decision().state is DecisionState.DRAFTED

    other = make_head()
    [line] = get_decisions(db.session(), matter.number, other).decisions
    assert (line.own_waiver, DecisionAct.APPROVE in line.offered) == (False, True)
    settle_decision(approve, actor=other)
    paper = put_in(matter.number, matter.officer)
    record_service(order_of(matter, paper), actor=matter.officer)
    assert matter.decision().state is DecisionState.IN_FORCE


@pytest.mark.requirement("B6")
@pytest.mark.requirement("E5")
def test_whoever_approved_a_decision_does_not_waive_its_notice_afterwards_but_another_may():
    matter = Matter()
    matter.decide(served=None)
    order = order_of(matter, put_in(matter.number, matter.officer))
    waiver = WaivePaper(matter.number, "advance-notice", NO_NOTICE)

    waive_paper(waiver, actor=second_account(matter.head))

    [line] = get_decisions(db.session(), matter.number, matter.officer).decisions
    assert (line.untold, line.own_waiver) == (("某书店",), True)
    with pytest.raises(RuleBroken, match="waived-by-who-approves"):
        record_service(order, actor=matter.officer)
    waive_paper(waiver, actor=make_head())
    record_service(order, actor=matter.officer)
    assert matter.decision().state is DecisionState.IN_FORCE


@pytest.mark.requirement("E5")
def test_a_waiver_of_the_approver_hinders_nothing_where_the_party_was_told_or_one_person_decides(
    monkeypatch,
):
    matter = Matter()
    waiver = WaivePaper(matter.number, "advance-notice", NO_NOTICE)
    waive_paper(waiver, actor=matter.head)
    tell_before(matter.number, matter.party, matter.officer)
    matter.decide()
    assert matter.decision().state is DecisionState.IN_FORCE

    alone = Matter()
    waive_paper(replace(waiver, number=alone.number), actor=alone.head)
    steps = dict(current_place().case_steps)
    steps["decide"] = replace(steps["decide"], confirmed=False)
    one_decides = replace(current_place(), case_steps=steps)
    for module in ("drafting", "serving"):
        monkeypatch.setattr(f"portal.decisions.service.{module}.current_place", lambda: one_decides)
    monkeypatch.setattr("portal.decisions.queries.notices.current_place", lambda: one_decides)
    alone.decide()
    assert alone.decision().state is DecisionState.IN_FORCE


@pytest.mark.requirement("B6")
def test_whoever_waived_the_notice_does_not_confirm_the_step_that_decides():
    matter = Matter(upto="file finish-investigation notify")
    waive_paper(WaivePaper(matter.number, "advance-notice", NO_NOTICE), actor=matter.head)
    matter.decide(served=None, head=make_head())
    for form in ("penalty-decision", "service-receipt"):
        put_in(matter.number, matter.officer, form)
    decide = MoveCase(matter.number, CaseAction.DECIDE)

    assert CaseAction.DECIDE not in offered_moves(matter.number, matter.head)
    with pytest.raises(RuleBroken, match="handler-does-not-confirm"):
        move_case(decide, actor=matter.head)

    other = make_head()
    assert CaseAction.DECIDE in offered_moves(matter.number, other)
    move_case(decide, actor=other)


@pytest.mark.requirement("E5")
@pytest.mark.requirement("F11")
def test_what_a_review_has_set_aside_is_decided_anew_only_after_a_new_notice():
    matter = Matter()
    matter.decide()
    matter.object()
    judge(matter, ReviewOutcome.OVERTURNED, make_supervisor())
    anew = matter.decide(served=None)
    order = order_of(matter, put_in(matter.number, matter.officer), decision=anew)
    desk = get_decisions(db.session(), matter.number, matter.officer)
    assert desk.decisions[-1].untold == ("某书店",)

    with pytest.raises(RuleBroken, match="not-told-before"):
        record_service(order, actor=matter.officer)

    assert matter.decision(anew).state is DecisionState.APPROVED
    tell_before(matter.number, matter.party, matter.officer, today())
    with pytest.raises(RuleBroken, match="told-after-deciding"):
        record_service(order, actor=matter.officer)
    given_up = SettleDecision(matter.number, anew, DecisionAction.WITHDRAW)
    settle_decision(given_up, actor=matter.head)
    last = matter.decide(served=None)
    record_service(replace(order, decision=last), actor=matter.officer)
    assert matter.decision(last).state is DecisionState.IN_FORCE


@pytest.mark.requirement("E5")
def test_a_notice_is_not_taken_back_while_a_decision_that_was_served_rests_on_it():
    matter = Matter()
    matter.decide()
    [notice] = db.session.scalars(select(Service).where(Service.decision_id.is_(None))).all()
    order = StrikeService(matter.number, notice.id, WHY)

    assert served_paper(matter, "advance-notice").services[0].kept == "decision-rests-on-notice"
    assert served_paper(matter).services[0].kept is None
    with pytest.raises(RuleBroken, match="decision-rests-on-notice"):
        strike_service(order, actor=matter.officer)
    with pytest.raises(RuleBroken, match="paper-was-served"):
        strike_paper(Strike(matter.number, notice.paper_id), actor=matter.officer)

    db.session.expire_all()
    assert notice.struck_at is None
    assert matter.decision().state is DecisionState.IN_FORCE
    strike(matter)
    assert served_paper(matter, "advance-notice").services[0].kept is None
    strike_service(order, actor=matter.officer)
    strike_paper(Strike(matter.number, notice.paper_id), actor=matter.officer)
    with pytest.raises(RuleBroken, match="not-told-before"):
        record_service(
            order_of(matter, put_in(matter.number, matter.officer)), actor=matter.officer
        )


@pytest.mark.requirement("E5")
def test_a_notice_that_tells_nothing_of_a_decision_in_force_can_be_taken_back():
    matter = Matter()
    matter.decide()
    [notice] = db.session.scalars(select(Service).where(Service.decision_id.is_(None))).all()
    before_the_notice = datetime.now(UTC) - timedelta(days=9)
    db.session.execute(update(Decision).values(approved_at=before_the_notice))
    db.session.commit()

    assert served_paper(matter, "advance-notice").services[0].kept is None
    strike_service(StrikeService(matter.number, notice.id, WHY), actor=matter.officer)

    assert matter.decision().state is DecisionState.IN_FORCE


@pytest.mark.requirement("E5")
def test_a_waiver_that_a_decision_rests_on_is_not_struck_out_and_not_offered_to_be():
    matter = Matter()
    waive_paper(WaivePaper(matter.number, "advance-notice", "紧急"), actor=make_head())

    def waiver():
        papers = get_page(db.session(), matter.number, matter.officer).papers
        return next(one for one in papers if one.waiver)

    assert not waiver().kept
    matter.decide(served=None)

    assert waiver().kept
    with pytest.raises(RuleBroken, match="decision-rests-on-notice"):
        strike_paper(Strike(matter.number, waiver().id), actor=matter.officer)


def test_what_is_decided_on_the_spot_needs_no_notice_before():
    matter = Matter()
    matter.decide(served=None)
    paper = put_in(matter.number, matter.officer, "on-the-spot-decision")

    record_service(order_of(matter, paper), actor=matter.officer)

    assert matter.decision().state is DecisionState.IN_FORCE


def join(matter, state=ReportState.ACCEPTED):
    """A report that joins the case now, and what its task does; the report."""
    late = make_report(state=state, officer=matter.officer)
    add_report(AddReport(matter.number, late.reference), actor=matter.officer)
    links = select(CaseReport.id).where(CaseReport.report_id == late.id)
    told = Task.kind == TaskKind.TELL_WHO_JOINED
    if db.session.scalar(select(Task.id).where(told, Task.subject_id.in_(links))):
        tell_who_joined(db.session.scalars(links).one(), actor=Actor.system("test"))
    db.session.expire_all()
    return late


def owed(report):
    result = Clock.report_id == report.id, Clock.stage == Stage.RESULT, Clock.met_at.is_(None)
    return [one.starts_on for one in db.session.scalars(select(Clock).where(*result))]


def notices_to(report):
    sent = Message.report_id == report.id, Message.kind == MessageKind.NOTICE
    return db.session.scalar(select(func.count()).select_from(Message).where(*sent))


@pytest.mark.requirement("B2")
@pytest.mark.requirement("U36")
def test_a_reporter_who_joins_a_decided_case_is_told_at_once_and_has_a_day_for_the_result():
    matter = Matter()
    matter.decide()

    late = join(matter)

    assert owed(late) == [today()]
    assert notices_to(late) == 1
    [link] = db.session.scalars(select(CaseReport.id).where(CaseReport.report_id == late.id))
    tell_who_joined(link, actor=Actor.system("test"))
    assert (len(owed(late)), notices_to(late)) == (1, 1)


@pytest.mark.requirement("U36")
def test_a_reporter_who_joins_before_the_service_is_told_with_the_others_and_once():
    matter = Matter()
    matter.decide(served=None)
    late = join(matter)
    assert (owed(late), notices_to(late)) == ([], 0)

    serve(matter.number, 1, matter.party, matter.officer)

    assert (owed(late), notices_to(late)) == ([today()], 1)
    other = Matter()
    undecided = join(other)
    assert (owed(undecided), notices_to(undecided)) == ([], 0)


@pytest.mark.requirement("U36")
def test_whoever_was_told_of_a_decision_and_is_put_in_again_reads_of_it_no_second_time():
    matter = Matter()
    late = join(matter)
    matter.decide()
    assert notices_to(late) == 1
    take_out(TakeOut(matter.number, late.reference, "另案办理。"), actor=matter.officer)

    add_report(AddReport(matter.number, late.reference), actor=matter.officer)
    links = select(CaseReport.id).where(CaseReport.report_id == late.id)
    tell_who_joined(
        db.session.scalars(links.where(CaseReport.left_at.is_(None))).one(),
        actor=Actor.system("test"),
    )

    assert notices_to(late) == 1


@pytest.mark.requirement("U36")
def test_whoever_joins_between_two_services_of_one_decision_reads_of_it_once():
    matter = Matter()
    second = make_party(matter.number, matter.officer, "某印刷厂")
    for one in (matter.party, second):
        tell_before(matter.number, one, matter.officer)
    matter.decide(approved=False, served=None)
    add_measure(AddMeasure(matter.number, 1, second, "warning", "警告。"), actor=matter.officer)
    settle_decision(SettleDecision(matter.number, 1, DecisionAction.APPROVE), actor=make_head())
    paper = put_in(matter.number, matter.officer)
    record_service(order_of(matter, paper), actor=matter.officer)
    late = join(matter)

    record_service(order_of(matter, paper, party=second), actor=matter.officer)

    assert notices_to(late) == 1


@pytest.mark.requirement("U36")
def test_whoever_joins_while_the_only_service_is_struck_out_is_told_when_it_is_served_again():
    matter = Matter()
    matter.decide()
    strike(matter)
    late = join(matter)
    assert notices_to(late) == 0

    serve(matter.number, 1, matter.party, matter.officer)

    assert notices_to(late) == 1


@pytest.mark.requirement("U36")
def test_of_a_decision_in_place_of_the_one_that_was_read_of_a_reporter_is_told():
    matter = Matter()
    late = join(matter)
    matter.decide()
    matter.decide(replaces=1)

    assert notices_to(late) == 2
