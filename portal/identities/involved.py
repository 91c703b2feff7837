"""Who has had a part in a report: whoever decides on opening its sender has had none."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import own_accounts
from portal.audit.models import AuditEvent
from portal.cases.models import Case, CaseReport
from portal.cases.queries.steps import handlers_of
from portal.decisions.models import Decision, Review
from portal.intake.models import Report
from portal.kernel.actor import Actor, ActorKind

# To look is no part in a matter; nor is what custodians do about the seal itself.
LOOKED: Final = (
    "report.open",
    "report.open-original",
    "report.open-bundle",
    "case.open-page",
    "case.open-paper",
    "case.open-party-file",
    "case.open-offer",
    "case.open-referral",
    "case.read-flash",
    "case.read-progress",
    "identity.open",
)
# Where entries of the trail name somebody who was given work.
GIVEN: Final = ("handler", "handler_before")


def had_a_part(session: Session, report: Report, actor: Actor) -> bool:
    """Whether somebody, by whichever account, ever did or was given anything of a report.

    Its cases, with their decisions and reviews, count as the report itself.
    """
    own = own_accounts(session, actor.id)
    return any(one in own for one in _involved(session, report))


def _involved(session: Session, report: Report) -> Iterator[UUID | None]:
    """The accounts: entered, handled, acted, decided."""
    yield report.entered_by
    yield report.handler_id
    inside = select(CaseReport.case_id).where(CaseReport.report_id == report.id)
    cases = session.scalars(select(Case).where(Case.id.in_(inside))).all()
    for case in cases:
        yield from handlers_of(session, case)
    case_ids = [case.id for case in cases]
    decisions = session.scalars(select(Decision).where(Decision.case_id.in_(case_ids))).all()
    for decision in decisions:
        yield from (decision.drafted_by, decision.approved_by)
    reviews = session.scalars(select(Review.id).where(Review.case_id.in_(case_ids))).all()
    matters = [report.id, *case_ids, *(one.id for one in decisions), *reviews]
    yield from _on_trail(session, matters)


def _on_trail(session: Session, matters: list[UUID]) -> Iterator[UUID | None]:
    wanted = select(AuditEvent.actor_id, AuditEvent.details).where(
        AuditEvent.subject_id.in_(matters),
        AuditEvent.actor_kind == ActorKind.STAFF,
        AuditEvent.action.not_in(LOOKED),
    )
    for row in session.execute(wanted):
        yield row.actor_id
        yield from _named(row.details)


def _named(details: dict[str, Any]) -> Iterator[UUID]:
    return (UUID(details[name]) for name in GIVEN if details.get(name))
