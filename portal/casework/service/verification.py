"""Looking into what was reported, and answering it (E2, F10)."""

from dataclasses import dataclass, field

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance
from portal.casework.models import Verification, summary_context
from portal.casework.queries.leads import count_open_leads
from portal.casework.rules import demand_leads_answered
from portal.casework.service import following
from portal.casework.service.in_hand import take, touch, write, write_result
from portal.casework.states import Finding, VerificationMethod
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import happened, meet, stop_waiting
from portal.intake.models import MessageKind, Report
from portal.intake.states import ReportAction, ReportState
from portal.jurisdiction.place import ClockEvent, Stage
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class RecordVerification:
    """How a report was looked into, what that found, and in a few sentences what was seen."""

    reference: str
    method: VerificationMethod
    finding: Finding
    summary: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What the reporter is told of the result, in the officer's own words (U22).

    `not_waiting` says why, where other units still look into leads of the report.
    """

    reference: str
    text: str = field(repr=False)
    seen_version: int | None = None
    not_waiting: str = field(default="", repr=False)


def record_verification(command: RecordVerification, *, actor: Actor) -> None:
    """Write down a verification; the time to tell the reporter begins.

    Raises RuleBroken when a contested result would be looked at by the person who gave it.
    """
    demand(actor, Permission.WORK_REPORTS)
    with unit_of_work(actor) as uow:
        verify(uow, command)


def verify(uow: UnitOfWork, command: RecordVerification) -> None:
    """What `record_verification` does, in a unit of work that does more."""
    report = take(uow, command.reference, command.seen_version, ReportAction.VERIFY)
    if report.state is ReportState.CONTESTED:
        report.handler_id = uow.actor.id
    advance(uow, report, ReportAction.VERIFY, method=command.method, finding=command.finding)
    _write_verification(uow, report, command)
    stop_waiting(uow, report)
    meet(uow, report.id, Stage.VERIFY)
    happened(uow, report, ClockEvent.VERIFIED, report.result_number + 1)
    following.verified(uow, report)
    touch(uow, report)


def answer_report(command: AnswerReport, *, actor: Actor) -> None:
    """Tell the reporter the result, under the code; the time to close the report begins.

    Raises RuleBroken for whoever gave the result that was contested, and while leads are open
    without a reason for not waiting, which stands in the file.
    """
    demand(actor, Permission.WORK_REPORTS)
    with unit_of_work(actor) as uow:
        answer(uow, command)


def answer(uow: UnitOfWork, command: AnswerReport) -> None:
    """What `answer_report` does, in a unit of work that does more."""
    report = take(uow, command.reference, command.seen_version, ReportAction.ANSWER)
    if count_open_leads(uow.session, report.reference):
        demand_leads_answered(command.not_waiting)
        write(uow, report, MessageKind.NOTE, command.not_waiting)
    advance(uow, report, ReportAction.ANSWER, result=report.result_number + 1)
    write_result(uow, report, command.text)
    stop_waiting(uow, report)
    meet(uow, report.id, Stage.FEEDBACK, Stage.RESULT, Stage.CONTEST)
    happened(uow, report, ClockEvent.ANSWERED, report.result_number)
    following.answered(uow, report, command.text)
    touch(uow, report)


def _write_verification(
    uow: UnitOfWork, report: Report, command: RecordVerification
) -> Verification:
    made = Verification(
        report_id=report.id,
        round=report.result_number + 1,
        method=command.method,
        finding=command.finding,
        summary=b"",
        officer_id=uow.actor.id,
        at=uow.now,
    )
    made.summary = reports.key_of(report).encrypt_text(command.summary, summary_context(made.id))
    uow.session.add(made)
    return made
