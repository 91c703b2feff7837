"""What proves the steps of a case, and who may not confirm them: by persons, not by accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import own_accounts
from portal.audit.models import AuditEvent
from portal.cases.models import Case, CasePaper
from portal.cases.queries.access import get_case
from portal.cases.queries.sight import HANDED_ON
from portal.cases.rules import Proof, missing, proving, resting_on, step_of
from portal.cases.states import CaseAction
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor


def proofs_of(session: Session, case: Case) -> tuple[Proof, ...]:
    """The papers and waivers of a case that are not struck out."""
    waived = CasePaper.waiver.is_not(None).label("waived")
    rows = session.execute(
        select(CasePaper.form, CasePaper.round, CasePaper.added_by, waived).where(
            CasePaper.case_id == case.id, CasePaper.struck_at.is_(None)
        )
    )
    return tuple(Proof(row.form, row.round, row.added_by if row.waived else None) for row in rows)


def lacking(case: Case, action: CaseAction, proofs: Iterable[Proof]) -> tuple[tuple[str, ...], ...]:
    """The groups of papers that a move still asks for (B6)."""
    step = step_of(current_place(), action)
    return missing(step, [one.form for one in proving(step, proofs, case.round)])


def list_missing(
    session: Session, number: str, action: CaseAction, actor: Actor
) -> tuple[tuple[str, ...], ...]:
    """The groups of papers that a move still asks for; NotFound outside the scope."""
    case = get_case(session, number, actor)
    return lacking(case, action, proofs_of(session, case))


def handlers_of(session: Session, case: Case) -> frozenset[UUID]:
    """The accounts that have the case, or had it before they passed it on."""
    rows = session.scalars(
        select(AuditEvent.details).where(
            AuditEvent.subject_id == case.id, AuditEvent.action.in_(HANDED_ON)
        )
    )
    said = [row.get(name) for row in rows for name in ("handler", "handler_before")]
    now = {case.handler_id, case.opened_by, *(UUID(one) for one in said if one)}
    return frozenset(one for one in now if one is not None)


@dataclass(frozen=True, slots=True)
class Hand:
    """The accounts of a person, and whether one of them has the case or had it."""

    accounts: frozenset[UUID]
    had_it: bool


# Of somebody to whom it makes no difference.
NO_HAND: Final = Hand(frozenset(), had_it=False)


def hand_of(session: Session, case: Case, actor: Actor) -> Hand:
    """The hand that somebody has in a case."""
    own = own_accounts(session, actor.id)
    return Hand(own, bool(own & handlers_of(session, case)))


def barred(case: Case, proofs: Iterable[Proof], hand: Hand) -> frozenset[CaseAction]:
    """The moves that another person than this one has to make.

    Whoever has the case, or had it, does not confirm a step of it; nor does whoever did without a
    paper that the step asks for, or without the notice that precedes what it decides.
    """
    place, given = current_place(), tuple(proofs)
    steps = {move: step_of(place, move) for move in case.open_actions}
    return frozenset(
        move
        for move, step in steps.items()
        if step.confirmed
        and (
            hand.had_it
            or any(one.waived_by in hand.accounts for one in resting_on(step, given, case.round))
        )
    )
