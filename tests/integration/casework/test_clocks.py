"""Clocks while reports are worked on: extended, standing still, watched, dated again."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.casework.queries.board import count_board, days_left, list_section, viewpoint
from portal.casework.queries.filters import Section
from portal.casework.service.acceptance import DeclineReport, decline_report
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.casework.service.recomputing import recompute_clocks
from portal.casework.service.routing import route_report
from portal.casework.service.timekeeping import (
    ExtendTime,
    RunOn,
    StandStill,
    extend_time,
    run_on,
    stand_still,
)
from portal.casework.service.waiting import end_long_waits
from portal.casework.service.watching import watch_clocks
from portal.feedback.queries import get_tracking
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake import clocks as clocks_of_reports
from portal.intake import queries as reports
from portal.intake.models import Clock, MessageKind, Notice, Report
from portal.intake.states import ReportState
from portal.jurisdiction.pack import pack_folder
from portal.jurisdiction.place import Stage, Suspension, Urgency
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.operations.reconciliation import wrong_due_dates
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_head, make_officer, make_supervisor
from tests.factories.intake import make_report
from tests.factories.leads import make_lead

pytestmark = pytest.mark.usefixtures("app")
S = ReportState
SYSTEM, OPERATOR = Actor.system("test"), Actor.operator()
EXPERT = "pause.expert"
BEFORE_THE_HOLIDAYS = "2026-09-10T10:00:00+08:00"


def on(moment: str):
    """The clock of the machine stands at this moment."""
    return time_machine.travel(datetime.fromisoformat(moment), tick=False)


@pytest.fixture
def report():
    """A report accepted on 10 September 2026: to be verified by 8 October, warned on the 28th."""
    with on(BEFORE_THE_HOLIDAYS):
        return make_report(state=S.ACCEPTED)


def clock_of(report, stage=Stage.VERIFY):
    wanted = (Clock.report_id == report.id, Clock.stage == stage)
    return db.session.scalars(select(Clock).where(*wanted)).one()


def trail(report_id):
    entries = select(AuditEvent).where(AuditEvent.subject_id == report_id)
    return list(db.session.scalars(entries.order_by(AuditEvent.seq)))


def actions(report):
    return [event.action for event in trail(report.id)]


def said(report):
    return [
        (m.kind, reports.body_of(report, m)) for m in reports.list_messages(db.session, report.id)
    ]


def heap(section, actor):
    return [line.id for line in list_section(db.session, section, viewpoint(actor), Window()).items]


# --- More time ----------------------------------------------------------------------------------


@pytest.mark.requirement("U3")
def test_the_head_gives_a_stage_more_time_and_the_old_promise_stays_beside_the_new_date(report):
    with on("2026-09-24T15:00:00+08:00"):
        extend_time(
            ExtendTime(report.reference, Stage.VERIFY, 10, "要等检验结果。"), actor=make_head()
        )
        seen = get_tracking(db.session(), report.id)

    clock = clock_of(report)
    assert (clock.due_on, clock.promised_on) == (date(2026, 10, 21), date(2026, 10, 8))
    assert report.next_due_on == clock.due_on
    assert said(report)[-1] == (MessageKind.NOTICE, "要等检验结果。")
    assert (seen.due_on, seen.promised_on, seen.extended) == (clock.due_on, clock.promised_on, True)
    entry = trail(report.id)[-1]
    assert entry.action == "report.extend"
    assert entry.details["due_before"] == "2026-10-08"
    assert entry.details["due"] == "2026-10-21"
    assert "检验" not in str(entry.details)


@pytest.mark.parametrize(
    ("stage", "days", "code"),
    [
        (Stage.VERIFY, 16, "extension-too-long"),
        (Stage.VERIFY, 0, "extension-too-long"),
        (Stage.ACCEPT, 5, "no-such-clock"),
        (Stage.CLOSE, 5, "no-such-clock"),
    ],
)
def test_more_time_than_the_rule_allows_is_refused(report, stage, days, code):
    with on("2026-09-24T15:00:00+08:00"), pytest.raises(RuleBroken, match=code):
        extend_time(ExtendTime(report.reference, stage, days, "理由"), actor=make_head())

    assert clock_of(report).due_on == date(2026, 10, 8)


def test_a_stage_whose_rule_has_no_extension_gets_none():
    with on(BEFORE_THE_HOLIDAYS):
        routed = make_report(state=S.ROUTED)
        with pytest.raises(RuleBroken, match="no-extension"):
            extend_time(ExtendTime(routed.reference, Stage.ACCEPT, 1, "理由"), actor=make_head())


def test_time_is_extended_once_and_before_it_is_over(report):
    order, head = ExtendTime(report.reference, Stage.VERIFY, 5, "理由"), make_head()
    with on("2026-10-09T10:00:00+08:00"), pytest.raises(RuleBroken, match="extension-too-late"):
        extend_time(order, actor=head)
    with on("2026-10-08T17:00:00+08:00"):
        extend_time(order, actor=head)
        with pytest.raises(RuleBroken, match="extension-used-up"):
            extend_time(order, actor=head)

    assert actions(report).count("report.extend") == 1


def test_only_the_head_of_the_unit_extends_and_only_what_was_seen_as_it_is(report):
    order = ExtendTime(report.reference, Stage.VERIFY, 5, "理由")
    with on("2026-09-24T15:00:00+08:00"):
        with pytest.raises(NotPermitted):
            extend_time(order, actor=make_officer())
        with pytest.raises(NotFound):
            extend_time(order, actor=make_head("CULTURE_ENF@320402"))
        stale = ExtendTime(report.reference, Stage.VERIFY, 5, "理由", report.version - 1)
        with pytest.raises(MoveRefused):
            extend_time(stale, actor=make_head())

    assert "report.extend" not in actions(report)


# --- Standing still (U32) -----------------------------------------------------------------------


@pytest.mark.requirement("U32")
def test_clocks_stand_still_for_a_listed_reason_and_run_on_with_the_days_they_stood(report):
    officer = make_officer()
    with on("2026-09-24T15:00:00+08:00"):
        stand_still(StandStill(report.reference, EXPERT, "送检样品一件。"), actor=officer)
        clock = clock_of(report)
        assert (clock.paused_for, clock.look_on) == (Suspension.EXPERT, date(2026, 10, 22))
        assert report.paused
    with on("2026-10-10T15:00:00+08:00"):
        assert heap(Section.OVERDUE, officer) == []
        assert get_tracking(db.session(), report.id).paused.code == EXPERT
        run_on(RunOn(report.reference), actor=officer)
        seen = get_tracking(db.session(), report.id)

    clock = clock_of(report)
    assert (clock.paused_at, clock.paused_for, clock.paused_days) == (None, None, 6)
    assert (clock.due_on, clock.promised_on) == (date(2026, 10, 15), date(2026, 10, 8))
    assert (seen.due_on, seen.promised_on) == (clock.due_on, clock.promised_on)
    assert (report.paused, report.next_due_on) == (False, clock.due_on)
    kind, words = said(report)[-1]
    assert kind is MessageKind.NOTICE
    assert words.startswith(current_place().reasons[EXPERT].to_reporter.zh)
    assert words.endswith("送检样品一件。")
    assert actions(report)[-2:] == ["report.stand-still", "report.run-on"]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("pause.waiting-for-reporter", "reason-unknown"),
        ("close.measures-taken", "reason-unknown"),
        ("pause.invented", "reason-unknown"),
    ],
)
def test_a_clock_stands_still_for_a_reason_of_the_list_only(report, reason, code):
    with pytest.raises(RuleBroken, match=code):
        stand_still(StandStill(report.reference, reason), actor=make_officer())


def test_a_clock_whose_rule_does_not_name_the_reason_runs():
    with on(BEFORE_THE_HOLIDAYS):
        routed = make_report(state=S.ROUTED)
        with pytest.raises(RuleBroken, match="no-clock-to-move"):
            stand_still(StandStill(routed.reference, EXPERT), actor=make_officer())
        with pytest.raises(RuleBroken, match="no-clock-to-move"):
            run_on(RunOn(routed.reference), actor=make_officer())


def test_a_report_of_another_unit_does_not_stand_still(report):
    with pytest.raises(NotFound):
        stand_still(StandStill(report.reference, EXPERT), actor=make_officer("CULTURE_ENF@320402"))


@pytest.mark.requirement("U32")
def test_a_clock_runs_on_by_itself_when_its_cap_is_reached_and_the_desk_is_told(report):
    head = make_head()
    with on("2026-09-24T15:00:00+08:00"):
        ask_reporter(AskReporter(report.reference, "哪一天？"), actor=make_officer())
    with on("2026-10-21T23:59:59+08:00"):
        assert end_long_waits(actor=SYSTEM) == 0
        assert report.waiting_since is not None
    with on("2026-10-22T00:00:00+08:00"):
        assert end_long_waits(actor=SYSTEM) == 1
        assert end_long_waits(actor=SYSTEM) == 0
        assert heap(Section.NOTICED, head) == [report.id]

    clock = clock_of(report)
    assert (clock.paused_days, clock.paused_at, report.waiting_since) == (15, None, None)
    assert clock.due_on == date(2026, 10, 28)
    assert actions(report)[-1] == "report.go-on"


def test_a_report_that_is_sent_elsewhere_keeps_the_days_its_clock_stood():
    with on(BEFORE_THE_HOLIDAYS):
        routed = make_report(state=S.ROUTED)
        ask_reporter(AskReporter(routed.reference, "哪一天？"), actor=make_officer())
    with on("2026-09-16T10:00:00+08:00"):
        order = RouteReport(routed.reference, "COPYRIGHT@320400", "版权局的事。")
        route_report(order, actor=make_head())

    clock = clock_of(routed, Stage.ACCEPT)
    assert (clock.paused_at, clock.paused_days) == (None, 4)
    assert clock.due_on == date(2026, 9, 24)
    assert (routed.waiting_since, routed.paused) == (None, False)


def test_a_clock_keeps_its_rule_when_the_place_has_it_no_more(report):
    with on("2026-09-24T15:00:00+08:00"):
        stand_still(StandStill(report.reference, EXPERT), actor=make_officer())
    load_pack(LoadPack("en_ip_office"), actor=OPERATOR)
    with on("2026-09-28T15:00:00+08:00"):
        run_on(RunOn(report.reference), actor=make_officer())

    clock = clock_of(report)
    assert clock.rule_id not in {rule.id for rule in current_place().clocks}
    assert clock.paused_days == 2, "counted in days of the new calendar"


# --- Watched (U4, U30) --------------------------------------------------------------------------


@pytest.mark.requirement("U30")
@pytest.mark.parametrize(
    "moment",
    [
        "2026-09-28T08:59:59+08:00",
        "2026-09-28T17:30:00+08:00",
        "2026-10-01T11:00:00+08:00",
        "2026-10-10T03:00:00+08:00",
    ],
)
def test_nobody_is_reminded_outside_office_hours(report, moment):
    with on(moment):
        assert watch_clocks(actor=SYSTEM) == 0

    assert clock_of(report).warned_at is None


@pytest.mark.requirement("U4")
def test_a_clock_warns_once_and_then_is_found_late_once(report):
    head, supervisor, officer = make_head(), make_supervisor(), make_officer()
    version = report.version
    with on("2026-09-27T11:00:00+08:00"):
        assert watch_clocks(actor=SYSTEM) == 0
    with on("2026-09-28T09:00:00+08:00"):
        assert [watch_clocks(actor=SYSTEM), watch_clocks(actor=SYSTEM)] == [1, 0]
        assert clock_of(report).notice is Notice.WARNED
        assert (heap(Section.NOTICED, head), heap(Section.ESCALATED, supervisor)) == (
            [report.id],
            [],
        )
    with on("2026-10-08T17:00:00+08:00"):
        assert watch_clocks(actor=SYSTEM) == 0
    with on("2026-10-09T09:00:00+08:00"):
        assert [watch_clocks(actor=SYSTEM), watch_clocks(actor=SYSTEM)] == [1, 0]
        counts = count_board(db.session, viewpoint(supervisor)).counts
        assert heap(Section.ESCALATED, supervisor) == [report.id]
        assert heap(Section.NOTICED, head) == heap(Section.OVERDUE, officer) == [report.id]

    db.session.expire_all()
    assert (report.version, report.notice) == (version, Notice.ESCALATED)
    assert counts[Section.ESCALATED] == 1
    assert actions(report)[-2:] == ["report.warn", "report.breach"]
    assert trail(report.id)[-1].details == {"stage": "verify", "round": "1", "due": "2026-10-08"}


def test_what_was_late_already_when_nobody_watched_is_not_warned_of_first(report):
    with on("2026-10-20T09:00:00+08:00"):
        assert watch_clocks(actor=SYSTEM) == 1

    assert (clock_of(report).warned_at, actions(report)[-1]) == (None, "report.breach")


def test_whoever_got_more_time_is_warned_again(report):
    with on("2026-09-28T09:00:00+08:00"):
        watch_clocks(actor=SYSTEM)
        extend_time(ExtendTime(report.reference, Stage.VERIFY, 15, "理由"), actor=make_head())
        assert (clock_of(report).warned_at, report.notice) == (None, None)
        assert watch_clocks(actor=SYSTEM) == 0
    with on("2026-10-22T09:00:00+08:00"):
        assert watch_clocks(actor=SYSTEM) == 1


def test_what_was_done_is_in_no_heap_of_notices(report):
    officer = make_officer()
    with on("2026-10-09T09:00:00+08:00"):
        watch_clocks(actor=SYSTEM)
        stand_still(StandStill(report.reference, EXPERT), actor=officer)
        assert heap(Section.NOTICED, make_head()) == []
        run_on(RunOn(report.reference), actor=officer)

    assert report.notice is Notice.ESCALATED, "it was late before it stood still"


def test_a_finished_report_is_in_no_heap_of_notices():
    with on(BEFORE_THE_HOLIDAYS):
        routed = make_report(state=S.ROUTED)
    with on("2026-10-09T09:00:00+08:00"):
        watch_clocks(actor=SYSTEM)
        assert heap(Section.NOTICED, make_head()) == [routed.id]
        order = DeclineReport(routed.reference, "decline.no-breach")
        decline_report(order, actor=make_officer())
        assert heap(Section.NOTICED, make_head()) == []


@pytest.mark.parametrize("stored", [2, 20])
def test_watching_takes_the_same_statements_however_many_clocks_there_are(counted, stored):
    clerk, officer = make_clerk(), make_officer()
    with on(BEFORE_THE_HOLIDAYS):
        for _one in range(stored):
            make_report(state=S.ACCEPTED, clerk=clerk, officer=officer)
    with on("2026-09-28T09:00:00+08:00"), counted() as statements:
        assert watch_clocks(actor=SYSTEM) == stored

    assert len(statements) <= 9, statements


# --- Dated again (F15) --------------------------------------------------------------------------


@pytest.fixture
def next_year(tmp_path):
    """The pack with a calendar of 2027: `next_year("2027-01-04,holiday")`."""

    def make(*rows: str) -> Path:
        folder = tmp_path / f"pack{len(list(tmp_path.iterdir()))}"
        shutil.copytree(pack_folder("cn_culture_market"), folder)
        head, calendar = folder / "pack.toml", folder / "calendar.csv"
        text = head.read_text("utf-8")
        head.write_text(text.replace("last_year = 2026", "last_year = 2027"), "utf-8")
        days = "".join(f"{row},元旦,New Year\n" for row in rows)
        calendar.write_text(calendar.read_text("utf-8") + days, "utf-8")
        return folder

    return make


def loaded(folder):
    """The task that loading leaves."""
    load_pack(LoadPack(str(folder)), actor=OPERATOR)
    kind = select(Task).where(Task.kind == TaskKind.RECOMPUTE_CLOCKS)
    return db.session.scalars(kind.order_by(Task.created_at.desc())).first()


@pytest.fixture
def provisional():
    """A report received on 24 December 2026, whose acceptance runs into 2027."""
    with on("2026-12-24T10:00:00+08:00"):
        found = make_report(state=S.ROUTED)
        clock = clock_of(found, Stage.ACCEPT)
        assert (clock.due_on, clock.provisional) == (date(2027, 1, 4), True)
        return found


@pytest.mark.requirement("F15")
@pytest.mark.parametrize(
    ("rows", "due", "promised"),
    [
        (["2027-01-01,holiday"], date(2027, 1, 5), date(2027, 1, 4)),
        (["2027-01-02,make-up-workday"], date(2027, 1, 2), date(2027, 1, 2)),
        (["2027-10-01,holiday"], date(2027, 1, 4), date(2027, 1, 4)),
    ],
)
def test_when_a_year_is_loaded_dates_become_certain_and_no_promise_moves_later(
    provisional, next_year, rows, due, promised
):
    with on("2026-12-28T10:00:00+08:00"):
        task = loaded(next_year(*rows))
        for _twice in range(2):
            recompute_clocks(task.subject_id, actor=SYSTEM)

    clock = clock_of(provisional, Stage.ACCEPT)
    assert (clock.due_on, clock.promised_on, clock.provisional) == (due, promised, False)
    assert provisional.next_due_on == due
    assert wrong_due_dates(db.session) == 0
    first, second = [e for e in trail(task.subject_id) if e.action == "pack.recompute-clocks"]
    assert first.details["clocks"] == "1"
    assert first.details["moved"] == str(int(due != date(2027, 1, 4)))
    assert (first.details["still_provisional"], second.details["clocks"]) == ("0", "0")


@pytest.mark.requirement("F15")
def test_a_lead_that_ran_into_an_unknown_year_is_dated_when_that_is_loaded(next_year):
    with on("2026-12-24T10:00:00+08:00"):
        lead = make_lead(make_report(state=S.ACCEPTED))
        due = lead.due_on
        assert (lead.provisional, due.year) == (True, 2027)
    with on("2026-12-28T10:00:00+08:00"):
        task = loaded(next_year("2027-01-01,holiday"))
        for _twice in range(2):
            recompute_clocks(task.subject_id, actor=SYSTEM)

    db.session.refresh(lead)
    assert (lead.provisional, lead.due_on > due, lead.look_on) == (False, True, lead.warn_on)
    counted = [e.details["leads"] for e in trail(task.subject_id) if e.action.startswith("pack.re")]
    assert counted == ["1", "0"]


def test_a_date_that_still_runs_into_an_unknown_year_stays_provisional(provisional, tmp_path):
    folder = Path(shutil.copytree(pack_folder("cn_culture_market"), tmp_path / "pack"))
    head = folder / "pack.toml"
    head.write_text(head.read_text("utf-8").replace('version = "', 'version = "x'), "utf-8")
    with on("2026-12-28T10:00:00+08:00"):
        task = loaded(folder)
        recompute_clocks(task.subject_id, actor=SYSTEM)

    assert clock_of(provisional, Stage.ACCEPT).provisional
    assert trail(task.subject_id)[-1].details["still_provisional"] == "1"


def test_dating_again_breaches_nothing_on_the_day(provisional, next_year):
    with on("2027-01-04T10:00:00+08:00"):
        task = loaded(next_year("2027-01-02,make-up-workday", "2027-01-03,make-up-workday"))
        recompute_clocks(task.subject_id, actor=SYSTEM)

    assert clock_of(provisional, Stage.ACCEPT).due_on == date(2027, 1, 5)


def test_dating_again_goes_on_page_by_page_and_leaves_what_was_met(
    provisional, next_year, monkeypatch
):
    monkeypatch.setattr("portal.casework.service.recomputing.AT_ONCE", 1)
    clerk = make_clerk()
    with on("2026-12-24T10:00:00+08:00"):
        others = [make_report(state=S.ROUTED, clerk=clerk) for _one in range(2)]
        done = make_report(state=S.ACCEPTED, clerk=clerk)
        db.session.execute(
            update(Clock)
            .where(Clock.report_id == done.id)
            .values(met_at=datetime.now().astimezone())
        )
        db.session.commit()
    with on("2026-12-28T10:00:00+08:00"):
        task = loaded(next_year("2027-01-01,holiday"))
        recompute_clocks(task.subject_id, actor=SYSTEM)

    assert {clock_of(one, Stage.ACCEPT).due_on for one in (provisional, *others)} == {
        date(2027, 1, 5)
    }
    assert clock_of(done, Stage.ACCEPT).due_on == date(2027, 1, 4)
    assert trail(task.subject_id)[-1].details["clocks"] == "3"


def test_the_first_place_of_an_installation_leaves_nothing_to_be_dated():
    assert (
        db.session.scalars(select(Task).where(Task.kind == TaskKind.RECOMPUTE_CLOCKS)).all() == []
    )


# --- Pages --------------------------------------------------------------------------------------


def test_the_head_extends_on_a_page_that_says_how_much_the_rule_allows(desk):
    found = make_report(state=S.ACCEPTED)
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    path = f"/desk/reports/{found.reference}"
    shown = pages.get(path)
    assert {f"{path}/extend", f"{path}/stand-still"} <= set(shown.links())
    assert f"{path}/run-on" not in shown.links()

    form = pages.get(f"{path}/extend")
    assert "15" in form.text("form")
    answers = {"stage": "verify", "days": "16", "reason": "理由"}
    assert pages.post(form, answers).status == 422
    pages.post(form, answers | {"days": "5"})

    assert clock_of(found).extended_days == 5
    assert "已延长 1 次" in pages.get(path).text()
    assert f"{path}/extend" not in pages.get(path).links()


def test_an_officer_lets_clocks_stand_still_and_run_on_and_may_not_extend(desk):
    found = make_report(state=S.ACCEPTED)
    pages, _officer = desk(Role.CASE_OFFICER)
    path = f"/desk/reports/{found.reference}"
    assert f"{path}/extend" not in pages.get(path).links()
    assert pages.get(f"{path}/extend").status == 403

    form = pages.get(f"{path}/stand-still")
    assert "pause.waiting-for-reporter" not in str(form.fields())
    pages.post(form, {"reason": EXPERT})
    assert clock_of(found).paused_at is not None
    assert "自动恢复计算" in pages.get(path).text()
    pages.post(pages.get(f"{path}/run-on"))

    assert clock_of(found).paused_at is None


@pytest.mark.parametrize(
    ("role", "heaps"),
    [
        (Role.CASE_OFFICER, set()),
        (Role.DEPARTMENT_HEAD, {"noticed"}),
        (Role.SUPERVISOR, {"escalated"}),
    ],
)
def test_heads_and_supervisors_have_heaps_of_what_is_late_and_others_have_none(desk, role, heaps):
    pages, _who = desk(role)

    shown = pages.get("/desk").links()

    for name in ("noticed", "escalated"):
        assert (f"/desk?section={name}" in shown) == (name in heaps)
        assert pages.get(f"/desk?section={name}").status == (200 if name in heaps else 422)


def test_a_report_that_proves_urgent_late_is_not_late_at_once_and_promises_no_day_gone_by():
    with on(BEFORE_THE_HOLIDAYS):
        routed = make_report(state=S.ACCEPTED)
    was_due = clock_of(routed).due_on
    today = was_due - timedelta(days=14)
    with on(f"{today}T10:00:00+08:00"), unit_of_work(SYSTEM) as uow:
        held = uow.session.get(Report, routed.id)
        held.urgency = Urgency.CRITICAL
        clocks_of_reports.routed(uow, current_place(), held)

    clock = clock_of(routed)
    assert today < clock.due_on < was_due
    assert today < clock.promised_on


def test_an_experts_pause_that_ends_leaves_the_question_to_the_reporter_open(report):
    with on(BEFORE_THE_HOLIDAYS):
        stand_still(StandStill(report.reference, EXPERT), actor=make_officer())
        with unit_of_work(SYSTEM) as uow:
            uow.session.get(Report, report.id).waiting_since = uow.now
    with on("2026-11-20T10:00:00+08:00"), unit_of_work(SYSTEM) as uow:
        held = uow.session.get(Report, report.id)
        ended = clocks_of_reports.end_pauses(uow, held)

        assert ended
        assert held.waiting_since is not None


@pytest.mark.usefixtures("known_place")
def test_the_working_days_until_a_day_that_is_far_off_are_not_counted_one_by_one():
    start, end = date(2026, 11, 26), date.max

    assert days_left(start, end, "CULTURE_ENF@320412") == (end - start).days * 5 // 7
    assert days_left(start, start + timedelta(days=7), "CULTURE_ENF@320412") == 5
