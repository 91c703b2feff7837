"""Who may pass a matter on, what of it, and by which way: pure decisions."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final

from portal.access.permissions import Permission, may
from portal.casework.rules import works_at
from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.tables import Way
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.transfers.states import Carrier, HandOverAction, HandOverState, Part

# What triage marks: nothing leaves, no file leaves, none of the reporter's own words leave.
KEPT_WHOLLY: Final = "do_not_forward"
NO_FILES: Final = frozenset({"link_only_files", "do_not_capture", "csam_suspected"})
NO_OWN_WORDS: Final = "redact_before_transfer"
OWN_WORDS: Final = frozenset({Part.NARRATIVE, Part.ANSWERS, Part.MESSAGES})
# What is chosen unless an officer says otherwise: what came later may say who wrote it.
USUAL: Final = (Part.NARRATIVE, Part.PLACE, Part.TIME, Part.ADDRESSES, Part.ANSWERS)
# So much goes into one bundle (`refused.bundle-too-large` says it too): it is packed in memory, so
# that nothing lies open on a disk.
MOST_BYTES: Final = 100 * 1000 * 1000

_ON_PAPER: Final = (Carrier.IN_PERSON, Carrier.EXCHANGE, Carrier.COURIER, Carrier.POST)
_CARRIERS: Final = {
    Way.PRINT: _ON_PAPER,
    Way.MAIL: (Carrier.POST, Carrier.EXCHANGE, Carrier.COURIER, Carrier.IN_PERSON),
    Way.PORTAL: (Carrier.THEIR_PORTAL, *_ON_PAPER),
    # No system is connected in this version: what such a body is sent goes as paper does.
    Way.API: _ON_PAPER,
}
# How a bundle gets there that a message has announced.
ANNOUNCED: Final = (Carrier.FETCHED, Carrier.COURIER, Carrier.POST)
# What has it leave, which is asked again whether it may.
SENDING: Final = frozenset({"announce", HandOverAction.SEND})
_BEFORE_IT_LEAVES: Final = frozenset(
    {HandOverState.PREPARED, HandOverState.READY, HandOverState.UNCONFIRMED}
)
_BY_MACHINE: Final = frozenset({HandOverAction.SEAL, HandOverAction.ATTEMPT, HandOverAction.FAIL})


def may_pass_on(actor: Actor, state: ReportState, department: str | None) -> bool:
    """Whether the actor may pass on an open report of this unit, and keep its hand-overs.

    Those who sort reports out may, and those who work at the desk it is at.
    """
    if state not in OPEN_STATES or department is None:
        return False
    return may_keep(actor, department)


def may_keep(actor: Actor, department: str | None) -> bool:
    """Whether the actor may write down what becomes of a hand-over of a report of this unit."""
    works = may(actor, Permission.WORK_REPORTS) and works_at(actor, department)
    return works or may(actor, Permission.ROUTE_REPORTS)


def acts_on(moves: Iterable[HandOverAction]) -> tuple[HandOverAction, ...]:
    """Which of the open moves are a person's."""
    return tuple(move for move in moves if move not in _BY_MACHINE)


def is_kept_wholly(flags: Collection[str]) -> bool:
    """Whether nothing of a report may be passed on."""
    return KEPT_WHOLLY in flags


def parts_allowed(flags: Collection[str]) -> tuple[Part, ...]:
    """What of a report may be chosen; not what an identity number stands in."""
    if is_kept_wholly(flags):
        return ()
    return tuple(part for part in Part if NO_OWN_WORDS not in flags or part not in OWN_WORDS)


def files_allowed(flags: Collection[str]) -> bool:
    """Whether files of a report may be passed on at all."""
    return not is_kept_wholly(flags) and not NO_FILES & set(flags)


def why_kept(parts: Collection[str], flags: Collection[str], *, files: bool) -> str | None:
    """Why what was chosen must not leave: the code of a refusal.

    Asked when it is chosen and at every step until it has left, since a report may be marked later.
    """
    if is_kept_wholly(flags):
        return "not-to-be-passed-on"
    if not set(parts) <= set(parts_allowed(flags)):
        return "part-not-to-be-passed-on"
    return "files-not-to-be-passed-on" if files and not files_allowed(flags) else None


def is_in_the_house(state: HandOverState, *, by_mail: bool) -> bool:
    """Whether a bundle has not left yet, or may not have: a message only says that it comes."""
    return state in _BEFORE_IT_LEAVES or (state is HandOverState.SENT and by_mail)


def demand_choice(
    parts: Collection[Part], flags: Collection[str], outline: str, *, files: bool
) -> None:
    """Refuse to pass on what must not leave, and a hand-over that says nothing."""
    if (refusal := why_kept(parts, flags, files=files)) is not None:
        raise RuleBroken(refusal)
    if not parts and not outline.strip() and not files:
        raise RuleBroken("nothing-to-pass-on")


def carriers_of(way: Way | None) -> tuple[Carrier, ...]:
    """How a bundle may go to a body that receives things this way; on paper where none is said."""
    return _CARRIERS[way or Way.PRINT]


def demand_day(day: date, today: date, *, not_before: date) -> None:
    """Refuse a day that has not come, and one before the thing it follows."""
    if day > today:
        raise RuleBroken("day-in-the-future")
    if day < not_before:
        raise RuleBroken("day-too-early")
