"""Erasing what a report says: all but the results its reporter may still read, or all of it."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, or_, select, update

from portal.audit.trail import record
from portal.casework.models import (
    Instruction,
    MassAct,
    Verification,
    instruction_context,
    summary_context,
)
from portal.custody.service.openings import end_openings, erase_words_of_openings
from portal.evidence.service import erase as erase_file
from portal.infra.erasures import ErasureKind, note_erasure
from portal.infra.search import erase
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.vault import ContentKey, vault
from portal.intake import queries as reports
from portal.intake.content import Content, close_content, message_context
from portal.intake.forgetting import destroy_identity
from portal.intake.models import Message, MessageKind, Report, ReporterMail, ReportFile
from portal.intake.rules import local_date
from portal.intake.states import LeadEnding, ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.leads import blank_leads, end_leads
from portal.triage.models import (
    CategoryCorrection,
    LikenessBand,
    LikenessKey,
    LikenessOffer,
    ReportRelation,
    RoutingDecision,
    Signature,
)

PURGE_FLAG: Final = "purge_third_party_pii"


def erase_unless_contested(uow: UnitOfWork, report: Report) -> None:
    """Let nobody find a closed report by what it says, and have that erased when its time is up.

    The place says for how long a reporter can contest.
    """
    _erase_traces(uow, report)
    uow.task(
        TaskKind.ERASE_WORDS,
        report.id,
        cause=str(report.result_number),
        not_before=_end_of(_last_day(uow.now)),
    )


def put_off_erasing(uow: UnitOfWork, report: Report, last_day: date) -> None:
    """Let what waits to be erased wait until the last day to contest is over, as it was told."""
    uow.session.execute(
        update(Task)
        .where(*_waiting(report), Task.not_before < _end_of(last_day))
        .values(not_before=_end_of(last_day))
    )


def keep_contested(uow: UnitOfWork, report: Report) -> None:
    """Call the erasing off: the desk looks again."""
    uow.session.execute(
        update(Task).where(*_waiting(report)).values(state=TaskState.CANCELLED, done_at=uow.now)
    )


def awaits_erasing(report: Report) -> bool:
    """Whether a report is closed whose words about others are (about to be) erased."""
    return report.state is ReportState.CLOSED and PURGE_FLAG in report.flags


def erase_after_waiting(report_id: UUID, *, actor: Actor) -> None:
    """Erase the words of a report that reception closed and nobody contested in time.

    Whoever was told a later day in the meantime has until then.
    Safe to run twice: what was erased has no flag left, and a contest calls this off. What a legal
    hold keeps is left until the hold is lifted, which asks for it again.
    """
    with unit_of_work(actor) as uow:
        report = uow.session.get(Report, report_id, with_for_update=True)
        if report is None or report.content_key is None or report.held_at is not None:
            return
        if not awaits_erasing(report):
            return
        end = _end_of(told) if (told := _told_day(uow, report)) else uow.now
        if end > uow.now:
            uow.task(TaskKind.ERASE_WORDS, report.id, cause=uow.now.isoformat(), not_before=end)
        else:
            erase_words(uow, report, reason=PURGE_FLAG)


def _waiting(report: Report) -> tuple[ColumnElement[bool], ...]:
    return (
        Task.subject_id == report.id,
        Task.kind == TaskKind.ERASE_WORDS,
        Task.state == TaskState.PENDING,
    )


def _told_day(uow: UnitOfWork, report: Report) -> date | None:
    """The last day to contest the present result, where its reporter was told one."""
    return uow.session.scalar(
        select(Message.contest_by).where(
            Message.report_id == report.id,
            Message.kind == MessageKind.ANSWER,
            Message.result_number == report.result_number,
        )
    )


def _last_day(now: datetime) -> date:
    place = current_place()
    return local_date(place, now) + timedelta(days=place.contest_days)


def _end_of(day: date) -> datetime:
    """The midnight after a day."""
    zone = ZoneInfo(current_place().zone)
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def erase_words(uow: UnitOfWork, report: Report, *, reason: str) -> None:
    """Destroy everything said in a report but its results, which move to a new key.

    With the old key go narrative, questions, notes and reasons (a backup from before has that key
    too, until it expires: docs/security-tradeoffs.md); with the tokens and fingerprints goes what
    could find them, with the flags what was read out of them; files go with their own keys.
    """
    uow.session.flush()
    note_erasure(uow, ErasureKind.WORDS, report.id)
    old = reports.key_of(report)
    new, wrapped = vault().new_key()
    for message in reports.list_messages(uow.session, report.id):
        context = message_context(message.id)
        kept = message.kind is MessageKind.ANSWER
        text = old.decrypt_text(message.body, context) if kept else ""
        message.body = new.encrypt_text(text, context)
    _blank_staff_words(uow, report, new)
    end_leads(uow, report, LeadEnding.ERASED)
    blank_leads(uow, report)
    report.content = close_content(new, report.id, Content(narrative=""))
    report.content_key = wrapped
    # Not `excluded_units`: they keep the named offices from seeing that there was a report.
    report.flags = []
    report.near_school = False
    _erase_traces(uow, report)
    _erase_files(uow, report)
    uow.task(TaskKind.ERASE_HAND_OVERS, report.id, cause=uow.now.isoformat())
    record(uow, "report.erase-content", "report", report.id, reason=reason)


def destroy_report(uow: UnitOfWork, report: Report) -> None:
    """Destroy all that a report said, its results and its sealed identity too.

    What is left is the row without words, for counts and for the notice that it is gone.
    """
    if report.content_key is not None:
        erase_words(uow, report, reason="disposal")
    destroy_identity(uow, report, reason="disposal")
    uow.session.flush()
    uow.session.execute(update(Message).where(Message.report_id == report.id).values(body=b""))
    report.content = report.content_key = None
    report.disposed_at = uow.now


def _erase_traces(uow: UnitOfWork, report: Report) -> None:
    """Erase what could find the report by its words: search index and likeness.

    With the correction goes what was learnt from them, at the next training.
    """
    erase(uow.session, report.id)
    end_openings(uow, report.id)
    erase_words_of_openings(uow, report.id)
    for model in (LikenessKey, LikenessBand, Signature, CategoryCorrection, ReporterMail):
        uow.session.execute(delete(model).where(model.report_id == report.id))
    offers = or_(LikenessOffer.report_id == report.id, LikenessOffer.other_id == report.id)
    uow.session.execute(delete(LikenessOffer).where(offers))
    report.mass_of = None


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
    for relation in uow.session.scalars(
        select(ReportRelation).where(ReportRelation.following_id == report.id)
    ):
        relation.note = None
    for told in uow.session.scalars(select(MassAct).where(MassAct.first_id == report.id)):
        told.text = None
    for given in uow.session.scalars(select(Instruction).where(Instruction.report_id == report.id)):
        blank = {"author": "", "text": ""}
        given.body = new.encrypt_json(blank, instruction_context(given.id))


def _erase_files(uow: UnitOfWork, report: Report) -> None:
    """Erase what came with the report."""
    links = list(uow.session.scalars(select(ReportFile).where(ReportFile.report_id == report.id)))
    files = [link.evidence_id for link in links]
    for link in links:
        uow.session.delete(link)
    uow.session.flush()
    for evidence_id in files:
        erase_file(uow, evidence_id)
