"""How soon a report must be looked at; never because it says so, only because of what it tells."""

from portal.jurisdiction.place import Urgency
from portal.triage.rules.facts import Facts
from portal.triage.rules.priority import FLAG
from portal.triage.rules.sentences import words_of

_RAISES = ("in_progress", "extortion", "safety_of_reporter")
_NEVER_RAISED = ("other.spam", "other.out_of_scope")
_ORDER = tuple(Urgency)


def find_urgency(facts: Facts) -> Facts:
    """The urgency of the category, raised to high by a few facts, lowered for empty claims.

    In a priority territory it is one class higher, up to high.
    """
    if facts.link_only is not None:
        urgency = facts.place.categories[facts.link_only].urgency
        return facts.but(urgency=urgency).told(f"urgency.{urgency.value}")
    category = facts.place.categories.get(facts.category)
    base = category.urgency if category else Urgency.NORMAL
    if "possible_misuse" in facts.flags or facts.category in _NEVER_RAISED:
        return facts.but(urgency=Urgency.LOW).told("urgency.low")
    raising = [flag for flag in _RAISES if flag in facts.flags]
    if raising and _ORDER.index(base) > _ORDER.index(Urgency.HIGH):
        return facts.but(urgency=Urgency.HIGH).told("urgency.raised", flags=words_of(raising))
    if FLAG in facts.flags and _ORDER.index(base) > _ORDER.index(Urgency.HIGH):
        urgency = _ORDER[_ORDER.index(base) - 1]
        return facts.but(urgency=urgency).told("urgency.priority")
    return facts.but(urgency=base).told(f"urgency.{base.value}")
