"""Rules that close at reception: proposed by one person, switched on by another.

Each closing goes through the same service as by hand, as the person who proposed the rule, so the
reporter is told the reason and can contest it once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from portal.access.permissions import Permission, demand
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.casework.models import ClosingRule, SavedFilter
from portal.casework.queries.closing import closable
from portal.casework.queries.filters import Viewpoint
from portal.casework.queries.saved import get_saved
from portal.casework.rules import leads_reception, listed_reason
from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.ending import ByRule
from portal.casework.service.in_hand import same_person
from portal.casework.service.rounds import next_of_round
from portal.casework.service.saved import owner_view
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.jurisdiction.place import ReasonKind
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken

AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class ProposeClosing:
    """That what fits one's own filter is closed, with a listed reason."""

    filter_id: UUID
    reason: str


def propose_closing(command: ProposeClosing, *, actor: Actor) -> None:
    """Propose a rule; it closes nothing until somebody else has switched it on.

    For whoever leads a reception. Proposing again, with whatever reason, asks for approval again.
    Raises RuleBroken for a reason that is not one for closing at reception.
    """
    _demand_lead(actor)
    reason = listed_reason(current_place().reasons, command.reason, ReasonKind.CLOSE_UNROUTED)
    with unit_of_work(actor) as uow:
        saved = get_saved(uow.session, command.filter_id, actor)
        _forget(uow, saved.id)
        uow.session.add(
            ClosingRule(
                filter_id=saved.id,
                department=actor.department or "",
                reason=reason.code,
                proposed_by=saved.owner_id,
                proposed_at=uow.now,
            )
        )
        record(uow, "closing-rule.propose", "saved_filter", saved.id, reason=reason.code)


@dataclass(frozen=True, slots=True)
class ApproveClosing:
    """Switching on the rule that was proposed at that moment, which is the one that was read."""

    filter_id: UUID
    proposed_at: datetime | None


def approve_closing(command: ApproveClosing, *, actor: Actor) -> None:
    """Switch a proposed rule on: by another person who leads the same reception.

    Raises NotFound for a rule of another reception, RuleBroken for one's own, and MoveRefused if
    another one was proposed in its place meanwhile.
    """
    _demand_lead(actor)
    with unit_of_work(actor) as uow:
        rule = _rule_of_the_unit(uow, command.filter_id)
        if rule.proposed_at != command.proposed_at:
            raise MoveRefused("changed-meanwhile", subject="closing-rule", state="proposed")
        if same_person(uow, rule.proposed_by, actor.id):
            raise RuleBroken("own-rule")
        rule.approved_by, rule.approved_at, rule.off_because = actor.id, uow.now, None
        record(uow, "closing-rule.approve", "saved_filter", command.filter_id)


def withdraw_closing(filter_id: UUID, *, actor: Actor) -> None:
    """Take a rule away: by anybody who leads the reception. What it closed stays in the report."""
    _demand_lead(actor)
    with unit_of_work(actor) as uow:
        _forget(uow, _rule_of_the_unit(uow, filter_id).filter_id)
        record(uow, "closing-rule.withdraw", "saved_filter", filter_id)


def close_by_rules(*, actor: Actor) -> int:
    """Close what fits the rules that are on; return how many reports.

    The rights and the scope of both people are those of now. Safe to run twice: what is closed
    fits no more, and what changed since it was found is left for the next time.
    """
    on = ClosingRule.approved_by.is_not(None), ClosingRule.off_because.is_(None)
    closed = 0
    for filter_id in db.session.scalars(select(ClosingRule.filter_id).where(*on)).all():
        owner, orders = _orders(filter_id, actor)
        for order in orders:
            closed += _close(order, owner)
    return closed


def _orders(filter_id: UUID, actor: Actor) -> tuple[Actor, list[CloseUnrouted]]:
    """Who closes by a rule, and what comes next; turns the rule off if it may not go on."""
    with unit_of_work(actor) as uow:
        rule = uow.session.get(ClosingRule, filter_id)
        saved = uow.session.get(SavedFilter, filter_id)
        if rule is None or saved is None:  # taken away since it was listed
            return actor, []
        view = owner_view(uow, saved)
        rule.off_because = _why_off(uow, rule, saved, view)
        if view is None or rule.off_because is not None:
            return actor, []
        fitting = select(Report.id, Report.next_due_on, Report.reference, Report.version)
        fitting = fitting.where(*closable(saved, rule.department, view))
        by = ByRule(saved.id, saved.name)
        return view.actor, [
            CloseUnrouted(one.reference, rule.reason, seen_version=one.version, rule=by)
            for one in next_of_round(uow, rule, fitting, AT_ONCE)
        ]


def _why_off(
    uow: UnitOfWork, rule: ClosingRule, saved: SavedFilter, view: Viewpoint | None
) -> str | None:
    """The code of what keeps a rule from going on; None if nothing does."""
    if view is None:
        return saved.off_because
    second = find_actor(uow.session, rule.approved_by) if rule.approved_by else None
    for one in (view.actor, second):
        if one is None or not leads_reception(one) or one.department != rule.department:
            return "owner-leads-no-more"
    known = current_place().reasons.get(rule.reason)
    fits = known is not None and known.kind is ReasonKind.CLOSE_UNROUTED
    return None if fits else "reason-unknown"


def _close(order: CloseUnrouted, owner: Actor) -> int:
    try:
        close_unrouted(order, actor=owner)
    except (NotFound, NotPermitted, RuleBroken, MoveRefused):
        return 0  # it moved on since it was found
    return 1


def _demand_lead(actor: Actor) -> None:
    demand(actor, Permission.ASSIGN_REPORTS)
    if not leads_reception(actor):
        raise NotPermitted("not-your-desk")


def _rule_of_the_unit(uow: UnitOfWork, filter_id: UUID) -> ClosingRule:
    rule = uow.session.get(ClosingRule, filter_id, with_for_update=True)
    if rule is None or rule.department != uow.actor.department:
        raise NotFound("closing-rule")
    return rule


def _forget(uow: UnitOfWork, filter_id: UUID) -> None:
    uow.session.execute(delete(ClosingRule).where(ClosingRule.filter_id == filter_id))
