"""How long who may hold a task: what decides how soon work goes on after a crash."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Leases:
    """The times of one installation; tests take shorter ones.

    `message`: how long a message may wait in the queue, doubling with each attempt up to
    `longest`. `grace`: what a worker gets beyond the seconds of the task it is about to do.
    `first_retry`: how long a failed task waits, doubling too. A report's triage (30 s) is thus
    handed out again within 90 s of any crash, and routed within 180 s (G3).
    """

    message: timedelta = timedelta(seconds=45)
    longest: timedelta = timedelta(minutes=15)
    grace: timedelta = timedelta(seconds=60)
    first_retry: timedelta = timedelta(seconds=5)

    def for_message(self, attempts: int) -> timedelta:
        """How long a message may be under way, with jitter."""
        spread = random.uniform(1.0, 1.25)  # noqa: S311  # jitter, no secret
        longest: timedelta = min(self.message * 2**attempts, self.longest)
        return longest * spread

    def for_work(self, seconds: int) -> timedelta:
        """How long a worker holds its tasks when it is about to do one of so many seconds."""
        return timedelta(seconds=seconds) + self.grace

    def beyond(self, seconds: int) -> timedelta:
        """A lease that ends later than this from now was given by a clock since set back.

        `seconds` are those of the longest kind of task.
        """
        return 2 * self.longest + self.for_work(seconds)

    def until_retry(self, attempts: int) -> timedelta:
        """How long a task waits after it failed for the `attempts`-th time."""
        wait: timedelta = min(self.first_retry * 2 ** (attempts - 1), self.longest)
        return wait


LEASES = Leases()
