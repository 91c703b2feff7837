"""What an operator may see of a report from the command line: tier P and nothing else."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.intake import queries as reports
from portal.intake.models import Clock, Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.models import RoutingDecision
from portal.triage.relations import find_leading


def report_summary(session: Session, reference: str) -> dict[str, Any]:
    """State, place, desk, urgency, likeness, flags, the rule and its reasons, clocks; plain JSON.

    Raises NotFound. Nothing of it is in the reporter's words.
    """
    report = reports.get_report(session, reference, Actor.operator())
    decision = session.scalar(
        select(RoutingDecision)
        .where(RoutingDecision.report_id == report.id)
        .order_by(RoutingDecision.version.desc())
        .limit(1)
    )
    return {
        "reference": report.reference,
        "kind": report.kind,
        "channel": report.channel,
        "received_at": report.received_at.isoformat(),
        "state": report.state,
        "category": report.category,
        "secondary": decision.secondary if decision else [],
        "suggested_category": decision.suggested_category if decision else None,
        **_region(report),
        **_desk(report, decision),
        "urgency": report.urgency,
        **_likeness(session, report),
        "flags": report.flags,
        "restricted": report.restricted,
        "conflict": report.conflict,
        "clocks": [_clock(clock) for clock in reports.list_clocks(session, report.id)],
    }


def _region(report: Report) -> dict[str, Any]:
    region = current_place().regions.get(report.region or "")
    return {
        "region": report.region,
        "region_level": region.level if region else report.region_state,
        "region_candidates": report.region_candidates,
    }


def _desk(report: Report, decision: RoutingDecision | None) -> dict[str, Any]:
    return {
        "department": report.department_code.partition("@")[0] if report.department_code else None,
        "unit": report.department_code,
        "co_departments": decision.support if decision else [],
        "excluded_units": report.excluded_units,
        "split": decision.split if decision else [],
        "action": decision.action if decision else None,
        "quality": decision.quality if decision else None,
        "rule": decision.rule_id if decision else None,
        "decided_by": None if decision is None else ("person" if decision.decided_by else "rule"),
        "routing_version": report.routing_version,
        "pack_version": decision.pack_version if decision else None,
        "explanation": decision.explanation if decision else [],
    }


def _likeness(session: Session, report: Report) -> dict[str, Any]:
    """The report this one repeats, and those that repeat this one, by reference."""
    rows = session.execute(
        select(Report.id, Report.reference).where(
            or_(Report.id == report.duplicate_of, Report.duplicate_of == report.id)
        )
    )
    found = {row.id: row.reference for row in rows}
    earlier = found.pop(report.duplicate_of, None) if report.duplicate_of else None
    leading = find_leading(session, report)
    return {
        "duplicate_of": earlier,
        "duplicates": sorted(found.values()),
        "merged_into": leading.reference if leading else None,
    }


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "stage": clock.stage,
        "round": clock.round,
        "rule": clock.rule_id,
        "starts_on": clock.starts_on.isoformat(),
        "due_on": clock.due_on.isoformat(),
        "promised_on": clock.promised_on.isoformat(),
        "provisional": clock.provisional,
        "paused": clock.paused_at is not None,
        "met_at": clock.met_at.isoformat() if clock.met_at else None,
    }
