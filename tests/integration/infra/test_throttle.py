"""Brakes on guessing and flooding, on a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from portal.infra.database import db
from portal.infra.throttle import (
    Throttle,
    ThrottleCount,
    bucket_of,
    bucket_of_name,
    forget_old_counts,
)
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import TooManyAttempts

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GUESSES = Throttle("test-guess", 5, timedelta(hours=1), 15 * MINUTE, timedelta(hours=1))
REPORTS = Throttle("test-report", 3, timedelta(hours=1))


def attempt(throttle: Throttle, at: datetime, bucket: str = "b") -> bool:
    with unit_of_work(Actor.public(), now=at) as uow:
        return throttle.attempt(uow, bucket)


def wait_after(throttle: Throttle, at: datetime, bucket: str = "b") -> int:
    """Seconds left of the hold."""
    with pytest.raises(TooManyAttempts) as refusal:
        attempt(throttle, at, bucket)
    return int(refusal.value.params["seconds"])


@pytest.mark.usefixtures("app")
def test_the_last_attempt_within_the_limit_starts_a_hold_and_the_next_is_refused():
    answers = [attempt(GUESSES, NOON) for _ in range(5)]

    assert answers == [False, False, False, False, True]
    assert wait_after(GUESSES, NOON) == 15 * 60


@pytest.mark.usefixtures("app")
def test_each_hold_is_twice_as_long_as_the_one_before_up_to_the_longest():
    at, waits = NOON, []

    for _ in range(4):
        for _ in range(5):
            attempt(GUESSES, at)
        waits.append(wait_after(GUESSES, at))
        at += timedelta(seconds=waits[-1])

    assert [seconds // 60 for seconds in waits] == [15, 30, 60, 60]


@pytest.mark.usefixtures("app")
def test_refused_attempts_do_not_lengthen_the_hold():
    for _ in range(5):
        attempt(GUESSES, NOON)

    for minute in range(14):
        wait_after(GUESSES, NOON + minute * MINUTE)

    assert attempt(GUESSES, NOON + 15 * MINUTE) is False


@pytest.mark.usefixtures("app")
def test_attempts_of_an_earlier_window_are_forgotten():
    for _ in range(4):
        attempt(GUESSES, NOON)

    assert attempt(GUESSES, NOON + timedelta(hours=1)) is False
    assert GUESSES.count(db.session(), "b", NOON + timedelta(hours=1)) == 1


@pytest.mark.usefixtures("app")
def test_a_plain_rate_limit_holds_until_its_window_ends():
    for minute in range(3):
        attempt(REPORTS, NOON + minute * MINUTE)

    assert wait_after(REPORTS, NOON + 10 * MINUTE) == 50 * 60
    assert attempt(REPORTS, NOON + timedelta(hours=1)) is False


@pytest.mark.usefixtures("app")
def test_a_limit_of_one_holds_at_once():
    once = Throttle("test-once", 1, timedelta(hours=1), MINUTE, MINUTE)

    assert attempt(once, NOON) is True
    assert wait_after(once, NOON) == 60


@pytest.mark.usefixtures("app")
def test_an_attempt_given_back_takes_the_hold_it_started_with_it():
    for _ in range(5):
        attempt(GUESSES, NOON)

    with unit_of_work(Actor.public(), now=NOON) as uow:
        GUESSES.give_back(uow, "b", held=True)

    assert GUESSES.count(db.session(), "b", NOON) == 4
    assert attempt(GUESSES, NOON) is True
    assert wait_after(GUESSES, NOON) == 15 * 60


@pytest.mark.usefixtures("app")
def test_an_attempt_given_back_leaves_the_hold_that_another_started():
    for _ in range(5):
        attempt(GUESSES, NOON)

    with unit_of_work(Actor.public(), now=NOON) as uow:
        GUESSES.give_back(uow, "b", held=False)

    assert GUESSES.count(db.session(), "b", NOON) == 4
    assert wait_after(GUESSES, NOON) == 15 * 60


@pytest.mark.usefixtures("app")
def test_what_weighs_more_counts_for_as_many():
    with unit_of_work(Actor.public(), now=NOON) as uow:
        assert REPORTS.attempt(uow, "b", 2) is False
        assert REPORTS.attempt(uow, "b", 200) is True

    assert REPORTS.count(db.session(), "b", NOON) == 202
    assert wait_after(REPORTS, NOON) == 60 * 60


@pytest.mark.usefixtures("app")
def test_success_forgets_one_bucket_and_no_other():
    for bucket in ("mine", "other"):
        for _ in range(5):
            attempt(GUESSES, NOON, bucket)

    with unit_of_work(Actor.public(), now=NOON) as uow:
        GUESSES.succeeded(uow, "mine")

    assert attempt(GUESSES, NOON, "mine") is False
    assert wait_after(GUESSES, NOON, "other")


@pytest.mark.usefixtures("app")
def test_counts_are_gone_after_a_day_whether_or_not_the_clock_has_run():
    for _ in range(5):
        attempt(GUESSES, NOON)
    tomorrow = NOON + timedelta(hours=24)

    assert GUESSES.count(db.session(), "b", tomorrow) == 0
    assert attempt(GUESSES, tomorrow) is False
    assert db.session.scalar(select(ThrottleCount.holds)) == 0


@pytest.mark.usefixtures("app")
def test_the_clock_deletes_what_is_older_than_a_day():
    attempt(GUESSES, datetime.now(UTC) - timedelta(hours=25), "old")
    attempt(GUESSES, datetime.now(UTC) - timedelta(hours=23), "young")

    assert forget_old_counts(actor=Actor.system("clock")) == 1
    assert forget_old_counts(actor=Actor.system("clock")) == 0
    assert db.session.scalars(select(ThrottleCount.bucket)).all() == ["young"]


@pytest.fixture
def real_database(built_app: Flask) -> Iterator[Flask]:
    """The application with transactions that really commit; cleaned up by hand."""
    yield built_app
    with built_app.app_context():
        db.session.execute(delete(ThrottleCount))
        db.session.commit()


def test_parallel_attempts_cannot_exceed_the_limit(real_database: Flask):
    def guess(_: int) -> bool:
        with real_database.app_context():
            try:
                attempt(GUESSES, NOON, "parallel")
            except TooManyAttempts:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(guess, range(40)))

    assert admitted.count(True) == 5
    with real_database.app_context():
        assert db.session.scalar(select(func.max(ThrottleCount.holds))) == 1


TODAY = date(2026, 3, 2)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:0:1::1", "2001:db8:0:ff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:100::1", False),
        ("192.0.2.1", "::ffff:192.0.2.77", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        (None, "not an address", True),
    ],
)
def test_a_bucket_is_a_network_and_not_an_address(one, other, same):
    assert (bucket_of(one, TODAY) == bucket_of(other, TODAY)) is same


@pytest.mark.usefixtures("app")
def test_a_bucket_says_nothing_of_the_address_and_changes_with_the_day():
    today, tomorrow = bucket_of("192.0.2.1", TODAY), bucket_of("192.0.2.1", date(2026, 3, 3))

    assert today != tomorrow
    assert len(bytes.fromhex(today)) == 16
    assert bucket_of_name("192.0.2.1") != today
