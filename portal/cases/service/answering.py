"""Answering every reporter of a case who has no answer, in one act (A23, B2)."""

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.cases.models import Case, CaseAnswer
from portal.cases.queries.access import context_of, key_of
from portal.cases.queries.page import CaseReportLine, list_unanswered
from portal.cases.service.in_hand import take, touch
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer,
    verify,
)
from portal.casework.states import Finding, VerificationMethod
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken


@dataclass(frozen=True, slots=True)
class AnswerAll:
    """The answer to each reporter, and how the matter was looked into where nobody has said."""

    number: str
    text: str = field(repr=False)
    method: VerificationMethod
    finding: Finding
    seen_version: int | None = None


def answer_all(command: AnswerAll, *, actor: Actor) -> UUID:
    """Have every report of the case that has no answer verified, if it is not yet, and answered.

    Each gets it in a thread, with a result and a right to contest of its own. Raises RuleBroken
    where nobody waits, and while an earlier answer is on its way.
    """
    demand(actor, Permission.WORK_REPORTS)
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        if actor.id is None or not list_unanswered(uow.session, case.number, actor):
            raise RuleBroken("nobody-waits-for-an-answer")
        on_its_way = select(CaseAnswer.id).where(
            CaseAnswer.case_id == case.id, CaseAnswer.ended_at.is_(None)
        )
        if uow.session.scalar(on_its_way.limit(1)) is not None:
            raise RuleBroken("answer-on-its-way")
        given = CaseAnswer(
            case_id=case.id,
            body=b"",
            method=command.method,
            finding=command.finding,
            at=uow.now,
            by=actor.id,
        )
        given.body = key_of(case).encrypt_text(
            command.text, context_of("case_answer.body", given.id)
        )
        uow.session.add(given)
        uow.task(TaskKind.ANSWER_CASE, given.id)
        record(uow, "case.answer-all", "case", case.id, answer=given.id.hex)
        touch(uow, case)
        return given.id


def give_answers(answer_id: UUID, *, actor: Actor) -> None:
    """Answer the reports one by one, as whoever wrote the answer, whose roles are those of now.

    Safe to run twice, and to be interrupted: a report that has its answer does not wait any more.
    What is refused (a result of one's own that was contested, say) is left for a person.
    """
    given = db.session.get_one(CaseAnswer, answer_id)
    author = find_actor(db.session(), given.by)
    if given.body is None:
        return
    case = db.session.get_one(Case, given.case_id)
    text = key_of(case).decrypt_text(given.body, context_of("case_answer.body", given.id))
    for line in _waiting(case.number, author):
        with suppress(NotFound, NotPermitted, RuleBroken, MoveRefused):
            _answer(answer_id, line, case.number, text, author)
    left = len(_waiting(case.number, author))
    with unit_of_work(actor) as uow:
        ended = uow.session.get_one(CaseAnswer, answer_id, with_for_update=True)
        ended.refused, ended.ended_at, ended.body = left, uow.now, None
        told = {"answered": ended.answered, "refused": ended.refused}
        record(uow, "case.answered-all", "case", ended.case_id, **told)


def _waiting(number: str, author: Actor | None) -> tuple[CaseReportLine, ...]:
    """The reports that wait for an answer by this author; none once the account is closed."""
    if author is None:
        return ()
    try:
        return list_unanswered(db.session(), number, author)
    except NotFound:
        return ()


def _answer(
    answer_id: UUID, line: CaseReportLine, number: str, text: str, author: Actor | None
) -> None:
    if author is None:
        return
    with unit_of_work(author, more_to_come=True) as uow:
        given = uow.session.get_one(CaseAnswer, answer_id, with_for_update=True)
        if line.state is not ReportState.VERIFIED:
            how = (given.method, given.finding)
            verify(uow, RecordVerification(line.reference, *how, number))
        answer(uow, AnswerReport(line.reference, text))
        given.answered += 1
