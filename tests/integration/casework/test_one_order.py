"""Locks are taken in one order: leading report, following ones, leads; nobody waits in a circle."""

import os
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from portal.casework.service.closing import CloseReport, close_report
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.casework.service.interests import StepAside, step_aside
from portal.casework.service.leads import FollowReport, TakeLead, follow_report, take_lead
from portal.casework.service.merging import MergeReports, UndoRelation, merge_reports, undo_relation
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.service.waiting import end_long_waits
from portal.casework.states import Finding, VerificationMethod
from portal.feedback.service import ContestResult, WriteToDesk, contest_result, write_to_desk
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.models import Clock, Report
from portal.intake.states import LeadEnding, ReportState
from portal.kernel.actor import Actor
from portal.triage.leads import end_leads
from portal.triage.relations import find_merge, list_following
from tests.factories.casework import make_officer
from tests.factories.intake import make_report
from tests.integration.meeting import in_a_thread, until_it_waits

pytestmark = pytest.mark.skipif(
    "TEST_DATABASE_URL" not in os.environ,
    reason="SQLite has one writer, so nobody waits in a circle",
)

S = ReportState
PUBLIC = Actor.public()
OTHER = "CULTURE_ENF@320402"


@pytest.fixture
def pair(office):
    """A leading report and one merged into it, on a database where people meet for real."""
    with office.app_context():
        officer = make_officer()
        first, later = (make_report(state=S.ACCEPTED, officer=officer) for _one in range(2))
        merge_reports(MergeReports(first.reference, later.reference), actor=officer)
        yield office, officer, first.reference, later.id
        db.session.remove()


def writes(_officer, later):
    write_to_desk(WriteToDesk(later.id, "二楼还有一间仓库"), actor=PUBLIC)


def contests(_officer, later):
    contest_result(ContestResult(later.id, "contest.still-going-on", "还在卖"), actor=PUBLIC)


def steps_aside(_officer, later):
    step_aside(StepAside(later.reference), actor=make_officer())


def undoes(officer, later):
    merge = find_merge(db.session(), later.id)
    undo_relation(UndoRelation(later.reference, merge.id), actor=officer)


def runs_on(_officer, _later):
    assert end_long_waits(actor=Actor.system("test")) >= 1


def does(act, officer, later_id):
    act(officer, db.session.get_one(Report, later_id))


@pytest.mark.parametrize("act", [writes, contests, steps_aside, undoes, runs_on])
def test_the_desk_and_whoever_begins_with_a_merged_report_do_not_wait_for_each_other(pair, act):
    office, officer, reference, later_id = pair
    if act is contests:
        walk_to_the_end(reference, officer)
    if act is runs_on:
        wait_for_long(reference, later_id, officer)

    with unit_of_work(officer) as uow:
        leading = reports.get_report(uow.session, reference, officer, for_update=True)
        done = in_a_thread(office, partial(does, act, officer, later_id))
        until_it_waits(uow, done)
        assert [one.id for one in list_following(uow, leading)] == [later_id]

    assert done.result(timeout=60) is None


def walk_to_the_end(reference, officer):
    how, found = VerificationMethod.SITE_VISIT, Finding.CONFIRMED
    record_verification(RecordVerification(reference, how, found, "到店查看。"), actor=officer)
    answer_report(AnswerReport(reference, "我们去过了。"), actor=officer)
    close_report(CloseReport(reference, "close.measures-taken"), actor=officer)


def wait_for_long(reference, later_id, officer):
    ask_reporter(AskReporter(reference, "几点开门？"), actor=officer)
    long_ago = datetime.now(UTC) - timedelta(days=400)
    paused = update(Clock).where(Clock.report_id == later_id, Clock.paused_at.is_not(None))
    db.session.execute(paused.values(paused_at=long_ago, look_on=long_ago.date()))
    db.session.commit()


def test_taking_a_lead_and_closing_its_report_do_not_wait_for_each_other(pair):
    office, officer, _reference, _later = pair
    report = make_report(state=S.ACCEPTED, officer=officer)
    order = FollowReport(report.reference, "320402", OTHER, "请看一下")
    lead, elsewhere = follow_report(order, actor=officer), make_officer(OTHER)

    with unit_of_work(officer) as uow:
        held = reports.get_report(uow.session, report.reference, officer, for_update=True)
        done = in_a_thread(office, lambda: take_lead(TakeLead(lead), actor=elsewhere))
        until_it_waits(uow, done)
        end_leads(uow, held, LeadEnding.CLOSED)

    assert done.exception(timeout=60).code == "move-refused"
