"""Keeping drafts of the public form, and sweeping up the files of those that were given up."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.evidence.models import Evidence
from portal.evidence.service import erase
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.infra.visits import Ticket, VisitPurpose, end_visit, find_visit, save_visit
from portal.intake.draft import LONGEST, Draft
from portal.intake.models import ReportFile
from portal.kernel.actor import Actor

UNLINKED_AGE = LONGEST + timedelta(hours=1)
AT_ONCE = 100


def find_draft(session: Session, ticket: Ticket) -> Draft | None:
    """The draft of a ticket, or None when there is none or its time is over."""
    state = find_visit(session, ticket, VisitPurpose.DRAFT)
    if state is None:
        return None
    draft = Draft.from_state(state)
    return draft if draft.started_at + LONGEST > datetime.now(UTC) else None


def keep_draft(
    ticket: Ticket, draft: Draft, *, actor: Actor, unwanted: Collection[UUID] = ()
) -> None:
    """Write a draft down; files that are `unwanted` from now on are erased in the same moment."""
    with unit_of_work(actor) as uow:
        _erase_unlinked(uow, unwanted)
        save_visit(uow, ticket, VisitPurpose.DRAFT, draft.to_state())


def close_draft(ticket: Ticket, draft: Draft, *, actor: Actor) -> None:
    """Forget the answers of a draft that was sent; its token stays for a second press."""
    with unit_of_work(actor) as uow:
        left = Draft(draft.token, draft.started_at, sent=True)
        save_visit(uow, ticket, VisitPurpose.DRAFT, left.to_state())


def delete_draft(ticket: Ticket, *, actor: Actor) -> None:
    """Forget a draft and erase its files. Safe to run twice."""
    with unit_of_work(actor) as uow:
        state = find_visit(uow.session, ticket, VisitPurpose.DRAFT)
        if state is not None:
            _erase_unlinked(uow, Draft.from_state(state).file_ids)
        end_visit(uow, ticket)


def forget_unlinked_files(*, actor: Actor) -> int:
    """Erase the files that no report came to own in the longest life of a draft; how many.

    Safe to run twice and at any time: what a form is about to send is younger than that.
    """
    erased = 0
    while True:
        with unit_of_work(actor) as uow:
            owned = select(ReportFile.evidence_id)
            old = select(Evidence.id).where(
                Evidence.received_at < uow.now - UNLINKED_AGE, Evidence.id.not_in(owned)
            )
            found = uow.session.scalars(old.limit(AT_ONCE)).all()
            for evidence_id in found:
                erase(uow, evidence_id)
        erased += len(found)
        if len(found) < AT_ONCE:
            return erased


def _erase_unlinked(uow: UnitOfWork, evidence_ids: Collection[UUID]) -> None:
    """Erase files of a draft, but never one that a report has."""
    if not evidence_ids:
        return
    owned = select(ReportFile.evidence_id)
    wanted = select(Evidence.id).where(Evidence.id.in_(evidence_ids), Evidence.id.not_in(owned))
    for evidence_id in uow.session.scalars(wanted).all():
        erase(uow, evidence_id)
