"""What the pages of counter-notices say of each act."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords

ACTS: Mapping[str, ActWords] = {
    "pass-on": ActWords(
        _l("Pass the counter-notice on"),
        _l(
            "Whoever complained reads the reason, the address of their own complaint and the words "
            "below, and can answer. Name and contact of the party stay with the office."
        ),
        _l("Pass it on"),
    ),
    "decide": ActWords(
        _l("Decide on the counter-notice"),
        _l(
            "Both sides read the reasons. Nothing else follows by itself: if a host is to put "
            "something back, draft a notice to it."
        ),
        _l("Record the decision"),
    ),
    "reinstate": ActWords(
        _l("Note that the content is back"),
        _l("The day on which it could be reached again. Both sides are told."),
        _l("Note it"),
    ),
}
