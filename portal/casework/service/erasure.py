"""Erasing what a report says, all but the results that its reporter may still read."""

from sqlalchemy import delete, select, update

from portal.audit.trail import record
from portal.casework.models import (
    Instruction,
    Verification,
    instruction_context,
    summary_context,
)
from portal.evidence.service import erase as erase_file
from portal.infra.search import erase
from portal.infra.tasks import Task, TaskState
from portal.infra.uow import UnitOfWork
from portal.infra.vault import ContentKey, vault
from portal.intake import queries as reports
from portal.intake.content import Content, close_content, message_context
from portal.intake.models import MessageKind, Report, ReportFile
from portal.triage.models import LikenessBand, LikenessKey, RoutingDecision, Signature


def erase_words(uow: UnitOfWork, report: Report, *, reason: str) -> None:
    """Destroy everything said in a report but its results, which move to a new key.

    With the old key go narrative, questions, notes and reasons (a backup from before has that key
    too, until it expires: docs/security-tradeoffs.md); with the tokens and fingerprints goes what
    could find them; files go with their own keys.
    """
    uow.session.flush()
    old = reports.key_of(report)
    new, wrapped = vault().new_key()
    for message in reports.list_messages(uow.session, report.id):
        context = message_context(message.id)
        kept = message.kind is MessageKind.ANSWER
        text = old.decrypt_text(message.body, context) if kept else ""
        message.body = new.encrypt_text(text, context)
    _blank_staff_words(uow, report, new)
    report.content = close_content(new, report.id, Content(narrative=""))
    report.content_key = wrapped
    erase(uow.session, report.id)
    for model in (LikenessKey, LikenessBand, Signature):
        uow.session.execute(delete(model).where(model.report_id == report.id))
    _erase_files(uow, report)
    record(uow, "report.erase-content", "report", report.id, reason=reason)


def _blank_staff_words(uow: UnitOfWork, report: Report, new: ContentKey) -> None:
    """What staff wrote may repeat names; why it was routed tells words that were in the text."""
    for decision in uow.session.scalars(
        select(RoutingDecision).where(RoutingDecision.report_id == report.id)
    ):
        decision.explanation = []
        if decision.reason is not None:
            decision.reason = new.encrypt_text("", f"routing_decision.reason:{decision.id}")
    for check in uow.session.scalars(
        select(Verification).where(Verification.report_id == report.id)
    ):
        check.summary = new.encrypt_text("", summary_context(check.id))
    for given in uow.session.scalars(select(Instruction).where(Instruction.report_id == report.id)):
        blank = {"author": "", "text": ""}
        given.body = new.encrypt_json(blank, instruction_context(given.id))


def _erase_files(uow: UnitOfWork, report: Report) -> None:
    """Erase what came with the report; work still to be done on its files is called off."""
    links = list(uow.session.scalars(select(ReportFile).where(ReportFile.report_id == report.id)))
    files = [link.evidence_id for link in links]
    for link in links:
        uow.session.delete(link)
    uow.session.flush()
    for evidence_id in files:
        erase_file(uow, evidence_id)
    uow.session.execute(
        update(Task)
        .where(Task.subject_id.in_(files), Task.state == TaskState.PENDING)
        .values(state=TaskState.CANCELLED, done_at=uow.now)
    )
