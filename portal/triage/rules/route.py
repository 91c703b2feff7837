"""Who has the report: the first row of the pack's table that holds, then the unit of the region."""

from dataclasses import replace

from portal.jurisdiction.competence import delegations_of
from portal.jurisdiction.place import RECEPTION, Department, Place, RoutingRule
from portal.jurisdiction.tables import Delegation
from portal.triage.rules.facts import Facts, SplitLead
from portal.triage.rules.region import day_of
from portal.triage.rules.region_index import index_of


def region_level(facts: Facts) -> str:
    """A level of the pack, `ambiguous` or `none`."""
    if facts.region is not None:
        return facts.place.regions[facts.region].level.value
    return "ambiguous" if facts.ambiguous else "none"


def holds(rule: RoutingRule, facts: Facts) -> bool:
    """Whether every condition of a row is met by one of its values."""
    present = {
        "category": (facts.category,),
        "secondary": facts.secondary,
        "flag": facts.flags,
        "kind": (facts.submission.kind,),
        "region_level": (region_level(facts),),
    }
    return all(
        not set(values).isdisjoint(present.get(fact, ())) for fact, values in rule.when.items()
    )


def route(facts: Facts) -> Facts:
    """Choose the department, the supporting ones and the unit; nobody is impossible."""
    asked = _as_link_only(facts)
    rule = next((rule for rule in facts.place.rules if holds(rule, asked)), None)
    if rule is None:
        facts = facts.told("route.coordinator")
        facts = replace(facts, department=facts.place.coordinator, rule="coordinator")
    else:
        facts = facts.told("route.rule", rule=rule.id, sentence=rule.sentence)
        facts = replace(facts, department=rule.lead, co_departments=rule.support, rule=rule.id)
    lead = facts.department
    return _split(_with_unit(_delegated(_whole_country(facts))), lead)


def _as_link_only(facts: Facts) -> Facts:
    """What the table is asked about: link-only material goes its way, whatever else is said."""
    if facts.link_only is None:
        return facts
    return replace(facts, category=facts.link_only, secondary=())


def _whole_country(facts: Facts) -> Facts:
    """A matter without a place, led by the one office there is, belongs to the whole country."""
    place = facts.place
    desks = {place.coordinator, place.supervision, RECEPTION}
    if facts.region or facts.ambiguous or facts.department in desks:
        return facts
    units = [unit for unit in place.departments.values() if unit.kind == facts.department]
    if len(units) != 1 or units[0].region != place.root or _several_levels(place, facts.department):
        return facts
    return replace(facts, region=place.root).told(
        "region.country", region=place.regions[place.root].name
    )


def _several_levels(place: Place, kind: str) -> bool:
    return any(
        unit.kind == kind and unit.region != place.root for unit in place.departments.values()
    )


def _delegated(facts: Facts) -> Facts:
    """Hand the matter to whoever acts for the kind that is competent there, and say so."""
    place = facts.place
    for one in _delegations(facts, facts.department, _where(facts)):
        support = tuple(kind for kind in facts.co_departments if kind != one.taker)
        facts = replace(facts, department=one.taker, co_departments=support).told(
            "route.delegated",
            giver=place.department_kinds[one.giver].name,
            taker=place.department_kinds[one.taker].name,
            region=place.regions[one.region].name,
            basis=one.basis,
        )
    return facts


def _delegations(facts: Facts, kind: str, region: str | None) -> tuple[Delegation, ...]:
    return delegations_of(facts.place, kind, region, facts.category, day_of(facts))


def _with_unit(facts: Facts) -> Facts:
    unit = unit_for(facts, facts.department, _where(facts))
    if unit is None:
        unit = _of_last_resort(facts)
        facts = facts.told("route.no_unit")
    facts = replace(facts, unit=unit.code)
    if facts.excluded:
        facts = facts.told("route.excluded", units=", ".join(facts.excluded))
    return facts.told("route.unit", unit=unit.name)


def unit_for(facts: Facts, kind: str, region: str | None) -> Department | None:
    """The unit of a kind for a region or above it, never one that is excluded."""
    unit = facts.place.department_for(kind, region)
    while unit is not None and unit.code in facts.excluded:
        parent = facts.place.regions[unit.region].parent
        unit = facts.place.department_for(kind, parent) if parent is not None else None
    return unit


def _of_last_resort(facts: Facts) -> Department:
    """The coordinator, or when that is complained of too, anybody for the whole country."""
    place = facts.place
    units = place.departments.values()
    kinds = (place.coordinator, place.supervision, RECEPTION, *(unit.kind for unit in units))
    found = (unit_for(facts, kind, None) for kind in kinds)
    return next(unit for unit in found if unit is not None)


def _where(facts: Facts) -> str | None:
    """The region, or the narrowest one around all candidates."""
    if facts.region is not None or not facts.candidates:
        return facts.region
    index = index_of(facts.place)
    for step in reversed(facts.place.lineage(facts.candidates[0])):
        if all(index.inside(code, step.code) for code in facts.candidates):
            return step.code
    return None


def _split(facts: Facts, lead: str) -> Facts:
    """A lead for each of several regions: each to the unit of its own, or who acts for it."""
    if len(facts.regions) < 2:  # noqa: PLR2004
        return facts
    leads: list[SplitLead] = []
    for region in facts.regions:
        delegated = _delegations(facts, lead, region)
        kind = delegated[-1].taker if delegated else lead
        unit = unit_for(facts, kind, region)
        leads.append(SplitLead(region, kind, unit.code if unit else facts.unit))
    return replace(facts, split=tuple(leads)).told("route.split", count=str(len(leads)))
