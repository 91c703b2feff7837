"""Keeping drafts of the public form, and sweeping up the files of those that were given up."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.evidence.models import Evidence
from portal.evidence.service import erase
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.infra.visits import Ticket, VisitPurpose, end_visit, find_visit, save_visit
from portal.intake.draft import LONGEST, Draft
from portal.intake.uploads import UNOWNED_AGE, erase_unowned, unowned
from portal.kernel.actor import Actor

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
    """Write a draft down; its files stay as long as it does, and the `unwanted` go at once."""
    with unit_of_work(actor) as uow:
        erase_unowned(uow, unwanted)
        if draft.files:
            waiting = update(Evidence).where(Evidence.id.in_(draft.file_ids))
            uow.session.execute(waiting.values(claimed_at=uow.now))
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
            erase_unowned(uow, Draft.from_state(state).file_ids)
        end_visit(uow, ticket)


def part_from_earlier(ticket: Ticket, *, actor: Actor) -> None:
    """Have what this browser has begun be a report like any other. Safe to run twice."""
    draft = find_draft(db.session(), ticket)
    if draft is not None and draft.follows is not None:
        keep_draft(ticket, replace(draft, follows=None), actor=actor)


def forget_unlinked_files(*, actor: Actor) -> int:
    """Erase the files that no report has and no draft waits with any more; return how many.

    Safe to run twice and at any time: what a form is about to send is younger than that.
    """
    erased = 0
    while True:
        with unit_of_work(actor) as uow:
            old = unowned(Evidence.claimed_at < uow.now - UNOWNED_AGE)
            found = uow.session.scalars(old.limit(AT_ONCE)).all()
            for evidence_id in found:
                erase(uow, evidence_id)
        erased += len(found)
        if len(found) < AT_ONCE:
            return erased
