"""Who acts for whom: a kind of unit may have handed its matters to another, region by region."""

from datetime import date

from portal.jurisdiction.place import ABOUT_STAFF, RECEPTION, Category, DepartmentKind, Place
from portal.jurisdiction.tables import Delegation

# The check of a pack refuses circles; a chain longer than this is nobody's.
LONGEST_CHAIN = 5


def offices_of(place: Place) -> tuple[DepartmentKind, ...]:
    """The kinds of unit that a reporter may ask for: our own that some row gives matters to."""
    leading = {rule.lead for rule in place.rules}
    desks = {place.coordinator, place.supervision, RECEPTION}
    return tuple(
        kind
        for kind in place.department_kinds.values()
        if kind.kind in leading - desks and not kind.outside
    )


def may_ask_for_an_office(category: Category | None) -> bool:
    """Whether a reporter may say who should have it: not where few are to know of it (U18)."""
    if category is None:
        return True
    return not (category.link_only or category.restricted or category.code == ABOUT_STAFF)


def can_be_asked_for(place: Place, kind: str, category: Category | None) -> bool:
    """Whether a reporter may ask for this kind of unit in a matter of the category."""
    offered = {one.kind for one in offices_of(place)}
    return kind in offered and may_ask_for_an_office(category)


def delegations_of(
    place: Place, kind: str, region: str | None, category: str, day: date
) -> tuple[Delegation, ...]:
    """The delegations that lead a matter of `kind` there on `day` to whoever acts, in order."""
    chain: list[Delegation] = []
    while len(chain) < LONGEST_CHAIN:
        found = _delegation(place, kind, region, category, day)
        if found is None:
            break
        chain.append(found)
        kind = found.taker
    return tuple(chain)


def _delegation(
    place: Place, kind: str, region: str | None, category: str, day: date
) -> Delegation | None:
    """The one for the narrowest region around; there, one that names the category goes first."""
    above = [step.code for step in reversed(place.lineage(region))] if region else []
    around = {code: number for number, code in enumerate([*above, place.root])}
    fitting = [
        one
        for one in place.delegations
        if one.giver == kind
        and one.region in around
        and (not one.categories or category in one.categories)
        and one.holds_on(day)
    ]
    nearest = sorted(fitting, key=lambda one: (around[one.region], not one.categories))
    return nearest[0] if nearest else None
