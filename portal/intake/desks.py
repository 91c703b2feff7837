"""Where people are at their desks, and by whose days something of a unit is counted (F15, U30)."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from portal.intake.rules import at_their_desks
from portal.jurisdiction.place import Calendar, Place

Unit = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
Due = Callable[[Calendar], ColumnElement[bool]]


def at_the_desks_of(
    unit: Unit, place: Place, at: datetime, due: Due | None = None
) -> ColumnElement[bool] | None:
    """The rows of units whose people are at their desks at a moment; None where nobody is.

    `due` says what is asked of them by the calendar of the unit. Nobody is reminded at night or on
    a day on which their territory does not work.
    """
    desks = at_their_desks(place, at)
    if not desks:
        return None
    own = _units(place)
    elsewhere = [code for codes in own.values() for code in codes]
    parts = []
    for territory in sorted(desks):
        here = unit.in_(own[territory]) if territory else unit.not_in(elsewhere)
        parts.append(here if due is None else and_(here, due(place.calendar_of(territory))))
    return or_(*parts)


def _units(place: Place) -> Mapping[str, list[str]]:
    """The units of each territory that has days of its own."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    if place.calendar.territories:
        for code in place.departments:
            if territory := place.territory_of(code):
                found[territory].append(code)
    return found
