"""Moving a case on: what a step asks for must be there first (B6)."""

from dataclasses import dataclass, field

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance
from portal.cases.models import Case, CaseReport
from portal.cases.queries.steps import barred, hand_of, lacking, proofs_of
from portal.cases.rules import (
    ENDS,
    demand_decision,
    demand_ending,
    demand_head,
    demand_reason,
    may_move,
    step_of,
)
from portal.cases.service import clocks
from portal.cases.service.in_hand import begin_round, take, touch, write_note
from portal.cases.states import Audience, CaseAction, CaseEnding
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Report
from portal.intake.states import OPEN_STATES
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken


@dataclass(frozen=True, slots=True)
class MoveCase:
    """A move of a case; `ending` for one that closes it, `reason` is a note of the file."""

    number: str
    action: CaseAction
    ending: CaseEnding | None = None
    reason: str = field(default="", repr=False)
    seen_version: int | None = None


def move_case(command: MoveCase, *, actor: Actor) -> None:
    """Make a move.

    Raises MoveRefused if the case is elsewhere by now, and RuleBroken, naming what is missing,
    while a paper of the step is neither there nor waived; for a step that somebody else than who
    has or had the case makes; and for closing while a reporter of the case has no answer, an
    office above supervises it, or it is offered to another unit.
    """
    demand(actor, Permission.WORK_CASES)
    with unit_of_work(actor) as uow:
        case = take(uow, command.number, command.seen_version)
        case.lifecycle.after(case.state, command.action)
        demand_ending(command.action, command.ending)
        demand_reason(command.action, command.reason)
        _demand_step(uow, case, command.action)
        case.ending = command.ending
        details = {"ending": str(command.ending)} if command.ending else {}
        advance(uow, case, command.action, **details)
        clocks.follow(uow, case, command.action)
        begin_round(case)
        if command.reason:
            write_note(uow, case, Audience.DEPARTMENT, command.reason)
        touch(uow, case)


def _demand_step(uow: UnitOfWork, case: Case, action: CaseAction) -> None:
    step = step_of(current_place(), action)
    if not may_move(uow.actor, action, step, case.department_code):
        demand_head(uow.actor, case.department_code)
    proofs = proofs_of(uow.session, case)
    if action in barred(case, proofs, hand_of(uow.session, case, uow.actor)):
        raise RuleBroken("handler-does-not-confirm")
    demand_decision(action, step, decision_stands=case.decision_stands)
    still = lacking(case, action, proofs)
    if still:
        raise RuleBroken("papers-missing", papers=" ".join("|".join(one) for one in still))
    if action in ENDS:
        if case.supervised_at is not None:
            raise RuleBroken("under-supervision")
        if case.referred_at is not None:
            raise RuleBroken("with-the-police")
        if case.offered_at is not None:
            raise RuleBroken("offered-to-another-unit")
        _demand_answers(uow, case)


def _demand_answers(uow: UnitOfWork, case: Case) -> None:
    """Nobody is left without an answer: each report of the case has its result (B2)."""
    open_ = select(Report.id).join(CaseReport, CaseReport.report_id == Report.id)
    still = open_.where(
        CaseReport.case_id == case.id,
        CaseReport.left_at.is_(None),
        Report.department_code == case.department_code,  # others answer what has gone to them
        Report.state.in_(OPEN_STATES),
        Report.result_number <= Report.contested_result,
    )
    if uow.session.scalar(still.limit(1)) is not None:
        raise RuleBroken("reports-not-answered")
