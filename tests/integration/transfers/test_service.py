"""Passing a matter on: who may, what it does to the report and its clocks, and who is told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.casework.queries.dossier import get_heading
from portal.casework.queries.lines import Facts
from portal.casework.service import following
from portal.casework.service.following import tell_followers
from portal.casework.service.merging import MergeReports, merge_reports
from portal.casework.service.watching import _note_some
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake import queries as reports
from portal.intake.models import Clock, MessageKind, Notice, Report
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.operations.reconciliation import reports_without_clock, wrong_due_dates
from portal.transfers.models import HandOver, HandOverFile
from portal.transfers.queries import get_line, list_open, passed_on
from portal.transfers.rules import USUAL
from portal.transfers.said import said_of
from portal.transfers.service.keeping import WithdrawHandOver, open_bundle, withdraw_hand_over
from portal.transfers.service.preparing import PrepareHandOver, prepare_hand_over, seal_bundle
from portal.transfers.service.replying import (
    RecordReceipt,
    RecordReply,
    RecordReturn,
    record_receipt,
    record_reply,
    record_return,
)
from portal.transfers.service.sending import RecordSending, record_sending
from portal.transfers.states import Carrier, FileForm, HandOverResult, HandOverState
from tests.factories.casework import make_clerk, make_officer, make_supervisor
from tests.factories.intake import make_report
from tests.factories.transfers import (
    MACHINE,
    PARTNER,
    REASON,
    make_hand_over,
    make_passed_report,
    today,
)

pytestmark = pytest.mark.usefixtures("app")
S, R = HandOverState, ReportState
POLICE = "POLICE@320412"


def clock_of(report_id, stage: Stage, round_: int = 1) -> Clock | None:
    db.session.expire_all()
    wanted = select(Clock).where(Clock.report_id == report_id, Clock.stage == stage)
    return db.session.scalar(wanted.where(Clock.round == round_))


def facts_of(report: Report, actor: Actor) -> Facts:
    return get_heading(db.session(), report.reference, actor).facts


def is_offered(report: Report, actor: Actor) -> bool:
    """What the page of the report offers; it is not there for who may not see it."""
    try:
        return passed_on(db.session(), facts_of(report, actor), actor).offered
    except NotFound:
        return False


def order(report: Report, **changes) -> PrepareHandOver:
    return PrepareHandOver(
        report.reference, **({"partner": PARTNER, "reason": REASON, "parts": USUAL} | changes)
    )


@pytest.mark.requirement("B14")
@pytest.mark.requirement("B27")
@pytest.mark.requirement("U27")
def test_a_matter_of_another_body_goes_there_and_its_clock_waits_for_the_answer():
    report = make_passed_report()
    accept = clock_of(report.id, Stage.ACCEPT)
    promised = accept.promised_on

    made = make_hand_over(report, S.SENT)

    transfer = clock_of(report.id, Stage.TRANSFER)
    assert (made.state, made.carrier, made.sent_on) == (S.SENT, Carrier.IN_PERSON, today())
    assert transfer.met_at is None
    assert transfer.due_on > today()
    assert clock_of(report.id, Stage.ACCEPT).promised_on == promised
    assert clock_of(report.id, Stage.ACCEPT).met_at is None
    assert db.session.get_one(Report, report.id).state is R.ROUTED


@pytest.mark.requirement("E3")
@pytest.mark.requirement("U12")
@pytest.mark.requirement("B14")
@pytest.mark.requirement("E15")
def test_a_confirmed_receipt_is_kept_with_their_number_and_counts_as_taken_on():
    report = make_passed_report()

    made = make_hand_over(report, S.RECEIVED)

    assert (made.received_on, said_of(made).their_reference) == (today(), "市监收〔2026〕7号")
    assert clock_of(report.id, Stage.ACCEPT).met_at is not None
    assert reports_without_clock(db.session()) == 0
    assert wrong_due_dates(db.session()) == 0


@pytest.mark.requirement("U12")
@pytest.mark.requirement("B14")
@pytest.mark.requirement("B27")
def test_their_answer_ends_a_report_that_lies_with_them_and_the_reporter_has_a_result():
    report = make_passed_report()

    made = make_hand_over(report, S.ANSWERED)

    report = db.session.get_one(Report, report.id)
    [answer] = reports.list_messages(db.session(), report.id)
    assert (report.state, report.close_reason) == (R.CLOSED, "close.case-opened")
    assert report.result_number == 1
    assert answer.kind is MessageKind.ANSWER
    assert "市场监管部门已经立案。" in reports.body_of(report, answer)
    assert "现场查处" not in reports.body_of(report, answer)
    assert said_of(made).answer == "现场查处，已立案。"
    assert clock_of(report.id, Stage.TRANSFER).met_at is not None


def test_an_answer_that_tells_the_reporter_nothing_is_refused_and_changes_nothing():
    clerk = make_clerk()
    made = make_hand_over(state=S.SENT, officer=clerk)
    result = HandOverResult.NO_VIOLATION
    unlisted = RecordReply(made.id, today(), result, "未发现", "没有发现。", "unrouted.spam")

    with pytest.raises(RuleBroken, match="reporter-must-be-told"):
        record_reply(RecordReply(made.id, today(), result, "未发现"), actor=clerk)
    with pytest.raises(RuleBroken, match="reason-unknown"):
        record_reply(unlisted, actor=clerk)

    db.session.expire_all()
    assert db.session.get_one(HandOver, made.id).state is S.SENT


@pytest.mark.requirement("E23")
def test_a_report_of_our_own_unit_stays_there_while_the_police_has_a_part_of_it():
    officer = make_officer()
    report = make_report(state=R.ACCEPTED, officer=officer, columns={"region": "320412"})
    verify = clock_of(report.id, Stage.VERIFY).due_on
    made = make_hand_over(report, S.RECEIVED, officer=officer, partner=POLICE)

    said = ("已立为刑事案件。", "公安机关已经立案侦查。")
    reply = RecordReply(made.id, today(), HandOverResult.CASE_OPENED, *said)
    record_reply(reply, actor=officer)

    report = db.session.get_one(Report, report.id)
    notices = [m for m in reports.list_messages(db.session(), report.id) if m.kind == "notice"]
    assert (report.state, report.department_code) == (R.ACCEPTED, "CULTURE_ENF@320412")
    assert [reports.body_of(report, one) for one in notices] == ["公安机关已经立案侦查。"]
    assert clock_of(report.id, Stage.VERIFY).due_on == verify
    assert clock_of(report.id, Stage.VERIFY).met_at is None


@pytest.mark.requirement("F9")
@pytest.mark.parametrize("state", [S.SENT, S.RECEIVED])
def test_what_comes_back_goes_to_reception_with_a_clock_and_the_first_promise_stands(state):
    clerk, report = make_clerk(), make_passed_report()
    before = clock_of(report.id, Stage.ACCEPT)
    dates = (before.due_on, before.promised_on)
    made = make_hand_over(report, state, officer=clerk)

    record_return(RecordReturn(made.id, today(), "不属于我局职责。"), actor=clerk)

    report = db.session.get_one(Report, report.id)
    accept, triage = clock_of(report.id, Stage.ACCEPT), clock_of(report.id, Stage.TRIAGE, 2)
    assert (report.state, report.department_code) == (R.RECEIVED, None)
    assert ((accept.due_on, accept.promised_on), accept.met_at) == (dates, None)
    assert triage.met_at is None
    assert clock_of(report.id, Stage.TRANSFER).met_at is not None
    assert reports_without_clock(db.session()) == 0
    assert wrong_due_dates(db.session()) == 0


@pytest.mark.requirement("F9")
def test_a_silent_body_puts_the_report_among_what_ran_out_and_on_the_list_of_the_silent():
    officer = make_officer()
    report = make_report(state=R.ACCEPTED, officer=officer, columns={"region": "320412"})
    made = make_hand_over(report, S.SENT, officer=officer, partner=POLICE)
    late = today() - timedelta(days=1)
    clock = clock_of(report.id, Stage.TRANSFER)
    db.session.execute(
        update(Clock).where(Clock.id == clock.id).values(due_on=late, warn_on=late, look_on=late)
    )
    db.session.commit()

    noted = _note_some(today(), {clock.territory}, MACHINE)

    db.session.expire_all()
    report = db.session.get_one(Report, report.id)
    [line] = list_open(db.session(), officer, Window(), silent=True).items
    assert noted == 1
    assert (report.notice, report.next_due_on) == (Notice.TOLD, late)
    assert (line.id, line.silent) == (made.id, True)
    assert list_open(db.session(), make_officer("CULTURE_ENF@320402"), Window()).items == ()


def test_what_is_taken_back_waits_for_nobody_and_can_be_passed_on_again():
    clerk, report = make_clerk(), make_passed_report()
    made = make_hand_over(report, S.SENT, officer=clerk)

    withdraw_hand_over(WithdrawHandOver(made.id, "送错了单位。"), actor=clerk)
    again = make_hand_over(report, S.SENT, officer=clerk)

    assert clock_of(report.id, Stage.TRANSFER).met_at is not None
    assert clock_of(report.id, Stage.TRANSFER, 2).met_at is None
    assert again.number == 2
    shown = passed_on(db.session(), facts_of(report, clerk), clerk)
    assert [line.state for line in shown.lines] == [S.WITHDRAWN, S.SENT]


def test_the_second_of_two_officers_who_pass_a_matter_on_is_refused():
    report = make_passed_report()
    seen = report.version
    prepare_hand_over(order(report, seen_version=seen), actor=make_clerk())

    with pytest.raises(MoveRefused):
        prepare_hand_over(order(report, seen_version=seen), actor=make_clerk())
    with pytest.raises(RuleBroken, match="already-passed-on"):
        prepare_hand_over(order(report), actor=make_clerk())

    assert len(db.session.scalars(select(HandOver)).all()) == 1


def test_the_second_of_two_who_record_the_sending_is_refused():
    made = make_hand_over(state=S.READY)
    sent = RecordSending(made.id, Carrier.POST, today(), "EMS 1", made.version)
    record_sending(sent, actor=make_clerk())

    with pytest.raises(MoveRefused):
        record_sending(sent, actor=make_clerk())


def test_nothing_is_recorded_in_the_wrong_order_or_on_a_wrong_day():
    clerk = make_clerk()
    made = make_hand_over(officer=clerk)

    with pytest.raises(MoveRefused):
        record_sending(RecordSending(made.id, Carrier.POST, today()), actor=clerk)
    with pytest.raises(MoveRefused):
        record_receipt(RecordReceipt(made.id, today()), actor=clerk)
    sent = make_hand_over(make_passed_report(), S.READY, officer=clerk)
    later, earlier = today() + timedelta(days=1), today() - timedelta(days=1)
    with pytest.raises(RuleBroken, match="day-in-the-future"):
        record_sending(RecordSending(sent.id, Carrier.POST, later), actor=clerk)
    with pytest.raises(RuleBroken, match="day-too-early"):
        record_sending(RecordSending(sent.id, Carrier.POST, earlier), actor=clerk)
    with pytest.raises(RuleBroken, match="not-their-way"):
        record_sending(RecordSending(sent.id, Carrier.THEIR_PORTAL, today()), actor=clerk)


@pytest.mark.requirement("U33")
def test_somebody_elses_report_and_its_hand_overs_are_not_there():
    report = make_report(state=R.ACCEPTED, columns={"region": "320412"})
    made = make_hand_over(report, S.READY, officer=make_officer(), partner=POLICE)
    stranger = make_officer("CULTURE_ENF@320402")

    with pytest.raises(NotFound):
        prepare_hand_over(order(report), actor=stranger)
    with pytest.raises(NotFound):
        record_sending(RecordSending(made.id, Carrier.POST, today()), actor=stranger)
    with pytest.raises(NotFound):
        open_bundle(made.id, actor=stranger)
    with pytest.raises(NotFound):
        get_line(db.session(), made.id, stranger)


def test_an_act_is_offered_exactly_when_it_would_be_accepted():
    clerk, officer, supervisor = make_clerk(), make_officer(), make_supervisor()
    reported = make_report(columns={"region": "320412"})
    with_partner = make_passed_report()
    own = make_report(state=R.ACCEPTED, officer=officer, columns={"region": "320412"})
    kept = make_passed_report(columns={"flags": ["do_not_forward"]})
    closed = make_report(state=R.CLOSED, officer=officer, columns={"region": "320412"})

    for report in (reported, with_partner, own, kept, closed):
        for actor in (clerk, officer, supervisor):
            db.session.expire_all()
            partner = report.department_code if report.department_code == PARTNER else POLICE
            offered = is_offered(report, actor)
            try:
                made = prepare_hand_over(order(report, partner=partner), actor=actor)
            except (NotFound, NotPermitted, RuleBroken):
                accepted = False
            else:
                accepted = True
                withdraw_hand_over(WithdrawHandOver(made, "试"), actor=actor)
            assert offered is accepted, (report.state, actor.roles)


# --- Marked after it was prepared -----------------------------------------------------------------


def mark(report_id, *flags: str) -> None:
    db.session.execute(update(Report).where(Report.id == report_id).values(flags=list(flags)))
    db.session.commit()


def kept_back(made: HandOver, clerk: Actor) -> tuple[str | None, tuple[str, ...], bool]:
    line = get_line(db.session(), made.id, clerk)
    return line.kept, line.acts, line.has_bundle


def test_what_was_marked_as_to_be_passed_to_nobody_is_not_packed_any_more():
    clerk = make_clerk()
    made = make_hand_over(officer=clerk)
    mark(made.report_id, "do_not_forward")

    seal_bundle(made.id, actor=MACHINE)

    made = db.session.get_one(HandOver, made.id)
    assert (made.state, made.bundle_id) == (S.PREPARED, None)
    assert kept_back(made, clerk) == ("not-to-be-passed-on", ("withdraw",), False)
    wanted = select(AuditEvent).where(AuditEvent.action == "hand_over.keep-back")
    assert db.session.scalars(wanted).one().details == {"reason": "not-to-be-passed-on"}
    withdraw_hand_over(WithdrawHandOver(made.id, "不得转出"), actor=clerk)


def test_what_was_marked_once_it_was_packed_is_neither_saved_nor_sent_and_can_be_taken_back():
    clerk = make_clerk()
    made = make_hand_over(state=S.READY, officer=clerk)
    mark(made.report_id, "do_not_forward")

    sending = RecordSending(made.id, Carrier.IN_PERSON, today())
    for act in (
        lambda: open_bundle(made.id, actor=clerk),
        lambda: record_sending(sending, actor=clerk),
    ):
        with pytest.raises(RuleBroken, match="not-to-be-passed-on"):
            act()
    assert kept_back(made, clerk) == ("not-to-be-passed-on", ("withdraw",), False)
    mark(made.report_id)
    record_sending(sending, actor=clerk)

    assert db.session.get_one(HandOver, made.id).state is S.SENT


def test_what_is_out_already_is_read_as_before_whatever_it_was_marked_as_later():
    clerk = make_clerk()
    made = make_hand_over(state=S.SENT, officer=clerk)
    mark(made.report_id, "do_not_forward")

    assert kept_back(made, clerk)[0] is None
    assert open_bundle(made.id, actor=clerk).name.endswith(".zip")


@pytest.mark.parametrize("flag", ["csam_suspected", "do_not_capture", "link_only_files"])
def test_a_mark_on_files_keeps_back_what_has_files_and_nothing_else(flag):
    clerk = make_clerk()
    without, with_file = (make_hand_over(state=S.READY, officer=clerk) for _one in range(2))
    row = HandOverFile(hand_over_id=with_file.id, evidence_id=uuid4(), form=FileForm.COPY)
    db.session.add(row)
    for one in (without, with_file):
        mark(one.report_id, flag)

    assert kept_back(without, clerk)[0] is None
    assert kept_back(with_file, clerk)[0] == "files-not-to-be-passed-on"
    with pytest.raises(RuleBroken, match="files-not-to-be-passed-on"):
        open_bundle(with_file.id, actor=clerk)


def test_the_trail_says_what_was_done_in_codes_and_repeats_no_words():
    report = make_passed_report(narrative="金丝雀专用词在示例路。")
    made = make_hand_over(report, S.ANSWERED, outline="金丝雀专用词另述。")

    entries = db.session.scalars(
        select(AuditEvent).where(AuditEvent.subject_id.in_([made.id, report.id]))
    ).all()
    told = " ".join(str(one.details) for one in entries)
    assert {"hand_over.prepare", "hand_over.seal", "hand_over.send", "hand_over.answer"} <= {
        one.action for one in entries
    }
    for words in (REASON, "金丝雀", "现场查处", "已经立案", "市监收"):
        assert words not in told


def test_a_matter_can_go_to_the_nearest_body_of_each_kind_and_to_no_unit_of_ours():
    officer = make_officer()
    report = make_report(state=R.ACCEPTED, officer=officer, columns={"region": "320412"})

    for unit in ("CULTURE_ENF@320402", "POLICE@320402", "NOBODY@320412"):
        with pytest.raises(NotFound):
            prepare_hand_over(order(report, partner=unit), actor=officer)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("U12")
def test_a_matter_is_not_passed_on_to_the_body_that_it_complains_of_nor_to_one_near_it(desk):
    pages, above = desk(Role.SUPERVISOR, "SUPERVISION@320400")
    market = "MARKET@320412"
    report = make_report(
        state=R.ACCEPTED,
        department=above.department,
        columns={"conflict": True, "excluded_units": [POLICE], "region": "320412"},
    )
    assert is_offered(report, above)

    for police in (POLICE, "POLICE@320400"):
        with pytest.raises(NotFound):
            prepare_hand_over(order(report, partner=police), actor=above)
    form = pages.get(f"/desk/reports/{report.reference}/pass-on")
    assert POLICE not in form.response.text
    assert market in form.response.text

    prepare_hand_over(order(report, partner=market), actor=above)


def test_due_dates_stay_right_after_every_step():
    for state in (S.SENT, S.RECEIVED, S.ANSWERED, S.RETURNED):
        make_hand_over(make_passed_report(), state)

        assert wrong_due_dates(db.session()) == 0, state


def test_once_they_have_it_the_desk_sorts_the_report_by_the_day_their_answer_is_due():
    report = make_passed_report()
    make_hand_over(report, S.RECEIVED)

    due = clock_of(report.id, Stage.TRANSFER).due_on

    assert db.session.get_one(Report, report.id).next_due_on == due


@pytest.fixture
def few(monkeypatch):
    """Two are many here, and one is done in each transaction."""
    monkeypatch.setattr(following, "AT_ONCE", 1)
    monkeypatch.setattr(following, "TOGETHER", 1)


def with_followers(count=2):
    """A report that lies with a body outside, and so many merged into it."""
    leading, clerk = make_passed_report(), make_clerk()
    others = [make_passed_report() for _one in range(count)]
    for one in others:
        merge_reports(MergeReports(leading.reference, one.reference), actor=clerk)
    return leading, others, clerk


def run_tasks():
    kind = Task.kind == TaskKind.TELL_FOLLOWERS
    for act_id in db.session.scalars(select(Task.subject_id).where(kind)).all():
        tell_followers(act_id, actor=Actor.system("test"))
    db.session.expire_all()


@pytest.mark.requirement("U34")
def test_an_answer_from_outside_reaches_the_reporters_of_many_by_a_task(few):
    leading, others, clerk = with_followers()

    make_hand_over(leading, S.ANSWERED, officer=clerk)
    assert (leading.state, {one.state for one in others}) == (R.CLOSED, {R.ROUTED})
    run_tasks()
    run_tasks()

    assert {(one.state, one.result_number) for one in others} == {(R.CLOSED, 1)}


@pytest.mark.requirement("U34")
def test_many_that_follow_come_back_from_outside_by_a_task_with_the_promise_they_had(few):
    leading, others, clerk = with_followers()
    promised = [one.next_due_on for one in others]
    made = make_hand_over(leading, S.SENT, officer=clerk)

    record_return(RecordReturn(made.id, today(), "不属于我局职责。"), actor=clerk)
    db.session.expire_all()
    assert (leading.state, {one.state for one in others}) == (R.RECEIVED, {R.ROUTED})
    run_tasks()

    assert {one.state for one in others} == {R.RECEIVED}
    assert all(one.next_due_on <= day for one, day in zip(others, promised, strict=True))
