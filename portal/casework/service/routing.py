"""Sending a report to a unit by hand, and with it what is merged into it."""

from portal.access.permissions import Permission, demand
from portal.casework.service import following
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import refresh_due
from portal.kernel.actor import Actor
from portal.triage.service import RouteReport, route_by_hand


def route_report(command: RouteReport, *, actor: Actor) -> None:
    """Send a report to a unit by hand, with a reason the unit will read.

    Raises NotFound outside the actor's scope, and refuses what `route_by_hand` does.
    """
    demand(actor, Permission.ROUTE_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        reports.demand_version(report, command.seen_version)
        reports.demand_not_merged(report)
        route_by_hand(uow, report, command.department, command.reason, command.category)
        following.routed(uow, report, command.department, command.reason)
        refresh_due(uow, report)
