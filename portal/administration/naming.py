"""What a row is called: by its name, its sentence, or what it counts."""

from typing import Any

from flask_babel import gettext

from portal.administration.queries import plain_name
from portal.administration.words import member_name
from portal.jurisdiction.pack_shapes import ClockShape, Entry
from portal.jurisdiction.pack_tables import CaseStepShape
from portal.jurisdiction.queries import current_place


def name_of(entry: Entry[Any], language: str) -> str:
    """What a row is called: its name, or else its sentence, or what it measures."""
    if isinstance(entry.row, ClockShape):
        return _clock_name(entry.row)
    if isinstance(entry.row, CaseStepShape):
        return member_name(entry.row.move)
    return plain_name(entry, language)


def where_of(entry: Entry[Any], language: str) -> str:
    """Where a region or a unit lies, all the way down: many have the name of one elsewhere."""
    around = getattr(entry.row, "parent", None) or getattr(entry.row, "region", None)
    return current_place().region_name(around, language) if isinstance(around, str) else ""


def _clock_name(row: ClockShape) -> str:
    """`Acceptance: 5 working days after received`, and for which reports if not for all."""
    stage, unit, event = (member_name(one) for one in (row.stage, row.unit, row.starts))
    named = {"stage": stage, "n": row.n, "unit": unit, "event": event}
    said = str(gettext("%(stage)s: %(n)s %(unit)s from “%(event)s” on", **named))
    narrower = [member_name(one) for one in (*row.urgency, *row.kind)] + list(row.category)
    if not narrower:
        return said
    which = ", ".join(narrower)
    return str(gettext("%(name)s (%(code)s)", name=said, code=which))
