"""Keys of partners, and the decisions that are given out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.access import in_scope
from portal.decisions.models import Decision, DecisionMeasure
from portal.decisions.states import DecisionState
from portal.exchange.dsa import DecidedFacts
from portal.exchange.models import PartnerKey, PartnerReport
from portal.exchange.states import Scope
from portal.intake.rules import local_date
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken

MOST_DAYS: Final = 366
_DECIDED: Final = (DecisionState.APPROVED, DecisionState.IN_FORCE)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as the administration sees it: never the key."""

    id: UUID
    name: str
    scopes: tuple[Scope, ...]
    category: str
    made_at: datetime
    expires_on: date
    revoked_at: datetime | None
    reports: int
    last_at: datetime | None


def list_keys(session: Session) -> tuple[KeyLine, ...]:
    """Every key, by name; how many reports came by it, and when the last one did."""
    rows = session.execute(
        select(PartnerKey, func.count(PartnerReport.report_id), func.max(PartnerReport.at))
        .outerjoin(PartnerReport, PartnerReport.key_id == PartnerKey.id)
        .group_by(PartnerKey.id)
        .order_by(PartnerKey.name, PartnerKey.made_at)
    )
    return tuple(
        KeyLine(
            id=key.id,
            name=key.name,
            scopes=tuple(Scope(one) for one in key.scopes),
            category=key.category,
            made_at=key.made_at,
            expires_on=key.expires_on,
            revoked_at=key.revoked_at,
            reports=count,
            last_at=last,
        )
        for key, count, last in rows
    )


def list_decided(
    session: Session, first: date, last: date, language: str, actor: Actor
) -> list[DecidedFacts]:
    """The decisions that stand, approved in these days, of the cases in the actor's scope.

    Raises RuleBroken for days in the wrong order, and for more than a year of them.
    """
    if not timedelta(0) <= last - first <= timedelta(days=MOST_DAYS):
        raise RuleBroken("days-of-export", most=MOST_DAYS)
    place = current_place()
    begins, ends = _moments(place, first, last)
    rows = session.execute(
        select(Decision, Case.category, Case.opened_at)
        .join(Case, Case.id == Decision.case_id)
        .where(in_scope(actor), Decision.state.in_(_DECIDED))
        .where(Decision.approved_at >= begins, Decision.approved_at < ends)
        .order_by(Decision.approved_at, Decision.id)
    ).all()
    measures = _measures(session, begins, ends)
    return [
        _facts(place, one, category, opened, measures.get(one.id, []), language)
        for one, category, opened in rows
    ]


def _moments(place: Place, first: date, last: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(place.zone)
    begins = datetime.combine(first, time(), zone)
    return begins, datetime.combine(last + timedelta(days=1), time(), zone)


def _measures(
    session: Session, begins: datetime, ends: datetime
) -> Mapping[UUID, list[DecisionMeasure]]:
    rows = session.scalars(
        select(DecisionMeasure)
        .join(Decision, Decision.id == DecisionMeasure.decision_id)
        .where(Decision.approved_at >= begins, Decision.approved_at < ends)
        .order_by(DecisionMeasure.added_at)
    )
    found: dict[UUID, list[DecisionMeasure]] = {}
    for one in rows:
        found.setdefault(one.decision_id, []).append(one)
    return found


def _facts(
    place: Place,
    decision: Decision,
    category: str,
    opened: datetime,
    measures: list[DecisionMeasure],
    language: str,
) -> DecidedFacts:
    matter, basis = place.categories.get(category), place.bases.get(decision.basis or "")
    codes = dict.fromkeys(one.code for one in measures)
    names = (place.measures.get(code) for code in codes)
    ends = [one.last_on for one in measures if one.last_on is not None]
    return DecidedFacts(
        id=decision.id,
        category=category,
        category_name=matter.name.in_(language) if matter else category,
        basis=basis.name.in_(language) if basis else "",
        measures=tuple(
            name.name.in_(language) if name else code
            for code, name in zip(codes, names, strict=True)
        ),
        source=decision.source,
        automated=decision.automated,
        opened_on=local_date(place, opened),
        approved_on=local_date(place, decision.approved_at or opened),
        last_on=max(ends, default=None),
        language="en" if language.startswith("en") else "zh",
    )
