"""What runs when, as one table; each entry is safe to run late, once, after downtime."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from portal.accounts.service.sessions import forget_old_sessions
from portal.campaigns.reminding import remind_of_plan_tasks
from portal.cases.service.clocks import watch_cases
from portal.cases.service.disputes import watch_case_leads
from portal.cases.service.joint import end_parts_that_are_over
from portal.cases.service.leaving import give_lost_cases_away
from portal.cases.service.reminding import remind_of_tasks
from portal.casework.service.bulk import forget_bulk_words
from portal.casework.service.closing_rules import close_by_rules
from portal.casework.service.figures import count_months
from portal.casework.service.leaving import give_lost_work_away
from portal.casework.service.saved import hand_out, look_at_alerts
from portal.casework.service.waiting import end_long_waits
from portal.casework.service.watching import watch_clocks, watch_leads
from portal.custody.service.openings import lapse_openings
from portal.decisions.service.watching import watch_reviews
from portal.digests.service import ask_for_digests
from portal.disposal.service.identities import erase_old_identities
from portal.disposal.service.scheduling import schedule_records
from portal.evidence.service import sweep_files
from portal.hosts.service.looking import look_at_addresses
from portal.identities.news import look_for_news
from portal.identities.service import tell_of_openings
from portal.infra.erasures import empty_journal
from portal.infra.statistics import refresh_statistics
from portal.infra.throttle import forget_old_counts
from portal.infra.visits import forget_old_visits
from portal.intake.drafting import forget_unlinked_files
from portal.kernel.actor import Actor
from portal.operations.reconciliation import checkpoint_trail, reconcile
from portal.rewards.payment.service.watching import (
    ask_samples,
    forget_payees,
    reconcile_payments,
    watch_batches,
    watch_claims,
)
from portal.rights_holders.service.digests import leave_digests
from portal.rights_holders.service.domains import look_at_domains
from portal.rights_holders.service.erasure import forget_unfiled
from portal.rights_holders.service.files import forget_sent_files
from portal.rights_holders.service.filing import lapse_complaints
from portal.rights_holders.service.news import find_lost_calls, forget_calls, spread_news
from portal.rights_holders.service.requests import forget_requests
from portal.triage.preview import forget_old_previews
from portal.triage.suggestions import learn_categories


class Routine(Protocol):
    def __call__(self, *, actor: Actor) -> object: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One routine and how often it runs; with `at`, at that time of day where the place is."""

    routine: Routine
    every: timedelta
    at: time | None = None

    def after(self, now: datetime, zone: str) -> datetime:
        """When it runs next, having run now."""
        if self.at is None:
            return now + self.every
        here = now.astimezone(ZoneInfo(zone))
        following = here.replace(
            hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0, fold=0
        )
        while following <= here:
            following += self.every
        return following


SCHEDULE: Mapping[str, Entry] = {
    "end-long-waits": Entry(end_long_waits, timedelta(hours=1)),
    "watch-clocks": Entry(watch_clocks, timedelta(minutes=10)),
    "watch-leads": Entry(watch_leads, timedelta(minutes=10)),
    "watch-cases": Entry(watch_cases, timedelta(minutes=10)),
    "watch-reviews": Entry(watch_reviews, timedelta(minutes=10)),
    "watch-case-leads": Entry(watch_case_leads, timedelta(hours=1)),
    "end-parts": Entry(end_parts_that_are_over, timedelta(minutes=10)),
    "remind-of-tasks": Entry(remind_of_tasks, timedelta(hours=1)),
    "remind-of-plan-tasks": Entry(remind_of_plan_tasks, timedelta(hours=1)),
    "give-lost-work-away": Entry(give_lost_work_away, timedelta(minutes=10)),
    "give-lost-cases-away": Entry(give_lost_cases_away, timedelta(minutes=10)),
    "close-by-rules": Entry(close_by_rules, timedelta(hours=1)),
    "forget-bulk-words": Entry(forget_bulk_words, timedelta(hours=1)),
    "look-at-domains": Entry(look_at_domains, timedelta(days=1), at=time(6, 0)),
    "leave-digests": Entry(leave_digests, timedelta(days=1), at=time(8, 30)),
    "lapse-complaints": Entry(lapse_complaints, timedelta(hours=1)),
    "hand-out": Entry(hand_out, timedelta(minutes=1)),
    "look-at-alerts": Entry(look_at_alerts, timedelta(days=1), at=time(9, 0)),
    "look-at-alerts-again": Entry(look_at_alerts, timedelta(days=1), at=time(14, 0)),
    "lapse-openings": Entry(lapse_openings, timedelta(minutes=5)),
    "tell-of-openings": Entry(tell_of_openings, timedelta(hours=1)),
    "look-at-addresses": Entry(look_at_addresses, timedelta(minutes=10)),
    "look-for-news": Entry(look_for_news, timedelta(minutes=10)),
    "watch-claims": Entry(watch_claims, timedelta(days=1), at=time(5, 0)),
    "watch-batches": Entry(watch_batches, timedelta(minutes=5)),
    "reconcile-payments": Entry(reconcile_payments, timedelta(days=1), at=time(5, 15)),
    "ask-samples": Entry(ask_samples, timedelta(days=1), at=time(10, 0)),
    "forget-payees": Entry(forget_payees, timedelta(days=1), at=time(2, 15)),
    "forget-old-visits": Entry(forget_old_visits, timedelta(minutes=10)),
    "forget-old-previews": Entry(forget_old_previews, timedelta(hours=1)),
    "forget-old-counts": Entry(forget_old_counts, timedelta(hours=1)),
    "spread-news": Entry(spread_news, timedelta(seconds=5)),
    "find-lost-calls": Entry(find_lost_calls, timedelta(minutes=1)),
    "forget-calls": Entry(forget_calls, timedelta(minutes=10)),
    "forget-unfiled": Entry(forget_unfiled, timedelta(days=1), at=time(2, 45)),
    "forget-sent-files": Entry(forget_sent_files, timedelta(hours=1)),
    "forget-requests": Entry(forget_requests, timedelta(hours=1)),
    "forget-unlinked-files": Entry(forget_unlinked_files, timedelta(minutes=10)),
    "refresh-statistics": Entry(refresh_statistics, timedelta(hours=1)),
    "sweep-files": Entry(sweep_files, timedelta(hours=1)),
    "forget-old-sessions": Entry(forget_old_sessions, timedelta(hours=1)),
    "checkpoint-trail": Entry(checkpoint_trail, timedelta(hours=1)),
    "empty-journal": Entry(empty_journal, timedelta(hours=1)),
    "schedule-records": Entry(schedule_records, timedelta(days=1), at=time(1, 30)),
    "erase-old-identities": Entry(erase_old_identities, timedelta(days=1), at=time(2, 0)),
    "count-months": Entry(count_months, timedelta(days=1), at=time(2, 45)),
    "ask-for-digests": Entry(ask_for_digests, timedelta(days=1), at=time(7, 30)),
    "learn-categories": Entry(learn_categories, timedelta(days=1), at=time(4, 15)),
    "reconcile": Entry(reconcile, timedelta(days=1), at=time(3, 30)),
}
