"""Two reports about one matter: merged, linked or kept apart, and all of it undone again."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.accounts.service.administration import disable_account
from portal.audit.models import AuditEvent
from portal.casework.queries import board
from portal.casework.queries.dossier import get_dossier
from portal.casework.queries.filters import Filter, Order, Section
from portal.casework.service.acceptance import (
    AcceptReport,
    DeclineReport,
    ReturnReport,
    accept_report,
    decline_report,
    return_report,
)
from portal.casework.service.closing import (
    CloseReport,
    CloseUnrouted,
    close_report,
    close_unrouted,
)
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.casework.service.leaving import give_work_away
from portal.casework.service.merging import (
    MergeReports,
    RelateReports,
    UndoRelation,
    keep_apart,
    link_reports,
    merge_reports,
    undo_relation,
)
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.feedback.queries import get_tracking
from portal.feedback.rating import RateHandling, rate_handling
from portal.feedback.service import (
    ContestResult,
    WriteToDesk,
    contest_result,
    write_to_desk,
)
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.lead_models import ExclusionCause
from portal.intake.models import Author, Clock, Message, MessageKind, Report
from portal.intake.states import PublicStage, ReportState
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.triage.models import ReportRelation
from portal.triage.relations import pair_of
from portal.triage.service import RouteReport
from portal.triage.states import RelationKind
from portal.triage.wall import exclude
from tests.factories.casework import make_actor, make_clerk, make_officer, make_supervisor
from tests.factories.intake import DEPARTMENT, make_report

S = ReportState
PUBLIC = Actor.public()
CAUSE = ExclusionCause.DECLARED


@pytest.fixture
def officer(app):
    return make_officer()


def two(state=S.ROUTED, other=S.ROUTED, officer=None, **more):
    """An earlier and a later report at one desk."""
    first = make_report(state=state, officer=officer)
    return first, make_report(state=other, officer=officer, **more)


def merge(first, later, officer, **more):
    merge_reports(MergeReports(first.reference, later.reference, **more), actor=officer)
    db.session.expire_all()


def relation_of(report):
    return db.session.scalars(
        select(ReportRelation).where(
            ReportRelation.following_id == report.id, ReportRelation.undone_at.is_(None)
        )
    ).one()


def undo(report, officer):
    order = UndoRelation(report.reference, relation_of(report).id)
    undo_relation(order, actor=officer)
    db.session.expire_all()


def work(report, officer, *steps):
    """Take a report some steps further."""
    for step in steps:
        match step:
            case "accept":
                accept_report(AcceptReport(report.reference), actor=officer)
            case "verify":
                how, found = VerificationMethod.SITE_VISIT, Finding.CONFIRMED
                record_verification(
                    RecordVerification(report.reference, how, found, "到店查看。"), actor=officer
                )
            case "answer":
                answer_report(AnswerReport(report.reference, "我们去过了。"), actor=officer)
            case "close":
                close_report(CloseReport(report.reference, "close.measures-taken"), actor=officer)
    db.session.expire_all()


def said_to(report, *kinds):
    """What stands in the thread of a report, decrypted."""
    tracking = get_tracking(db.session(), report.id)
    return [entry.text for entry in tracking.thread if not kinds or entry.kind in kinds]


def clock(report, stage):
    wanted = select(Clock).where(Clock.report_id == report.id, Clock.stage == stage)
    return db.session.scalars(wanted).one()


def trail(report):
    wanted = select(AuditEvent.action).where(AuditEvent.subject_id == report.id)
    return list(db.session.scalars(wanted.order_by(AuditEvent.seq)))


# --- Who leads ----------------------------------------------------------------------------------


@pytest.mark.requirement("U34")
def test_the_later_report_follows_the_one_that_came_first_whichever_is_named_first(officer):
    first, later = two()

    leading = merge_reports(MergeReports(later.reference, first.reference), actor=officer)

    db.session.expire_all()
    assert leading == first.reference
    assert (first.merged_into, later.merged_into) == (None, first.id)
    assert relation_of(later).kind is RelationKind.MERGED


def test_the_later_one_leads_for_a_reason_only(officer):
    first, later = two()
    order = {"reference": first.reference, "other": later.reference, "leading": later.reference}

    with pytest.raises(RuleBroken, match="say-why"):
        merge_reports(MergeReports(**order), actor=officer)
    merge_reports(MergeReports(**order, note="后一件说得更清楚"), actor=officer)

    db.session.expire_all()
    assert (first.merged_into, later.merged_into) == (later.id, None)


def test_a_merge_is_on_the_trail_of_both_and_says_nothing_of_either(officer):
    first, later = two()
    merge(first, later, officer, note="都是示例路的书店")

    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "report.merged")
    ).all()

    assert {event.subject_id for event in events} == {first.id, later.id}
    assert "示例路" not in str([event.details for event in events])


@pytest.mark.requirement("U34")
def test_a_merge_done_twice_is_refused_and_changes_nothing(officer):
    first, later = two()
    merge(first, later, officer)

    for one, other in ((first, later), (later, first)):
        with pytest.raises(RuleBroken, match="merged-already"):
            merge_reports(MergeReports(one.reference, other.reference), actor=officer)

    assert len(db.session.scalars(select(ReportRelation)).all()) == 1


def test_the_database_itself_refuses_a_second_live_relation_of_two_reports(officer):
    first, later = two()
    merge(first, later, officer)
    made = {"pair": pair_of(later.id, first.id), "kind": RelationKind.LINKED, "reasons": []}
    ids = {"leading_id": later.id, "following_id": first.id}

    db.session.add(ReportRelation(**made, **ids, decided_by=None, decided_at=datetime.now(UTC)))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_a_page_that_is_out_of_date_merges_nothing(officer):
    first, later = two()
    seen = first.version
    accept_report(AcceptReport(first.reference), actor=officer)

    with pytest.raises(MoveRefused):
        merge_reports(
            MergeReports(first.reference, later.reference, seen_version=seen), actor=officer
        )


def test_who_joins_a_merged_report_follows_the_one_that_leads_it(officer):
    first, second = two()
    third = make_report(state=S.ROUTED)
    merge(first, second, officer)

    merge(second, third, officer)

    assert (second.merged_into, third.merged_into) == (first.id, first.id)
    assert relation_of(third).leading_id == first.id


def test_a_chain_points_to_its_head_and_comes_apart_link_by_link(officer):
    first, second = two()
    third = make_report(state=S.ROUTED)
    merge(second, third, officer)
    merge(first, second, officer)
    assert (second.merged_into, third.merged_into) == (first.id, first.id)

    undo(second, officer)

    assert (first.merged_into, second.merged_into, third.merged_into) == (None, None, second.id)


def test_a_circle_of_merges_is_refused(officer):
    first, second = two()
    third = make_report(state=S.ROUTED)
    merge(first, second, officer)
    merge(first, third, officer)

    order = MergeReports(first.reference, third.reference, third.reference, note="反过来")
    with pytest.raises(RuleBroken, match="circle"):
        merge_reports(order, actor=officer)
    with pytest.raises(RuleBroken, match="circle"):
        merge_reports(MergeReports(first.reference, first.reference), actor=officer)


# --- What is not merged -------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [{"restricted": True}, {"conflict": True}])
def test_what_is_closed_to_most_is_merged_with_nothing(officer, columns):
    first, later = two(columns=columns)

    with pytest.raises(RuleBroken, match="merge-behind-a-wall"):
        merge_reports(MergeReports(first.reference, later.reference), actor=officer)


def test_a_report_of_another_unit_is_unknown_to_an_officer(officer):
    first = make_report(state=S.ROUTED)
    theirs = make_report(state=S.ROUTED, department="CULTURE_ENF@320402")

    for service, order in (
        (merge_reports, MergeReports),
        (link_reports, RelateReports),
        (keep_apart, RelateReports),
    ):
        with pytest.raises(NotFound):
            service(order(first.reference, theirs.reference), actor=officer)


def test_reports_at_two_desks_are_not_merged_but_can_be_linked_by_who_sees_both(app):
    first = make_report(state=S.ROUTED, columns={"region": "320412"})
    theirs = make_report(
        state=S.ROUTED, department="CULTURE_ENF@320402", columns={"region": "320402"}
    )
    supervisor = make_supervisor()

    with pytest.raises(RuleBroken, match="one-desk"):
        merge_reports(MergeReports(first.reference, theirs.reference), actor=supervisor)
    link_reports(RelateReports(first.reference, theirs.reference), actor=supervisor)

    seen = get_dossier(db.session(), first.reference, make_officer()).neighbours
    assert seen == ()  # its own officer may not see the other unit's report, linked or not


@pytest.mark.parametrize("state", [S.ANSWERED, S.CLOSED, S.DECLINED, S.CONTESTED])
def test_a_report_with_a_result_does_not_follow(officer, state):
    first = make_report(state=S.VERIFIED, officer=officer)
    later = make_report(state=state, officer=officer)

    with pytest.raises(RuleBroken, match="following-has-a-result"):
        merge_reports(MergeReports(first.reference, later.reference), actor=officer)


@pytest.mark.parametrize("state", [S.ANSWERED, S.CLOSED, S.DECLINED, S.CONTESTED])
def test_a_report_that_was_answered_leads_nobody(officer, state):
    first, later = two(state=state, officer=officer)

    with pytest.raises(RuleBroken, match="leading-has-a-result"):
        merge_reports(MergeReports(first.reference, later.reference), actor=officer)


def test_the_one_that_is_further_along_leads(officer):
    first, later = two(other=S.ACCEPTED, officer=officer)

    with pytest.raises(RuleBroken, match="leading-is-behind"):
        merge_reports(MergeReports(first.reference, later.reference), actor=officer)


def test_nothing_is_merged_before_triage_has_looked_at_it(app):
    first, later = make_report(), make_report()

    with pytest.raises(RuleBroken, match="before-triage"):
        merge_reports(MergeReports(first.reference, later.reference), actor=make_clerk())


def test_who_neither_works_on_nor_routes_reports_decides_nothing_about_two(app):
    first, later = two()
    auditor = make_actor(department=DEPARTMENT, region="320412")

    for service, order in (
        (merge_reports, MergeReports(first.reference, later.reference)),
        (link_reports, RelateReports(first.reference, later.reference)),
        (keep_apart, RelateReports(first.reference, later.reference)),
        (undo_relation, UndoRelation(first.reference, uuid4())),
    ):
        with pytest.raises(NotPermitted):
            service(order, actor=auditor)


# --- What is done on the leading one reaches everybody ------------------------------------------


@pytest.mark.requirement("U34")
def test_each_reporter_is_asked_answered_and_closed_under_their_own_code(officer):
    first = make_report(state=S.ROUTED)
    later = make_report(state=S.ROUTED, language="en", narrative="Shop sells copies " * 5)
    merge(first, later, officer)

    work(first, officer, "accept")
    ask_reporter(AskReporter(first.reference, "几点开门？"), actor=officer)
    db.session.expire_all()
    assert said_to(later, MessageKind.QUESTION) == ["几点开门？"]
    assert get_tracking(db.session(), later.id).stage is PublicStage.WAITING_FOR_YOU
    work(first, officer, "verify", "answer", "close")

    for one in (first, later):
        assert (one.state, one.result_number) == (S.CLOSED, 1)
        assert said_to(one, MessageKind.ANSWER) == ["我们去过了。"]
    rate_handling(RateHandling(later.id, 5, 4), actor=PUBLIC)
    assert db.session.get_one(Report, first.id).rating_answered is None


def test_not_taking_it_on_is_said_to_each_in_their_own_language(officer):
    first = make_report(state=S.ROUTED)
    later = make_report(state=S.ROUTED, language="en")
    merge(first, later, officer)

    decline_report(DeclineReport(first.reference, "decline.no-breach"), actor=officer)

    db.session.expire_all()
    assert later.state is S.DECLINED
    assert said_to(first) != said_to(later)
    assert said_to(later)[0].isascii()


def test_what_goes_back_to_reception_goes_with_all_that_follow(officer):
    first, later = two()
    merge(first, later, officer)

    return_report(ReturnReport(first.reference, "不归我们管"), actor=officer)
    clerk = make_clerk()
    route_report(RouteReport(first.reference, "CULTURE_ENF@320402", "按地区"), actor=clerk)

    db.session.expire_all()
    assert [one.department_code for one in (first, later)] == ["CULTURE_ENF@320402"] * 2
    assert later.merged_into == first.id


def test_reception_closes_merged_reports_together(app):
    clerk = make_clerk()
    first, later = two(officer=make_officer())
    for one in (first, later):
        return_report(ReturnReport(one.reference, "不归我们管"), actor=make_officer())
    db.session.expire_all()
    merge(first, later, clerk)

    close_unrouted(CloseUnrouted(first.reference, "unrouted.unclear"), actor=clerk)

    db.session.expire_all()
    assert [one.state for one in (first, later)] == [S.CLOSED] * 2
    assert [one.result_number for one in (first, later)] == [1, 1]


@pytest.mark.parametrize("act", ["accept", "ask", "route"])
def test_nothing_is_done_on_a_report_that_follows(officer, act):
    first, later = two()
    merge(first, later, officer)
    acts = {
        "accept": lambda: accept_report(AcceptReport(later.reference), actor=officer),
        "ask": lambda: ask_reporter(AskReporter(later.reference, "?"), actor=officer),
        "route": lambda: route_report(
            RouteReport(later.reference, "CULTURE_ENF@320402", "x"), actor=make_supervisor()
        ),
    }

    db.session.get_one(Report, later.id).region = "320412"
    db.session.commit()
    with pytest.raises(RuleBroken, match="report-is-merged"):
        acts[act]()


@pytest.mark.requirement("U34")
def test_what_a_merged_reporter_writes_is_on_the_page_of_the_leading_report(officer):
    first, later = two(state=S.ACCEPTED, officer=officer)
    merge(first, later, officer)
    seen = first.version

    write_to_desk(WriteToDesk(later.id, "二楼还有一间仓库"), actor=PUBLIC)

    dossier = get_dossier(db.session(), first.reference, officer)
    assert [(one.text, one.of) for one in dossier.messages] == [
        ("二楼还有一间仓库", later.reference)
    ]
    assert dossier.facts.version > seen  # an officer who had not read it is told so
    assert said_to(first) == []


def test_a_reply_of_one_reporter_is_what_the_desk_waited_for(officer):
    first, later = two(state=S.ACCEPTED, officer=officer)
    merge(first, later, officer)
    ask_reporter(AskReporter(first.reference, "几点开门？"), actor=officer)

    write_to_desk(WriteToDesk(later.id, "晚上八点"), actor=PUBLIC)

    db.session.expire_all()
    assert (first.waiting_since, later.waiting_since) == (None, None)


def test_merged_reports_leave_the_heaps_and_stay_in_lists_and_on_their_page(officer):
    first, later = two()
    merge(first, later, officer)
    view = board.viewpoint(officer)

    heap = board.list_section(db.session(), Section.DEPARTMENT, view, Window())
    everything = board.list_reports(db.session(), Filter(order=Order.NEWEST), view, Window())

    assert [line.reference for line in heap.items] == [first.reference]
    assert board.count_board(db.session(), view).counts[Section.DEPARTMENT] == 1
    assert {(line.reference, line.merged) for line in everything.items} == {
        (first.reference, False),
        (later.reference, True),
    }


def test_the_desk_is_held_to_the_nearest_of_all_promises(officer):
    early = datetime.now(UTC) - timedelta(days=1)
    with time_machine.travel(early, tick=False):
        first = make_report(state=S.ROUTED)
    later = make_report(state=S.ROUTED)
    promised = [clock(one, Stage.ACCEPT).promised_on for one in (first, later)]

    order = MergeReports(first.reference, later.reference, later.reference, note="更清楚")
    merge_reports(order, actor=officer)

    db.session.expire_all()
    assert later.next_due_on == min(promised)
    assert [clock(one, Stage.ACCEPT).promised_on for one in (first, later)] == promised


# --- Contest ------------------------------------------------------------------------------------


@pytest.mark.requirement("U34")
def test_a_merged_reporter_who_contests_is_looked_at_again_alone(officer):
    first, later = two()
    merge(first, later, officer)
    work(first, officer, "accept", "verify", "answer", "close")

    contest_result(ContestResult(later.id, "contest.still-going-on", "还在卖"), actor=PUBLIC)

    db.session.expire_all()
    assert (first.state, later.state) == (S.CLOSED, S.CONTESTED)
    assert later.merged_into is None
    assert relation_of(later).kind is RelationKind.LINKED
    assert clock(later, Stage.CONTEST).met_at is None
    with pytest.raises(RuleBroken, match="own-result-contested"):
        work(later, officer, "verify")


def test_a_merged_reporter_who_contests_takes_nobody_along_who_came_in_with_them(officer):
    first, later = two()
    third = make_report(state=S.ROUTED)
    merge(later, third, officer)
    merge(first, later, officer)
    work(first, officer, "accept", "verify", "answer", "close")

    contest_result(ContestResult(later.id, "contest.still-going-on", "还在卖"), actor=PUBLIC)

    db.session.expire_all()
    assert (later.merged_into, third.merged_into) == (None, first.id)
    assert (later.state, third.state) == (S.CONTESTED, S.CLOSED)
    assert relation_of(third).leading_id == first.id


def test_a_leading_reporter_who_contests_moves_nobody_else(officer):
    first, later = two()
    merge(first, later, officer)
    work(first, officer, "accept", "verify", "answer", "close")

    contest_result(ContestResult(first.id, "contest.still-going-on", "还在卖"), actor=PUBLIC)
    work(first, make_officer(), "verify", "answer")

    assert (first.result_number, later.result_number) == (2, 1)
    assert later.state is S.CLOSED
    assert said_to(later, MessageKind.NOTICE) == []


# --- Undo ---------------------------------------------------------------------------------------


@pytest.mark.requirement("U34")
def test_undone_a_report_is_where_it_was_and_breaks_no_promise_at_once(officer):
    first, later = two()
    merge(first, later, officer)
    work(first, officer, "accept", "verify")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=60), tick=False):
        undo(later, officer)
        today = board.viewpoint(officer).today

    assert (later.state, later.merged_into, later.department_code) == (S.ROUTED, None, DEPARTMENT)
    assert first.state is S.VERIFIED
    assert clock(later, Stage.ACCEPT).met_at is None
    assert later.next_due_on > today
    assert {"report.merged", "report.undo-relation"} <= set(trail(later))


def test_undone_a_report_stays_with_nobody_whose_account_was_closed_meanwhile(officer):
    first, later = two(state=S.ACCEPTED, other=S.ACCEPTED, officer=officer)
    colleague = make_officer()
    merge(first, later, officer)
    disable_account(officer.id, actor=Actor.operator())
    give_work_away(officer.id, actor=Actor.system("test"))
    assert later.handler_id == officer.id  # nobody asks who has a merged report

    undo(later, colleague)

    assert (first.handler_id, later.handler_id) == (None, None)
    assert later.state is S.ACCEPTED


def test_undone_after_the_answer_a_report_goes_back_to_the_desk_and_its_reporter_is_told(officer):
    first, later = two()
    merge(first, later, officer)
    work(first, officer, "accept", "verify", "answer", "close")

    undo(later, officer)

    assert (first.state, later.state) == (S.CLOSED, S.CONTESTED)
    notice = said_to(later, MessageKind.NOTICE)
    assert len(notice) == 1
    assert first.reference not in notice[0]
    assert clock(later, Stage.CONTEST).met_at is None
    with pytest.raises(RuleBroken, match="own-result-contested"):
        work(later, officer, "verify")
    work(later, make_officer(), "verify", "answer")
    assert later.result_number == 2


def test_what_was_undone_can_be_decided_anew_and_is_not_undone_twice(officer):
    first, later = two()
    merge(first, later, officer)
    order = UndoRelation(later.reference, relation_of(later).id)
    undo_relation(order, actor=officer)

    with pytest.raises(NotFound):
        undo_relation(order, actor=officer)
    merge(first, later, officer)

    assert later.merged_into == first.id


def test_a_relation_of_other_reports_is_unknown(officer):
    first, later = two()
    stranger = make_report(state=S.ROUTED)
    merge(first, later, officer)
    relation = relation_of(later).id

    with pytest.raises(NotFound):
        undo_relation(UndoRelation(stranger.reference, relation), actor=officer)
    with pytest.raises(NotFound):
        undo_relation(
            UndoRelation(later.reference, relation), actor=make_officer("CULTURE_ENF@320402")
        )


def test_what_was_kept_apart_is_merged_after_that_was_undone_only(officer):
    first, later = two()
    keep_apart(RelateReports(first.reference, later.reference, "两家店"), actor=officer)

    with pytest.raises(RuleBroken, match="kept-apart"):
        merge_reports(MergeReports(first.reference, later.reference), actor=officer)
    undo(later, officer)
    merge(first, later, officer)

    assert later.merged_into == first.id


def test_a_link_gives_way_to_a_merge(officer):
    first, later = two()
    link_reports(RelateReports(first.reference, later.reference), actor=officer)
    with pytest.raises(RuleBroken, match="related-already"):
        link_reports(RelateReports(first.reference, later.reference), actor=officer)

    merge(first, later, officer)

    assert relation_of(later).kind is RelationKind.MERGED


def test_what_is_asked_of_the_reporters_is_the_officers_words_and_no_others(officer):
    first = make_report(state=S.ACCEPTED, officer=officer, narrative="甲的金丝雀一号，" * 4)
    later = make_report(state=S.ACCEPTED, officer=officer, narrative="乙的金丝雀二号，" * 4)
    merge(first, later, officer)
    write_to_desk(WriteToDesk(first.id, "甲又说了金丝雀三号"), actor=PUBLIC)

    ask_reporter(AskReporter(first.reference, "几点开门？"), actor=officer)

    written = db.session.scalars(
        select(Message).where(Message.report_id == later.id, Message.author == Author.STAFF)
    ).all()
    assert len(written) == 1
    assert said_to(later) == ["几点开门？"]


# --- What an undone merge gives back ------------------------------------------------------------


@pytest.mark.requirement("U34")
def test_undone_a_report_is_again_with_whoever_had_it(officer):
    colleague = make_officer()
    first, later = two(S.ACCEPTED, S.ACCEPTED, officer=officer)
    later.handler_id = colleague.id
    db.session.commit()
    with unit_of_work(officer) as uow:
        exclude(uow, uow.session.get_one(Report, first.id), {colleague.id: CAUSE})
    merge(first, later, officer)
    assert later.handler_id is None

    undo(later, officer)

    assert later.handler_id == colleague.id


@pytest.mark.requirement("F13")
def test_undone_each_report_is_kept_from_those_only_who_must_not_know_of_it(officer):
    of_first, of_later = make_officer(), make_officer()
    first, later = two()
    with unit_of_work(officer) as uow:
        exclude(uow, uow.session.get_one(Report, first.id), {of_first.id: CAUSE})
        exclude(uow, uow.session.get_one(Report, later.id), {of_later.id: CAUSE})
    merge(first, later, officer)
    assert kept_from(first) == kept_from(later) == {of_first.id, of_later.id}

    undo(later, officer)

    assert (kept_from(first), kept_from(later)) == ({of_first.id}, {of_later.id})
    assert "report.admit" in trail(first)


@pytest.mark.requirement("F13")
def test_who_must_not_know_of_one_that_stays_merged_stays_kept_out(officer):
    stranger = make_officer()
    first, later = two()
    third = make_report(state=S.ROUTED)
    with unit_of_work(officer) as uow:
        for one in (later, third):
            exclude(uow, uow.session.get_one(Report, one.id), {stranger.id: CAUSE})
    merge(first, later, officer)
    merge(first, third, officer)

    undo(later, officer)

    assert kept_from(first) == kept_from(third) == kept_from(later) == {stranger.id}


@pytest.mark.requirement("F13")
def test_an_interest_of_ones_own_outlives_the_merge_that_first_kept_one_out(officer):
    stranger = make_officer()
    first, later = two()
    with unit_of_work(officer) as uow:
        exclude(uow, uow.session.get_one(Report, first.id), {stranger.id: CAUSE})
    merge(first, later, officer)
    with unit_of_work(officer) as uow:
        exclude(uow, uow.session.get_one(Report, later.id), {stranger.id: CAUSE})

    undo(later, officer)

    assert kept_from(later) == {stranger.id}


@pytest.mark.requirement("F13")
def test_a_merged_reporter_who_contests_takes_along_what_is_its_own_only(officer):
    stranger = make_officer()
    first, later = two()
    with unit_of_work(officer) as uow:
        exclude(uow, uow.session.get_one(Report, first.id), {stranger.id: CAUSE})
    merge(first, later, officer)
    work(first, officer, "accept", "verify", "answer")

    contest_result(ContestResult(later.id, "contest.still-going-on", "还在卖。"), actor=PUBLIC)

    assert (kept_from(first), kept_from(later)) == ({stranger.id}, set())


def kept_from(report):
    wanted = select(Account.id).where(Account.person_id.in_(reports.excluded_from(report)))
    return set(db.session.scalars(wanted))
