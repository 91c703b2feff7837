"""Closing reports: after an answer, or unrouted with the pack's own words (B2, F10, U2)."""

from dataclasses import dataclass, field

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance
from portal.casework.rules import demand_answer_first, listed_reason
from portal.casework.service import following
from portal.casework.service.ending import ByRule, close_at_reception
from portal.casework.service.in_hand import finish, take, touch
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.states import LeadEnding, ReportAction
from portal.jurisdiction.place import Reason, ReasonKind
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.leads import end_leads


@dataclass(frozen=True, slots=True)
class CloseReport:
    """The outcome of a report that was answered, out of the pack's list."""

    reference: str
    outcome: str
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class CloseUnrouted:
    """The decision of reception that a report goes nowhere, with a listed reason."""

    reference: str
    reason: str
    text: str = field(default="", repr=False)
    seen_version: int | None = None
    rule: ByRule | None = None


def close_report(command: CloseReport, *, actor: Actor) -> None:
    """Close an answered report with an outcome of the list.

    Raises RuleBroken without an answer to the reporter, and for an outcome not on the list.
    """
    demand(actor, Permission.CLOSE_REPORTS)
    outcome = listed_reason(current_place().reasons, command.outcome, ReasonKind.CLOSE)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.CLOSE)
        demand_answer_first(report.state)
        report.close_reason = outcome.code
        advance(uow, report, ReportAction.CLOSE, outcome=outcome.code)
        finish(uow, report)
        following.closed(uow, report, outcome.code)
        end_leads(uow, report, LeadEnding.CLOSED)
        touch(uow, report)


def close_unrouted(command: CloseUnrouted, *, actor: Actor) -> None:
    """Close a report at reception, telling the reporter why in the report's language.

    What a report out of scope says about other people can be found by nobody from then on, and is
    erased unless the reporter contests in time; the answer stays readable under the receipt code.
    Contested, it comes back to reception.
    """
    demand(actor, Permission.CLOSE_UNROUTED_REPORTS)
    reason = listed_reason(current_place().reasons, command.reason, ReasonKind.CLOSE_UNROUTED)
    with unit_of_work(actor) as uow:
        report = take(uow, command.reference, command.seen_version, ReportAction.CLOSE_UNROUTED)
        end_unrouted(uow, report, reason, command.text, command.rule)


def end_unrouted(
    uow: UnitOfWork, leading: Report, reason: Reason, text: str, rule: ByRule | None = None
) -> None:
    """Close a report at reception, and those that follow it; what cannot be goes its own way."""
    following.closed_unrouted(uow, leading, reason.code, text, rule)
    close_at_reception(uow, leading, reason, text, rule)
