"""Priority territories (重点地区): the place names them, and what is there is looked at sooner.

Requirement B29: the flag raises the urgency, and with it the clocks, by one class.
"""

from portal.triage.rules.facts import Facts

FLAG = "priority_region"


def find_priority(facts: Facts) -> Facts:
    """Flag a report of a priority territory, also where that is one of several places."""
    regions = facts.regions or ((facts.region,) if facts.region else ())
    if not any(facts.place.is_priority(region) for region in regions):
        return facts
    return facts.flagged(FLAG).told("priority.found")
