"""Legal questions to an adviser inside a case; the time of the case waits, within a limit (C12)."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from portal.audit.trail import record
from portal.cases.models import CaseQuestion
from portal.cases.queries.access import context_of, key_of
from portal.cases.service import clocks
from portal.cases.service.in_hand import take_open, today, touch
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken


@dataclass(frozen=True, slots=True)
class AskAdviser:
    """A legal question, and who is asked."""

    number: str
    adviser: str = field(repr=False)
    question: str = field(repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RecordAdvice:
    """What the adviser said, and on which day."""

    number: str
    question: UUID
    answered_on: date
    answer: str = field(repr=False)
    seen_version: int | None = None


def ask_adviser(command: AskAdviser, *, actor: Actor) -> UUID:
    """Put a question to an adviser; the time of the case stands still, within its limit."""
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        asked = CaseQuestion(case_id=case.id, body=b"", asked_at=uow.now, asked_by=actor.id)
        said = {"adviser": command.adviser, "question": command.question}
        asked.body = key_of(case).encrypt_json(said, context_of("case_question.body", asked.id))
        uow.session.add(asked)
        record(uow, "case.ask-adviser", "case", case.id, question=asked.id.hex)
        clocks.stand_still(uow, case)
        touch(uow, case)
        return asked.id


def record_advice(command: RecordAdvice, *, actor: Actor) -> None:
    """Write down the answer; once none is waited for, the time of the case runs on.

    Raises MoveRefused for a question that has its answer, and RuleBroken for a day that has not
    come, or lies before the question.
    """
    with unit_of_work(actor) as uow:
        case = take_open(uow, command.number, command.seen_version)
        asked = uow.session.get(CaseQuestion, command.question, with_for_update=True)
        if asked is None or asked.case_id != case.id:
            raise NotFound("question")
        if asked.answered_at is not None:
            raise MoveRefused("done-already", subject="case", state=case.state)
        _demand_day(uow, asked, command.answered_on)
        asked.answered_on, asked.answered_at, asked.answered_by = (
            command.answered_on,
            uow.now,
            actor.id,
        )
        asked.answer = key_of(case).encrypt_text(
            command.answer, context_of("case_question.answer", asked.id)
        )
        record(uow, "case.advice", "case", case.id, question=asked.id.hex)
        uow.session.flush()
        if not _waiting(uow, case.id):
            clocks.run_on(uow, case)
        touch(uow, case)


def _demand_day(uow: UnitOfWork, asked: CaseQuestion, day: date) -> None:
    if day > today(uow):
        raise RuleBroken("day-in-the-future")
    if day < local_date(current_place(), asked.asked_at):
        raise RuleBroken("day-too-early")


def _waiting(uow: UnitOfWork, case_id: UUID) -> int:
    """How many questions have no answer yet."""
    wanted = select(func.count()).select_from(CaseQuestion)
    open_ = wanted.where(CaseQuestion.case_id == case_id, CaseQuestion.answered_at.is_(None))
    return uow.session.scalar(open_) or 0
