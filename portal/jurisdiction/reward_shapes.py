"""What a scheme looks like in a pack, and what must hold in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from portal.jurisdiction.pack_files import PackProblem
from portal.jurisdiction.pack_shapes import CategoryShape, Code, Entry, Filled, Shape, TextShape
from portal.jurisdiction.reward_tables import (
    ExclusionGround,
    Formula,
    RewardLevel,
    RewardScheme,
)
from portal.jurisdiction.sentences import Sentence

Money = Annotated[int, Field(ge=1, le=10**13)]
SomeCodes = Annotated[tuple[Code, ...], Field(min_length=1)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

# What each formula cannot do without.
_NEEDS: Final[Mapping[Formula, tuple[str, ...]]] = {
    Formula.PERCENTAGE: ("rate",),
    Formula.PER_UNIT: ("each",),
    Formula.RANGE: ("most",),
    Formula.FLAT: ("amount",),
}
_FIGURES: Final = ("rate", "without", "each", "least", "most", "amount")


class RewardLevelShape(Shape):
    code: Code
    name: TextShape
    test: TextShape
    formula: Formula
    complete: bool = True
    rate: int | None = Field(default=None, ge=1, le=10_000)
    without: Money | None = None
    each: Money | None = None
    threshold: int = Field(default=0, ge=0, le=10**9)
    least: Money | None = None
    most: Money | None = None
    amount: Money | None = None

    def level(self) -> RewardLevel:
        """The level of these figures."""
        names = self.code, self.name.text(), self.test.text(), self.formula, self.complete
        figures = self.rate, self.without, self.each, self.threshold
        return RewardLevel(*names, *figures, self.least, self.most, self.amount)


class RewardSchemeShape(Shape):
    code: Code
    name: TextShape
    source: Filled
    currency: Currency
    categories: SomeCodes
    levels: Annotated[tuple[RewardLevelShape, ...], Field(min_length=1)]
    first_acts: tuple[Code, ...] = ()
    excluded: tuple[ExclusionGround, ...] = ()
    cap: Money | None = None
    second_from: Money | None = None
    claim_days: int | None = Field(default=None, ge=1, le=3650)
    new_facts_share: int = Field(default=0, ge=0, le=99)
    cash_code: bool = False

    def scheme(self) -> RewardScheme:
        """The scheme of this row."""
        levels = tuple(level.level() for level in self.levels)
        said = self.code, self.name.text(), self.source, self.currency, self.categories, levels
        bounds = self.cap, self.second_from, self.claim_days, self.new_facts_share, self.cash_code
        return RewardScheme(*said, self.first_acts, self.excluded, *bounds)


def check_schemes(
    schemes: Sequence[Entry[RewardSchemeShape]],
    categories: Sequence[Entry[CategoryShape]],
    papers: Collection[str],
) -> Iterator[PackProblem]:
    """A scheme rewards what may be rewarded, and its levels have the figures they need, or none."""
    may = {entry.row.code for entry in categories if entry.row.reward_allowed}
    for entry in schemes:
        row, problem = entry.row, entry.record.problem
        for code in row.categories:
            if code not in may:
                what = Sentence("'%(code)s' may not be rewarded", code=code)
                right = Sentence("a category with reward_allowed = true")
                yield problem("categories", what, right)
        for code in row.first_acts:
            if code not in papers:
                what = Sentence("'%(code)s' is not a paper", code=code)
                yield problem("first_acts", what, Sentence("codes of papers.toml"))
        yield from _wrong_levels(entry)


def _wrong_levels(entry: Entry[RewardSchemeShape]) -> Iterator[PackProblem]:
    row, problem = entry.row, entry.record.problem
    for number, level in enumerate(row.levels):
        for field, what, right in _wrong_level(level, row.levels[:number]):
            yield problem(f"levels.{number}.{field}", what, right)
        if row.cap is not None and (level.least or level.amount or 0) > row.cap:
            what = Sentence("level '%(code)s' begins above the cap", code=level.code)
            yield problem("cap", what, Sentence("a cap that no level begins above"))


def _wrong_level(
    level: RewardLevelShape, earlier: Sequence[RewardLevelShape]
) -> Iterator[tuple[str, Sentence, Sentence]]:
    if level.code in {one.code for one in earlier}:
        what = Sentence("'%(code)s' is there twice", code=level.code)
        yield "code", what, Sentence("each only once")
    if level.complete:
        for name in _NEEDS[level.formula]:
            if getattr(level, name) is None:
                what = Sentence("level '%(code)s' has no figure here", code=level.code)
                right = Sentence("its figure, or complete = false until it is verified")
                yield name, what, right
    else:
        for name in _FIGURES:
            if getattr(level, name) is not None:
                what = Sentence("level '%(code)s' is to be completed", code=level.code)
                yield name, what, Sentence("no figure until all are verified")
    if level.least is not None and level.most is not None and level.least > level.most:
        what = Sentence("level '%(code)s' begins above its end", code=level.code)
        yield "least", what, Sentence("at most %(n)d", n=level.most)
