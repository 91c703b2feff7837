"""What a reporter can do with the receipt code: come back, write, contest, rate, be forgotten."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from portal.audit.trail import advance, record
from portal.casework.service.erasure import awaits_erasing, keep_contested
from portal.decisions.service.reviewing import ask_for_review, lock_case_of
from portal.feedback import queries, tickets
from portal.feedback.contesting import demand_in_time, with_day_kept
from portal.feedback.models import Contest
from portal.infra.database import db
from portal.infra.keys import keys
from portal.infra.tasks import TaskKind
from portal.infra.throttle import Throttle, bucket_of_name
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.visits import Ticket, VisitPurpose, end_visit, keep_open, save_visit
from portal.intake import queries as reports
from portal.intake.clocks import happened, meet, refresh_due, stop_waiting
from portal.intake.content import message_context
from portal.intake.flood import FLOOD, demand_proof, uncount
from portal.intake.forgetting import destroy_identity
from portal.intake.models import (
    Author,
    Message,
    MessageKind,
    Receipt,
    Report,
    ReportFile,
)
from portal.intake.states import ReportAction, ReportState
from portal.jurisdiction.place import ClockEvent, ReasonKind, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.reference import (
    ReceiptCode,
    derive_receipt,
    harden_verifier,
    interim_verifier,
    is_last_four,
    locator_mac,
    parse_receipt,
    verify_secret,
)
from portal.triage.relations import find_leading, leave, lock_together

# Guessing a code: 5 failures for one locator hold it for 15 minutes, doubling; 30 an hour
# for one network (security.md, receipt codes).
BY_LOCATOR = Throttle("receipt-locator", 5, timedelta(hours=1), timedelta(minutes=15))
BY_NETWORK = Throttle("receipt-network", 30, timedelta(hours=1), timedelta(hours=1))
# From many networks together: then every attempt costs a little work, and the right code opens.
BY_SITE = Throttle("receipt-site", 300, FLOOD)

# A desk that is flooded by one reporter cannot read what the others write.
MESSAGES = Throttle("reporter-messages", 30, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class OpenTracking:
    """A code as it was typed, and the throttle bucket of the network it came from."""

    code: str = field(repr=False)
    network: str = field(repr=False)
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ProposeCode:
    """The wish for another code, by whoever shows the present one."""

    ticket: Ticket = field(repr=False)
    code: str = field(repr=False)
    network: str = field(repr=False)
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ReplaceCode:
    """The last four symbols of the new code, typed back."""

    ticket: Ticket = field(repr=False)
    typed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WriteToDesk:
    """What the reporter adds: a reply to a question, or something new."""

    report_id: UUID
    text: str = field(repr=False)
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ContestResult:
    """A result called not resolved, with a reason of the pack's list and why."""

    report_id: UUID
    reason: str
    text: str = field(repr=False)


def open_tracking(command: OpenTracking, *, actor: Actor) -> Ticket:
    """Return a ticket for the report this code belongs to.

    Raises NotFound, always the same, for a malformed, unknown or wrong code and for the code
    of an erased report, after the same work (only a malformed code, which tells itself, is
    answered sooner); TooManyAttempts when the locator or the network is on hold.
    """
    report_id = _report_of(command, actor)
    with unit_of_work(actor) as uow:
        return let_in(uow, report_id)


def _report_of(command: OpenTracking | ProposeCode, actor: Actor) -> UUID:
    """The report that a code opens, under the brakes on guessing."""
    code = parse_receipt(command.code)
    counted = demand_proof(BY_SITE, command.proof, command.network, actor=actor)
    if code is None:
        with unit_of_work(actor) as uow:
            BY_NETWORK.attempt(uow, command.network)
        raise NotFound("receipt")
    bucket = bucket_of_name(code.locator)
    with unit_of_work(actor) as uow:
        held = BY_NETWORK.attempt(uow, command.network)
        BY_LOCATOR.attempt(uow, bucket)
        receipt = _find_receipt(uow, code)
        stored, report_id = (receipt.verifier, receipt.report_id) if receipt else (None, None)
    if not verify_secret(stored, keys().pepper, code.secret) or report_id is None:
        raise NotFound("receipt")
    with unit_of_work(actor) as uow:
        uncount(uow, BY_SITE, counted)
        BY_NETWORK.give_back(uow, command.network, held=held)
        BY_LOCATOR.succeeded(uow, bucket)
    return report_id


def _find_receipt(uow: UnitOfWork, code: ReceiptCode) -> Receipt | None:
    """The receipt with the locator of this code; none for a report that is erased.

    One that was disposed of by schedule still opens: its reporter reads that, and nothing else.
    """
    mac = locator_mac(keys().locator, code.locator)
    receipt = reports.find_receipt_by_locator(uow.session, mac)
    if receipt is None:
        return None
    report = uow.session.get_one(Report, receipt.report_id)
    disposed = report.disposed_at is not None
    return receipt if report.content_key is not None or disposed else None


