"""What a complaint is checked against, put together from the register and the place."""

from collections.abc import Callable, Collection
from datetime import date
from functools import cache, partial
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.intake.rules import looks_like_address
from portal.jurisdiction.history import day_in
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place, find_meant
from portal.kernel.deadline import DayUnit, days_after
from portal.rights_holders.models import Complaint, ComplaintFile, Organisation
from portal.rights_holders.queries.own import today
from portal.rights_holders.queries.works import known_identifiers, known_works
from portal.rights_holders.rules.complaints import Known, KnownWork
from portal.rights_holders.rules.works import fold_title


def known_to(
    session: Session, organisation: Organisation, only: Collection[UUID] | None = None
) -> Known:
    """What the rows of an organisation are checked against today; `only` those works, if given."""
    place, works = current_place(), known_works(session, organisation.id, only)
    titles: dict[str, tuple[KnownWork, ...]] = {}
    for work in works.values():
        folded = fold_title(work.title)
        titles[folded] = (*titles.get(folded, ()), work)
    identifiers = known_identifiers(session, organisation.id, only)
    return Known(
        rules=place.complaints,
        today=today(),
        due_on=completed_until(place, organisation),
        by_number={work.number: work for work in works.values()},
        by_title=titles,
        by_identifier={key: works[work] for key, work in identifiers.items()},
        category_names=_categories(place),
        region_of=_finder(place),
        is_address=looks_like_address,
    )


def completed_until(place: Place, organisation: Organisation) -> date:
    """The last day for what is missing, if it is asked for today.

    Days are those of the office that looks after the organisation: of where it has its seat.
    """
    calendar = place.calendar_of(organisation.region)
    return days_after(today(), place.complaints.days, DayUnit.WORKING, calendar)


def completed_by(session: Session, complaint: Complaint) -> bool:
    """Whether a complaint has files of its own, which may prove the right."""
    sent = exists().where(ComplaintFile.complaint_id == complaint.id)
    return bool(session.scalar(select(sent)))


def _categories(place: Place) -> dict[str, str]:
    """The subjects of complaints by code and by their names in both languages."""
    found: dict[str, str] = {}
    for code in place.complaints.categories:
        category = place.categories[code]
        found |= {name.casefold(): code for name in (code, category.name.zh, category.name.en)}
    return found


def _finder(place: Place) -> Callable[[str], str | None]:
    """The one region that a name or code means; a sheet names the same few again and again."""
    return cache(partial(find_region, place))


def find_region(place: Place, typed: str) -> str | None:
    """The one region of today that a name or a code means."""
    region = place.regions.get(typed)
    if region is not None:
        return typed if region.holds_on(day_in(place)) else None
    meant = find_meant(place, typed, 1)
    return meant.matches[0].code if meant.count == 1 else None
