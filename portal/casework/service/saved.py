"""Keeping filters: for oneself, for the unit, as an alert, as a rule that hands work out."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text

from portal.access.permissions import Permission, demand, may
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.casework.models import ClosingRule, HandedOut, SavedFilter
from portal.casework.queries.board import viewpoint
from portal.casework.queries.filters import Filter, Viewpoint, conditions_of
from portal.casework.queries.saved import MOST_KEPT, arguments_of, filter_of, get_saved, look
from portal.casework.queries.staff import list_holders
from portal.casework.service.holding import can_be_given, give
from portal.casework.service.in_hand import touch
from portal.casework.service.rounds import next_of_round
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.models import IS_OPEN, Report
from portal.intake.rules import working_territories
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken

AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class SaveFilter:
    """A filter to be kept under a name."""

    name: str
    chosen: Filter


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """How a filter is used from now on; `hand_to` of None hands out in turn."""

    filter_id: UUID
    name: str
    place: int = 0
    shared: bool = False
    digest: bool = False
    alert_over: int | None = None
    alert_days: int | None = None
    hand_out: bool = False
    hand_to: UUID | None = None


def save_filter(command: SaveFilter, *, actor: Actor) -> UUID:
    """Keep a filter; return its id. Raises RuleBroken when somebody keeps too many already."""
    demand(actor, Permission.READ_REPORTS)
    if actor.id is None:
        raise RuleBroken("too-many-filters")
    with unit_of_work(actor) as uow:
        kept = select(func.count()).where(SavedFilter.owner_id == actor.id)
        if (uow.session.scalar(kept) or 0) >= MOST_KEPT:
            raise RuleBroken("too-many-filters")
        saved = SavedFilter(
            owner_id=actor.id,
            department=actor.department,
            name=command.name,
            chosen=arguments_of(command.chosen),
            made_at=uow.now,
        )
        uow.session.add(saved)
        record(uow, "filter.save", "saved_filter", saved.id)
        return saved.id


def change_filter(command: ChangeFilter, *, actor: Actor) -> None:
    """Say how one's own filter is used.

    Sharing it with the unit and handing work out by it is for whoever gives out its work, and
    inside that unit only. Raises NotFound for somebody else's filter, RuleBroken for an officer
    who cannot have reports of the unit.
    """
    with unit_of_work(actor) as uow:
        saved = get_saved(uow.session, command.filter_id, actor)
        if command.shared or command.hand_out:
            demand(actor, Permission.ASSIGN_REPORTS)
            if actor.department is None:
                raise RuleBroken("no-unit")
        officers = {one.id for one in list_holders(uow.session, actor.department, actor)}
        if command.hand_out and command.hand_to is not None and command.hand_to not in officers:
            raise RuleBroken("officer-not-available")
        saved.name, saved.place, saved.shared = command.name, command.place, command.shared
        saved.digest = command.digest
        saved.alert_over, saved.alert_days = command.alert_over, command.alert_days
        saved.hand_out = command.hand_out
        saved.hand_to = command.hand_to if command.hand_out else None
        saved.department, saved.off_because = actor.department, None
        saved.upto_due_on = saved.upto_id = None
        record(
            uow,
            "filter.change",
            "saved_filter",
            saved.id,
            shared=command.shared,
            hand_out=command.hand_out,
        )


def delete_filter(filter_id: UUID, *, actor: Actor) -> None:
    """Forget one of one's own filters, and its rules; what they have done stays explained."""
    with unit_of_work(actor) as uow:
        saved = get_saved(uow.session, filter_id, actor)
        uow.session.execute(delete(ClosingRule).where(ClosingRule.filter_id == saved.id))
        uow.session.delete(saved)
        record(uow, "filter.delete", "saved_filter", filter_id)


def stop_sharing(filter_id: UUID, *, actor: Actor) -> None:
    """Have a unit see a filter no more, whoever shares it: by whoever gives out its work.

    It stays its owner's. Raises NotFound for a filter that the actor's unit does not see.
    """
    demand(actor, Permission.ASSIGN_REPORTS)
    with unit_of_work(actor) as uow:
        saved = uow.session.get(SavedFilter, filter_id, with_for_update=True)
        if saved is None or not saved.shared or saved.department != actor.department:
            raise NotFound("saved-filter")
        saved.shared = False
        record(uow, "filter.stop-sharing", "saved_filter", saved.id)


# --- Alerts, at fixed hours -----------------------------------------------------------------------


def look_at_alerts(*, actor: Actor) -> int:
    """Look what the alerts and digests find for their owners; return how many were looked at.

    Runs at fixed hours of days on which the owner's territory works, so that a change of a number
    tells nobody when a report came in (U19). Safe to run twice: it writes down what is there.
    """
    if not working_territories(current_place(), datetime.now(UTC)):
        return 0
    watched = or_(
        SavedFilter.digest, SavedFilter.alert_over.is_not(None), SavedFilter.alert_days.is_not(None)
    )
    ids = db.session.scalars(select(SavedFilter.id).where(watched)).all()
    looked = 0
    for filter_id in ids:
        with unit_of_work(actor) as uow:
            looked += _look_at(uow, filter_id)
    return looked


