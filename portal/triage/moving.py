"""A report goes to another unit with the case that it is in."""

from typing import Final

from portal.audit.trail import record
from portal.infra.uow import UnitOfWork
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.triage.models import RoutingDecision
from portal.triage.wall import put_at_its_desk

# What the decision on the report says, which the unit there reads; the case says why.
WHY: Final = "随案件移交 / with the case"


def move_to_unit(uow: UnitOfWork, report: Report, unit: str, number: str) -> None:
    """Lay a report on the desk of the unit that takes over its case; nobody has it there yet.

    Its state, its thread and every clock stay as they are. A report whose words were erased has no
    key to write a decision under, and just moves.
    """
    if report.content_key is None:
        before, report.department_code = report.department_code, unit
        details = {"department": unit, "department_before": before}
        record(uow, "report.transfer", "report", report.id, number=number, **details)
        return
    made = RoutingDecision(
        report_id=report.id,
        version=report.routing_version + 1,
        decided_at=uow.now,
        pack_version=current_place().version,
        department_code=unit,
        support=[],
        decided_by=uow.actor.id,
    )
    made.reason = reports.key_of(report).encrypt_text(
        f"{WHY} {number}", f"routing_decision.reason:{made.id}"
    )
    told = put_at_its_desk(uow, report, made)
    record(uow, "report.transfer", "report", report.id, number=number, **told)
