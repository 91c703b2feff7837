"""Decisions: drafted, approved by another person, served, replaced, and reviewed by a third."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.cases.service.filling import (
    AssignCase,
    Strike,
    WaivePaper,
    assign_case,
    strike_party,
    waive_paper,
)
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import AddReport, add_report
from portal.cases.states import CaseAction, CaseEnding, CaseState
from portal.casework.service.verification import AnswerReport, answer_report
from portal.decisions.models import DecisionMeasure, Review, Service
from portal.decisions.queries.parties import get_party_page
from portal.decisions.service.drafting import (
    AddMeasure,
    DropMeasure,
    SettleDecision,
    add_measure,
    drop_measure,
    settle_decision,
)
from portal.decisions.service.party import (
    AskForHearing,
    FileObjection,
    SetHearing,
    WriteStatement,
    ask_for_hearing,
    file_objection,
    set_hearing,
    write_statement,
)
from portal.decisions.service.reviewing import (
    AdmitReview,
    DecideReview,
    admit_review,
    decide_review,
)
from portal.decisions.states import DecisionAction, DecisionState, ReviewOutcome, ReviewState
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.intake.models import Clock
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.deadline import DayUnit, due_on
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from tests.factories.cases import make_case, make_move, today
from tests.factories.casework import keep_out, make_head, make_officer, make_supervisor
from tests.factories.decisions import make_decision, make_party, open_page, serve
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report
from tests.integration.decisions.matter import Matter, judge

pytestmark = pytest.mark.usefixtures("app")

S, A, D = ReportState, CaseAction, DecisionAction
PUBLIC = Actor.public()
TO_NOTIFIED = "file finish-investigation notify"


# --- Drafting and approving ---------------------------------------------------------------------


@pytest.mark.requirement("E2")
def test_a_measure_waits_for_a_check_that_confirmed_the_matter():
    officer = make_officer()
    number = make_case(make_report(state=S.ACCEPTED, officer=officer), officer=officer)
    party = make_party(number, officer)

    with pytest.raises(RuleBroken, match="measure-without-finding"):
        make_decision(number, party=party, officer=officer)


@pytest.mark.requirement("E5")
def test_whoever_drafted_a_decision_or_has_the_case_does_not_approve_it():
    matter, drafter = Matter(), make_head()
    matter.decide(officer=drafter, approved=False, served=None)
    approve = SettleDecision(matter.number, 1, D.APPROVE)

    with pytest.raises(RuleBroken, match="drafter-does-not-approve"):
        settle_decision(approve, actor=drafter)
    with pytest.raises(NotPermitted):
        settle_decision(approve, actor=make_officer())
    settle_decision(approve, actor=matter.head)

    assert matter.decision().approved_by == matter.head.id
    with pytest.raises(MoveRefused):
        settle_decision(approve, actor=make_head())


@pytest.mark.requirement("E5")
@pytest.mark.requirement("F11")
def test_whoever_changed_the_measures_of_a_draft_neither_approves_nor_reviews_it():
    matter, other = Matter(), make_head()
    matter.decide(approved=False, served=None)
    measure = db.session.scalars(select(DecisionMeasure.id)).one()
    drop_measure(DropMeasure(matter.number, 1, measure), actor=matter.head)
    again = AddMeasure(matter.number, 1, matter.party, "warning", "警告。")
    add_measure(again, actor=matter.head)
    approve = SettleDecision(matter.number, 1, D.APPROVE)

    with pytest.raises(RuleBroken, match="drafter-does-not-approve"):
        settle_decision(approve, actor=matter.head)
    settle_decision(approve, actor=other)
    serve(matter.number, 1, matter.party, matter.officer)
    matter.object()

    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        admit_review(
            AdmitReview(matter.number, matter.review.id, admissible=True), actor=matter.head
        )


@pytest.mark.requirement("E5")
def test_what_is_approved_is_changed_no_more():
    matter = Matter()
    matter.decide(served=None)
    measure = db.session.scalars(select(DecisionMeasure.id)).one()

    with pytest.raises(MoveRefused):
        add_measure(
            AddMeasure(matter.number, 1, matter.party, "warning", "再加。"), actor=matter.officer
        )
    with pytest.raises(MoveRefused):
        drop_measure(DropMeasure(matter.number, 1, measure), actor=matter.officer)


@pytest.mark.requirement("E7")
def test_a_measure_is_addressed_to_a_party_of_the_case_only():
    matter, other = Matter(), Matter()
    matter.decide(approved=False, served=None)

    with pytest.raises(NotFound):
        add_measure(
            AddMeasure(matter.number, 1, other.party, "warning", "警告。"), actor=matter.officer
        )


def test_the_step_that_decides_a_case_waits_for_an_approved_decision():
    matter = Matter(upto=TO_NOTIFIED)
    for paper in ("penalty-decision", "service-receipt"):
        waive_paper(WaivePaper(matter.number, paper, "测试不附"), actor=make_head())

    with pytest.raises(RuleBroken, match="decision-missing"):
        move_case(MoveCase(matter.number, A.DECIDE), actor=matter.head)
    matter.decide(approved=False, served=None)
    with pytest.raises(RuleBroken, match="decision-missing"):
        move_case(MoveCase(matter.number, A.DECIDE), actor=matter.head)
    settle_decision(SettleDecision(matter.number, 1, D.APPROVE), actor=matter.head)
    move_case(MoveCase(matter.number, A.DECIDE), actor=matter.head)

    assert matter.case.state is CaseState.DECIDED
    with pytest.raises(RuleBroken, match="decision-stands"):
        move_case(MoveCase(matter.number, A.RESUME, None, "再查"), actor=matter.head)
    with pytest.raises(RuleBroken, match="decision-stands"):
        strike_party(Strike(matter.number, matter.party), actor=matter.officer)


def test_a_decision_that_was_given_up_carries_no_step():
    matter = Matter()
    matter.decide(served=None)
    assert matter.case.decision_stands

    with pytest.raises(NotPermitted):
        settle_decision(SettleDecision(matter.number, 1, D.WITHDRAW), actor=matter.officer)
    settle_decision(SettleDecision(matter.number, 1, D.WITHDRAW), actor=matter.head)

    assert not matter.case.decision_stands
    with pytest.raises(MoveRefused):
        serve(matter.number, 1, matter.party, matter.officer)


@pytest.mark.requirement("E5")
def test_whoever_had_the_case_before_approves_no_decision_of_it():
    matter, before = Matter(), make_head()
    for one in (before, matter.officer):
        assign_case(AssignCase(matter.number, one.id), actor=matter.head)
    matter.decide(approved=False, served=None)

    with pytest.raises(RuleBroken, match="drafter-does-not-approve"):
        settle_decision(SettleDecision(matter.number, 1, D.APPROVE), actor=before)
    settle_decision(SettleDecision(matter.number, 1, D.APPROVE), actor=matter.head)


def test_a_decision_that_orders_nothing_is_not_approved():
    matter = Matter()
    matter.decide(approved=False, served=None)
    measure = db.session.scalars(select(DecisionMeasure.id)).one()
    drop_measure(DropMeasure(matter.number, 1, measure), actor=matter.officer)

    with pytest.raises(RuleBroken, match="decision-without-measure"):
        settle_decision(SettleDecision(matter.number, 1, D.APPROVE), actor=matter.head)


@pytest.mark.requirement("D22")
def test_a_measure_above_the_grade_of_the_case_is_refused_by_the_service():
    matter = Matter()
    matter.decide(approved=False, served=None)
    grave = AddMeasure(matter.number, 1, matter.party, "revoke-licence", "吊销许可证。")

    with pytest.raises(RuleBroken, match="measure-above-grade"):
        add_measure(grave, actor=matter.officer)


def test_a_measure_is_not_taken_out_by_whoever_saw_an_older_case():
    matter = Matter()
    matter.decide(approved=False, served=None)
    measure, seen = db.session.scalars(select(DecisionMeasure.id)).one(), matter.case.version
    make_party(matter.number, matter.officer, "另一家")

    with pytest.raises(MoveRefused):
        drop_measure(DropMeasure(matter.number, 1, measure, seen), actor=matter.officer)


@pytest.mark.requirement("B6")
def test_what_was_put_in_for_a_decision_that_was_given_up_does_not_carry_the_next_one():
    matter = Matter(upto=TO_NOTIFIED)
    matter.decide(served=None)
    for paper in ("penalty-decision", "service-receipt"):
        waive_paper(WaivePaper(matter.number, paper, "测试不附"), actor=make_head())
    settle_decision(SettleDecision(matter.number, 1, D.WITHDRAW), actor=matter.head)
    matter.decide(served=None)

    with pytest.raises(RuleBroken, match="papers-missing"):
        move_case(MoveCase(matter.number, A.DECIDE), actor=matter.head)


@pytest.mark.requirement("F11")
def test_a_party_of_whom_a_decision_orders_nothing_is_not_served_and_reads_nothing_of_it():
    matter = Matter()
    other = make_party(matter.number, matter.officer, "某印刷厂")
    open_page(matter.number, other, matter.officer)
    matter.decide()

    with pytest.raises(RuleBroken, match="party-without-measure"):
        serve(matter.number, 1, other, matter.officer)
    assert get_party_page(db.session, other).decisions == ()


# --- Service and replacement --------------------------------------------------------------------


def test_the_first_service_puts_a_decision_in_force_and_each_party_has_its_own_last_day():
    matter = Matter()
    second = make_party(matter.number, matter.officer, "某印刷厂")
    matter.decide(approved=False, served=None)
    also = AddMeasure(matter.number, 1, second, "warning", "警告。")
    add_measure(also, actor=matter.officer)
    settle_decision(SettleDecision(matter.number, 1, D.APPROVE), actor=matter.head)
    serve(matter.number, 1, matter.party, matter.officer)
    serve(matter.number, 1, second, matter.officer)

    assert matter.decision().state is DecisionState.IN_FORCE
    of_it = select(Service.object_by).where(Service.decision_id.is_not(None))
    last_days = db.session.scalars(of_it).all()
    assert len(last_days) == 2
    assert all(day >= today() + timedelta(days=60) for day in last_days)


@pytest.mark.parametrize(("days", "code"), [(-1, "service-day-impossible"), (1, "served-ahead")])
def test_a_decision_is_served_neither_before_its_approval_nor_tomorrow(days, code):
    matter = Matter()

    with pytest.raises(RuleBroken, match=code):
        matter.decide(served=today() + timedelta(days=days))


def test_a_decision_in_force_is_ended_by_the_service_of_the_one_that_replaces_it():
    matter = Matter()
    matter.decide()
    matter.decide(replaces=1)

    assert matter.decision(1).state is DecisionState.REPLACED
    assert matter.decision(2).state is DecisionState.IN_FORCE
    first = DecisionMeasure.decision_id == matter.decision(1).id
    assert db.session.scalars(select(DecisionMeasure.ended_on).where(first)).one() == today()
    with pytest.raises(RuleBroken, match="replaced-not-in-force"):
        matter.decide(replaces=1)


# --- What a party does --------------------------------------------------------------------------


def test_a_statement_with_a_file_reaches_the_case_and_nothing_stands_readable():
    matter = Matter()
    file = make_evidence(actor=PUBLIC)
    secret = "货是别人寄存的"

    write_statement(WriteStatement(matter.party, secret, (file.id,)), actor=PUBLIC)

    shown = get_party_page(db.session, matter.party)
    assert [one.text.zh for one in shown.letters] == [secret]
    assert len(shown.letters[0].files) == 1
    trail = str([one.details for one in db.session.scalars(select(AuditEvent))])
    assert secret not in trail


def test_a_hearing_is_asked_for_once_and_its_day_is_set_by_the_office():
    matter = Matter()
    ask_for_hearing(AskForHearing(matter.party, "想当面说明。"), actor=PUBLIC)

    with pytest.raises(RuleBroken, match="hearing-asked-already"):
        ask_for_hearing(AskForHearing(matter.party, "再说一次。"), actor=PUBLIC)
    order = SetHearing(matter.number, matter.party, today() - timedelta(days=1), "三楼")
    with pytest.raises(RuleBroken, match="hearing-day-over"):
        set_hearing(order, actor=matter.officer)
    order = SetHearing(matter.number, matter.party, today() + timedelta(days=6), "三楼")
    with pytest.raises(RuleBroken, match="hearing-too-soon"):
        set_hearing(order, actor=matter.officer)
    order = SetHearing(matter.number, matter.party, today() + timedelta(days=40), "三楼")
    set_hearing(order, actor=matter.officer)

    shown = get_party_page(db.session, matter.party)
    [hearing] = shown.hearings
    assert (hearing.on, hearing.where) == (today() + timedelta(days=40), "三楼")


@pytest.mark.requirement("F11")
def test_a_party_objects_once_in_time_and_only_to_what_was_served_on_it():
    matter, other = Matter(), Matter()
    matter.decide()

    with pytest.raises(NotFound):
        file_objection(FileObjection(other.party, 1, "不服。"), actor=PUBLIC)
    review = matter.object()
    with pytest.raises(RuleBroken, match="objected-already"):
        matter.object()

    calendar = current_place().calendar
    assert review.state is ReviewState.FILED
    assert review.due_on == due_on(today(), 5, DayUnit.WORKING, calendar).on
    admit_review(AdmitReview(matter.number, review.id, admissible=True), actor=make_head())
    assert matter.review.due_on == due_on(today(), 60, DayUnit.CALENDAR, calendar).on


@pytest.mark.requirement("F11")
def test_the_last_day_to_object_counts_and_the_day_after_does_not():
    matter = Matter()
    matter.decide()
    db.session.execute(
        update(Service)
        .where(Service.decision_id.is_not(None))
        .values(object_by=today() - timedelta(days=1))
    )
    db.session.commit()

    assert not get_party_page(db.session, matter.party).decisions[0].may_object
    with pytest.raises(RuleBroken, match="objection-too-late"):
        matter.object()
    db.session.execute(
        update(Service).where(Service.decision_id.is_not(None)).values(object_by=today())
    )
    db.session.commit()
    assert get_party_page(db.session, matter.party).decisions[0].may_object
    matter.object()


# --- Review -------------------------------------------------------------------------------------


@pytest.mark.requirement("F11")
def test_whoever_decided_or_has_the_case_does_not_review_it():
    matter = Matter()
    matter.decide()
    review = matter.object().id
    order = AdmitReview(matter.number, review, admissible=True)

    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        admit_review(order, actor=matter.head)
    with pytest.raises(NotPermitted):
        admit_review(order, actor=matter.officer)
    admit_review(order, actor=make_head())

    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        decide_review(
            DecideReview(matter.number, review, ReviewOutcome.UPHELD, "维持。"), actor=matter.head
        )


@pytest.mark.requirement("F13")
def test_a_review_is_not_there_for_whoever_is_behind_the_wall_or_elsewhere():
    matter, insider = Matter(), make_head()
    matter.decide()
    review = matter.object().id
    keep_out(insider.id, matter.report.id)

    for outsider in (insider, make_head("CULTURE_ENF@320402")):
        with pytest.raises(NotFound):
            admit_review(AdmitReview(matter.number, review, admissible=True), actor=outsider)
    other = Matter()
    with pytest.raises(NotFound):
        admit_review(AdmitReview(other.number, review, admissible=True), actor=make_head())


@pytest.mark.requirement("F11")
def test_a_review_is_refused_or_decided_with_reasons_only_and_once():
    matter, reviewer = Matter(), make_head()
    matter.decide()
    review = matter.object().id

    with pytest.raises(RuleBroken, match="review-without-reasons"):
        admit_review(AdmitReview(matter.number, review, admissible=False), actor=reviewer)
    refuse = AdmitReview(matter.number, review, admissible=False, reasons="没有理由。")
    admit_review(refuse, actor=reviewer)

    with pytest.raises(MoveRefused):
        decide_review(
            DecideReview(matter.number, review, ReviewOutcome.UPHELD, "维持。"), actor=reviewer
        )
    assert matter.decision().state is DecisionState.IN_FORCE
    shown = get_party_page(db.session, matter.party).decisions[0].objection
    assert (shown.state, shown.reasons) == (ReviewState.REFUSED, "没有理由。")


@pytest.mark.requirement("F11")
@pytest.mark.parametrize(
    ("outcome", "state", "case_state"),
    [
        (ReviewOutcome.UPHELD, DecisionState.IN_FORCE, CaseState.DECIDED),
        (ReviewOutcome.CHANGED, DecisionState.IN_FORCE, CaseState.DECIDED),
        (ReviewOutcome.OVERTURNED, DecisionState.SET_ASIDE, CaseState.FILED),
    ],
)
def test_an_objection_leaves_a_decision_or_ends_it_and_takes_the_case_up_again(
    outcome, state, case_state
):
    matter = Matter(upto=TO_NOTIFIED)
    matter.decide()
    make_move(matter.number, A.DECIDE, make_head())
    matter.object()

    judge(matter, outcome, make_supervisor())

    assert matter.review.outcome is outcome
    assert matter.decision().state is state
    ended = db.session.scalars(
        select(DecisionMeasure.ended_on).where(DecisionMeasure.decision_id == matter.decision().id)
    ).one()
    assert ended == (today() if outcome is ReviewOutcome.OVERTURNED else None)
    assert matter.case.state is case_state


@pytest.mark.requirement("F11")
def test_a_reporter_has_the_end_without_a_penalty_reviewed_and_the_case_taken_up_again():
    matter = Matter()
    answer_report(AnswerReport(matter.report.reference, "未见违法。"), actor=matter.officer)
    waive_paper(WaivePaper(matter.number, "no-case-decision", "轻微"), actor=make_head())
    end = MoveCase(matter.number, A.DROP, CaseEnding.NO_BREACH, "未见违法")
    move_case(end, actor=matter.head)

    contested = ContestResult(matter.report.id, "contest.still-going-on", "今天还在卖。")
    contest_result(contested, actor=PUBLIC)
    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        admit_review(
            AdmitReview(matter.number, matter.review.id, admissible=True), actor=matter.head
        )
    reviewer = make_head()
    admit_review(AdmitReview(matter.number, matter.review.id, admissible=True), actor=reviewer)
    order = DecideReview(matter.number, matter.review.id, ReviewOutcome.CHANGED, "改。")
    with pytest.raises(RuleBroken, match="outcome-does-not-fit"):
        decide_review(order, actor=reviewer)
    order = DecideReview(matter.number, matter.review.id, ReviewOutcome.OVERTURNED, "应当查处。")
    decide_review(order, actor=reviewer)

    assert (matter.case.state, matter.case.ending) == (CaseState.FILED, None)


@pytest.mark.requirement("U4")
def test_once_a_decision_is_in_force_the_time_runs_to_tell_the_reporter_what_came_of_it():
    matter = Matter()
    result = select(Clock).where(
        Clock.report_id == matter.report.id, Clock.stage.in_([Stage.RESULT, Stage.RECHECK])
    )
    matter.decide(served=None)
    assert db.session.scalars(result).all() == []

    serve(matter.number, 1, matter.party, matter.officer)

    [clock] = db.session.scalars(result).all()
    assert (clock.stage, clock.starts_on, clock.met_at) == (Stage.RESULT, today(), None)
    answer_report(AnswerReport(matter.report.reference, "已作出处罚。"), actor=matter.officer)
    assert clock.met_at is not None


@pytest.mark.requirement("U4")
def test_that_time_runs_too_for_a_report_of_the_case_that_is_only_looked_into_yet():
    matter = Matter()
    later = make_report(state=ReportState.ACCEPTED, officer=matter.officer)
    add_report(AddReport(matter.number, later.reference), actor=matter.officer)

    matter.decide()

    result = select(Clock.starts_on).where(
        Clock.report_id == later.id, Clock.stage == Stage.RESULT, Clock.met_at.is_(None)
    )
    assert db.session.scalars(result).all() == [today()]


def test_contesting_a_report_whose_case_goes_on_files_no_review():
    matter = Matter()
    answer_report(AnswerReport(matter.report.reference, "正在办理。"), actor=matter.officer)

    contested = ContestResult(matter.report.id, "contest.still-going-on", "今天还在卖。")
    contest_result(contested, actor=PUBLIC)

    assert db.session.scalars(select(Review)).all() == []
