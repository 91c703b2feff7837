"""The schemes by which a place rewards reports: pure Python."""

from dataclasses import dataclass
from enum import StrEnum

from portal.jurisdiction.tables import Text


class Formula(StrEnum):
    """How an amount comes about."""

    PERCENTAGE = "percentage"
    PER_UNIT = "per-unit"
    RANGE = "range"
    FLAT = "flat"


class ExclusionGround(StrEnum):
    """Who gets no reward, by what they are to the office or to the matter."""

    STAFF = "staff"
    DUTY_TO_REPORT = "duty-to-report"
    INFRINGED_PARTY = "infringed-party"
    AGENT = "agent"
    INTERESTED = "interested"
    PERPETRATOR = "perpetrator"
    PAID_TO_REPORT = "paid-to-report"


@dataclass(frozen=True, slots=True)
class RewardLevel:
    """A level of a scheme, with the test that decides on it; amounts are in minor units.

    A percentage has a `rate` in hundredths of a percent of fine and confiscation, and `without`
    where neither came to anything. Per unit there is `each` for every unit above `threshold`; a
    range goes from `least` to `most`, flat is `amount`. `least` and `most` bound the first
    two as well. One that is not `complete` has figures that nobody has verified, and is not used.
    """

    code: str
    name: Text
    test: Text
    formula: Formula
    complete: bool = True
    rate: int | None = None
    without: int | None = None
    each: int | None = None
    threshold: int = 0
    least: int | None = None
    most: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class RewardScheme:
    """What may be rewarded, how much by which level, and who has no part in it.

    Nothing but `categories` is ever rewarded. `cap` bounds a case; from `second_from` on two people
    approve. `first_acts` are papers of a case: who reports after the first of them is too late.
    Reports with new facts have `new_facts_share` percent among them, where there are any.
    With `cash_code` a reporter may choose to be paid at a counter, against a code.
    """

    code: str
    name: Text
    source: str
    currency: str
    categories: tuple[str, ...]
    levels: tuple[RewardLevel, ...]
    first_acts: tuple[str, ...] = ()
    excluded: tuple[ExclusionGround, ...] = ()
    cap: int | None = None
    second_from: int | None = None
    claim_days: int | None = None
    new_facts_share: int = 0
    cash_code: bool = False

    @property
    def usable(self) -> tuple[RewardLevel, ...]:
        """The levels whose figures are known."""
        return tuple(level for level in self.levels if level.complete)
