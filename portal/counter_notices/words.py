"""What the pages of counter-notices say of each act."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords
from portal.counter_notices.queries.reading import Concerned
from portal.counter_notices.states import CounterAction

# Both decisions are made on one page, which says the same before it is known which it will be.
_DECIDE: Final = ActWords(
    _l("Decide on the counter-notice"),
    _l(
        "Both sides read the reasons. Nothing else follows by itself: if a host is to put "
        "something back, draft a notice to it."
    ),
    _l("Record the decision"),
)

ACTS: Mapping[CounterAction, ActWords] = {
    CounterAction.FORWARD: ActWords(
        _l("Pass the counter-notice on"),
        _l(
            "Whoever complained reads the reason, the address of their own complaint and the words "
            "below, and can answer. Name and contact of the party stay with the office."
        ),
        _l("Pass it on"),
    ),
    CounterAction.ACCEPT: _DECIDE,
    CounterAction.REFUSE: _DECIDE,
    CounterAction.REINSTATE: ActWords(
        _l("Note that the content is back"),
        _l("The day on which it could be reached again. Both sides are told."),
        _l("Note it"),
    ),
}


def complaint_name(one: Concerned) -> str:
    """A complaint as the desk calls it: whose it is, its number there, and its report."""
    said: str = _(
        "%(organisation)s · complaint No. %(number)d · %(reference)s",
        organisation=one.organisation,
        number=one.number,
        reference=one.reference,
    )
    return said
