"""The decision table of a place: asked about a few facts of a report, it names a unit and a row.

What is asked is kept with the decision, so that it can be asked again: with the rules of its day,
or with rules that somebody is thinking of. Nothing of it is in the reporter's words.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from portal.jurisdiction.competence import (
    can_be_asked_for,
    delegations_of,
)
from portal.jurisdiction.conditions import (
    KINDS,
    NO,
    NOWHERE,
    UNSURE,
    YES,
    Condition,
    Field,
    Lists,
    kind_of,
)
from portal.jurisdiction.place import (
    ABOUT_STAFF,
    CONFLICT,
    RECEPTION,
    Department,
    Place,
    RoutingRule,
    Urgency,
)
from portal.jurisdiction.tables import Delegation
from portal.triage.rules.per_place import per_place

COORDINATOR = "coordinator"
"""What stands as the row of a decision where no row of the table holds."""
WALL = "conflict-wall"
"""What stands there where a row would have sent a report about an office past supervision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the table is asked about one report."""

    category: str = ""
    secondary: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    kind: str = "tip"
    channel: str = "web"
    contact_mode: str = "anonymous"
    language: str = "zh-Hans"
    region: str | None = None
    candidates: tuple[str, ...] = ()
    ambiguous: bool = False
    urgency: str = Urgency.NORMAL.value
    has_address: bool = False
    excluded: tuple[str, ...] = ()
    day: str = "1970-01-01"
    wish: str = ""

    @property
    def on(self) -> date:
        """The day the report came in, where the place is: who acts for whom depends on it."""
        return date.fromisoformat(self.day)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Asked":
        """What `as_json` wrote; a fact that was not asked for in its day has its default."""
        known = {one.name for one in fields(cls)} & values.keys()
        return cls(**{name: _tuples(values[name]) for name in known})


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _tuples(value: object) -> Any:  # noqa: ANN401  # whatever stands in the field
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Answer:
    """Who has it: the unit, the kind that leads, those that help, and the row that says so.

    `rule` is None where no row holds; `region` is where the unit was looked for; `fell_back` says
    that the kind that should lead has no unit that may have it, and another one has it instead.
    `competent` is the kind that the row names; `delegations` lead from it to `kind`, which acts.
    `walled` says that no row was asked: what names an office is for supervision, whatever rows say.
    `wished` says that the kind leads because the reporter asked for it.
    """

    rule: RoutingRule | None
    competent: str
    delegations: tuple[Delegation, ...]
    kind: str
    support: tuple[str, ...]
    unit: Department
    region: str | None
    fell_back: bool
    walled: bool = False
    wished: bool = False

    @property
    def rule_id(self) -> str:
        """The row as decisions name it."""
        if self.rule is not None:
            return self.rule.id
        return WALL if self.walled else COORDINATOR


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a place with their conditions written out."""

    rows: tuple[tuple[RoutingRule, tuple[Condition, ...]], ...]
    countrywide: frozenset[str]


@per_place
def table_of(place: Place) -> Table:
    """The table of a place, made once."""
    lists = Lists.of(place)
    root = place.root
    regions: dict[str, set[str]] = {}
    for unit in place.departments.values():
        regions.setdefault(unit.kind, set()).add(unit.region)
    return Table(
        tuple((rule, lists.compiled(rule.when)) for rule in place.rules),
        frozenset(kind for kind, found in regions.items() if found == {root}),
    )


def decide(place: Place, asked: Asked) -> Answer:
    """Ask the table: the first row that holds, then the unit of the region; never nobody."""
    table = table_of(place)
    rule = _first(table, present_in(place, asked))
    walled = _is_walled(place, asked, rule)
    if walled:
        rule = None
    competent = rule.lead if rule else place.supervision if walled else place.coordinator
    wished = not walled and _may_have(place, asked, rule)
    support = rule.support if rule else ()
    if wished:
        support = tuple(kind for kind in (competent, *support) if kind != asked.wish)
        competent = asked.wish
    region = _whole_country(place, table, asked, competent)
    around = region or _around(place, asked)
    delegated = delegations_of(place, competent, around, asked.category, asked.on)
    kind = delegated[-1].taker if delegated else competent
    unit = unit_of(place, kind, around, asked.excluded)
    return Answer(
        rule=rule,
        competent=competent,
        delegations=delegated,
        kind=kind,
        support=tuple(one for one in support if one != kind or not delegated),
        unit=unit or _of_last_resort(place, asked.excluded),
        region=region,
        fell_back=unit is None,
        walled=walled,
        wished=wished,
    )


