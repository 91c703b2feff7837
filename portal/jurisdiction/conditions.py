"""What a routing row may ask, as closed lists: fields, operators and values. Pure Python.

A condition is a key and a list, as it stands in `routing.toml`: `flag = ["import"]` asks for any of
the list, `"flag.none" = ["import"]` for none of it. Compiled, it asks for sets and nothing else.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from portal.jurisdiction.flags import FLAGS
from portal.jurisdiction.place import Level, Place, Urgency
from portal.jurisdiction.sentences import Sentence, one_of

When = Mapping[str, tuple[str, ...]]


class Field(StrEnum):
    """What a row may ask about."""

    CATEGORY = "category"
    SECONDARY = "secondary"
    FLAG = "flag"
    KIND = "kind"
    CHANNEL = "channel"
    CONTACT_MODE = "contact_mode"
    LANGUAGE = "language"
    REGION = "region"
    REGION_LEVEL = "region_level"
    URGENCY = "urgency"
    HAS_ADDRESS = "has_address"


class Operator(StrEnum):
    """How a row may ask; ANY is the plain key.

    UNDER is a region with all in it, or the first word of categories (`minors`); AT_LEAST an
    urgency or a greater one.
    """

    ANY = "any"
    NONE = "none"
    ALL = "all"
    UNDER = "under"
    AT_LEAST = "at_least"


_O = Operator
OPERATORS: Mapping[Field, tuple[Operator, ...]] = {
    Field.CATEGORY: (_O.ANY, _O.NONE, _O.UNDER),
    Field.SECONDARY: (_O.ANY, _O.NONE, _O.ALL, _O.UNDER),
    Field.FLAG: (_O.ANY, _O.NONE, _O.ALL),
    Field.KIND: (_O.ANY, _O.NONE),
    Field.CHANNEL: (_O.ANY, _O.NONE),
    Field.CONTACT_MODE: (_O.ANY, _O.NONE),
    Field.LANGUAGE: (_O.ANY, _O.NONE),
    Field.REGION: (_O.ANY, _O.NONE, _O.UNDER),
    Field.REGION_LEVEL: (_O.ANY, _O.NONE),
    Field.URGENCY: (_O.ANY, _O.AT_LEAST),
    Field.HAS_ADDRESS: (_O.ANY,),
}
# Of these a report may have several at once, or none.
SEVERAL = frozenset({Field.SECONDARY, Field.FLAG})

# A kind of report with the names that rows may call it by: an instruction from above is dealt
# with like a tip, and lists of reports from elsewhere call a complaint otherwise.
KINDS: Mapping[str, frozenset[str]] = {
    "tip": frozenset({"tip"}),
    "instruction": frozenset({"tip", "instruction"}),
    "complaint": frozenset({"complaint", "rightsholder_complaint"}),
    "counter_notice": frozenset({"counter_notice"}),
}
NOWHERE, UNSURE = "none", "ambiguous"
YES, NO = "yes", "no"
# The lists that are the same in every place.
FIXED: Mapping[Field, frozenset[str]] = {
    Field.FLAG: FLAGS,
    Field.KIND: frozenset().union(*KINDS.values()),
    # As `portal.intake`, which comes later, has them; a test compares the two.
    Field.CHANNEL: frozenset({"web", "telephone", "letter", "visit", "hand-over", "instruction"}),
    Field.CONTACT_MODE: frozenset({"anonymous", "confidential", "named"}),
    Field.LANGUAGE: frozenset({"zh-Hans", "zh-Hant", "en"}),
    Field.REGION_LEVEL: frozenset({*Level, NOWHERE, UNSURE}),
    Field.URGENCY: frozenset(Urgency),
    Field.HAS_ADDRESS: frozenset({YES, NO}),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with its values written out; the operator is ANY, NONE or ALL."""

    field: Field
    operator: Operator
    values: frozenset[str]

    def holds(self, present: Collection[str]) -> bool:
        """Whether a report that has `present` in this field meets the condition."""
        if self.operator is Operator.ANY:
            return not self.values.isdisjoint(present)
        if self.operator is Operator.NONE:
            return self.values.isdisjoint(present)
        return self.values.issubset(present)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one key or value of a row, and what would be right."""

    key: str
    what: Sentence
    right: Sentence


@dataclass(frozen=True)
class Lists:
    """The closed lists of a place: its categories, and its regions with level and parent."""

    categories: frozenset[str]
    levels: Mapping[str, str]
    parents: Mapping[str, str | None]

    @classmethod
    def of(cls, place: Place) -> "Lists":
        """The lists of a place."""
        regions = place.regions
        return cls(
            frozenset(place.categories),
            {code: region.level.value for code, region in regions.items()},
            {code: region.parent for code, region in regions.items()},
        )

    @cached_property
    def groups(self) -> frozenset[str]:
        """The first words of the categories."""
        return frozenset(code.partition(".")[0] for code in self.categories)

    def values(self, field: Field, operator: Operator = Operator.ANY) -> frozenset[str]:
        """What a row may name."""
        if field in {Field.CATEGORY, Field.SECONDARY}:
            return self.groups if operator is Operator.UNDER else self.categories
        return frozenset(self.levels) if field is Field.REGION else FIXED[field]

    def compiled(self, when: When) -> tuple[Condition, ...]:
        """The conditions of a row with every value written out; ValueError if a key is unknown."""
        return tuple(self._condition(key, values) for key, values in when.items())

    def faults(self, when: When) -> Iterator[Fault]:
        """Every key and value of a row that is not on the lists."""
        for key, values in when.items():
            wrong = _wrong_key(key)
            if wrong is not None:
                yield wrong
                continue
            field, operator = parse_key(key)
            known = self.values(field, operator)
            for value in values:
                if value not in known:
                    yield Fault(key, _no_such_value(value, field, operator), _right(known))

    def _condition(self, key: str, values: tuple[str, ...]) -> Condition:
        field, operator = parse_key(key)
        if operator is Operator.UNDER:
            inside = self._regions_under if field is Field.REGION else self._categories_under
            return Condition(field, Operator.ANY, inside(values))
        if operator is Operator.AT_LEAST:
            least = max((list(Urgency).index(Urgency(value)) for value in values), default=-1)
            return Condition(field, Operator.ANY, frozenset(list(Urgency)[: least + 1]))
        return Condition(field, operator, frozenset(values))

    def _categories_under(self, groups: tuple[str, ...]) -> frozenset[str]:
        return frozenset(code for code in self.categories if code.partition(".")[0] in groups)

    def _regions_under(self, outer: tuple[str, ...]) -> frozenset[str]:
        return frozenset(code for code in self.parents if any(at in outer for at in self._up(code)))

    def _up(self, code: str) -> Iterator[str]:
        """A region and those around it; none twice, should they go round in a circle."""
        at: str | None = code
        seen: set[str] = set()
        while at is not None and at not in seen:
            seen.add(at)
            yield at
            at = self.parents.get(at)


def parse_key(key: str) -> tuple[Field, Operator]:
    """Field and operator of a key (`flag.none`); ValueError if there is no such thing."""
    field, _, operator = key.partition(".")
    return Field(field), Operator(operator) if operator else Operator.ANY


def _wrong_key(key: str) -> Fault | None:
    field, dot, operator = key.partition(".")
    if field not in set(Field):
        return Fault(key, Sentence("'%(code)s' is not known", code=field), _right(set(Field)))
    fitting = [str(one) for one in OPERATORS[Field(field)] if one is not Operator.ANY]
    if not dot or operator in fitting:
        return None
    what = Sentence(
        "'%(operator)s' is not a way to ask for %(field)s", operator=operator, field=field
    )
    ways = (f"{field} = […]", *(f'"{field}.{one}" = […]' for one in fitting))
    return Fault(key, what, Sentence("one of %(codes)s", codes=", ".join(ways)))


def _no_such_value(value: str, field: Field, operator: Operator) -> Sentence:
    if operator is Operator.UNDER and field is not Field.REGION:
        return Sentence("'%(value)s' is not a group of %(field)s", value=value, field=field)
    return Sentence("'%(value)s' is no %(field)s", value=value, field=field)


_MOST_NAMED = 100


def _right(known: Collection[str]) -> Sentence:
    """The list itself; a long one is looked up in its file."""
    many = len(known) > _MOST_NAMED
    return Sentence("a code of regions.csv") if many else one_of(known)


def kind_of(kind: str, channel: str) -> str:
    """The kind of report as a key of KINDS, by whatever name it came."""
    if channel == "instruction" and kind == "tip":
        return "instruction"
    return next((known for known, names in KINDS.items() if kind in names), kind)
