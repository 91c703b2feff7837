"""What the pages of a lead say: what may be done with it, in plain sentences."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from portal.casework.words import ACTS, ActWords

LEAD_ACTS: Mapping[str, ActWords] = {
    "take": ActWords(_l("Take the lead"), _l("You look into it."), _l("Take the lead")),
    "report": ActWords(
        _l("Report what was found"),
        _l("The unit that leads the report reads this, and answers the reporter."),
        _l("Send it to the leading unit"),
    ),
    "return": ActWords(
        _l("Not ours: send the lead back"),
        _l("The unit that leads the report sends it to somebody else. You lose sight of it."),
        _l("Send it back"),
    ),
    "route": ActWords(
        _l("Send the lead on"),
        _l("The lead has nobody. Choose the place and the kind of unit that should have it."),
        _l("Send the lead on"),
    ),
    "follow": ACTS["follow"],
}
