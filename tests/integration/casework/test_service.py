"""What the desk does with reports, on a real database."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.accounts.service.administration import disable_account
from portal.audit.models import AuditEvent
from portal.casework.models import Instruction, Verification, instruction_context, summary_context
from portal.casework.service.acceptance import (
    AcceptReport,
    AssignReport,
    DeclineReport,
    ReturnReport,
    accept_report,
    assign_report,
    decline_report,
    return_report,
)
from portal.casework.service.closing import (
    CloseReport,
    CloseUnrouted,
    close_report,
    close_unrouted,
)
from portal.casework.service.conversation import (
    AddNote,
    AskReporter,
    RecordInstruction,
    add_note,
    ask_reporter,
    record_instruction,
)
from portal.casework.service.erasure import erase_words
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.service.waiting import end_long_waits
from portal.casework.states import Finding, VerificationMethod
from portal.evidence.models import Evidence
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Clock, Message, MessageKind, ReportFile
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.triage.models import RoutingDecision
from portal.triage.service import RouteReport, triage_report
from tests.factories.casework import make_actor, make_clerk, make_head, make_officer
from tests.factories.intake import make_report

pytestmark = pytest.mark.usefixtures("app")
S = ReportState
OWN, OTHER = "CULTURE_ENF@320412", "CULTURE_ENF@320402"


def clocks(report):
    return {(c.stage, c.round): c for c in reports.list_clocks(db.session, report.id)}


def trail(report):
    entries = select(AuditEvent).where(AuditEvent.subject_id == report.id)
    return [event.action for event in db.session.scalars(entries.order_by(AuditEvent.seq))]


def thread(report):
    return [
        (message.kind, reports.body_of(report, message))
        for message in reports.list_messages(db.session, report.id)
    ]


@pytest.mark.requirement("E1")
def test_accepting_makes_the_officer_the_handler_and_starts_the_time_to_verify():
    report, officer = make_report(state=S.ROUTED), make_officer()

    accept_report(AcceptReport(report.reference), actor=officer)

    assert (report.state, report.handler_id) == (S.ACCEPTED, officer.id)
    running = clocks(report)
    assert running[Stage.ACCEPT, 1].met_at is not None
    assert running[Stage.VERIFY, 1].met_at is None
    assert report.next_due_on == running[Stage.VERIFY, 1].due_on
    assert trail(report)[-1] == "report.accept"


def test_the_second_of_two_officers_is_refused_and_changes_nothing():
    report, first, second = make_report(state=S.ROUTED), make_officer(), make_officer()
    seen = report.version
    accept_report(AcceptReport(report.reference, seen), actor=first)

    with pytest.raises(MoveRefused, match="changed-meanwhile"):
        accept_report(AcceptReport(report.reference, seen), actor=second)
    with pytest.raises(MoveRefused):
        accept_report(AcceptReport(report.reference), actor=second)

    assert report.handler_id == first.id
    assert trail(report).count("report.accept") == 1


def test_a_report_of_another_unit_is_not_there():
    report, stranger = make_report(state=S.ROUTED), make_officer(OTHER)

    with pytest.raises(NotFound):
        accept_report(AcceptReport(report.reference), actor=stranger)


def test_a_clerk_who_sees_a_report_may_not_work_on_it():
    report = make_report(state=S.ROUTED)

    with pytest.raises(NotPermitted):
        accept_report(AcceptReport(report.reference), actor=make_clerk())


@pytest.mark.requirement("E1")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_declining_tells_the_reporter_why_in_the_language_of_the_report(language):
    report, officer = make_report(state=S.ROUTED, language=language), make_officer()
    reason = current_place().reasons["decline.no-breach"]

    decline_report(DeclineReport(report.reference, reason.code, "补充。"), actor=officer)

    assert (report.state, report.decline_reason) == (S.DECLINED, reason.code)
    assert report.result_number == 1
    assert thread(report) == [(MessageKind.ANSWER, f"{reason.to_reporter.in_(language)}\n\n补充。")]
    assert all(clock.met_at for clock in clocks(report).values())


@pytest.mark.parametrize("reason", ["close.measures-taken", "decline.invented", ""])
def test_declining_needs_a_reason_of_the_list(reason):
    report = make_report(state=S.ROUTED)

    with pytest.raises(RuleBroken, match="reason-unknown"):
        decline_report(DeclineReport(report.reference, reason), actor=make_officer())

    assert report.state is S.ROUTED


def test_returning_sends_a_report_back_to_reception_with_a_note_and_a_clock():
    report, officer, clerk = make_report(state=S.ROUTED), make_officer(), make_clerk()

    return_report(ReturnReport(report.reference, "属于邻区。"), actor=officer)

    assert (report.state, report.department_code) == (S.RECEIVED, None)
    assert thread(report) == [(MessageKind.NOTE, "属于邻区。")]
    assert clocks(report)[Stage.TRIAGE, 2].met_at is None
    assert reports.get_report(db.session, report.reference, clerk) is report


def test_returned_and_routed_again_it_can_be_returned_again():
    report = make_report(state=S.ROUTED)
    return_report(ReturnReport(report.reference, "不是我们。"), actor=make_officer())
    triage_report(report.id, actor=Actor.system("test"))

    assert report.state is S.RECEIVED, "the pipeline leaves to people what a person returned"


@pytest.mark.requirement("U32")
def test_asking_stops_the_clocks_until_the_desk_goes_on():
    report = make_report(state=S.ACCEPTED)
    officer = make_officer()

    ask_reporter(AskReporter(report.reference, "哪一天？"), actor=officer)
    assert report.waiting_since is not None
    assert clocks(report)[Stage.VERIFY, 1].paused_at is not None

    record_verification(
        RecordVerification(
            report.reference, VerificationMethod.ONLINE, Finding.CONFIRMED, "查过。"
        ),
        actor=officer,
    )
    assert report.waiting_since is None
    assert all(clock.paused_at is None for clock in clocks(report).values())


@pytest.mark.requirement("U32")
@pytest.mark.parametrize(("days", "goes_on"), [(1, False), (60, True)])
def test_waiting_ends_when_its_days_are_used_up(days, goes_on):
    report = make_report(state=S.ACCEPTED)
    ask_reporter(AskReporter(report.reference, "哪一天？"), actor=make_officer())

    with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=False):
        assert end_long_waits(actor=Actor.system("clock")) == int(goes_on)
        assert end_long_waits(actor=Actor.system("clock")) == 0

    assert (report.waiting_since is None) == goes_on
    assert ("report.go-on" in trail(report)) == goes_on


@pytest.mark.parametrize("state", [S.CLOSED, S.DECLINED, S.ANSWERED])
def test_nobody_is_asked_about_a_finished_report(state):
    report = make_report(state=state)

    with pytest.raises(RuleBroken, match="nothing-to-ask"):
        ask_reporter(AskReporter(report.reference, "哪一天？"), actor=make_officer())


@pytest.mark.requirement("E2")
def test_a_verification_says_how_what_and_by_whom():
    report, officer = make_report(state=S.ACCEPTED), make_officer()

    record_verification(
        RecordVerification(
            report.reference, VerificationMethod.SITE_VISIT, Finding.NOT_CONFIRMED, "看过。"
        ),
        actor=officer,
    )

    made = db.session.scalars(select(Verification)).one()
    assert (made.method, made.finding, made.officer_id, made.round) == (
        VerificationMethod.SITE_VISIT,
        Finding.NOT_CONFIRMED,
        officer.id,
        1,
    )
    assert "看过".encode() not in made.summary
    key = reports.key_of(report)
    assert key.decrypt_text(made.summary, summary_context(made.id)) == "看过。"
    assert report.state is S.VERIFIED
    assert clocks(report)[Stage.FEEDBACK, 1].met_at is None


def test_answering_gives_the_report_its_result_and_meets_the_promise():
    report, officer = make_report(state=S.VERIFIED), make_officer()

    answer_report(AnswerReport(report.reference, "属实。"), actor=officer)

    assert (report.state, report.result_number) == (S.ANSWERED, 1)
    assert clocks(report)[Stage.FEEDBACK, 1].met_at is not None
    answer = db.session.scalars(select(Message)).one()
    assert (answer.kind, answer.result_number) == (MessageKind.ANSWER, 1)


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("state", [S.ACCEPTED, S.VERIFIED, S.CONTESTED])
def test_closing_without_an_answer_is_refused(state):
    report = make_report(state=state)

    with pytest.raises(RuleBroken, match="close-needs-answer"):
        close_report(CloseReport(report.reference, "close.measures-taken"), actor=make_officer())

    assert report.state is state


def test_closing_names_the_outcome_and_leaves_no_clock_running():
    report = make_report(state=S.ANSWERED)

    close_report(CloseReport(report.reference, "close.case-opened"), actor=make_officer())

    assert (report.state, report.close_reason) == (S.CLOSED, "close.case-opened")
    assert all(clock.met_at for clock in clocks(report).values())
    assert report.next_due_on == date(9999, 12, 31)


@pytest.mark.requirement("U1")
def test_a_contested_result_is_looked_at_by_somebody_else():
    first, second = make_officer(), make_officer()
    report = make_report(state=S.CONTESTED, officer=first)
    again = RecordVerification(
        report.reference, VerificationMethod.SITE_VISIT, Finding.CONFIRMED, "又去了。"
    )

    with pytest.raises(RuleBroken, match="own-result-contested"):
        record_verification(again, actor=first)
    record_verification(again, actor=second)
    answer_report(AnswerReport(report.reference, "这次查封了。"), actor=second)

    assert (report.result_number, report.handler_id) == (2, second.id)
    assert clocks(report)[Stage.CONTEST, 1].met_at is not None
    assert clocks(report)[Stage.FEEDBACK, 2].met_at is not None


@pytest.mark.requirement("U18")
def test_assigning_gives_a_report_to_an_officer_of_the_unit():
    report, head, officer = make_report(state=S.ROUTED), make_head(), make_officer()

    assign_report(AssignReport(report.reference, officer.id), actor=head)

    assert report.handler_id == officer.id
    assert trail(report)[-1] == "report.assign"


@pytest.mark.requirement("U18")
def test_nobody_gets_a_report_who_cannot_work_on_it():
    report, head = make_report(state=S.ROUTED), make_head()
    gone, stranger, auditor = make_officer(), make_officer(OTHER), make_actor(department=None)
    disable_account(gone.id, actor=Actor.operator())

    for officer in (gone, stranger, auditor):
        with pytest.raises(RuleBroken, match="officer-not-available"):
            assign_report(AssignReport(report.reference, officer.id), actor=head)

    assert report.handler_id is None


def test_an_officer_assigns_nothing():
    report, officer = make_report(state=S.ROUTED), make_officer()

    with pytest.raises(NotPermitted):
        assign_report(AssignReport(report.reference, officer.id), actor=officer)


@pytest.mark.requirement("U15")
def test_a_note_stays_inside_and_moves_the_version_on():
    report, officer = make_report(state=S.ACCEPTED), make_officer()
    before = report.version

    add_note(AddNote(report.reference, "内部意见"), actor=officer)

    assert thread(report)[-1] == (MessageKind.NOTE, "内部意见")
    assert report.version > before


@pytest.mark.requirement("B3")
def test_an_instruction_from_above_stands_in_the_file_and_moves_nothing():
    report, officer = make_report(state=S.ACCEPTED), make_officer()
    given = RecordInstruction(report.reference, "示例领导", date(2026, 1, 5), "请尽快核实。")

    record_instruction(given, actor=officer)

    kept = db.session.scalars(select(Instruction)).one()
    words = reports.key_of(report).decrypt_json(kept.body, instruction_context(kept.id))
    assert words == {"author": "示例领导", "text": "请尽快核实。"}
    assert (report.state, kept.given_on) == (S.ACCEPTED, date(2026, 1, 5))


def test_no_instruction_was_given_tomorrow():
    report = make_report(state=S.ACCEPTED)
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)

    with pytest.raises(RuleBroken, match="day-in-the-future"):
        record_instruction(
            RecordInstruction(report.reference, "示例", tomorrow, "。"), actor=make_officer()
        )


def test_reception_closes_what_goes_nowhere_and_tells_the_reporter():
    report, clerk = make_report(language="en"), make_clerk()
    reason = current_place().reasons["unrouted.other-body"]

    close_unrouted(CloseUnrouted(report.reference, reason.code), actor=clerk)

    assert (report.state, report.close_reason) == (S.CLOSED, reason.code)
    assert report.department_code == clerk.department
    assert thread(report) == [(MessageKind.ANSWER, reason.to_reporter.en)]
    assert reports.content_of(report).narrative


def test_what_another_unit_has_is_not_closed_by_reception():
    report = make_report(state=S.ROUTED)

    with pytest.raises(RuleBroken, match="only-reception-closes-unrouted"):
        close_unrouted(CloseUnrouted(report.reference, "unrouted.spam"), actor=make_clerk())


def test_erasing_leaves_no_word_of_why_it_was_routed():
    report = make_report()
    triage_report(report.id, actor=Actor.system("test"))
    clerk, unit = make_clerk("TRIAGE@000000"), other_unit(report)
    route_report(RouteReport(report.reference, unit, "李某的店在那里"), actor=clerk)
    decisions = list(db.session.scalars(select(RoutingDecision)))
    assert any(made.explanation for made in decisions)

    with unit_of_work(Actor.system("test")) as uow:
        erase_words(uow, report, reason="test")

    key = reports.key_of(report)
    for made in decisions:
        assert made.explanation == []
        context = f"routing_decision.reason:{made.id}"
        assert made.reason is None or key.decrypt_text(made.reason, context) == ""


def other_unit(report):
    """A unit that does not have the report."""
    return OWN if report.department_code == OTHER else OTHER


def test_the_trail_holds_no_word_of_what_was_written():
    report = make_report(state=S.CLOSED)
    entries = select(AuditEvent).where(AuditEvent.subject_id == report.id)

    said = "".join(str(event.details) for event in db.session.scalars(entries))

    assert "到店查看" not in said
    assert "情况属实" not in said


def test_the_three_kinds_of_report_have_their_own_clock_sets_until_the_answer():
    report = make_report(state=S.ANSWERED)

    assert {stage for stage, _round in clocks(report)} == {
        Stage.TRIAGE,
        Stage.ACCEPT,
        Stage.VERIFY,
        Stage.FEEDBACK,
        Stage.CLOSE,
    }
    assert db.session.scalars(select(Clock).where(Clock.report_id == report.id)).all()
    assert db.session.scalars(select(RoutingDecision)).one().reason is not None
    assert db.session.scalars(select(ReportFile)).all() == []
    assert db.session.scalars(select(Evidence)).all() == []
