"""The dispatcher: how much it sends, how often, and what it leaves alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from portal.audit.models import AuditEvent
from portal.audit.trail import record
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.tasks import Lease, LeaseLost, Task, TaskKind, TaskState, current_lease
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from tests.integration.workers import stage
from tests.integration.workers.test_processes import everything_in
from workers import dispatcher, runner
from workers.dispatcher import BATCH, batches, dispatch
from workers.kinds import Kind
from workers.leases import LEASES

KINDS = stage.KINDS


@pytest.fixture(autouse=True)
def _stage(app, monkeypatch):
    """Tasks of the stage, run in this process."""
    monkeypatch.setattr(runner, "_setting", runner.Setting(None, KINDS, stage.SHORT))


def leave(kind: str = "effect", **columns) -> UUID:
    task_id, now = uuid4(), datetime.now(UTC)
    given = {"not_before": now - timedelta(seconds=1), "created_at": now, **columns}
    task = Task(id=task_id, kind=kind, subject_id=task_id, dedupe=task_id.hex, **given)
    db.session.add(task)
    db.session.commit()
    return task_id


def task(task_id: UUID) -> Task:
    return db.session.get(Task, task_id, populate_existing=True)


def effects(task_id: UUID) -> int:
    wanted = select(func.count()).where(AuditEvent.subject_id == task_id)
    return db.session.scalar(wanted)


def send_due(to) -> int:
    return dispatch(to, db.session(), KINDS, stage.SHORT)


def messages(to) -> list[tuple[list[str], str]]:
    return [tuple(job.args) for job in to.get_jobs()]


def run(message) -> None:
    runner.run_tasks(*message)


def test_due_tasks_are_sent_once(app, to):
    task_id = leave()

    assert (send_due(to), send_due(to)) == (1, 0)
    assert messages(to) == [([task_id.hex], task(task_id).lease_token.hex)]


@pytest.mark.requirement("T51")
def test_the_same_message_twice_has_one_effect(app, to):
    task_id = leave()
    send_due(to)
    (message,) = messages(to)

    run(message)
    run(message)

    assert (effects(task_id), task(task_id).state) == (1, TaskState.DONE)


@pytest.mark.requirement("T51")
def test_a_message_that_was_overtaken_by_another_does_nothing(app, to):
    task_id = leave()
    send_due(to)
    (old,) = messages(to)
    db.session.execute(update(Task).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    db.session.commit()
    send_due(to)

    run(old)

    assert (effects(task_id), task(task_id).attempts) == (0, 0)


@pytest.mark.requirement("T51")
def test_an_effect_is_not_committed_by_whoever_lost_the_task(app):
    task_id = leave(lease_token=uuid4())
    marker = current_lease.set(Lease((task_id,), uuid4()))

    try:
        with pytest.raises(LeaseLost):
            stage.leave_effect(task_id, actor=Actor.system("stage"))
    finally:
        current_lease.reset(marker)

    assert effects(task_id) == 0


@pytest.mark.requirement("T51")
def test_tasks_held_together_are_all_refused_when_one_was_lost(app):
    token = uuid4()
    own, lost = leave(lease_token=token), leave(lease_token=uuid4())
    marker = current_lease.set(Lease((own, lost), token))

    try:
        with pytest.raises(LeaseLost):
            stage.leave_effect(own, actor=Actor.system("stage"))
    finally:
        current_lease.reset(marker)

    assert (effects(own), task(own).state) == (0, TaskState.PENDING)


@pytest.mark.requirement("T51")
def test_of_tasks_done_together_one_that_goes_wrong_spoils_only_itself(app, monkeypatch):
    token, made = uuid4(), []
    ids = [leave("many", lease_token=token) for _ in range(11)]
    spoilt = ids[6]

    def leave_effects(subject_ids, *, actor):
        made.append(len(subject_ids))
        with unit_of_work(actor) as uow:
            for subject_id in subject_ids:
                record(uow, stage.EFFECT, "stage", subject_id)
            if spoilt in subject_ids:
                raise ValueError(stage.CANARY)

    many = Kind(lambda one, *, actor: leave_effects([one], actor=actor), together=leave_effects)
    monkeypatch.setattr(runner, "_setting", runner.Setting(None, {"many": many}, stage.SHORT))

    run(([one.hex for one in ids], token.hex))

    others, wrong = [one for one in ids if one != spoilt], task(spoilt)
    assert {(effects(one), task(one).state) for one in others} == {(1, TaskState.DONE)}
    assert (effects(spoilt), wrong.state, wrong.attempts) == (0, TaskState.PENDING, 1)
    assert wrong.last_error == "ValueError"
    assert made == [5, 5, 1, 1, 1, 1, 1, 1]


def test_two_dispatchers_do_not_send_one_task_twice(app, to, monkeypatch):
    """The second comes between the first one's look and its claim."""
    for _ in range(3):
        leave()
    claim = dispatcher._claim  # noqa: SLF001  # the moment between look and claim
    sent_by_second = []

    def claim_late(session, *arguments):
        monkeypatch.setattr(dispatcher, "_claim", claim)
        sent_by_second.append(send_due(to))
        return claim(session, *arguments)

    monkeypatch.setattr(dispatcher, "_claim", claim_late)

    assert (send_due(to), sent_by_second) == (0, [3])
    assert len(to) == 1


