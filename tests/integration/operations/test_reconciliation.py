"""The nightly comparison: sound where all agrees, and it finds each thing that does not."""

import io
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update

from portal.audit.models import AuditEvent
from portal.cases.chain_models import CaseLead
from portal.cases.service.chain import FollowCase, follow_case
from portal.cases.states import ChainDirection
from portal.evidence.service import IncomingFile, keep_files
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.infra.uow import unit_of_work
from portal.intake.models import Clock, Receipt, Report
from portal.intake.states import ReportState
from portal.intake.uploads import erase_unowned
from portal.kernel.actor import Actor
from portal.operations.reconciliation import Check, find_last, reconcile
from portal.transfers.models import HandOver
from portal.transfers.referral_models import CaseReferral
from portal.transfers.service.police import (
    DecideReferral,
    ProposeReferral,
    decide_referral,
    propose_referral,
)
from portal.transfers.states import HandOverState, ReferralAction
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.evidence import picture
from tests.factories.intake import make_report, submit
from tests.factories.transfers import make_hand_over

SYSTEM = Actor.system("reconcile")
NOW = datetime.now(UTC)


def faults() -> dict[str, int]:
    reconcile(actor=SYSTEM)
    return {name: count for name, count in find_last(db.session()).findings.items() if count}


@pytest.mark.parametrize("state", list(ReportState))
def test_a_report_that_took_its_way_is_sound_in_every_state(app, state):
    make_report(state=state)

    assert faults() == {}


@pytest.mark.requirement("E3")
@pytest.mark.parametrize("state", [HandOverState.PREPARED, HandOverState.SENT])
def test_a_matter_that_is_out_is_never_lost_from_sight(app, state):
    made = make_hand_over(state=state)
    assert faults() == {}

    long_ago = datetime.now(UTC) - timedelta(hours=1)
    db.session.execute(update(HandOver).values(made_at=long_ago))
    db.session.execute(delete(Task).where(Task.subject_id == made.id))
    db.session.execute(delete(Clock).where(Clock.stage == "transfer"))
    db.session.commit()

    assert faults() == {Check.LOST_HAND_OVERS: 1}


@pytest.mark.requirement("E3")
@pytest.mark.requirement("D8")
def test_a_case_for_the_police_that_nobody_packs_up_is_found(app):
    officer = make_officer()
    number = make_case(officer=officer)
    made = propose_referral(ProposeReferral(number, "涉嫌犯罪"), actor=officer)
    approve = DecideReferral(number, made, ReferralAction.APPROVE, "同意")
    decide_referral(approve, actor=make_head())
    assert faults() == {}

    long_ago = datetime.now(UTC) - timedelta(hours=1)
    db.session.execute(update(CaseReferral).values(decided_at=long_ago))
    assert faults() == {}, "its task is still there"
    db.session.execute(delete(Task).where(Task.subject_id == made))
    db.session.commit()

    assert faults() == {Check.LOST_HAND_OVERS: 1}


@pytest.mark.requirement("E3")
def test_a_lead_of_a_case_whose_silence_nobody_saw_is_found(app):
    officer = make_officer()
    unit = "CULTURE_ENF@320402"
    order = FollowCase(make_case(officer=officer), "320402", unit, "请查。", ChainDirection.UP)
    follow_case(order, actor=officer)
    db.session.execute(update(CaseLead).values(due_on=today() - timedelta(days=41)))
    db.session.commit()
    assert faults() == {Check.LOST_HAND_OVERS: 1}

    db.session.execute(update(CaseLead).values(escalated_at=datetime.now(UTC)))
    db.session.commit()

    assert faults() == {}


def test_what_was_erased_before_anybody_reported_is_sound_and_leaves_no_work(app):
    upload = IncomingFile(io.BytesIO(picture()), "a.jpg")
    drafted, given_up = keep_files([upload, upload], actor=Actor.public())
    db.session.execute(
        update(Task).where(Task.subject_id == given_up).values(state=TaskState.DEAD, done_at=NOW)
    )
    db.session.commit()

    with unit_of_work(SYSTEM) as uow:
        erase_unowned(uow, (drafted, given_up))

    assert faults() == {}
    assert set(db.session.scalars(select(Task.state))) == {TaskState.CANCELLED}


def test_the_result_is_on_the_trail(app):
    assert reconcile(actor=SYSTEM)

    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "system.reconcile")
    ).one()
    assert event.details["sound"] == "yes"
    assert set(event.details) == {"sound", *Check}


def forget_the_task() -> None:
    db.session.execute(delete(Task).where(Task.kind == TaskKind.TRIAGE_REPORT))


def give_up_on_triage() -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    triage = Task.kind == TaskKind.TRIAGE_REPORT
    gone = {"state": TaskState.DEAD, "done_at": datetime.now(UTC)}
    db.session.execute(update(Task).where(triage).values(**gone))
    db.session.execute(update(Report).values(entered_at=long_ago))


def leave_a_task_about_nothing() -> None:
    now = datetime.now(UTC)
    db.session.add(
        Task(
            kind=TaskKind.SCAN_FILE,
            subject_id=uuid4(),
            dedupe="about-nothing",
            state=TaskState.DONE,
            not_before=now,
            created_at=now,
            done_at=now,
        )
    )


def lose_the_receipt() -> None:
    db.session.execute(delete(Receipt))


def stop_the_clock() -> None:
    clocks = db.session.scalars(select(Clock.due_on).order_by(Clock.due_on)).all()
    db.session.execute(
        update(Clock).where(Clock.stage == "triage").values(met_at=datetime.now(UTC))
    )
    db.session.execute(update(Report).values(next_due_on=clocks[-1]))


def sort_by_a_wrong_date() -> None:
    db.session.execute(update(Report).values(next_due_on=date(2001, 1, 1)))


def tamper_with_the_trail() -> None:
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
    else:
        db.session.execute(text("DROP TRIGGER audit_event_no_update"))
    db.session.execute(update(AuditEvent).values(action="report.forget"))


def test_an_open_report_merged_into_a_finished_one_is_found(app):
    finished, lost = make_report(state=ReportState.CLOSED), make_report(state=ReportState.ROUTED)
    lost.merged_into = finished.id
    db.session.commit()

    assert faults()[Check.MERGED_INTO_ENDED] == 1


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (forget_the_task, Check.REPORTS_WITHOUT_TASK),
        (give_up_on_triage, Check.REPORTS_LEFT_BEHIND),
        (leave_a_task_about_nothing, Check.TASKS_WITHOUT_SUBJECT),
        (lose_the_receipt, Check.REPORTS_WITHOUT_RECEIPT),
        (stop_the_clock, Check.REPORTS_WITHOUT_CLOCK),
        (sort_by_a_wrong_date, Check.WRONG_DUE_DATES),
        (tamper_with_the_trail, Check.BROKEN_CHAIN),
    ],
)
def test_what_does_not_agree_is_found(app, harm, found):
    submit()
    harm()
    db.session.commit()

    assert faults() == {found: 1}
    assert not find_last(db.session()).sound
