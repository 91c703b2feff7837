"""The clock: each routine once, whoever asks and however late."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import update

from portal.infra.database import db
from portal.infra.tasks import ScheduleEntry
from portal.kernel.actor import Actor
from workers import clock
from workers.clock import due_names, tick
from workers.schedule import SCHEDULE, Entry

HOUR = timedelta(hours=1)


def nothing(*, actor: Actor) -> None:
    del actor


def plan(**entries: Entry) -> dict[str, Entry]:
    return {name.replace("_", "-"): entry for name, entry in entries.items()}


def now() -> datetime:
    return datetime.now(UTC)


def test_an_entry_runs_at_once_and_then_after_its_period(app):
    hourly = plan(stage_hourly=Entry(nothing, HOUR))
    start = now()

    assert due_names(db.session(), start, hourly) == ["stage-hourly"]
    assert due_names(db.session(), start + HOUR / 2, hourly) == []
    assert due_names(db.session(), start + HOUR, hourly) == ["stage-hourly"]


def test_an_entry_runs_once_after_downtime_and_not_once_for_each_time_missed(app):
    hourly = plan(stage_hourly=Entry(nothing, HOUR))
    start = now()
    due_names(db.session(), start, hourly)

    later = start + timedelta(days=3)
    assert due_names(db.session(), later, hourly) == ["stage-hourly"]
    assert due_names(db.session(), later + timedelta(minutes=1), hourly) == []


@pytest.mark.parametrize("known", [False, True])
def test_of_two_clocks_one_runs_the_entry(app, monkeypatch, known):
    """The second clock comes between the first one's look and its claim."""
    hourly = plan(stage_hourly=Entry(nothing, HOUR))
    if known:
        due_names(db.session(), now() - 2 * HOUR, hourly)
    claim, ran_by_second = clock._claim, []  # noqa: SLF001  # as above

    def claim_late(session, name, at, following, *, new):
        monkeypatch.setattr(clock, "_claim", claim)
        ran_by_second.extend(due_names(db.session(), at, hourly))
        return claim(session, name, at, following, new=new)

    monkeypatch.setattr(clock, "_claim", claim_late)

    assert due_names(db.session(), now(), hourly) == []
    assert ran_by_second == ["stage-hourly"]


def test_a_routine_that_fails_does_not_stop_the_others(app):
    def fail(*, actor: Actor) -> None:
        del actor
        raise ValueError

    ran = []
    both = plan(
        stage_first=Entry(fail, HOUR),
        stage_second=Entry(lambda *, actor: ran.append(actor.name), HOUR),
    )

    assert tick(both) == ["stage-first", "stage-second"]
    assert ran == ["stage-second"]


@pytest.mark.requirement("T57")
def test_a_nightly_entry_runs_at_its_time_where_the_place_is():
    nightly = Entry(nothing, timedelta(days=1), at=time(3, 30))

    at_noon = nightly.after(datetime(2026, 11, 22, 4, 0, tzinfo=UTC), "Asia/Shanghai")
    at_one = nightly.after(datetime(2026, 11, 21, 17, 0, tzinfo=UTC), "Asia/Shanghai")
    over_the_change = nightly.after(datetime(2026, 3, 28, 12, 0, tzinfo=UTC), "Europe/London")

    assert at_noon.astimezone(UTC) == datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
    assert at_one.astimezone(UTC) == datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
    assert over_the_change.astimezone(UTC) == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


def test_every_routine_of_the_schedule_runs(app):
    db.session.execute(update(ScheduleEntry).values(next_run_at=now()))
    db.session.commit()

    for name, entry in SCHEDULE.items():
        entry.routine(actor=Actor.system(name))
