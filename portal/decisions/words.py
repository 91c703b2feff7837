"""What the pages of decisions and reviews say of each act."""

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from portal.casework.words import ActWords

ACTS: Mapping[str, ActWords] = {
    "draft": ActWords(
        _l("Draft a decision"),
        _l("Measures are put in afterwards. Another person approves it before it is served."),
        _l("Save the draft"),
    ),
    "add_measure": ActWords(
        _l("Add a measure"),
        _l("Each measure is addressed to one party. It needs a check that confirmed the matter."),
        _l("Add the measure"),
    ),
    "approve": ActWords(
        _l("Approve the decision"),
        _l(
            "From then on it is not changed. It is in force once a paper that carries it is served."
        ),
        _l("Approve it"),
    ),
    "withdraw": ActWords(
        _l("Give the decision up"),
        _l("It stays in the file and counts no more."),
        _l("Give it up"),
    ),
    "party_page": ActWords(
        _l("Open a page for the party"),
        _l("You get a code to put on the notice. One that was given out before opens no more."),
        _l("Make the code"),
    ),
    "enter_hearing": ActWords(
        _l("Enter that it asked to be heard"),
        _l(
            "For what came on paper, by telephone or at the counter. It counts like a wish that "
            "the party sends on its page."
        ),
        _l("Enter it"),
    ),
    "set_hearing": ActWords(
        _l("Set the hearing"),
        _l("The party reads day and place on its page. Serve the notice on paper as well."),
        _l("Set it"),
    ),
    "refuse_hearing": ActWords(
        _l("Refuse the hearing"),
        _l(
            "The party reads your reasons on its page. Until then, or until it was heard, "
            "nothing is decided about it."
        ),
        _l("Refuse the hearing"),
    ),
    "admit_review": ActWords(
        _l("Take the review on, or refuse it"),
        _l("Whoever had a part in the decision does not review it."),
        _l("Save"),
    ),
    "decide_review": ActWords(
        _l("Decide the review"),
        _l(
            "A decision that is overturned ends with its measures, and the case is taken up again. "
            "Of one that is to be changed there is a draft then, with its measures; until that is "
            "served it stays in force."
        ),
        _l("Decide it"),
    ),
    "extend_review": ActWords(
        _l("Give the review more time"),
        _l("Once, and as many days as the place allows. The first day stays beside the new one."),
        _l("Give more time"),
    ),
}

# The same of a party that has no page: it reads nothing there.
_ON_PAPER: Final[Mapping[str, ActWords]] = {
    "set_hearing": ActWords(
        _l("Set the hearing"),
        _l("The party has no page. Serve day and place on paper."),
        _l("Set it"),
    ),
    "refuse_hearing": ActWords(
        _l("Refuse the hearing"),
        _l(
            "The party has no page. Serve your reasons on paper. Until it was heard or refused, "
            "nothing is decided about it."
        ),
        _l("Refuse the hearing"),
    ),
}


def words_of(act: str, *, on_paper: bool) -> ActWords:
    """What the page of an act says, to whoever does it for a party that has no page as well."""
    return _ON_PAPER.get(act, ACTS[act]) if on_paper else ACTS[act]
