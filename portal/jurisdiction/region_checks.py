"""What must hold between the regions of a pack: one tree, names that tell apart, a history."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from portal.jurisdiction.pack_files import PackProblem
from portal.jurisdiction.pack_shapes import Entry, RegionShape
from portal.jurisdiction.pack_tables import DelegationShape
from portal.jurisdiction.place import Level
from portal.jurisdiction.sentences import Sentence

_OWN_NAME: Final = Sentence("a name of its own, or days that do not overlap (valid_from)")
_WIDTH: Final = {level: number for number, level in enumerate(Level)}


def check_regions(regions: Sequence[Entry[RegionShape]]) -> Iterator[PackProblem]:
    """Every problem between regions."""
    for check in (_tree, _levels, _names, _history):
        yield from check(regions)


def _tree(regions: Sequence[Entry[RegionShape]]) -> Iterator[PackProblem]:
    """One widest region, and all others in one that is there."""
    parents = {entry.row.code: entry.row.parent for entry in regions}
    roots = [entry for entry in regions if entry.row.parent is None]
    if not roots:
        what, right = Sentence("no region is the widest"), Sentence("one without")
        yield regions[0].record.problem("parent", what, right)
    for entry in roots[1:]:
        what = Sentence(
            "'%(code)s' has no parent, and neither has '%(other)s'",
            code=entry.row.code,
            other=roots[0].row.code,
        )
        right = Sentence("exactly one region without a parent")
        yield entry.record.problem("parent", what, right)
    for entry in regions:
        parent = entry.row.parent
        if parent is not None and parent not in parents:
            what = Sentence("'%(code)s' is not a region", code=parent)
            yield entry.record.problem("parent", what, Sentence("a code in the file"))
        elif _loops(entry.row.code, parents):
            what = Sentence("the parents go round in a circle")
            yield entry.record.problem("parent", what, Sentence("a wider region"))


def _loops(code: str, parents: Mapping[str, str | None]) -> bool:
    seen: set[str] = set()
    at: str | None = code
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return at == code


def _levels(regions: Sequence[Entry[RegionShape]]) -> Iterator[PackProblem]:
    """A region lies in one of a wider level."""
    known = {entry.row.code: entry.row for entry in regions}
    for entry in regions:
        around = known.get(entry.row.parent or "")
        if around is not None and _WIDTH[around.level] >= _WIDTH[entry.row.level]:
            named = {"outer": around.code, "code": entry.row.code}
            what = Sentence("'%(outer)s' is of no wider level than '%(code)s'", **named)
            yield entry.record.problem("parent", what, Sentence("a region of a wider level"))


def _names(regions: Sequence[Entry[RegionShape]]) -> Iterator[PackProblem]:
    """In one region no two have a name at the same time: nobody could tell them apart."""
    named: dict[tuple[str | None, str, str], list[RegionShape]] = {}
    for entry in regions:
        row = entry.row
        for field, name in (("name", row.name), ("name_en", row.name_en)):
            before = named.setdefault((row.parent, field, name), [])
            other = next((one for one in before if _can_be_confused(one, row)), None)
            if other is not None:
                what = Sentence("'%(code)s' beside it has this name too", code=other.code)
                yield entry.record.problem(field, what, _OWN_NAME)
            before.append(row)


def _can_be_confused(one: RegionShape, other: RegionShape) -> bool:
    return one.code != other.code and are_at_once(one, other)


def _history(regions: Sequence[Entry[RegionShape]]) -> Iterator[PackProblem]:
    """Former regions lead somewhere, not round in a circle, and only once they have ended."""
    known = {entry.row.code: entry.row for entry in regions}
    for entry in regions:
        row, problem = entry.row, entry.record.problem
        yield from check_period(entry)
        for code in row.successors:
            if code not in known:
                what = Sentence("'%(code)s' is not a region", code=code)
                yield problem("successors", what, Sentence("codes of the file"))
        if row.successors and row.valid_to is None:
            what = Sentence("'%(code)s' has successors but no end", code=row.code)
            yield problem("valid_to", what, Sentence("its last day, or no successors"))
        if _comes_back(row.code, known):
            what = Sentence("what became of '%(code)s' becomes '%(code)s' again", code=row.code)
            yield problem("successors", what, Sentence("regions that came later"))
        yield from _outlives(entry, known)


def check_period(
    entry: Entry[RegionShape] | Entry[DelegationShape],
) -> Iterator[PackProblem]:
    """What ends does so after it began."""
    begin, end = entry.row.valid_from, entry.row.valid_to
    if begin and end and begin > end:
        what = Sentence("ends on %(day)s, before it begins", day=end)
        yield entry.record.problem("valid_to", what, Sentence("%(day)s or later", day=begin))


def are_at_once(one: RegionShape | DelegationShape, other: RegionShape | DelegationShape) -> bool:
    """Whether there is a day on which both hold."""
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    return begins <= min(one.valid_to or date.max, other.valid_to or date.max)


def _comes_back(code: str, known: Mapping[str, RegionShape]) -> bool:
    seen: set[str] = set()
    waiting = list(known[code].successors)
    while waiting:
        at = waiting.pop()
        if at == code:
            return True
        if at not in seen and at in known:
            seen.add(at)
            waiting.extend(known[at].successors)
    return False


def _outlives(entry: Entry[RegionShape], known: Mapping[str, RegionShape]) -> Iterator[PackProblem]:
    """A region cannot lie in one that has ended before it."""
    around = known.get(entry.row.parent or "")
    if around is not None and around.valid_to is not None:
        end = entry.row.valid_to or date.max
        if end > around.valid_to:
            what = Sentence(
                "'%(outer)s' ended on %(day)s, and '%(code)s' did not",
                outer=around.code,
                day=around.valid_to,
                code=entry.row.code,
            )
            yield entry.record.problem("parent", what, Sentence("a region that lasts as long"))
