"""What the pages of the queue say: acts on many reports, refusals, colleagues to choose from."""

from collections.abc import Mapping, Sequence

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.absences import Colleague
from portal.casework.states import BulkAct
from portal.casework.words import ActWords

BULK_ACTS: Mapping[BulkAct, ActWords] = {
    BulkAct.CLAIM: ActWords(
        _l("Take reports off the heap"),
        _l("You have these reports. Each still has to be accepted."),
        _l("Take them off the heap"),
    ),
    BulkAct.ASSIGN: ActWords(
        _l("Give reports to an officer"),
        _l("The officer finds these reports among their own items."),
        _l("Give them to the officer"),
    ),
    BulkAct.HAND_OVER: ActWords(
        _l("Hand reports over"),
        _l("The colleague finds these reports among their own items, with your reason."),
        _l("Hand them over"),
    ),
    BulkAct.RELEASE: ActWords(
        _l("Put reports back on the heap"),
        _l("Nobody has these reports then."),
        _l("Put them back on the heap"),
    ),
    BulkAct.ROUTE: ActWords(
        _l("Send reports to a unit"),
        _l("The unit finds these reports on its desk, with your reason."),
        _l("Send them there"),
    ),
    BulkAct.CLOSE_UNROUTED: ActWords(
        _l("Close reports that go nowhere"),
        _l("Each reporter is told why, and can ask for another look once."),
        _l("Close the reports"),
    ),
    BulkAct.NOTE: ActWords(
        _l("Add a note to reports"),
        _l("The note stands in every file. The reporters never see it."),
        _l("Add the note"),
    ),
}


def refusal_sentence(code: str) -> str:
    """Why something was not done, by the code of the refusal."""
    key = f"refused.{code}"
    found = str(_(key))
    return found if found != key else str(_("It could not be done."))


def officer_choices(officers: Sequence[Colleague]) -> list[tuple[str, str]]:
    """Colleagues to choose from; for somebody who is away another one gets the report."""
    return [(str(one.id), _name_of(one)) for one in officers]


def _name_of(one: Colleague) -> str:
    if one.away_until is None:
        return one.name
    day = format_date(one.away_until)
    return str(_("%(name)s (away until %(day)s: the substitute gets it)", name=one.name, day=day))
