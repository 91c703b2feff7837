"""Health: what a monitor is told, what an administrator sees and can decide, and who may not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import Receipt, ReportKind, Stream
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.operations import health
from portal.operations.beats import SILENT_AFTER, living, note_beat, note_queue
from portal.operations.health import Concern, HealthState, get_health, health_state
from portal.operations.metrics import may_read_metrics
from portal.operations.models import ProcessBeat, ProcessKind, QueueSight, Reconciliation
from portal.operations.tasks import (
    PATIENCE,
    SettleTask,
    TaskAct,
    TaskReason,
    list_dead,
    settle_task,
)
from tests.factories.accounts import enter_desk, make_account
from tests.factories.casework import make_actor, make_officer
from tests.factories.intake import make_report, submit
from tests.pages import Pages

ADMIN = Role.ADMINISTRATOR


def now() -> datetime:
    return datetime.now(UTC)


def task_of(subject_id: UUID, kind: TaskKind = TaskKind.TRIAGE_REPORT) -> Task:
    return db.session.scalars(
        select(Task)
        .where(Task.subject_id == subject_id, Task.kind == kind)
        .execution_options(populate_existing=True)
    ).one()


def kill(subject_id: UUID, error: str = "ValueError") -> UUID:
    """Let the triage of a report have failed for the last time."""
    task_id = task_of(subject_id).id
    db.session.execute(
        update(Task)
        .where(Task.id == task_id)
        .values(state=TaskState.DEAD, done_at=now(), last_error=error, attempts=5)
    )
    db.session.commit()
    return task_id


def settle_everything() -> None:
    db.session.execute(update(Task).values(state=TaskState.DONE, done_at=now()))
    db.session.commit()


@pytest.fixture
def assets(monkeypatch):
    """As if the set-up had fetched the style sheets."""
    monkeypatch.setattr(health, "ASSETS", ())


def test_a_sound_installation_says_ok_and_nothing_else(app, assets):
    answer = app.test_client().get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.requirement("G7", "T52")
def test_a_task_that_waits_for_a_quarter_of_an_hour_degrades_health(app, assets):
    report_id = submit().report_id
    assert health_state() is HealthState.OK

    long_ago = now() - PATIENCE - timedelta(seconds=1)
    db.session.execute(update(Task).where(Task.subject_id == report_id).values(not_before=long_ago))
    db.session.commit()

    found = get_health(db.session(), Actor.operator())
    assert found.concerns == (Concern.TASKS_WAITING,)
    assert {line.kind for line in found.waiting} == {
        TaskKind.TRIAGE_REPORT,
        TaskKind.HARDEN_RECEIPT,
        TaskKind.INDEX_REPORT,
    }
    assert app.test_client().get("/healthz").json == {"status": "degraded"}


@pytest.mark.requirement("G7")
def test_a_dead_task_degrades_health_until_a_person_decides(app, assets):
    task_id = kill(submit().report_id)
    assert health_state() is HealthState.DEGRADED

    settle_task(SettleTask(task_id, TaskAct.CANCEL, TaskReason.NOT_NEEDED), actor=make_actor(ADMIN))

    assert health_state() is HealthState.OK


@pytest.mark.parametrize(
    ("made", "concerns"),
    [
        ({"sound": True, "age": timedelta(hours=35)}, ()),
        ({"sound": False, "age": timedelta(hours=1)}, (Concern.RECONCILIATION_FAILED,)),
        ({"sound": True, "age": timedelta(hours=37)}, (Concern.RECONCILIATION_LATE,)),
    ],
)
def test_the_last_reconciliation_must_be_sound_and_recent(app, assets, made, concerns):
    row = Reconciliation(made_at=now() - made["age"], sound=made["sound"], findings={})
    db.session.add(row)
    db.session.commit()

    assert health.concerns(db.session(), now()) == concerns


def test_an_installation_that_was_never_reconciled_is_late_after_a_day_and_a_half(app, assets):
    submit()

    assert health.concerns(db.session(), now()) == ()
    later = health.concerns(db.session(), now() + timedelta(hours=37))
    assert Concern.RECONCILIATION_LATE in later


def test_missing_style_sheets_and_a_full_disk_are_said(app, monkeypatch):
    monkeypatch.setattr(health, "ASSETS", ("vendor/not-there.css",))
    monkeypatch.setattr(health, "storage", lambda: FullDisk(settings().evidence_dir))

    found = get_health(db.session(), Actor.operator())

    assert found.concerns == (Concern.ASSETS_MISSING, Concern.DISK_LOW)
    assert found.missing_assets == ("vendor/not-there.css",)


class FullDisk:
    def __init__(self, root):
        self.root = root.parent

    def has_room(self) -> bool:
        return False


def test_a_database_that_does_not_answer_is_down(app, monkeypatch):
    monkeypatch.setattr(health, "concerns", refuse_like_a_stopped_database)

    answer = app.test_client().get("/healthz")

    assert (answer.status_code, answer.json) == (503, {"status": "down"})


def refuse_like_a_stopped_database(session, _now):
    session.connection().exec_driver_sql("SELECT no_such_column")


# --- Deciding about dead tasks ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (TaskAct.RETRY, TaskState.PENDING),
        (TaskAct.DONE_BY_HAND, TaskState.DONE),
        (TaskAct.CANCEL, TaskState.CANCELLED),
    ],
)
@pytest.mark.requirement("T52")
def test_a_decision_changes_the_task_and_is_on_the_trail(app, act, state):
    report_id = submit().report_id
    task_id = kill(report_id)
    admin = make_actor(ADMIN)

    settle_task(SettleTask(task_id, act, TaskReason.DONE_ELSEWHERE), actor=admin)

    task = task_of(report_id)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == task_id)).one()
    assert task.state is state
    assert (event.action, event.actor_id) == (f"task.{act}", admin.id)
    assert event.details == {"kind": "triage_report", "reason": "done-elsewhere"}


def test_a_task_tried_again_has_all_its_attempts(app):
    report_id = submit().report_id
    task_id = kill(report_id)

    settle_task(SettleTask(task_id, TaskAct.RETRY), actor=make_actor(ADMIN))

    task = task_of(report_id)
    assert (task.attempts, task.done_at, task.lease_token) == (0, None, None)


def test_the_second_decision_about_a_task_is_refused(app):
    task_id = kill(submit().report_id)
    admin = make_actor(ADMIN)
    settle_task(SettleTask(task_id, TaskAct.CANCEL, TaskReason.NOT_NEEDED), actor=admin)

    with pytest.raises(MoveRefused):
        settle_task(SettleTask(task_id, TaskAct.RETRY), actor=admin)


def test_a_task_may_not_vanish_without_a_reason_nor_be_settled_by_just_anybody(app):
    task_id = kill(submit().report_id)

    with pytest.raises(RuleBroken):
        settle_task(SettleTask(task_id, TaskAct.CANCEL), actor=make_actor(ADMIN))
    with pytest.raises(NotPermitted):
        settle_task(SettleTask(task_id, TaskAct.RETRY), actor=make_actor(Role.AUDITOR))
    with pytest.raises(NotFound):
        settle_task(SettleTask(uuid4(), TaskAct.RETRY), actor=make_actor(ADMIN))


def test_the_reference_is_shown_to_those_in_scope_only(app):
    report = make_report()
    kill(report.id)

    assert [line.reference for line in list_dead(db.session(), make_actor(ADMIN))] == [None]
    assert [line.reference for line in list_dead(db.session(), Actor.operator())] == [
        report.reference
    ]
    assert list_dead(db.session(), make_officer("CULTURE_ENF@370102"))[0].reference is None


# --- Pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_health_page_lists_what_needs_a_person(app, language):
    report = submit()
    task_id = kill(report.report_id)
    note_beat(ProcessKind.WORKER, 4711)
    pages = Pages(app, language)
    enter_desk(pages, make_account(ADMIN))

    page = pages.get("/desk/health")

    assert f"/desk/health/tasks/{task_id}" in page.links()
    assert "ValueError" in page.text()
    assert "4711" in page.text()
    assert report.reference not in page.text()


@pytest.mark.requirement("U7")
def test_the_health_page_says_how_many_reporters_came_back_once_there_was_something_to_come_for(
    app,
):
    now = datetime.now(UTC)
    old = [make_report(columns={"received_at": now - timedelta(days=31 + n)}) for n in range(3)]
    for without_code in ({"kind": ReportKind.COMPLAINT}, {"stream": Stream.PATROL}):
        make_report(columns={"received_at": now - timedelta(days=31), **without_code})
    recent = make_report()
    back = {"first_return_at": now, "confirmed_at": now}
    for report, values in ((old[0], back), (old[1], {"confirmed_at": now}), (recent, back)):
        db.session.execute(update(Receipt).where(Receipt.report_id == report.id).values(**values))
    db.session.commit()
    pages = Pages(app, "en")
    enter_desk(pages, make_account(ADMIN))

    assert health.count_returns(db.session(), now) == health.Returns(3, 2, 1)
    assert "1 of 3; 2 had typed the code back" in pages.get("/desk/health").text()


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_administrator_settles_a_dead_task_on_its_page(app, language):
    report_id = submit().report_id
    task_id = kill(report_id)
    pages = Pages(app, language)
    enter_desk(pages, make_account(ADMIN))

    page = pages.get(f"/desk/health/tasks/{task_id}")
    refused = pages.post(page, {"act": "cancel"})
    settled = pages.post(refused, {"act": "cancel", "reason": "not-needed"})

    assert (refused.status, len(refused.problems())) == (422, 1)
    assert (settled.status, settled.path) == (200, "/desk/health")
    assert task_of(report_id).state is TaskState.CANCELLED
    said = {"en": "decided about this task", "zh-Hans": "已经有人处理"}
    for again in (
        pages.get(f"/desk/health/tasks/{task_id}"),
        pages.post(refused, {"act": "retry", "reason": ""}),
    ):
        assert again.status == 409
        assert said[language] in again.text()
    assert pages.get(f"/desk/health/tasks/{uuid4()}").status == 404


def test_failed_checks_are_named_on_the_page(app):
    db.session.add(
        Reconciliation(made_at=now(), sound=False, findings={"missing_files": 2, "broken_chain": 0})
    )
    db.session.commit()
    pages = Pages(app, "en")
    enter_desk(pages, make_account(ADMIN))

    text = pages.get("/desk/health").text()

    assert "Files that are gone: 2" in text
    assert "Breaks in the trail" not in text


def test_an_officer_has_no_health_page_and_an_auditor_settles_nothing(app):
    task_id = kill(submit().report_id)
    officer, auditor = Pages(app), Pages(app)
    enter_desk(officer, make_account(Role.CASE_OFFICER))
    enter_desk(auditor, make_account(Role.AUDITOR))

    assert officer.get("/desk/health").status == 403
    assert auditor.get("/desk/health").status == 200
    assert auditor.get(f"/desk/health/tasks/{task_id}").status == 403


# --- Processes ---------------------------------------------------------------------------------


def test_a_process_is_alive_as_long_as_it_says_so(app):
    note_beat(ProcessKind.CLOCK, 1)
    note_beat(ProcessKind.CLOCK, 1)

    alive = living(db.session(), now())
    assert [(beat.kind, beat.pid) for beat in alive] == [(ProcessKind.CLOCK, 1)]
    assert living(db.session(), now() + SILENT_AFTER + timedelta(seconds=1)) == []


def test_a_new_process_clears_away_those_of_its_kind_that_are_gone(app):
    note_beat(ProcessKind.CLOCK, 1)
    note_beat(ProcessKind.WORKER, 2)
    long_ago = now() - 2 * SILENT_AFTER
    db.session.execute(update(ProcessBeat).values(seen_at=long_ago))
    db.session.commit()

    note_beat(ProcessKind.CLOCK, 3)

    rows = db.session.scalars(select(ProcessBeat.pid).order_by(ProcessBeat.pid)).all()
    assert rows == [2, 3]


def test_the_web_servers_are_among_the_processes_on_the_page(app):
    note_beat(ProcessKind.WEB, 4711)
    pages = Pages(app, "en")
    enter_desk(pages, make_account(ADMIN))

    text = pages.get("/desk/health").text("main")

    assert "web server, process 4711, running since" in text
    assert "No web server has been heard of" not in text
    assert "No dispatcher has been heard of" in text


def test_a_process_that_falls_silent_degrades_health_and_one_that_never_was_does_not(app, assets):
    assert health_state() is HealthState.OK
    note_beat(ProcessKind.CLOCK, 1)
    assert health_state() is HealthState.OK

    long_ago = now() - SILENT_AFTER - timedelta(seconds=1)
    db.session.execute(update(ProcessBeat).values(seen_at=long_ago))
    db.session.commit()

    assert health.concerns(db.session(), now()) == (Concern.PROCESS_SILENT,)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_was_last_seen_of_the_queue_server_is_on_the_page_and_in_the_figures(app, language):
    seen = {"version": "Valkey 9.9.1", "memory": 2_000_000, "length": 7}
    note_queue(QueueSight(seen_at=now(), embedded=True, works=False))
    note_queue(QueueSight(seen_at=now(), embedded=True, works=True, **seen))
    pages = Pages(app, language)
    enter_desk(pages, make_account(ADMIN))

    text, figures = pages.get("/desk/health").text("main"), app.test_client().get("/metrics").text

    assert "Valkey 9.9.1" in text
    assert "2.0 MB" in text or "2 MB" in text
    assert "sunline_queue_up 1.0" in figures
    assert "sunline_queue_messages 7.0" in figures
    assert "sunline_queue_memory_bytes 2e+06" in figures


def test_a_queue_server_that_does_not_answer_degrades_health(app, assets):
    seen = {"version": "Valkey 9.9.1", "memory": 2_000_000, "length": 7}
    note_queue(QueueSight(seen_at=now(), embedded=False, works=True, **seen))
    note_queue(QueueSight(seen_at=now(), embedded=False, works=False))

    text = app.test_client().get("/metrics").text

    assert health.concerns(db.session(), now()) == (Concern.QUEUE_AWAY,)
    assert app.test_client().get("/healthz").json == {"status": "degraded"}
    assert "sunline_queue_up 0.0" in text
    assert "sunline_queue_messages" not in text


def test_figures_count_the_processes_that_live(app):
    note_beat(ProcessKind.WEB, 1)
    note_beat(ProcessKind.WEB, 2)

    text = app.test_client().get("/metrics").text

    assert 'sunline_processes{kind="web"} 2.0' in text
    assert 'sunline_processes{kind="clock"} 0.0' in text


# --- Metrics -----------------------------------------------------------------------------------


def test_metrics_are_counts_of_tasks_and_reports(app):
    submit()
    make_report()

    text = app.test_client().get("/metrics").text

    assert 'sunline_tasks{kind="triage_report",state="pending"} 2.0' in text
    assert 'sunline_reports{state="received"} 2.0' in text
    assert "sunline_disk_free_bytes" in text


@pytest.mark.parametrize(
    ("changes", "address", "bearer", "allowed"),
    [
        ({"env": "demo"}, "127.0.0.1", "", True),
        ({"env": "demo"}, "::1", "", True),
        ({"env": "demo"}, "192.0.2.7", "", False),
        ({"env": "demo"}, "", "", False),
        ({"env": "production"}, "127.0.0.1", "", False),
        ({"env": "production", "metrics_token": "letmein"}, "192.0.2.7", "letmein", True),
        ({"env": "production", "metrics_token": "letmein"}, "127.0.0.1", "", False),
        ({"env": "demo", "metrics_token": "letmein"}, "127.0.0.1", "wrong", False),
    ],
)
def test_metrics_are_for_this_machine_or_a_token_and_off_in_production(
    changes, address, bearer, allowed
):
    chosen = settings().model_copy(update=changes)

    assert may_read_metrics(chosen, address, bearer) is allowed


def test_metrics_do_not_exist_for_others(app):
    answer = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert answer.status_code == 404


def test_what_is_due_later_is_not_said_to_be_due_since(app):
    pages = Pages(app, "en")
    enter_desk(pages, make_account(ADMIN))
    settle_everything()
    later = now() + timedelta(days=20)
    planned = {"subject_id": uuid4(), "state": TaskState.PENDING, "created_at": now()}
    db.session.add(Task(kind=TaskKind.SCAN_FILE, dedupe="later", not_before=later, **planned))
    db.session.commit()

    assert "next on" in pages.get("/desk/health").text()
