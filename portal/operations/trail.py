"""The trail as an auditor reads it: with the names of staff and the references of reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, demand
from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.audit.queries import TrailFilter, list_entries
from portal.intake.models import Report
from portal.kernel.actor import Actor
from portal.kernel.page import Page, Window
from portal.kernel.reference import normalise_reference
from portal.operations.trail_words import accounts_in

# No record has this id: what an unknown reference leads to.
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class TrailQuestion:
    """What an auditor is looking for; empty parts do not matter."""

    action: str = ""
    actor_id: UUID | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, and the words for the ids in them."""

    entries: Page[AuditEvent]
    people: Mapping[UUID, str]
    references: Mapping[UUID, str]


def read_trail(
    session: Session, question: TrailQuestion, window: Window, actor: Actor
) -> TrailPage:
    """A page of the trail, the newest first.

    A reference opens nothing: what a report says, and who sent it, stays with those in scope.
    """
    demand(actor, Permission.READ_TRAIL)
    entries = list_entries(session, _filter(session, question), window)
    people = {account for event in entries.items for account in accounts_in(event)}
    subjects = {event.subject_id for event in entries.items if event.subject_kind == "report"}
    return TrailPage(
        entries,
        dict(
            session.execute(
                select(Account.id, Account.display_name).where(Account.id.in_(people))
            ).all()
        ),
        dict(
            session.execute(
                select(Report.id, Report.reference).where(Report.id.in_(subjects))
            ).all()
        ),
    )


def _filter(session: Session, question: TrailQuestion) -> TrailFilter:
    subject = None
    if question.reference:
        wanted = normalise_reference(question.reference) or ""
        subject = session.scalar(select(Report.id).where(Report.reference == wanted)) or NOBODY
    return TrailFilter(question.action, question.actor_id, subject)
