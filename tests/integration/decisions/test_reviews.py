"""Reviews: their clocks, what a change leads to, and what a reporter may contest (F11)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.queries.events import list_events
from portal.cases.service.opening import AddReport, add_report
from portal.cases.states import CaseAction, CaseEnding, CaseState
from portal.cases.words import entries_of
from portal.casework.queries.board import count_board, viewpoint
from portal.casework.service.verification import AnswerReport, answer_report
from portal.decisions.models import Review
from portal.decisions.queries.desk import get_decisions, list_outcomes
from portal.decisions.queries.lines import DecisionAct
from portal.decisions.queries.parties import get_party_page
from portal.decisions.queries.reviews import list_of_case, list_reviews
from portal.decisions.service import watching
from portal.decisions.service.drafting import (
    AddMeasure,
    SettleDecision,
    add_measure,
    settle_decision,
)
from portal.decisions.service.party import FileObjection, file_objection
from portal.decisions.service.reviewing import (
    AdmitReview,
    DecideReview,
    ExtendReview,
    admit_review,
    decide_review,
    extend_review,
)
from portal.decisions.states import (
    DecisionAction,
    DecisionSource,
    DecisionState,
    ReviewOutcome,
    ReviewState,
)
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.intake import queries as reports
from portal.intake.content import message_context
from portal.intake.models import Message, MessageKind, Report
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.deadline import DayUnit, days_before, due_on
from portal.kernel.errors import RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import get_case_id, make_move, today
from tests.factories.casework import make_head, make_supervisor
from tests.factories.decisions import make_party, serve
from tests.factories.intake import make_report
from tests.integration.decisions.matter import PUBLIC, Matter, judge

pytestmark = pytest.mark.usefixtures("app")
CLOCK = Actor.system("watch-reviews")
TO_DECIDED = "file finish-investigation notify"


@pytest.fixture
def office_hours(monkeypatch):
    monkeypatch.setattr("portal.intake.desks.at_their_desks", lambda *_: {""})


def due(days):
    """The time of the only review ends so many days from today, and is looked at today."""
    ends = {"due_on": today() + timedelta(days=days), "look_on": today()}
    db.session.execute(update(Review).values(**ends))
    db.session.commit()


def decided(matter):
    """The case decided, and the decision served."""
    matter.decide()
    make_move(matter.number, CaseAction.DECIDE, make_head())


def contest(matter):
    answer = AnswerReport(matter.report.reference, "已经作出处罚。")
    answer_report(answer, actor=matter.officer)
    contested = ContestResult(matter.report.id, "contest.still-going-on", "今天还在卖。")
    contest_result(contested, actor=PUBLIC)


def notices_to(report):
    told = Message.report_id == report.id, Message.kind == MessageKind.NOTICE
    key = reports.key_of(db.session.get_one(Report, report.id))
    rows = db.session.scalars(select(Message).where(*told).order_by(Message.sent_at))
    return [key.decrypt_text(one.body, message_context(one.id)) for one in rows]


def heap(actor):
    board = count_board(db.session(), viewpoint(actor))
    return {one.endpoint: count for one, count in board.later}["decisions.list_open"]


# --- Clocks --------------------------------------------------------------------------------------


@pytest.mark.requirement("F11")
def test_each_time_of_a_review_is_looked_at_as_many_days_before_as_the_place_says():
    matter, calendar = Matter(), current_place().calendar
    matter.decide()
    filed = matter.object()
    assert filed.look_on == days_before(filed.due_on, 2, DayUnit.WORKING, calendar)

    admit_review(AdmitReview(matter.number, filed.id, admissible=True), actor=make_head())
    admitted = matter.review
    assert admitted.look_on == admitted.due_on - timedelta(days=10)
    order = DecideReview(matter.number, admitted.id, ReviewOutcome.UPHELD, "维持。")
    decide_review(order, actor=make_head())

    assert matter.review.look_on is None


@pytest.mark.requirement("F11")
@pytest.mark.usefixtures("office_hours")
def test_the_desk_is_warned_once_and_what_is_late_rises_to_the_office_above():
    matter, head, above = Matter(), make_head(), make_supervisor()
    matter.decide()
    matter.object()
    due(1)

    assert (heap(head), heap(above)) == (1, 0)
    assert [watching.watch_reviews(actor=CLOCK) for _one in range(2)] == [1, 0]
    [line] = list_reviews(db.session(), viewpoint(head), Window()).items
    assert (line.warned, line.breached, heap(above)) == (True, False, 0)
    due(-1)
    assert [watching.watch_reviews(actor=CLOCK) for _one in range(2)] == [1, 0]

    [line] = list_of_case(db.session(), get_case_id(matter.number), viewpoint(above))
    assert (line.breached, line.overdue, heap(above)) == (True, True, 1)
    done = db.session.scalars(select(AuditEvent.action)).all()
    assert [one for one in done if one.startswith("case.review-")] == [
        "case.review-warn",
        "case.review-breach",
    ]
    admit_review(AdmitReview(matter.number, matter.review.id, admissible=True), actor=head)
    assert (matter.review.breached_at, heap(above)) == (None, 0)


# --- What is to be changed -----------------------------------------------------------------------


@pytest.mark.requirement("F11")
def test_a_change_leads_to_a_draft_with_the_measures_that_another_person_approves():
    matter, reviewer = Matter(upto=TO_DECIDED), make_head()
    decided(matter)
    matter.object()

    judge(matter, ReviewOutcome.CHANGED, reviewer)

    [first, second] = get_decisions(db.session(), matter.number, matter.head).decisions
    assert (first.state, second.state) == (DecisionState.IN_FORCE, DecisionState.DRAFTED)
    assert (second.replaces, second.facts, second.source) == (1, first.facts, DecisionSource.REPORT)
    assert [(one.party, one.line.detail) for one in second.measures] == [
        (one.party, one.line.detail) for one in first.measures
    ]
    approve = SettleDecision(matter.number, 2, DecisionAction.APPROVE)
    with pytest.raises(RuleBroken, match="drafter-does-not-approve"):
        settle_decision(approve, actor=reviewer)
    settle_decision(approve, actor=make_head())
    serve(matter.number, 2, matter.party, matter.officer)
    assert matter.decision(1).state is DecisionState.REPLACED


def test_a_closed_case_is_taken_up_again_for_what_is_to_be_changed():
    matter = Matter(upto=TO_DECIDED)
    decided(matter)
    answer_report(AnswerReport(matter.report.reference, "已经处罚。"), actor=matter.officer)
    for move in (CaseAction.EXECUTE, CaseAction.CLOSE):
        make_move(matter.number, move, make_head())
    matter.object()

    judge(matter, ReviewOutcome.CHANGED, make_head())

    assert (matter.case.state, matter.case.ending) == (CaseState.FILED, None)
    assert matter.decision(2).state is DecisionState.DRAFTED


@pytest.mark.requirement("F11")
def test_what_was_replaced_meanwhile_is_not_changed_but_is_overturned_and_what_replaced_it_stands():
    matter, reviewer = Matter(), make_head()
    matter.decide()
    review = matter.object().id
    matter.decide(replaces=1)
    ended = matter.decision(1).ended_at
    offered = list_outcomes(db.session(), matter.number, review, reviewer)
    assert offered == (ReviewOutcome.UPHELD, ReviewOutcome.OVERTURNED)

    with pytest.raises(RuleBroken, match="replaced-not-in-force"):
        judge(matter, ReviewOutcome.CHANGED, reviewer)
    overturn = DecideReview(matter.number, review, ReviewOutcome.OVERTURNED, "程序违法。")
    decide_review(overturn, actor=reviewer)

    assert matter.review.state is ReviewState.DECIDED
    assert [matter.decision(one).state.value for one in (1, 2)] == ["set-aside", "in-force"]
    assert matter.decision(1).ended_at == ended
    assert matter.case.decision_stands


@pytest.mark.requirement("F11")
def test_two_parties_have_the_same_decision_overturned():
    matter, reviewer = Matter(), make_head()
    second = make_party(matter.number, matter.officer, "某印刷厂")
    matter.decide(approved=False, served=None)
    add_measure(AddMeasure(matter.number, 1, second, "warning", "警告。"), actor=matter.officer)
    settle_decision(SettleDecision(matter.number, 1, DecisionAction.APPROVE), actor=matter.head)
    for party in (matter.party, second):
        serve(matter.number, 1, party, matter.officer)
        file_objection(FileObjection(party, 1, "不服。"), actor=PUBLIC)

    for one in db.session.scalars(select(Review.id)).all():
        admit_review(AdmitReview(matter.number, one, admissible=True), actor=reviewer)
        order = DecideReview(matter.number, one, ReviewOutcome.OVERTURNED, "程序违法。")
        decide_review(order, actor=reviewer)

    assert matter.decision().state is DecisionState.SET_ASIDE
    outcomes = db.session.scalars(select(Review.outcome)).all()
    assert outcomes == [ReviewOutcome.OVERTURNED] * 2


@pytest.mark.requirement("F11")
def test_whoever_made_or_approved_what_a_decision_replaced_does_not_review_it_either():
    matter, first = Matter(), make_head()
    matter.decide(head=first)
    matter.decide(replaces=1, head=make_head())
    review = matter.object(2).id
    admit = AdmitReview(matter.number, review, admissible=True)

    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        admit_review(admit, actor=first)
    assert get_decisions(db.session(), matter.number, first).reviews[0].offered == ()
    admit_review(admit, actor=make_head())


@pytest.mark.requirement("F11")
@pytest.mark.requirement("U36")
def test_a_review_is_given_more_time_once_and_whoever_asked_reads_why_beside_the_first_day():
    matter, reviewer = Matter(), make_head()
    matter.decide()
    review = matter.object().id
    more = ExtendReview(matter.number, review, 30, "需要另行鉴定。")
    with pytest.raises(RuleBroken, match="no-extension"):
        extend_review(more, actor=reviewer)
    admit_review(AdmitReview(matter.number, review, admissible=True), actor=reviewer)
    first = matter.review.due_on
    for days, code in ((31, "extension-too-long"), (0, "extension-too-long")):
        with pytest.raises(RuleBroken, match=code):
            extend_review(replace(more, days=days), actor=reviewer)
    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        extend_review(more, actor=matter.head)

    extend_review(more, actor=reviewer)

    calendar = current_place().calendar
    again = due_on(first, 30, DayUnit.CALENDAR, calendar).on
    assert (matter.review.due_before, matter.review.due_on) == (first, again)
    assert matter.review.look_on == again - timedelta(days=10)
    page = get_party_page(db.session, matter.party)
    objection = page.decisions[0].objection
    assert (objection.due_before, objection.due_on) == (first, again)
    assert page.letters[-1].text.zh.endswith("原因如下。\n\n需要另行鉴定。")
    with pytest.raises(RuleBroken, match="extension-used-up"):
        extend_review(more, actor=reviewer)
    due(-1)
    db.session.execute(update(Review).values(due_before=None))
    db.session.commit()
    with pytest.raises(RuleBroken, match="extension-too-late"):
        extend_review(more, actor=reviewer)
    [trail] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "review.extend"))
    assert "鉴定" not in str(trail.details)


@pytest.mark.requirement("U36")
def test_a_reporter_is_told_why_their_review_takes_longer_and_the_others_are_not():
    matter, reviewer = Matter(upto=TO_DECIDED), make_head()
    decided(matter)
    contest(matter)
    review = matter.review.id
    admit_review(AdmitReview(matter.number, review, admissible=True), actor=reviewer)

    order = ExtendReview(matter.number, review, 10, "正在补充调查。")
    extend_review(order, actor=reviewer)

    told = notices_to(matter.report)
    assert told[-1].endswith("原因如下。\n\n正在补充调查。")
    assert "补充" not in str(get_party_page(db.session, matter.party).letters)


@pytest.mark.requirement("F11")
@pytest.mark.requirement("U36")
@pytest.mark.parametrize("admissible", [True, False])
def test_a_reporter_reads_why_their_review_ended_so_and_nobody_else_does(admissible):
    matter, reviewer = Matter(upto=TO_DECIDED), make_head()
    other = make_report(state=ReportState.VERIFIED, officer=matter.officer)
    add_report(AddReport(matter.number, other.reference), actor=matter.officer)
    decided(matter)
    contest(matter)
    review, why = matter.review.id, "已经复核现场照片，处理适当。"

    reasons = "" if admissible else why
    admit_review(AdmitReview(matter.number, review, admissible, reasons), actor=reviewer)
    if admissible:
        order = DecideReview(matter.number, review, ReviewOutcome.UPHELD, why)
        decide_review(order, actor=reviewer)

    assert notices_to(matter.report)[-1].endswith(f"。\n\n{why}")
    assert why not in str(notices_to(other))
    assert why not in str(get_party_page(db.session(), matter.party))


@pytest.mark.requirement("F11")
def test_more_time_is_offered_to_whoever_may_give_it_and_given_on_its_page(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    matter = Matter()
    matter.decide()
    review = matter.object().id
    home = f"/desk/cases/{matter.number}"
    extend = f"{home}/reviews/{review}/extend"
    assert pages.get(extend).status == 409
    pages.post(pages.get(f"{home}/reviews/{review}/admit"), {"admissible": "yes"})
    assert extend in pages.get(f"{home}/decisions").links()

    page = pages.post(pages.get(extend), {"days": "20", "reason": "需要鉴定。"})

    assert matter.review.due_before is not None
    assert extend not in page.links()
    assert "需要鉴定。" in pages.get(home).text("main")


@pytest.mark.requirement("F11")
def test_acts_on_a_review_say_on_their_page_who_asked_for_it_and_of_which_decision(desk):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language="en")
    matter = Matter()
    matter.decide()
    address = f"/desk/cases/{matter.number}/reviews/{matter.object().id}"
    named = [pages.get(f"{address}/admit")]

    pages.post(named[0], {"admissible": "yes"})
    named += [pages.get(f"{address}/{act}") for act in ("decide", "extend")]

    for page in named:
        told = page.text(".govuk-inset-text")
        assert "某书店 objects to decision No. 1" in told
        assert "Filed on" in told


# --- What a reporter contests --------------------------------------------------------------------


@pytest.mark.requirement("F11")
@pytest.mark.requirement("U36")
def test_a_reporter_who_contests_a_penalty_has_it_reviewed_and_is_told_as_the_one_who_asked():
    matter = Matter(upto=TO_DECIDED)
    decided(matter)
    contest(matter)
    review = matter.review
    assert (review.report_id, review.party_id) == (matter.report.id, None)

    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        admit_review(AdmitReview(matter.number, review.id, admissible=True), actor=matter.head)
    reviewer = make_head()
    admit_review(AdmitReview(matter.number, review.id, admissible=True), actor=reviewer)
    overturn = DecideReview(matter.number, review.id, ReviewOutcome.OVERTURNED, "应当重罚。")
    with pytest.raises(RuleBroken, match="something-was-done"):
        decide_review(overturn, actor=reviewer)
    change = DecideReview(matter.number, review.id, ReviewOutcome.CHANGED, "应当加处罚款。")
    decide_review(change, actor=reviewer)

    assert matter.decision(1).state is DecisionState.IN_FORCE
    assert matter.decision(2).state is DecisionState.DRAFTED
    written = select(AuditEvent).where(AuditEvent.action == "case.told")
    told = db.session.scalars(written.order_by(AuditEvent.seq)).all()
    assert [one.details["event"] for one in told] == [
        "served",
        "review-asked",
        "review-admitted",
        "review-changed",
    ]


def test_what_ended_with_a_penalty_carried_out_is_reviewed_too():
    matter = Matter(upto=TO_DECIDED)
    decided(matter)
    answer_report(AnswerReport(matter.report.reference, "已经处罚。"), actor=matter.officer)
    make_move(matter.number, CaseAction.EXECUTE, make_head())
    make_move(matter.number, CaseAction.CLOSE, make_head())
    assert matter.case.ending is CaseEnding.PENALTY_CARRIED_OUT

    contested = ContestResult(matter.report.id, "contest.still-going-on", "今天还在卖。")
    contest_result(contested, actor=PUBLIC)

    assert matter.review.state is ReviewState.FILED


@pytest.mark.requirement("F11")
def test_a_decision_that_is_only_approved_is_nothing_to_review_yet():
    matter = Matter()
    matter.decide(served=None)

    contest(matter)

    assert db.session.scalars(select(Review)).all() == []


# --- Pages ---------------------------------------------------------------------------------------


@pytest.mark.requirement("E5")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_whoever_made_a_draft_is_not_offered_to_approve_it_and_gets_back_what_was_typed(
    desk, language
):
    pages, drafter = desk(Role.DEPARTMENT_HEAD, language=language)
    matter = Matter()
    matter.decide(officer=drafter, approved=False, served=None)
    home = f"/desk/cases/{matter.number}/decisions"
    form = pages.get(f"{home}/1/add-measure")

    assert f"{home}/1/approve" not in pages.get(home).links()
    assert pages.get(f"{home}/1/approve").status == 409
    assert pages.get(f"{home}/7/approve").status == 404
    others, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    assert f"{home}/1/approve" in others.get(home).links()
    settle_decision(SettleDecision(matter.number, 1, DecisionAction.APPROVE), actor=make_head())
    typed = {"party": str(matter.party), "measure": "warning", "detail": "写了很久的一项措施"}
    page = pages.post(form, typed)
    assert page.status == 409
    assert "写了很久的一项措施" in page.text("textarea")
    assert pages.get(f"{home}/1/add-measure").status == 409


def test_a_case_shows_the_reviews_that_wait_and_whoever_had_a_part_is_offered_no_act_on_them(desk):
    pages, reviewer = desk(Role.DEPARTMENT_HEAD)
    matter = Matter()
    matter.decide(head=reviewer)
    review = matter.object().id
    address = f"/desk/cases/{matter.number}/reviews/{review}/admit"

    assert (
        f"/desk/cases/{matter.number}/decisions#reviews"
        in pages.get(f"/desk/cases/{matter.number}").links()
    )
    assert address not in pages.get(f"/desk/cases/{matter.number}/decisions").links()
    assert pages.get(address).status == 409
    others, _head = desk(Role.DEPARTMENT_HEAD)
    assert others.get(address).status == 200


@pytest.mark.requirement("F11")
def test_what_a_review_wants_changed_is_not_undone_by_giving_up_its_draft():
    matter = Matter()
    matter.decide()
    matter.object()
    judge(matter, ReviewOutcome.CHANGED, make_head())
    give_up = SettleDecision(matter.number, 2, DecisionAction.WITHDRAW)

    for somebody in (matter.officer, matter.head):
        with pytest.raises(RuleBroken, match="review-wants-a-change"):
            settle_decision(give_up, actor=somebody)

    assert matter.decision(2).state is DecisionState.DRAFTED
    for somebody in (matter.officer, matter.head):
        page = get_decisions(db.session(), matter.number, somebody)
        assert not page.offers(DecisionAct.WITHDRAW, 2)
    matter.decide(replaces=1, served=None, approved=False)
    settle_decision(give_up, actor=matter.officer)
    assert matter.decision(2).state is DecisionState.WITHDRAWN


@pytest.mark.requirement("F11")
def test_whoever_gave_the_reporter_the_result_does_not_review_it():
    matter, answerer = Matter(), make_head()
    answer = AnswerReport(matter.report.reference, "没有违法，不予处理。")
    answer_report(answer, actor=answerer)
    make_move(matter.number, CaseAction.DROP, make_head())
    contested = ContestResult(matter.report.id, "contest.still-going-on", "今天还在卖。")
    contest_result(contested, actor=PUBLIC)
    admit = AdmitReview(matter.number, matter.review.id, admissible=True)

    with pytest.raises(RuleBroken, match="decider-does-not-review"):
        admit_review(admit, actor=answerer)

    [line] = get_decisions(db.session(), matter.number, answerer).reviews
    assert line.offered == ()
    admit_review(admit, actor=make_head())
    assert matter.review.state is ReviewState.ADMITTED


@pytest.mark.requirement("F11")
def test_the_timeline_of_a_case_says_who_decided_and_who_reviewed():
    matter, reviewer = Matter(), make_head()
    matter.decide()
    matter.object()
    judge(matter, ReviewOutcome.CHANGED, reviewer)

    case = db.session.get_one(Case, get_case_id(matter.number))
    events = reversed(list_events(db.session(), case, Window()).items)
    titles = [one.title for one in entries_of(events, current_place(), "zh-Hans")]
    assert [one for one in titles if "号决定" in one or "复查" in one] == [
        "起草第 1 号决定",
        "批准第 1 号决定",
        "提出复查",
        "受理复查",
        "作出复查结论",
        "起草第 2 号决定",
    ]