def _look_at(uow: UnitOfWork, filter_id: UUID) -> bool:
    saved, place = uow.session.get(SavedFilter, filter_id), current_place()
    view = owner_view(uow, saved) if saved else None
    if saved is None or view is None:
        return False
    where = place.territory_of(view.actor.department)
    if where not in working_territories(place, uow.now):
        return False
    saved.found, saved.oldest_on = look(uow.session, saved, view)
    saved.looked_at = uow.now
    return True


def owner_view(uow: UnitOfWork, saved: SavedFilter) -> Viewpoint | None:
    """How things look to the owner of a filter now; without one it is off, and says why."""
    owner = find_actor(uow.session, saved.owner_id)
    try:
        filter_of(saved.chosen)
    except ValueError:
        saved.off_because = "filter-not-valid"
        return None
    if owner is None:
        saved.off_because = "owner-gone"
        return None
    return viewpoint(owner)


# --- Handing out ----------------------------------------------------------------------------------


def hand_out(*, actor: Actor) -> int:
    """Give what was routed to a unit and fits one of its rules to an officer; return how many.

    By the rights and the scope of the rule's owner as they are now: a rule whose owner is gone,
    leads the unit no more, or whose officer is gone, is off and says so. Each report is handed
    out once for each routing, so what an officer puts back stays on the heap. Safe to run twice.
    """
    rules = select(SavedFilter.id).where(SavedFilter.hand_out, SavedFilter.off_because.is_(None))
    order = (SavedFilter.place, SavedFilter.made_at, SavedFilter.id)
    given = 0
    for filter_id in db.session.scalars(rules.order_by(*order)).all():
        for report_id in _fitting(filter_id, actor):
            with unit_of_work(actor) as uow:
                given += _hand_out_one(uow, filter_id, report_id)
    return given


def _fitting(filter_id: UUID, actor: Actor) -> list[UUID]:
    """The next of what fits a rule and nobody has; turns the rule off if it may not go on."""
    with unit_of_work(actor) as uow:
        saved = uow.session.get(SavedFilter, filter_id)
        if saved is None:  # taken away since it was listed
            return []
        view = owner_view(uow, saved)
        if view is None or not _leads(saved, view.actor):
            saved.off_because = saved.off_because or "owner-leads-no-more"
            return []
        handed = select(HandedOut.report_id).where(
            HandedOut.report_id == Report.id, HandedOut.routing_version == Report.routing_version
        )
        wanted = select(Report.id, Report.next_due_on).where(
            *conditions_of(replace(filter_of(saved.chosen), states=()), view),
            text(IS_OPEN),
            Report.department_code == saved.department,
            Report.state == ReportState.ROUTED,
            Report.handler_id.is_(None),
            ~handed.exists(),
        )
        return [row.id for row in next_of_round(uow, saved, wanted, AT_ONCE)]


def _leads(saved: SavedFilter, owner: Actor) -> bool:
    return may(owner, Permission.ASSIGN_REPORTS) and owner.department == saved.department


def _hand_out_one(uow: UnitOfWork, filter_id: UUID, report_id: UUID) -> int:
    """Give one report, unless somebody was quicker; 1 if it was given."""
    report = uow.session.get(Report, report_id, with_for_update=True, populate_existing=True)
    saved = uow.session.get(SavedFilter, filter_id)
    if report is None or saved is None or saved.off_because or report.handler_id is not None:
        return 0
    if report.state is not ReportState.ROUTED or report.department_code != saved.department:
        return 0
    if saved.hand_to is not None and not can_be_given(uow, saved.hand_to, saved.department):
        saved.off_because = "officer-not-available"
        return 0
    officer = saved.hand_to or _next_in_turn(uow, saved, report)
    if officer is None or reports.is_excluded(uow.session, report, officer):
        return 0  # it stays on the heap, and nothing is said of why
    try:
        give(uow, report, officer, "report.assign", filter=saved.id.hex)
    except RuleBroken:
        return 0  # whoever stands in is away or may not have it, which is said to nobody either
    saved.last_given = officer
    uow.session.add(
        HandedOut(
            report_id=report.id,
            routing_version=report.routing_version,
            filter_id=saved.id,
            name=saved.name,
            at=uow.now,
        )
    )
    touch(uow, report)
    return 1


def _next_in_turn(uow: UnitOfWork, saved: SavedFilter, report: Report) -> UUID | None:
    """Whoever is present, may know of it and comes after the one who got something last."""
    owner = find_actor(uow.session, saved.owner_id)
    if owner is None:
        return None
    here = sorted(
        one.id
        for one in list_holders(uow.session, saved.department, owner, reports.excluded_from(report))
        if one.away_until is None
    )
    later = [one for one in here if saved.last_given is None or one > saved.last_given]
    return next(iter([*later, *here]), None)
