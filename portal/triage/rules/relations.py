"""When two reports may be worked on as one, and which of them leads: pure decisions."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from portal.intake.states import ReportState
from portal.kernel.errors import RuleBroken
from portal.triage.states import LikenessReason

S = ReportState

# How far a report has come on its way to a result; those that are not here have one.
_RANK: Final[Mapping[ReportState, int]] = {
    S.RECEIVED: 0,
    S.ROUTED: 1,
    S.ACCEPTED: 2,
    S.VERIFIED: 3,
}

_REASON_OF_KIND: Final[Mapping[str, LikenessReason]] = {
    "file": LikenessReason.SAME_FILE,
    "phone": LikenessReason.SAME_PHONE,
    "address": LikenessReason.SAME_ADDRESS,
    "venue": LikenessReason.SAME_VENUE,
    "house": LikenessReason.SAME_HOUSE,
    "text": LikenessReason.SAME_TEXT,
    "name": LikenessReason.SAME_NAME,
    "domain": LikenessReason.SAME_DOMAIN,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules ask of a report: whose it is, how far it has come, who may see it."""

    id: UUID
    merged_into: UUID | None
    state: ReportState
    desk: str | None
    walled: bool
    triaged: bool
    results: int


def demand_mergeable(leading: Standing, following: Standing) -> None:
    """Refuse a merge that would lose something or show somebody what is not theirs.

    Both stand at one desk, so that a merge moves nothing out of anybody's sight. Neither has a
    result yet, so that what one reporter contested is never answered to another; the leading one
    is no less far than the other. What is closed to most (F13, F21) is merged with nothing.
    """
    walled, triaged = leading.walled or following.walled, leading.triaged and following.triaged
    behind = _RANK.get(leading.state, 0) < _RANK.get(following.state, 0)
    refusals = {
        "merged-already": following.merged_into is not None,
        "merge-is-a-circle": leading.id == following.id or leading.merged_into is not None,
        "merge-behind-a-wall": walled,
        "merge-before-triage": not triaged,
        "following-has-a-result": _has_result(following),
        "leading-has-a-result": _has_result(leading),
        "merge-needs-one-desk": leading.desk != following.desk,
        "leading-is-behind": behind,
    }
    for code, broken in refusals.items():
        if broken:
            raise RuleBroken(code)


def _has_result(one: Standing) -> bool:
    return one.results > 0 or one.state not in _RANK


def reasons_of(kinds: Iterable[str]) -> frozenset[LikenessReason]:
    """What the kinds of the keys that two reports share say to a person."""
    return frozenset(_REASON_OF_KIND[kind] for kind in kinds if kind in _REASON_OF_KIND)


def in_order(reasons: Collection[str]) -> list[str]:
    """Reasons without repeats, the strongest first; the same text says more than a like one."""
    given = set(reasons)
    if LikenessReason.SAME_TEXT in given:
        given.discard(LikenessReason.LIKE_TEXT)
    return [reason.value for reason in LikenessReason if reason in given]


def below(top: UUID, leading_of: Mapping[UUID, UUID]) -> frozenset[UUID]:
    """Everything that was merged into `top`, or into what was merged into it."""
    found: set[UUID] = set()
    new = {top}
    while new:
        new = {one for one, leading in leading_of.items() if leading in new} - found
        found |= new
    return frozenset(found)
