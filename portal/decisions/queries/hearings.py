"""Which parties of a case asked to be heard in person, and what became of that."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import context_of
from portal.decisions.models import PartyHearing, Service
from portal.decisions.rules import Hearing, Notice, every_notice
from portal.infra.together import Found
from portal.infra.vault import ContentKey
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place

# Where the words of a hearing may stand: those of the first one were columns of the party's page.
PLACE: Final = "party_access.hearing_at"
REFUSED: Final = "party_access.hearing_refused"
# A service with the kind of paper that was served; None where the paper is not known.
Served = tuple[Service, str | None]


@dataclass(frozen=True, slots=True)
class HearingLine:
    """A hearing as the party and the desk read it: its day and place, or why there is none.

    `asked_on` is None where the office may have told the day without being asked.
    """

    on: date | None
    where: str = field(repr=False)
    refused: str = field(repr=False)
    asked_on: date | None


def hearings_in(session: Session, case: Case) -> Mapping[UUID, Hearing]:
    """The newest hearing of each party of the case that has one."""
    own = select(CaseParty.id).where(CaseParty.case_id == case.id)
    rows = session.scalars(select(PartyHearing).where(PartyHearing.party_id.in_(own))).all()
    return _newest(rows)


def hearings_found(found: Found) -> Mapping[UUID, Hearing]:
    """The same, of what was read together."""
    return _newest(found.of(PartyHearing))


def owed_in(session: Session, case: Case, decided_on: date) -> frozenset[UUID]:
    """The parties that have to be heard before anything is decided about them."""
    found = hearings_in(session, case)
    return frozenset(party for party, one in found.items() if one.is_owed(decided_on))


def lines_found(found: Found, key: ContentKey) -> Mapping[UUID, tuple[HearingLine, ...]]:
    """All hearings of each party with their words, of what was read together."""
    return {party: lines_of(rows, key) for party, rows in _by_party(found.of(PartyHearing)).items()}


def lines_of(rows: Iterable[PartyHearing], key: ContentKey) -> tuple[HearingLine, ...]:
    """Hearings of one party with their words, the first first."""
    return tuple(
        HearingLine(
            one.held_on,
            "" if one.place is None else key.decrypt_text(one.place, context_of(PLACE, one.id)),
            ""
            if one.refused is None
            else key.decrypt_text(one.refused, context_of(REFUSED, one.id)),
            _asked_on(one),
        )
        for one in sorted(rows, key=lambda one: one.asked_at)
    )


def _asked_on(one: PartyHearing) -> date | None:
    """The day of a wish; a day that was set by staff is not known to be of one."""
    wished = one.entered_by is None or one.held_on is None
    return local_date(current_place(), one.asked_at) if wished else None


def notices_among(services: Iterable[Served]) -> tuple[Notice, ...]:
    """What of the services of a party told it beforehand what would be ordered of it."""
    forms = every_notice(current_place())
    return tuple(
        Notice(one.party_id, one.served_on, one.recorded_at, service=one.id)
        for one, form in services
        if form in forms
    )


def newest_of(rows: Iterable[PartyHearing]) -> Hearing:
    """What became of the last wish of a party; of none where it has none."""
    last = max(rows, key=lambda one: one.asked_at, default=None)
    return Hearing(last.asked_at, last.held_on, last.refused_on) if last else Hearing()


def _newest(rows: Iterable[PartyHearing]) -> Mapping[UUID, Hearing]:
    return {party: newest_of(own) for party, own in _by_party(rows).items()}


def _by_party(rows: Iterable[PartyHearing]) -> Mapping[UUID, list[PartyHearing]]:
    found: dict[UUID, list[PartyHearing]] = defaultdict(list)
    for one in rows:
        found[one.party_id].append(one)
    return found
