"""How a case stands in time: its clock, legal questions that wait, answers on their way."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.cases.limits import may_have_more_time
from portal.cases.models import Case, CaseAnswer, CaseClock, CaseQuestion
from portal.cases.queries.access import context_of, get_case, key_of
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CaseClockLine:
    """The time of the step that a case is at; `promised_on` is its first end."""

    due_on: date
    promised_on: date
    extended_days: int
    extension_days: int | None
    paused_on: date | None
    warned: bool
    breached: bool
    may_extend: bool


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A legal question, and the answer once there is one."""

    id: UUID
    adviser: str = field(repr=False)
    question: str = field(repr=False)
    asked_at: datetime
    name: str | None = field(repr=False)
    answer: str = field(repr=False)
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """An answer to all reporters, how many have it, and how many it could not be given to."""

    at: datetime
    answered: int
    refused: int
    ended: bool
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Course:
    """What the page of a case shows of its time."""

    clock: CaseClockLine | None
    questions: tuple[QuestionLine, ...]
    answers: tuple[AnswerLine, ...]


def course_of(session: Session, case: Case, today: date) -> Course:
    """The time of a case."""
    return Course(_clock(session, case, today), _questions(session, case), _answers(session, case))


def find_question(session: Session, number: str, which: UUID, actor: Actor) -> QuestionLine | None:
    """One question of a case in scope."""
    found = _questions(session, get_case(session, number, actor))
    return next((one for one in found if one.id == which), None)


def _clock(session: Session, case: Case, today: date) -> CaseClockLine | None:
    wanted = select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.met_at.is_(None))
    clock = session.scalar(wanted)
    if clock is None:
        return None
    return CaseClockLine(
        due_on=clock.due_on,
        promised_on=clock.promised_on,
        extended_days=clock.extended_days,
        extension_days=clock.extension_days,
        paused_on=clock.paused_on,
        warned=clock.warned_at is not None,
        breached=clock.breached_at is not None,
        may_extend=may_have_more_time(clock, today),
    )


def _questions(session: Session, case: Case) -> tuple[QuestionLine, ...]:
    rows = session.execute(
        select(CaseQuestion, Account.display_name)
        .outerjoin(Account, Account.id == CaseQuestion.asked_by)
        .where(CaseQuestion.case_id == case.id)
        .order_by(CaseQuestion.asked_at)
    ).all()
    key = key_of(case)
    found = []
    for one, name in rows:
        said = key.decrypt_json(one.body, context_of("case_question.body", one.id))
        answer = ""
        if one.answer is not None:
            answer = key.decrypt_text(one.answer, context_of("case_question.answer", one.id))
        words = (said["adviser"], said["question"])
        found.append(QuestionLine(one.id, *words, one.asked_at, name, answer, one.answered_on))
    return tuple(found)


def _answers(session: Session, case: Case) -> tuple[AnswerLine, ...]:
    rows = session.execute(
        select(CaseAnswer, Account.display_name)
        .join(Account, Account.id == CaseAnswer.by)
        .where(CaseAnswer.case_id == case.id)
        .order_by(CaseAnswer.at)
    )
    return tuple(
        AnswerLine(one.at, one.answered, one.refused, one.ended_at is not None, name)
        for one, name in rows
    )
