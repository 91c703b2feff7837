"""What runs when, as one table; each entry is safe to run late, once, after downtime."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from portal.accounts.service.sessions import forget_old_sessions
from portal.evidence.service import sweep_files
from portal.infra.throttle import forget_old_counts
from portal.infra.visits import forget_old_visits
from portal.intake.drafting import forget_unlinked_files
from portal.kernel.actor import Actor


class Routine(Protocol):
    def __call__(self, *, actor: Actor) -> object: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One routine and how often it runs."""

    routine: Routine
    every: timedelta


SCHEDULE: Mapping[str, Entry] = {
    "forget-old-visits": Entry(forget_old_visits, timedelta(minutes=10)),
    "forget-old-counts": Entry(forget_old_counts, timedelta(hours=1)),
    "forget-unlinked-files": Entry(forget_unlinked_files, timedelta(hours=1)),
    "sweep-files": Entry(sweep_files, timedelta(hours=1)),
    "forget-old-sessions": Entry(forget_old_sessions, timedelta(hours=1)),
}
