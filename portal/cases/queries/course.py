"""How a case stands in time: its clock, legal questions that wait, answers on their way."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.cases.limits import may_have_more_time
from portal.cases.models import Case, CaseAnswer, CaseClock, CaseQuestion
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.inside import Inside, inside_of
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


def course_of(case: Case, inside: Inside, today: date) -> Course:
    """The time of a case."""
    return Course(_clock(inside, today), _questions(case, inside), _answers(inside))


def find_question(session: Session, number: str, which: UUID, actor: Actor) -> QuestionLine | None:
    """One question of a case in scope."""
    case = get_case(session, number, actor)
    found = _questions(case, inside_of(session, case))
    return next((one for one in found if one.id == which), None)


def _clock(inside: Inside, today: date) -> CaseClockLine | None:
    clock = next(iter(inside.of(CaseClock, by=lambda one: one.starts_on)), None)
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


def _questions(case: Case, inside: Inside) -> tuple[QuestionLine, ...]:
    key = key_of(case)
    found = []
    for one in inside.of(CaseQuestion, by=lambda one: one.asked_at):
        said = key.decrypt_json(one.body, context_of("case_question.body", one.id))
        answer = ""
        if one.answer is not None:
            answer = key.decrypt_text(one.answer, context_of("case_question.answer", one.id))
        words, name = (said["adviser"], said["question"]), inside.names.get(one.asked_by)
        found.append(QuestionLine(one.id, *words, one.asked_at, name, answer, one.answered_on))
    return tuple(found)


def _answers(inside: Inside) -> tuple[AnswerLine, ...]:
    return tuple(
        AnswerLine(
            one.at, one.answered, one.refused, one.ended_at is not None, inside.names[one.by]
        )
        for one in inside.of(CaseAnswer, by=lambda one: one.at)
    )
