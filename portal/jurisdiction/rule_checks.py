"""What is wrong with a table of routing rows. Pure: for packs, and for rows that somebody edits.

Whether a row can ever hold is worked out over the closed lists, as with boxes: a row is the set of
reports it holds for, and what the rows above it leave of that set must not be empty.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from portal.jurisdiction.conditions import (
    KINDS,
    NO,
    NOWHERE,
    SEVERAL,
    UNSURE,
    YES,
    Condition,
    Field,
    Lists,
    Operator,
)
from portal.jurisdiction.place import RECEPTION, Place, RoutingRule
from portal.jurisdiction.sentences import Sentence, one_of

# A row that the rows above cut into more pieces than this is taken to be reachable.
MOST_PIECES = 2000
# One that asks for so many combinations by itself is not worked out at all.
MOST_BOXES = 200


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing that is wrong with the row at a position of the table."""

    number: int
    field: str
    what: Sentence
    right: Sentence


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table stands in: the closed lists, and which kinds of unit there are, and where."""

    lists: Lists
    kinds: frozenset[str]
    anywhere: frozenset[str]
    everywhere: frozenset[str]
    root: str
    coordinator: str
    supervision: str
    outside: frozenset[str]
    link_only: frozenset[str]

    @classmethod
    def of(cls, place: Place) -> "Surroundings":
        """What the rows of a place stand in."""
        units = place.departments.values()
        return cls(
            Lists.of(place),
            frozenset(place.department_kinds),
            frozenset(unit.kind for unit in units),
            frozenset(unit.kind for unit in units if unit.region == place.root),
            place.root,
            place.coordinator,
            place.supervision,
            frozenset(one.kind for one in place.department_kinds.values() if one.outside),
            frozenset(one.code for one in place.categories.values() if one.link_only),
        )


Rules = Sequence[RoutingRule]
Check = Callable[[Rules, Surroundings], Iterator[RuleProblem]]


def words(rules: Rules, around: Surroundings) -> Iterator[RuleProblem]:
    """Keys and values that are on no list."""
    for number, rule in enumerate(rules):
        for fault in around.lists.faults(rule.when):
            yield RuleProblem(number, f"when.{fault.key}", fault.what, fault.right)


def kinds(rules: Rules, around: Surroundings) -> Iterator[RuleProblem]:
    """Kinds of unit that are none."""
    for number, rule in enumerate(rules):
        for name, kind in (("lead", rule.lead), *(("support", kind) for kind in rule.support)):
            if kind not in around.kinds:
                what = Sentence("'%(code)s' is not known", code=kind)
                yield RuleProblem(number, name, what, one_of(around.kinds))


def units(rules: Rules, around: Surroundings) -> Iterator[RuleProblem]:
    """A kind that leads needs a unit for the whole place; one that helps needs any."""
    for number, rule in enumerate(rules):
        if rule.lead in around.kinds - around.everywhere:
            what = Sentence("'%(kind)s' has no unit for the whole place", kind=rule.lead)
            yield RuleProblem(number, "lead", what, _row_of(rule.lead, around.root))
        for kind in rule.support:
            if kind in around.kinds - around.anywhere:
                what = Sentence("'%(kind)s' has no unit anywhere", kind=kind)
                right = Sentence("a kind that has units, or none")
                yield RuleProblem(number, "support", what, right)
            if kind == rule.lead:
                what = Sentence("'%(kind)s' leads already", kind=kind)
                yield RuleProblem(number, "support", what, Sentence("others, or none"))


def _row_of(kind: str, region: str) -> Sentence:
    return Sentence("a row %(kind)s,%(region)s,… in departments.csv", kind=kind, region=region)


def circles(rules: Rules, around: Surroundings) -> Iterator[RuleProblem]:
    """Where a report would come back to the office that it complains of.

    What a unit cannot have, since the report names it, falls to the coordinator; what names the
    coordinator, to supervision; what names supervision, to the coordinator.
    """
    last = [number for number, rule in enumerate(rules) if not rule.when] or [len(rules) - 1]
    for kind in (around.coordinator, around.supervision, RECEPTION):
        if rules and kind in around.kinds - around.everywhere:
            what = Sentence(
                "what falls back to '%(kind)s' finds no unit for the whole place", kind=kind
            )
            yield RuleProblem(last[0], "lead", what, _row_of(kind, around.root))
    if rules and around.coordinator == around.supervision:
        what = Sentence(
            "a report that names '%(kind)s' would come back to it", kind=around.coordinator
        )
        right = Sentence("in pack.toml, another kind as coordinator than as supervision")
        yield RuleProblem(last[0], "lead", what, right)


def reach(rules: Rules, around: Surroundings) -> Iterator[RuleProblem]:
    """Rows that never hold: in themselves, or since those above always hold before them."""
    boxes = _Boxes(around.lists)
    above: list[tuple[RoutingRule, list[Box]]] = []
    for number, rule in enumerate(rules):
        # One that names what is on no list, or is there twice, is refused for that already.
        if any(around.lists.faults(rule.when)) or rule.id in {one.id for one, _own in above}:
            continue
        own = boxes.of(rule)
        if own is None:
            continue
        problem = _contradiction(number) if not own else _covered(boxes, number, rule, own, above)
        if problem is not None:
            yield problem
        above.append((rule, own))
    if rules and all(rule.when for rule in rules):
        what = Sentence("no row holds for everything")
        right = Sentence("a last row with when = {}")
        yield RuleProblem(len(rules) - 1, "when", what, right)


def walls(rules: Rules, around: Surroundings) -> Iterator[RuleProblem]:
    """What no change of rows may open: supervision, and the way of material nobody may hold.

    Supervision looks into offices, so it is none that sorts reports out, and none outside (F13).
    Material that nobody may hold goes by a row of its own to a body outside, before any row that
    could take it elsewhere (F21).
    """
    last = len(rules) - 1
    own_circle = around.supervision == around.coordinator  # it is refused for that already
    if rules and not own_circle and around.supervision in {RECEPTION, *around.outside}:
        what = Sentence("'%(kind)s' cannot supervise the offices", kind=around.supervision)
        right = Sentence("in pack.toml, a kind of this office that sorts no reports out")
        yield RuleProblem(last, "lead", what, right)
    for code in sorted(around.link_only):
        number = next((n for n, rule in enumerate(rules) if _could_take(rule, code, around)), last)
        known = bool(rules) and rules[number].lead in around.kinds
        if known and not _leads_outside(rules[number], around):
            what = Sentence("takes '%(code)s' before a row of its own does", code=code)
            right = Sentence("above it, a row for that category alone, led by a body outside")
            yield RuleProblem(number, "when", what, right)


def _could_take(rule: RoutingRule, code: str, around: Surroundings) -> bool:
    if any(around.lists.faults(rule.when)):
        return False  # it is refused for that already
    conditions = around.lists.compiled(rule.when)
    asked = (one for one in conditions if one.field is Field.CATEGORY)
    return all(one.holds((code,)) for one in asked)


def _leads_outside(rule: RoutingRule, around: Surroundings) -> bool:
    """Whether a row asks for categories alone and is led by a body outside."""
    conditions = around.lists.compiled(rule.when)
    own = bool(conditions) and all(one.field is Field.CATEGORY for one in conditions)
    return own and rule.lead in around.outside


def _contradiction(number: int) -> RuleProblem:
    what = Sentence("can never hold, since its own conditions exclude each other")
    return RuleProblem(number, "when", what, Sentence("conditions that one report can meet"))


def _covered(
    boxes: "_Boxes",
    number: int,
    rule: RoutingRule,
    own: list["Box"],
    above: Sequence[tuple[RoutingRule, list["Box"]]],
) -> RuleProblem | None:
    # The row for everything is there for what nobody has thought of yet.
    for other, others in above if rule.when else [one for one in above if not one[0].when]:
        if boxes.left(own, others):
            continue
        same = not boxes.left(others, own)
        if same and (other.lead, set(other.support)) != (rule.lead, set(rule.support)):
            what = Sentence(
                "asks for the same as '%(id)s' above and sends it elsewhere", id=other.id
            )
            right = Sentence("one of the two, or conditions that differ")
            return RuleProblem(number, "when", what, right)
        what = Sentence("can never hold, since '%(id)s' above always holds before it", id=other.id)
        right = Sentence("put it above, or make the other narrower")
        return RuleProblem(number, "when", what, right)
    return _covered_together(boxes, number, own, above) if rule.when else None


def _covered_together(
    boxes: "_Boxes",
    number: int,
    own: list["Box"],
    above: Sequence[tuple[RoutingRule, list["Box"]]],
) -> RuleProblem | None:
    left, cutting = own, []
    for other, others in above:
        before, left = left, boxes.left(left, others)
        if len(left) > MOST_PIECES:
            return None
        if left != before:
            cutting.append(other.id)
    if left:
        return None
    together = ", ".join(f"'{name}'" for name in cutting)
    what = Sentence(
        "can never hold, since %(ids)s above together always hold before it", ids=together
    )
    right = Sentence("put it above, or make the others narrower")
    return RuleProblem(number, "when", what, right)


# A side of a box: a field with one value, or one possible value of a field that may have several.
Side = tuple[Field, str]
Box = Mapping[Side, frozenset[str]]
_WHERE: Side = (Field.REGION, "")
_OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class _Boxes:
    """Rows as boxes: for each side the values that fit; a side that is not named fits whole."""

    lists: Lists

    def of(self, rule: RoutingRule) -> list[Box] | None:
        """Boxes without overlap that hold what the row holds for; none if nothing can.

        None for a row of more than MOST_BOXES, which is taken to be reachable.
        """
        choices = [self._boxes_of(condition) for condition in self.lists.compiled(rule.when)]
        if prod(map(len, choices)) > MOST_BOXES:
            return None
        found: list[Box] = []
        for parts in product(*choices):
            box: dict[Side, frozenset[str]] = {}
            for part in parts:
                for side, values in part.items():
                    box[side] = box.get(side, values) & values
            if all(box.values()):
                found.append(box)
        return found

    def left(self, boxes: Sequence[Box], holes: Sequence[Box]) -> list[Box]:
        """What is left of the boxes without the holes."""
        rest = list(boxes)
        for hole in holes:
            rest = [piece for box in rest for piece in self._without(box, hole)]
            if len(rest) > MOST_PIECES:
                break
        return rest

    def _without(self, box: Box, hole: Box) -> list[Box]:
        pieces: list[Box] = []
        core = dict(box)
        for side, values in hole.items():
            whole = core.get(side) or self._whole(side)
            inside, outside = whole & values, whole - values
            if not inside:
                return [box]
            if outside:
                pieces.append({**core, side: outside})
            core[side] = inside
        return pieces

    def _whole(self, side: Side) -> frozenset[str]:
        field, value = side
        if value:
            return frozenset({YES, NO})
        if field is Field.REGION:
            return frozenset({*self.lists.levels, NOWHERE, UNSURE})
        if field is Field.KIND:
            return frozenset(KINDS)
        closed = field in {Field.URGENCY, Field.HAS_ADDRESS, Field.CATEGORY}
        return self.lists.values(field) | (frozenset() if closed else {_OTHER})

    def _boxes_of(self, condition: Condition) -> list[Box]:
        if condition.field in SEVERAL:
            return _boxes_of_several(condition)
        side: Side = (condition.field, "")
        if condition.field is Field.REGION_LEVEL:
            side = _WHERE
        fitting = (
            point for point in self._whole(side) if condition.holds(self._said(condition, point))
        )
        return [{side: frozenset(fitting)}]

    def _said(self, condition: Condition, point: str) -> frozenset[str]:
        """What a report has in the field of the condition, at one point of a side."""
        if condition.field is Field.KIND:
            return KINDS[point]
        if condition.field is Field.REGION_LEVEL:
            return frozenset({self.lists.levels.get(point, point)})
        return frozenset({point})


def _boxes_of_several(condition: Condition) -> list[Box]:
    """Any of a, b: those with a, and those with b but not a."""
    sides = [(condition.field, value) for value in sorted(condition.values)]
    if condition.operator is not Operator.ANY:
        said = frozenset({YES if condition.operator is Operator.ALL else NO})
        return [dict.fromkeys(sides, said)]
    return [
        {**{before: frozenset({NO}) for before in sides[:number]}, side: frozenset({YES})}
        for number, side in enumerate(sides)
    ]