def test_no_more_is_sent_than_the_queue_should_hold(app, to):
    limit = settings().queue_limit
    for _ in range(BATCH * (limit + 3)):
        db.session.add(
            Task(
                kind="effect",
                subject_id=uuid4(),
                dedupe=uuid4().hex,
                not_before=datetime.now(UTC) - timedelta(seconds=1),
                created_at=datetime.now(UTC),
            )
        )
    db.session.commit()

    for _ in range(5):
        send_due(to)

    assert len(to) == limit
    assert max(len(ids) for ids, _token in messages(to)) == BATCH


def test_a_task_that_failed_travels_alone():
    rows = [(uuid4(), "a", 0), (uuid4(), "a", 1), (uuid4(), "a", 0), (uuid4(), "b", 0)]

    assert [(batch.kind, len(batch.ids)) for batch in batches(rows)] == [
        ("a", 2),
        ("b", 1),
        ("a", 1),
    ]


def test_small_tasks_travel_by_some_hundreds():
    rows = [(uuid4(), TaskKind.FILE_COMPLAINT, 0) for _ in range(400)]

    assert [len(batch.ids) for batch in batches(rows)] == [250, 150]


def test_a_failed_task_waits_longer_each_time_and_is_dead_after_the_last(app, to):
    task_id = leave("raise")

    send_due(to)
    begun = datetime.now(UTC)
    run(messages(to)[-1])
    first = task(task_id)
    assert (first.state, first.attempts, first.last_error) == (TaskState.PENDING, 1, "ValueError")
    assert first.lease_token is None
    assert first.not_before >= begun + stage.SHORT.first_retry

    db.session.execute(update(Task).values(not_before=datetime.now(UTC)))
    db.session.commit()
    send_due(to)
    run(messages(to)[-1])
    assert (task(task_id).state, effects(task_id)) == (TaskState.DEAD, 0)


def test_tasks_of_a_kind_that_can_are_done_twenty_in_a_transaction(app, to):
    ids = [leave("together") for _ in range(25)]
    send_due(to)
    (message,) = messages(to)

    run(message)
    run(message)

    assert [(effects(one), task(one).state) for one in ids] == [(1, TaskState.DONE)] * 25
    at = select(AuditEvent.at).where(AuditEvent.action == stage.EFFECT)
    assert len(set(db.session.scalars(at).all())) == 2


def test_a_person_is_routed_before_the_rows_of_a_sheet_that_came_earlier(app, to):
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    rows = [
        leave(TaskKind.TRIAGE_ROW, not_before=long_ago - timedelta(seconds=late))
        for late in range(10)
    ]
    person = leave(TaskKind.TRIAGE_REPORT)

    dispatch(to, db.session())

    oldest_first = [one.hex for one in reversed(rows)]
    assert [ids for ids, _token in messages(to)] == [[person.hex], oldest_first]


@pytest.mark.requirement("T59")
def test_an_unknown_kind_is_neither_sent_nor_run(app, to):
    token = uuid4()
    task_id = leave("of-next-year", lease_token=token)

    assert send_due(to) == 0
    run(([task_id.hex], token.hex))

    assert (task(task_id).state, task(task_id).attempts) == (TaskState.PENDING, 0)


def test_what_matters_is_not_run_again_when_its_outcome_is_unknown(app, to):
    past = datetime.now(UTC) - timedelta(seconds=1)
    begun = leave("die-once", attempts=1, lease_token=uuid4(), lease_until=past)
    lost_on_the_way = leave("die-once", attempts=0, lease_token=uuid4(), lease_until=past)

    assert send_due(to) == 1

    assert (task(begun).state, task(begun).last_error) == (TaskState.DEAD, "WorkerDied")
    assert task(lost_on_the_way).state is TaskState.PENDING


@pytest.mark.requirement("T57")
@pytest.mark.parametrize("hours", [1, -1])
def test_nothing_is_stuck_or_lost_when_the_clock_is_set(app, to, hours):
    """An hour off, in the leases and times that were written before the clock was set right."""
    written = datetime.now(UTC) + timedelta(hours=hours)
    fresh = leave(not_before=written, created_at=written)
    held = leave(created_at=written, not_before=written, lease_token=uuid4(), lease_until=written)

    send_due(to)
    for message in messages(to):
        run(message)

    assert [task(one).state for one in (fresh, held)] == [TaskState.DONE] * 2


@pytest.mark.requirement("G8", "T34")
def test_a_message_holds_ids_and_nothing_else(app, to, redis):
    with unit_of_work(Actor.system("stage")) as uow:
        uow.session.add(
            Task(
                kind="effect",
                subject_id=uuid4(),
                dedupe=stage.CANARY,
                not_before=uow.now,
                created_at=uow.now,
                last_error=stage.CANARY,
            )
        )
    send_due(to)

    assert len(to) == 1
    assert stage.CANARY.encode() not in everything_in(redis)


@pytest.mark.requirement("G3")
def test_leases_let_a_report_be_routed_within_180_seconds_of_a_crash():
    seconds = 30
    longest_in_queue = LEASES.message * 1.25
    longest_at_work = LEASES.for_work(seconds)

    assert max(longest_in_queue, longest_at_work) + timedelta(seconds=seconds) <= timedelta(
        seconds=180
    )