def _may_have(place: Place, asked: Asked, rule: RoutingRule | None) -> bool:
    """Whether the kind of unit that the reporter asked for leads (U18).

    It does where the row has it help, and where nobody can say what the report is about; never
    for what few are to know of, and never against what the report says of an office.
    """
    category = place.categories.get(asked.category)
    about_an_office = CONFLICT in asked.flags
    if not asked.wish or about_an_office or not can_be_asked_for(place, asked.wish, category):
        return False
    if rule is None or asked.category == place.unsure_category:
        return rule is None or asked.wish != rule.lead
    return asked.wish in rule.support


def _is_walled(place: Place, asked: Asked, rule: RoutingRule | None) -> bool:
    """Whether a report about an office would not go to supervision by the row that holds (F13).

    That wall is no row that somebody could delete or move. Material of which only the address is
    taken goes its own way first, whomever the report names besides.
    """
    category = place.categories.get(asked.category)
    about_an_office = CONFLICT in asked.flags or asked.category == ABOUT_STAFF
    if not about_an_office or (category is not None and category.link_only):
        return False
    return rule is None or rule.lead != place.supervision


def holds(place: Place, rule: RoutingRule, asked: Asked) -> bool:
    """Whether every condition of a row of the place is met."""
    conditions = next(found for row, found in table_of(place).rows if row == rule)
    return _met(conditions, present_in(place, asked))


def _first(table: Table, present: Mapping[Field, Collection[str]]) -> RoutingRule | None:
    return next((rule for rule, conditions in table.rows if _met(conditions, present)), None)


def _met(conditions: Iterable[Condition], present: Mapping[Field, Collection[str]]) -> bool:
    return all(condition.holds(present[condition.field]) for condition in conditions)


def present_in(place: Place, asked: Asked) -> Mapping[Field, Collection[str]]:
    """What a report has in each field that a row may ask about."""
    kind = kind_of(asked.kind, asked.channel)
    return {
        Field.CATEGORY: (asked.category,),
        Field.SECONDARY: asked.secondary,
        Field.FLAG: asked.flags,
        Field.KIND: KINDS.get(kind, (kind,)),
        Field.CHANNEL: (asked.channel,),
        Field.CONTACT_MODE: (asked.contact_mode,),
        Field.LANGUAGE: (asked.language,),
        Field.REGION: () if asked.region is None else (asked.region,),
        Field.REGION_LEVEL: (level_of(place, asked.region, ambiguous=asked.ambiguous),),
        Field.URGENCY: (asked.urgency,),
        Field.HAS_ADDRESS: (YES if asked.has_address else NO,),
    }


def level_of(place: Place, region: str | None, *, ambiguous: bool) -> str:
    """A level of the pack, `ambiguous` or `none`."""
    known = place.regions.get(region or "")
    return known.level.value if known else UNSURE if ambiguous else NOWHERE


def unit_of(
    place: Place, kind: str, region: str | None, excluded: Collection[str]
) -> Department | None:
    """The unit of a kind for a region or above it, never one that is excluded."""
    unit = place.department_for(kind, region)
    while unit is not None and unit.code in excluded:
        parent = place.regions[unit.region].parent
        unit = place.department_for(kind, parent) if parent is not None else None
    return unit


def _whole_country(place: Place, table: Table, asked: Asked, kind: str) -> str | None:
    """A matter without a place, led by the one office there is, belongs to the whole country."""
    desks = {place.coordinator, place.supervision, RECEPTION}
    nowhere = asked.region is None and not asked.ambiguous
    return place.root if nowhere and kind in table.countrywide - desks else asked.region


def _around(place: Place, asked: Asked) -> str | None:
    """The narrowest region around all that the report may mean."""
    lines = [[step.code for step in place.lineage(code)] for code in asked.candidates]
    common = None
    for steps in zip(*lines, strict=False):
        if len(set(steps)) > 1:
            break
        common = steps[0]
    return common


def _of_last_resort(place: Place, excluded: Collection[str]) -> Department:
    """The coordinator, or when that is complained of too, anybody for the whole country."""
    units = place.departments.values()
    kinds = (place.coordinator, place.supervision, RECEPTION, *(unit.kind for unit in units))
    found = (unit_of(place, kind, None, excluded) for kind in kinds)
    return next(unit for unit in found if unit is not None)
