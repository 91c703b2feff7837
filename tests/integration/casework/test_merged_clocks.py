"""The clocks of reports that are worked on as one, and what becomes of them afterwards."""

from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.casework.offers import offers_of
from portal.casework.queries.board import list_section, viewpoint
from portal.casework.queries.dossier import get_dossier
from portal.casework.queries.filters import Section
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.casework.service.merging import (
    MergeReports,
    UndoRelation,
    merge_reports,
    undo_relation,
)
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
from portal.infra.database import db
from portal.intake.models import Clock, Message, MessageKind
from portal.intake.states import ReportState
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.kernel.page import Window
from portal.operations.reconciliation import wrong_due_dates
from portal.triage.models import ReportRelation
from tests.factories.casework import make_head, make_officer
from tests.factories.intake import make_report

pytestmark = pytest.mark.usefixtures("app")
S = ReportState
SYSTEM = Actor.system("test")
EXPERT = "pause.expert"
# What is accepted on this day is to be verified by 8 October, and warned of on 28 September.
BEFORE_THE_HOLIDAYS = "2026-09-10T10:00:00+08:00"


def on(moment: str):
    """The clock of the machine stands at this moment."""
    return time_machine.travel(datetime.fromisoformat(moment), tick=False)


@pytest.fixture
def pair():
    """Two accepted reports; the later one, which leads, has a week more."""
    with on(BEFORE_THE_HOLIDAYS):
        early = make_report(state=S.ACCEPTED)
    with on("2026-09-17T10:00:00+08:00"):
        leading = make_report(state=S.ACCEPTED)
        order = MergeReports(early.reference, leading.reference, leading.reference, "更全")
        merge_reports(order, actor=make_officer())
    db.session.expire_all()
    return leading, early


def clock_of(report):
    wanted = (Clock.report_id == report.id, Clock.stage == Stage.VERIFY)
    return db.session.scalars(select(Clock).where(*wanted)).one()


def undo(report):
    made = db.session.scalars(
        select(ReportRelation).where(ReportRelation.following_id == report.id)
    ).one()
    undo_relation(UndoRelation(report.reference, made.id), actor=make_officer())
    db.session.expire_all()


def actions(report):
    entries = select(AuditEvent.action).where(AuditEvent.subject_id == report.id)
    return list(db.session.scalars(entries.order_by(AuditEvent.seq)))


def notices(report):
    wanted = (Message.report_id == report.id, Message.kind == MessageKind.NOTICE)
    return len(db.session.scalars(select(Message).where(*wanted)).all())


def noticed(actor):
    page = list_section(db.session, Section.NOTICED, viewpoint(actor), Window())
    return {line.id for line in page.items}


@pytest.mark.requirement("U34")
def test_nobody_is_warned_of_a_merged_report_and_it_is_watched_again_once_undone(pair):
    leading, early = pair
    with on("2026-10-12T09:00:00+08:00"):
        assert watch_clocks(actor=SYSTEM) == 1, "the leading one runs out soon"
        assert noticed(make_head()) == {leading.id}
        assert (clock_of(early).warned_at, clock_of(early).breached_at) == (None, None)
        undo(early)
        again = clock_of(early)
        assert again.due_on > date(2026, 10, 12)
        assert (again.paused_at, again.paused_for, again.met_at) == (None, None, None)
        due = again.due_on
    with on("2026-11-10T09:00:00+08:00"):
        watch_clocks(actor=SYSTEM)

    assert due < date(2026, 11, 10)
    assert actions(early)[-1] == "report.breach"


@pytest.mark.requirement("U32")
def test_undone_a_clock_has_the_days_it_was_merged_and_the_promise_is_as_it_was(pair):
    _leading, early = pair
    with on("2026-09-24T10:00:00+08:00"):
        undo(early)

    again = clock_of(early)
    assert (again.paused_days, again.due_on) == (6, date(2026, 10, 15))
    assert again.promised_on == date(2026, 10, 8)


def test_a_notice_of_before_the_merge_does_not_keep_a_merged_report_in_the_heap():
    with on(BEFORE_THE_HOLIDAYS):
        first, later = make_report(state=S.ACCEPTED), make_report(state=S.ACCEPTED)
    with on("2026-09-28T09:00:00+08:00"):
        assert watch_clocks(actor=SYSTEM) == 2
        merge_reports(MergeReports(first.reference, later.reference), actor=make_officer())
        assert noticed(make_head()) == {first.id}
        undo(later)

        assert later.notice is clock_of(later).notice


def test_the_leading_report_is_due_by_a_promise_about_another_and_the_records_agree(pair):
    leading, early = pair

    assert leading.next_due_on == clock_of(early).due_on < clock_of(leading).due_on
    assert wrong_due_dates(db.session()) == 0
    leading.next_due_on = clock_of(leading).due_on
    db.session.flush()
    assert wrong_due_dates(db.session()) == 1


@pytest.mark.requirement("U34")
def test_the_clocks_of_all_stand_still_and_run_on_together_and_each_reporter_reads_why(pair):
    leading, early = pair
    before, officer = notices(early), make_officer()
    with on("2026-09-24T15:00:00+08:00"):
        stand_still(StandStill(leading.reference, EXPERT), actor=officer)
        assert clock_of(early).paused_for is clock_of(leading).paused_for is not None
        assert leading.paused
        assert notices(early) == before + 1
    with on("2026-09-28T15:00:00+08:00"):
        run_on(RunOn(leading.reference), actor=officer)

    assert (clock_of(early).paused_at, clock_of(leading).paused_at) == (None, None)
    assert clock_of(early).paused_days == clock_of(leading).paused_days == 1
    assert leading.next_due_on == clock_of(early).due_on


def test_the_leading_report_is_dated_anew_when_a_wait_of_another_is_over(pair):
    leading, early = pair
    with on("2026-09-24T15:00:00+08:00"):
        ask_reporter(AskReporter(leading.reference, "哪一天？"), actor=make_officer())
    with on("2026-10-23T09:00:00+08:00"):
        assert end_long_waits(actor=SYSTEM) == 2
        db.session.expire_all()

        assert leading.next_due_on == clock_of(early).due_on
        assert noticed(make_head()) == {leading.id}
        assert wrong_due_dates(db.session()) == 0


def test_the_time_of_a_merged_report_is_kept_on_the_one_that_leads(pair):
    _leading, early = pair
    head = make_head()
    for service, order in (
        (extend_time, ExtendTime(early.reference, Stage.VERIFY, 5, "理由")),
        (stand_still, StandStill(early.reference, EXPERT)),
        (run_on, RunOn(early.reference)),
    ):
        with pytest.raises(RuleBroken, match="merged"):
            service(order, actor=head)

    dossier = get_dossier(db.session(), early.reference, head)
    assert not {"extend", "stand_still", "run_on", "ask"} & {*offers_of(dossier, head).acts}
