"""How a paper may be served, and what runs from then: pure decisions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.decisions.states import ServiceWay
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import PaperForm, Text
from portal.kernel.deadline import WorkingDays, due_on
from portal.kernel.errors import RuleBroken

# All of a bound file at its largest, with what is kept apart.
MOST_BYTES: Final = 128 * 1024 * 1024
# So many pages of what parties sent are printed; what goes beyond is in the bag alone.
MOST_SENT_PAGES: Final = 1000
# A paper says what is needed; what is longer is a file of its own.
LONGEST_PART: Final = 5000


@dataclass(frozen=True, slots=True)
class Running:
    """A time that runs from a service: what for, and its last day."""

    name: Text
    until: date
    provisional: bool


def demand_service(way: ServiceWay, *, refused: bool, witness: str, consent: str) -> None:
    """Raise RuleBroken for a service that would not hold.

    What is refused is left there before a witness, and only who has consented is served by
    electronic means (民事诉讼法, articles 89 and 90, which penalty procedure refers to).
    """
    if refused and way is not ServiceWay.LEFT:
        raise RuleBroken("refused-is-left")
    if way is ServiceWay.LEFT and not witness.strip():
        raise RuleBroken("left-without-witness")
    if way is ServiceWay.ELECTRONIC and not consent.strip():
        raise RuleBroken("electronic-without-consent")


def why_not_final(*, served: bool, named: bool, struck: bool) -> str | None:
    """Why a draft is not made final as it is: the code of a refusal.

    A paper that is served names its party, and none is for a party that was struck out.
    """
    if struck:
        return "party-struck"
    return "paper-without-party" if served and not named else None


def demand_day(served_on: date, issued_on: date, today: date) -> None:
    """Raise RuleBroken for a service before the paper was made, or on a day to come."""
    if served_on > today:
        raise RuleBroken("served-ahead")
    if served_on < issued_on:
        raise RuleBroken("served-before-made")


def proof_form(place: Place) -> PaperForm | None:
    """The kind of paper that says that another one was served."""
    return next((one for one in place.papers.values() if one.proof), None)


def running_from(form: PaperForm, served_on: date, calendar: WorkingDays) -> Iterator[Running]:
    """What runs from the day on which a paper of this kind was served."""
    for period in form.periods:
        end = due_on(served_on, period.days, period.unit, calendar)
        yield Running(period.name, end.on, end.provisional)
