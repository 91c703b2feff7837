"""Asking the reporter, and what staff write into the file: notes and instructions from above."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.access.permissions import Permission, demand, may
from portal.audit.trail import record
from portal.casework.models import Instruction, instruction_context
from portal.casework.rules import at_reception, may_ask, permission_to_ask
from portal.casework.service import following
from portal.casework.service.in_hand import touch, write
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import wait_for_reporter
from portal.intake.models import MessageKind
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class AskReporter:
    """A question that the reporter finds under the receipt code."""

    reference: str
    question: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class AddNote:
    """A note for colleagues; the reporter never sees it (U15)."""

    reference: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordInstruction:
    """An instruction from above as it was given: by whom, on which day, in which words (B3)."""

    reference: str
    author: str = field(repr=False)
    given_on: date
    text: str = field(repr=False)


def ask_reporter(command: AskReporter, *, actor: Actor) -> None:
    """Ask the reporter something; the clocks stand still until the reply, up to their cap (U32).

    Raises RuleBroken while there is nothing to ask about (not routed yet, or finished).
    """
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        demand(actor, permission_to_ask(report.department_code))
        reports.demand_version(report, command.seen_version)
        reports.demand_not_merged(report)
        if not may_ask(actor, report.state, report.department_code):
            raise RuleBroken("nothing-to-ask")
        write(uow, report, MessageKind.QUESTION, command.question)
        wait_for_reporter(uow, report)
        following.asked(uow, report, command.question)
        touch(uow, report)


def add_note(command: AddNote, *, actor: Actor) -> None:
    """Put a note into the file."""
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        if not (at_reception(report.department_code) and may(actor, Permission.ROUTE_REPORTS)):
            demand(actor, Permission.WORK_REPORTS)
        write(uow, report, MessageKind.NOTE, command.text)
        record(uow, "report.note", "report", report.id)
        touch(uow, report)


def record_instruction(command: RecordInstruction, *, actor: Actor) -> UUID:
    """Put an instruction from above into the file; it moves nothing and opens nothing (B3).

    Raises RuleBroken for a day that has not come yet.
    """
    demand(actor, Permission.ENTER_REPORTS)
    with unit_of_work(actor) as uow:
        report = reports.get_report(uow.session, command.reference, actor, for_update=True)
        if command.given_on > local_date(current_place(), uow.now):
            raise RuleBroken("day-in-the-future")
        given = Instruction(
            report_id=report.id,
            given_on=command.given_on,
            body=b"",
            entered_by=actor.id,
            entered_at=uow.now,
        )
        given.body = reports.key_of(report).encrypt_json(
            {"author": command.author, "text": command.text}, instruction_context(given.id)
        )
        uow.session.add(given)
        record(uow, "report.instruct", "report", report.id, instruction=given.id.hex)
        touch(uow, report)
        return given.id