def let_in(uow: UnitOfWork, report_id: UUID, right: Mapping[str, str] | None = None) -> Ticket:
    """Note the first return, and open a tracking visit: by a code, or by another `right`."""
    ticket, receipt = Ticket.new(), uow.session.get_one(Receipt, report_id)
    receipt.first_return_at = receipt.first_return_at or uow.now
    save_visit(uow, ticket, VisitPurpose.TRACKING, {**tickets.visit_of(receipt), **(right or {})})
    return ticket


def propose_code(command: ProposeCode, *, actor: Actor) -> None:
    """Draw the code that is to take the place of the present one, for the eyes of this visit.

    Nothing changes until `replace_code`. Raises NotFound for any code but the one of the report
    that the visit is to, under the same brakes as coming back.
    """
    code = parse_receipt(command.code)
    report_id = tickets.get_tracked(db.session(), command.ticket, actor)
    if _report_of(command, actor) != report_id:
        raise NotFound("receipt")
    with unit_of_work(actor) as uow:
        receipt = uow.session.get_one(Receipt, report_id)
        proposed = _new_code(uow, spoken=bool(code and code.is_spoken))
        kept = tickets.going_on(uow.session, command.ticket, receipt)
        kept["proposed"] = proposed.text
        save_visit(uow, command.ticket, VisitPurpose.TRACKING, kept)


def _new_code(uow: UnitOfWork, *, spoken: bool) -> ReceiptCode:
    """A code that depends on nothing anybody has seen, with a locator that is free."""
    while True:
        code = derive_receipt(keys().pepper, secrets.token_bytes(32), 0, spoken=spoken)
        mac = locator_mac(keys().locator, code.locator)
        if reports.find_receipt_by_locator(uow.session, mac) is None:
            return code


def replace_code(command: ReplaceCode, *, actor: Actor) -> bool:
    """Have the proposed code open the report from now on, and the present one nothing.

    Every other visit to the report ends with it. False when the four symbols are others. Raises
    NotFound when nothing is proposed, or another visit has replaced the code meanwhile.
    """
    code = tickets.find_proposed(db.session(), command.ticket)
    if code is None:
        raise NotFound("receipt")
    if not is_last_four(code, command.typed):
        return False
    before = tickets.get_tracked_receipt(db.session(), command.ticket, actor)
    verifier = harden_verifier(interim_verifier(keys().pepper, code.secret))
    with unit_of_work(actor) as uow:
        replaced = uow.session.scalar(
            update(Receipt)
            .where(
                Receipt.report_id == before.report_id,
                Receipt.locator_mac == before.locator_mac,
            )
            .values(
                locator_mac=locator_mac(keys().locator, code.locator),
                verifier=verifier,
                hardened=True,
                replaced_at=uow.now,
                confirmed_at=uow.now,
            )
            .returning(Receipt)
            .execution_options(populate_existing=True)
        )
        if replaced is None:
            raise NotFound("receipt")
        kept = tickets.going_on(uow.session, command.ticket, replaced)
        save_visit(uow, command.ticket, VisitPurpose.TRACKING, kept)
        record(uow, "receipt.replace", "report", replaced.report_id)
    return True


def read_tracking(report_id: UUID, *, actor: Actor) -> queries.Tracking:
    """Everything the tracking page shows; what is new to the reporter counts as read from now on.

    With a result that is first read, the last day to contest it is held on to.
    NotFound for a report that is erased.
    """
    tracking = queries.get_tracking(db.session(), report_id)
    if tracking.has_unread or tracking.contesting.told_first:
        with unit_of_work(actor) as uow:
            uow.session.execute(
                update(Message)
                .where(
                    Message.report_id == report_id,
                    Message.author != Author.REPORTER,
                    Message.kind.in_(queries.FOR_REPORTER),
                    Message.read_at.is_(None),
                )
                .values(read_at=uow.now)
            )
            if tracking.contesting.told_first:
                tracking = with_day_kept(uow, get_own(uow, report_id), tracking)
    return tracking


def begin_to_write(ticket: Ticket, *, actor: Actor) -> None:
    """Keep the tracking page open for two hours, so that no long letter is lost."""
    with unit_of_work(actor) as uow:
        keep_open(uow, ticket)


def leave_tracking(ticket: Ticket, *, actor: Actor) -> None:
    """Close the tracking page; the ticket opens nothing any more."""
    with unit_of_work(actor) as uow:
        end_visit(uow, ticket)


