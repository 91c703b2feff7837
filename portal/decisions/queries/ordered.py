"""The drafts that a review has ordered, and that are not given up."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.decisions.models import Decision, Review
from portal.decisions.states import DecisionState, ReviewOutcome


def ordered_drafts(
    session: Session, case: Case, decisions: Collection[Decision]
) -> frozenset[UUID]:
    """Which of the decisions of a case are the last that change what a review wants changed."""
    in_force = {one.id for one in decisions if one.state is DecisionState.IN_FORCE}
    if not any(one.replaces_id in in_force for one in decisions):
        return frozenset()
    wanted = Review.case_id == case.id, Review.outcome == ReviewOutcome.CHANGED
    rows = session.execute(select(Review.decision_id, Review.decided_at).where(*wanted)).all()
    changed = [(row.decision_id, row.decided_at) for row in rows]
    return frozenset(
        one.id
        for one in decisions
        if _changes(one, changed, decisions) and not _is_changed_by_another(one, decisions)
    )


def _changes(
    one: Decision,
    changed: Collection[tuple[UUID | None, datetime | None]],
    decisions: Collection[Decision],
) -> bool:
    """Whether it changes a decision in force that is to be changed.

    A reporter's review names no decision: its draft was made as it was decided.
    """
    in_force = {other.id for other in decisions if other.state is DecisionState.IN_FORCE}
    return one.replaces_id in in_force and any(
        decision == one.replaces_id or (decision is None and decided_at == one.drafted_at)
        for decision, decided_at in changed
    )


def _is_changed_by_another(one: Decision, decisions: Collection[Decision]) -> bool:
    return any(
        other.replaces_id == one.replaces_id
        and other.id != one.id
        and other.state is not DecisionState.WITHDRAWN
        for other in decisions
    )
