"""What may be fetched, when an address is looked at again, and whose it is: pure decisions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from portal.cases.states import CaseState
from portal.hosts.states import Serving
from portal.infra.fetching.guard import NoVisit
from portal.jurisdiction.place import Category
from portal.kernel.errors import RuleBroken

# What triage found that keeps everybody from fetching, whatever the category.
FORBIDDING: Final = frozenset({"do_not_capture", "csam_suspected"})
# An address that gives the same is looked at less and less often, and once a week for good.
WAITS: Final = (
    *(timedelta(hours=6), timedelta(hours=12), timedelta(days=1), timedelta(days=2)),
    *(timedelta(days=4), timedelta(days=7)),
)
# A case takes so many addresses; more than a person can answer for are no longer one matter.
MOST_ADDRESSES: Final = 200
# The step of the place that says whether a second person is asked for, and the time to answer.
STEP: Final = "notice"
# A notice is about what an office has taken on.
ACCEPTED: Final = frozenset(CaseState) - {CaseState.PROPOSED, CaseState.CLOSED}
# Notices about what lies in here say it in the format for machines as well.
ABOUT_COPYING: Final = "piracy."
_GONE: Final = frozenset({404, 410, 451})
_BARRED: Final = frozenset({401, 402, 403, 407})


def may_capture(
    known: Mapping[str, Category], categories: Collection[str], flags: Collection[str]
) -> bool:
    """Whether anything of a case may be fetched: every matter in it allows it, and no flag forbids.

    What takes links only is never fetched, whatever else is said of it; nor is an unknown matter.
    """
    if not categories or FORBIDDING & set(flags):
        return False
    matters = [known.get(code) for code in categories]
    return all(one is not None and one.capture and not one.link_only for one in matters)


def serving_at(status: int) -> Serving:
    """What the number of an answer says of an address."""
    if 200 <= status < 300:  # noqa: PLR2004  # the class of answers that give something
        return Serving.SERVING
    if status in _GONE:
        return Serving.GONE
    return Serving.BARRED if status in _BARRED else Serving.SILENT


def serving_without(why: NoVisit) -> Serving:
    """What it says of an address that it could not be visited."""
    return Serving.GONE if why is NoVisit.NO_SUCH_HOST else Serving.SILENT


def next_look(now: datetime, unchanged: int) -> datetime:
    """When to look again after so many looks that gave the same."""
    return now + WAITS[min(unchanged, len(WAITS) - 1)]


def host_of(url: str) -> str:
    """The name in an address that was read before."""
    return urlsplit(url).hostname or ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A contact, and the names that are its own."""

    id: UUID
    domains: tuple[str, ...]


def owner_of(host: str, owners: Iterable[Owner]) -> UUID | None:
    """Whose a name is: the owner of the longest of the domains that it is or lies in."""
    fitting = (
        (len(domain), one.id)
        for one in owners
        for domain in one.domains
        if host == domain or host.endswith(f".{domain}")
    )
    return max(fitting, default=(0, None), key=lambda found: found[0])[1]


def grouped(
    addresses: Iterable[tuple[UUID, str]], owners: Sequence[Owner]
) -> Mapping[UUID | None, tuple[UUID, ...]]:
    """The addresses of each contact, and under None those that nobody is known for."""
    groups: dict[UUID | None, tuple[UUID, ...]] = {}
    for address, url in addresses:
        owner = owner_of(host_of(url), owners)
        groups[owner] = (*groups.get(owner, ()), address)
    return groups


def demand_accepted(state: CaseState) -> None:
    """Raise RuleBroken for a notice of a case that is not taken on, or is over."""
    if state not in ACCEPTED:
        raise RuleBroken("case-not-accepted")


def is_late(due_on: date | None, answered_on: date | None, today: date) -> bool:
    """Whether an answer came late, or should be there by now."""
    return due_on is not None and due_on < (answered_on or today)
