"""Awards as the desk sees them: the lists, and one award with all it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, or_, select, text
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.queries.access import in_scope as cases_in_scope
from portal.infra.keyset import in_window
from portal.intake.models import Report
from portal.jurisdiction.place import Text
from portal.jurisdiction.reward_tables import RewardLevel, RewardScheme
from portal.kernel.actor import Actor
from portal.kernel.page import Page, Window, page_of
from portal.rewards.ledger.models import BudgetLine, Fund, LedgerMovement
from portal.rewards.ledger.states import MovementKind
from portal.rewards.models import IS_OPEN_AWARD, Award, AwardStep
from portal.rewards.queries.access import get_award, in_scope, scheme_of, words_of
from portal.rewards.queries.persons import person_of, who_had, who_touched
from portal.rewards.queries.reporter import lines_of
from portal.rewards.queries.standing import standings_of
from portal.rewards.rules.amounts import Line
from portal.rewards.rules.standing import Standing
from portal.rewards.rules.steps import is_apart, may_take
from portal.rewards.states import (
    OPEN_AWARDS,
    STEPS,
    AwardAction,
    AwardHeap,
    AwardState,
)

AWARD_KEY: Final = (datetime, UUID)
# Whose turn it is in which state.
_TURNS: Final = {
    AwardState.PROMISED: Permission.PROPOSE_AWARDS,
    AwardState.PROPOSED: Permission.CONFIRM_AWARDS,
    AwardState.CONFIRMED: Permission.APPROVE_AWARDS,
    AwardState.ENDORSED: Permission.APPROVE_AWARDS,
}


@dataclass(frozen=True, slots=True)
class AwardLine:
    """An award in a list."""

    id: UUID
    case: str
    number: int
    unit: str
    state: AwardState
    amount: int | None
    currency: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step that was taken, by whom and when, and what was written at it."""

    action: AwardAction
    name: str = field(repr=False)
    at: datetime
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AwardPage:
    """An award with what it rests on; `acts` are the steps that the reader may take.

    `reads_case` says whether the reader may also see the case.
    """

    award: Award
    case: str
    unit: str
    reference: str
    scheme: RewardScheme
    level: RewardLevel | None
    lines: tuple[Line, ...]
    fund: Text | None
    year: int | None
    promised_by: str = field(repr=False)
    steps: tuple[StepLine, ...]
    withdrawn_because: str = field(repr=False)
    standings: tuple[Standing, ...]
    acts: tuple[AwardAction, ...]
    may_declare: bool
    reads_case: bool


def list_awards(session: Session, actor: Actor, heap: AwardHeap, window: Window) -> Page[AwardLine]:
    """The awards of a heap in scope, the oldest first; what has ended, the newest first."""
    open_ = heap in {AwardHeap.WAITING, AwardHeap.OPEN}
    since = Award.promised_at if open_ else Award.ended_at
    asked = select(Award, Case.number, Case.department_code).join(Case, Case.id == Award.case_id)
    asked = asked.where(in_scope(actor), *_conditions(session, actor, heap))
    newest = heap is AwardHeap.ENDED
    rows = session.execute(in_window(asked, window, since, Award.id, newest_first=newest)).all()
    page = page_of(rows, window, lambda row: (_since(row[0], open_=open_), row[0].id))
    lines = tuple(
        AwardLine(
            award.id,
            number,
            award.number,
            unit,
            award.state,
            award.amount,
            award.currency,
            _since(award, open_=open_),
        )
        for award, number, unit in page.items
    )
    return Page(lines, page.after, page.before)


