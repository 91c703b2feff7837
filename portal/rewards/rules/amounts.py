"""What a reward comes to, in whole minor units, and how: pure decisions.

Half a unit and more is rounded up, once, where a rate is applied. A share is rounded down; what
that leaves over goes to the earliest of those who share.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.jurisdiction.reward_tables import Formula, RewardLevel, RewardScheme
from portal.kernel.errors import RuleBroken
from portal.rewards.states import ELIGIBLE, AmountLine, Rank

_WHOLE: Final = 10_000
_ALL: Final = 100
# Larger amounts and numbers are slips of the keyboard.
MOST: Final = 10**15


@dataclass(frozen=True, slots=True)
class Facts:
    """What somebody found: fine and confiscation, pieces, or an amount within a range."""

    base: int | None = None
    units: int | None = None
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the explanation: what it is, its figures, and what the amount is after it."""

    kind: AmountLine
    amount: int
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a report in what the case is worth: which of how many, and of what percent.

    `new` is said of those with new facts beside others: they have the part that is rounded down.
    `own` is the percent of that part which all who share it agreed on, `before` what those before
    it have; nothing where the parts are equal.
    """

    place: int = 1
    of: int = 1
    percent: int = 100
    new: bool = False
    before: int = 0
    own: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """What the case is worth by the scheme, this report's part of it, and why."""

    pool: int
    amount: int
    lines: tuple[Line, ...]


def amount_of(scheme: RewardScheme, level: RewardLevel, facts: Facts, share: Share) -> Amount:
    """Compute a reward.

    Raises RuleBroken for a level whose figures nobody has verified, for facts that are missing,
    impossible or outside the range, and for what comes to nothing.
    """
    if not level.complete:
        raise RuleBroken("level-not-complete")
    lines = [_FORMULAS[level.formula](level, facts)]
    lines += _bounded(scheme, level, lines[0].amount)
    pool = lines[-1].amount
    own = _part(pool, share)
    if share.of > 1 or share.percent < _ALL:
        figures = {"place": share.place, "of": share.of, "percent": share.percent}
        figures |= {"new": int(share.new), "pool": pool}
        if share.own:
            figures |= {"before": share.before, "own": share.own}
        lines.append(Line(AmountLine.SHARE, own, figures))
    if own <= 0:
        raise RuleBroken("amount-is-nothing")
    return Amount(pool, own, tuple(lines))


def share_of(
    place: int, ranks: Sequence[Rank], new_facts_share: int, agreed: Sequence[int] = ()
) -> Share:
    """The share of the report at this place, among the ranks of all in the order they came in.

    Who came first and who reported with them share equally, or as they `agreed`; those with new
    facts share the percent of the scheme equally. Where only one of both is there, it has
    everything.
    """
    is_new = ranks[place] is Rank.NEW_FACTS
    eligible = [at for at, rank in enumerate(ranks) if rank in ELIGIBLE]
    own = [at for at in eligible if (ranks[at] is Rank.NEW_FACTS) == is_new]
    if place not in own:
        raise RuleBroken("report-not-eligible")
    percent = new_facts_share if is_new else _ALL - new_facts_share
    if len(own) == len(eligible):
        percent = _ALL
    at, new = own.index(place), is_new and percent < _ALL
    if is_new or len(agreed) != len(own):
        return Share(at + 1, len(own), percent, new)
    return Share(at + 1, len(own), percent, new, before=sum(agreed[:at]), own=agreed[at])


def share_in(lines: Iterable[Line]) -> Share:
    """The share by which an amount was computed; everything where no line says so."""
    for line in lines:
        if line.kind is AmountLine.SHARE:
            said = line.figures
            agreed = said.get("before", 0), said.get("own", 0)
            return Share(said["place"], said["of"], said["percent"], bool(said["new"]), *agreed)
    return Share()


def demand_within(amount: int, pool: int, others: Iterable[tuple[int, int]]) -> None:
    """Raise RuleBroken where the rewards of a case would be more than it is worth.

    `others` are amount and pool of its other rewards, refused and withdrawn ones left out.
    """
    given = list(others)
    worth = max([pool, *(other for _amount, other in given)])
    if amount + sum(other for other, _pool in given) > worth:
        raise RuleBroken("case-given-out")


def needs_second(scheme: RewardScheme, amount: Amount) -> bool:
    """Whether two people approve; by what the case is worth, so that no splitting avoids it."""
    return scheme.second_from is not None and amount.pool >= scheme.second_from


def level_of(scheme: RewardScheme, code: str) -> RewardLevel:
    """A level of the scheme; RuleBroken for one that it does not have."""
    found = next((one for one in scheme.levels if one.code == code), None)
    if found is None:
        raise RuleBroken("level-unknown")
    return found


def _percentage(level: RewardLevel, facts: Facts) -> Line:
    base = _given(facts.base)
    if base == 0:
        if level.without is None:
            raise RuleBroken("amount-is-nothing")
        return Line(AmountLine.NOTHING_FINED, level.without, {})
    rate = level.rate or 0
    amount = (2 * base * rate + _WHOLE) // (2 * _WHOLE)
    return Line(AmountLine.RATE, amount, {"base": base, "rate": rate})


def _per_unit(level: RewardLevel, facts: Facts) -> Line:
    units = _given(facts.units)
    counted = units - level.threshold
    if counted <= 0:
        raise RuleBroken("too-few-units")
    each = level.each or 0
    figures = {"units": units, "threshold": level.threshold, "counted": counted, "each": each}
    return Line(AmountLine.UNITS, counted * each, figures)


def _range(level: RewardLevel, facts: Facts) -> Line:
    chosen, least, most = _given(facts.chosen), level.least or 1, level.most or 0
    if not least <= chosen <= most:
        raise RuleBroken("outside-the-range")
    return Line(AmountLine.CHOSEN, chosen, {"least": least, "most": most})


def _flat(level: RewardLevel, _facts: Facts) -> Line:
    return Line(AmountLine.FLAT, level.amount or 0, {})


_FORMULAS: Final = {
    Formula.PERCENTAGE: _percentage,
    Formula.PER_UNIT: _per_unit,
    Formula.RANGE: _range,
    Formula.FLAT: _flat,
}


def _given(fact: int | None) -> int:
    if fact is None:
        raise RuleBroken("fact-missing")
    if not 0 <= fact <= MOST:
        raise RuleBroken("amount-not-possible")
    return fact


def _bounded(scheme: RewardScheme, level: RewardLevel, amount: int) -> list[Line]:
    """The bounds that change the amount, each as a line."""
    lines: list[Line] = []
    if level.least is not None and amount < level.least:
        amount = level.least
        lines.append(Line(AmountLine.FLOOR, amount, {}))
    if level.most is not None and amount > level.most:
        amount = level.most
        lines.append(Line(AmountLine.LEVEL_CAP, amount, {}))
    if scheme.cap is not None and amount > scheme.cap:
        lines.append(Line(AmountLine.CASE_CAP, scheme.cap, {}))
    return lines


def _part(pool: int, share: Share) -> int:
    """One of the parts of a percentage: the agreed one, or an equal one.

    Of equal parts, units that are left over go to the earliest. Agreed ones are cut where the sum
    of those before ends, so that all of them make up the whole.
    """
    group = pool * share.percent // _ALL
    if not share.new:
        group = pool - pool * (_ALL - share.percent) // _ALL
    if share.own:
        return group * (share.before + share.own) // _ALL - group * share.before // _ALL
    each, left = divmod(group, share.of)
    return each + int(share.place <= left)
