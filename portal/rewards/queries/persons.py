"""Who had a part in an award: by natural persons, whatever accounts and roles they have by now."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.queries.steps import handlers_of
from portal.rewards.models import Award, AwardStep

CONFLICT: Final = "award.declare-conflict"


def who_touched(session: Session, award: Award) -> frozenset[UUID]:
    """The persons who took a step, and those who declared a conflict."""
    steps = select(AwardStep.person_id).where(AwardStep.award_id == award.id)
    declared = (
        select(Account.person_id)
        .join(AuditEvent, AuditEvent.actor_id == Account.id)
        .where(AuditEvent.subject_id == award.id, AuditEvent.action == CONFLICT)
    )
    return frozenset(session.scalars(union(steps, declared)))


def who_had(session: Session, case: Case, award: Award) -> frozenset[UUID]:
    """The persons who promised the reward, and who have or had the case."""
    return _persons(session, {award.promised_by, *handlers_of(session, case)})


def person_of(session: Session, account_id: UUID | None) -> UUID | None:
    """The natural person of an account."""
    return session.scalar(select(Account.person_id).where(Account.id == account_id))


def _persons(session: Session, accounts: Collection[UUID]) -> frozenset[UUID]:
    return frozenset(session.scalars(select(Account.person_id).where(Account.id.in_(accounts))))