def get_award_page(session: Session, award_id: UUID, actor: Actor) -> AwardPage:
    """Everything about an award in the actor's scope; NotFound for any other."""
    award, case = get_award(session, award_id, actor)
    scheme, said = scheme_of(award), words_of(case, award)
    names = _names(session, award)
    fund, year = _line(session, award)
    person = person_of(session, actor.id)
    touched = who_touched(session, award)
    had = who_had(session, case, award)
    return AwardPage(
        award=award,
        case=case.number,
        unit=case.department_code,
        reference=session.scalars(
            select(Report.reference).where(Report.id == award.report_id)
        ).one(),
        scheme=scheme,
        level=next((one for one in scheme.levels if one.code == award.level), None),
        lines=lines_of(award),
        fund=fund,
        year=year,
        promised_by=names[award.promised_by],
        steps=tuple(_steps(session, award, said)),
        withdrawn_because=said.get(AwardAction.WITHDRAW, ""),
        standings=standings_of(session, case, scheme),
        acts=tuple(
            action
            for action in award.open_actions
            if person is not None
            and may_take(actor, action, award.state, case.department_code)
            and is_apart(action, person, touched, had)
        ),
        may_declare=award.state in OPEN_AWARDS and person not in touched,
        reads_case=session.scalar(select(Case.id).where(Case.id == case.id, cases_in_scope(actor)))
        is not None,
    )


def list_of_case(session: Session, case_id: UUID) -> tuple[Award, ...]:
    """The awards of a case by their number."""
    wanted = select(Award).where(Award.case_id == case_id).order_by(Award.number)
    return tuple(session.scalars(wanted))


def _conditions(
    session: Session, actor: Actor, heap: AwardHeap
) -> Iterator[ColumnElement[bool] | Any]:
    if heap is AwardHeap.UNPAID:
        yield Award.state == AwardState.APPROVED
        yield _paid() == 0
    elif heap is AwardHeap.ENDED:
        yield Award.ended_at.is_not(None)
    else:
        # Said by the column's own name: `case_file` has a `state` as well.
        yield text(f"reward_award.{IS_OPEN_AWARD}")
    if heap is AwardHeap.WAITING:
        own = person_of(session, actor.id)
        turns = [state for state, needed in _TURNS.items() if may(actor, needed)]
        yield Award.state.in_(turns)
        yield ~exists().where(AwardStep.award_id == Award.id, AwardStep.person_id == own)


def _paid() -> ColumnElement[int]:
    """How often an award was paid or forfeited, without what came back: once, or never."""
    ended = LedgerMovement.kind.in_((MovementKind.SETTLE, MovementKind.FORFEIT))
    came_back = LedgerMovement.kind == MovementKind.COME_BACK
    times = func.sum(case((ended, 1), (came_back, -1), else_=0))
    wanted = select(func.coalesce(times, 0)).where(LedgerMovement.award_id == Award.id)
    return wanted.scalar_subquery()


def _since(award: Award, *, open_: bool) -> datetime:
    return award.promised_at if open_ or award.ended_at is None else award.ended_at


def _names(session: Session, award: Award) -> dict[UUID, str]:
    step = select(AwardStep.account_id).where(AwardStep.award_id == award.id)
    wanted = select(Account.id, Account.display_name).where(
        or_(Account.id.in_(step), Account.id == award.promised_by)
    )
    return {row.id: row.display_name for row in session.execute(wanted)}


def _steps(session: Session, award: Award, said: Mapping[str, str]) -> Iterator[StepLine]:
    rows = session.execute(
        select(AwardStep, Account.display_name)
        .join(Account, Account.id == AwardStep.account_id)
        .where(AwardStep.award_id == award.id)
    ).all()
    for one, name in sorted(rows, key=lambda row: (row[0].at, list(STEPS).index(row[0].step))):
        yield StepLine(one.step, name, one.at, said.get(one.step, ""))


def _line(session: Session, award: Award) -> tuple[Text | None, int | None]:
    if award.line_id is None:
        return None, None
    row = session.execute(
        select(Fund.name_zh, Fund.name_en, BudgetLine.year)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .where(BudgetLine.id == award.line_id)
    ).one()
    return Text(row.name_zh, row.name_en), row.year