def write_to_desk(command: WriteToDesk, *, actor: Actor) -> None:
    """Add a message, with files, to the thread; a reply to a question lets the clocks run on.

    Raises RuleBroken for files with a report whose category takes none.
    """
    with unit_of_work(actor) as uow:
        MESSAGES.attempt(uow, bucket_of_name(command.report_id.hex))
        lock_together(uow, command.report_id)
        report = get_own(uow, command.report_id)
        if command.files and not queries.takes_files(report):
            raise RuleBroken("category-takes-no-files", category=report.category)
        replying = report.waiting_since is not None
        kind = MessageKind.REPLY if replying else MessageKind.SUPPLEMENT
        message = _write(uow, report, kind, command.text)
        uow.session.flush()
        for evidence_id in command.files:
            uow.session.add(
                ReportFile(evidence_id=evidence_id, report_id=report.id, message_id=message.id)
            )
        if replying:
            stop_waiting(uow, report)
            refresh_due(uow, report)
        report.changed_at = uow.now
        leading = find_leading(uow.session, report)
        if leading is not None:
            _tell_leading(uow, leading, replying=replying)
        (leading or report).written_at = uow.now
        if not awaits_erasing(report):
            uow.task(TaskKind.INDEX_REPORT, report.id, cause=message.id.hex)
        record(uow, "report.write", "report", report.id, kind=kind, files=len(command.files))


def _tell_leading(uow: UnitOfWork, leading: Report, *, replying: bool) -> None:
    """What is said about a merged report changes the one it is worked on with: the desk reads it.

    A reply of one of the reporters is what the desk was waiting for.
    """
    if replying:
        stop_waiting(uow, leading)
        refresh_due(uow, leading)
    leading.changed_at = uow.now


def contest_result(command: ContestResult, *, actor: Actor) -> None:
    """Send a result back to the desk, once for each result, with a clock of its own (U1).

    A report that was merged is looked at again by itself: no other reporter contested anything.
    Raises MoveRefused before there is a result, RuleBroken for the second time, once its time is
    over or its words are erased, or for a reason that is not on the list.
    """
    reason = current_place().reasons.get(command.reason)
    if reason is None or reason.kind is not ReasonKind.CONTEST:
        raise RuleBroken("reason-unknown")
    with unit_of_work(actor) as uow:
        case = lock_case_of(uow, command.report_id)
        lock_together(uow, command.report_id)
        report = get_own(uow, command.report_id)
        if report.contested_result == report.result_number and report.result_number:
            raise RuleBroken("contested-already")
        if report.state is ReportState.CLOSED and report.department_code is None:
            raise RuleBroken("nobody-has-it")
        demand_in_time(uow, report)
        advance(uow, report, ReportAction.CONTEST, reason=reason.code)
        message = _write(uow, report, MessageKind.SUPPLEMENT, command.text)
        uow.session.flush()
        uow.session.add(
            Contest(
                report_id=report.id,
                result_number=report.result_number,
                reason=reason.code,
                message_id=message.id,
                made_at=uow.now,
            )
        )
        report.contested_result = report.result_number
        report.changed_at = uow.now
        # Whoever gave the result must not look at it again, so it is for the next who is free.
        report.handler_id = None
        keep_contested(uow, report)
        uow.task(TaskKind.INDEX_REPORT, report.id, cause=message.id.hex)
        meet(uow, report.id, Stage.CLOSE)
        happened(uow, report, ClockEvent.CONTESTED, report.result_number)
        leave(uow, report)
        refresh_due(uow, report)
        ask_for_review(uow, case, report)


def erase_identity(report_id: UUID, *, actor: Actor) -> None:
    """Destroy the sealed name and contact; the report goes on as an anonymous one.

    Raises RuleBroken where nothing is kept. The report itself stays (PIPL 47, GDPR 17(3)(b)).
    """
    with unit_of_work(actor) as uow:
        if not destroy_identity(uow, get_own(uow, report_id)):
            raise RuleBroken("no-identity-kept")


def get_own(uow: UnitOfWork, report_id: UUID) -> Report:
    """The reporter's own report: the ticket has shown the right to it; NotFound once erased."""
    report = uow.session.get(Report, report_id, with_for_update=True)
    if report is None or report.content_key is None:
        raise queries.gone(report)
    return report


def _write(uow: UnitOfWork, report: Report, kind: MessageKind, text: str) -> Message:
    """Add what the reporter says to the thread, encrypted under the report's key."""
    message = Message(
        report_id=report.id, kind=kind, author=Author.REPORTER, body=b"", sent_at=uow.now
    )
    message.body = reports.key_of(report).encrypt_text(text, message_context(message.id))
    uow.session.add(message)
    return message
