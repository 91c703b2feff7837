"""What of a place no one person changes alone: who is competent, the walls, and time limits.

Of a table either everything, or rows that come and go and some fields of those that stay.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

# Names of townships are what a place is recognised by, and with it who is competent; a holiday
# moves every time limit that runs over it.
WHOLE: Final[frozenset[str]] = frozenset(
    {
        "routing",
        "delegations",
        "townships",
        "clocks",
        "calendar",
        "case_steps",
        "retention",
        "schemes",
    }
)
_REACHED = frozenset({"receives_by", "contact", "contact_en"})
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "categories": frozenset(
        {
            *("link_only", "stopper", "allow_anonymous", "reward_allowed"),
            *("restricted", "urgency", "offered", "terms", "capture"),
        }
    ),
    "department_kinds": frozenset({"outside"}) | _REACHED,
    "departments": _REACHED,
    "regions": frozenset(
        {"level", "parent", "valid_from", "valid_to", "successors", "short", "aliases"}
    ),
    "measures": frozenset({"needs_legal_basis"}),
    "papers": frozenset({"periods"}),
    "pack": frozenset(
        {
            *("coordinator", "supervision", "unsure_category", "zone", "priority", "calendar"),
            "contest_days",
        }
    ),
}
# The key of the change that says in which order the rows of a table stand.
ORDER: Final = "(order)"


class Change(Protocol):
    """A row as it is and as it shall be; None for one that is not there."""

    @property
    def part(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def before(self) -> dict[str, Any] | None: ...
    @property
    def after(self) -> dict[str, Any] | None: ...


def is_guarded(change: Change) -> bool:
    """Whether a change waits for a second person."""
    if change.part in WHOLE:
        return True
    fields = FIELDS.get(change.part)
    if fields is None or change.key == ORDER:
        return False
    if change.before is None or change.after is None:
        return True
    return any(change.before.get(name) != change.after.get(name) for name in fields)


def needs_second_person(changes: Iterable[Change]) -> bool:
    """Whether a version of these changes takes two people."""
    return any(is_guarded(change) for change in changes)
