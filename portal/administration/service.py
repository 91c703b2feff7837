"""What an official does with drafts beyond keeping them: trying them on many reports."""

from dataclasses import dataclass
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.infra.database import db
from portal.jurisdiction.candidate import candidate_of
from portal.jurisdiction.changing import newest_place
from portal.jurisdiction.handed_in import drafts_for
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.triage.preview import PreviewRouting, preview_routing


@dataclass(frozen=True, slots=True)
class TryDrafts:
    """The order to try one's drafts, or what was handed in, on so many of the newest decisions."""

    reports: int
    request_id: UUID | None = None


def try_drafts(command: TryDrafts, *, actor: Actor) -> UUID:
    """Begin a preview of the place with drafts; RuleBroken while it is wrong."""
    demand(actor, Permission.MANAGE_PLACE)
    session = db.session()
    base = newest_place(session)
    candidate = candidate_of(base, drafts_for(session, actor, command.request_id))
    if candidate.place is None:
        raise RuleBroken("place-is-wrong")
    order = PreviewRouting(candidate.place, command.reports, base)
    return preview_routing(order, actor=actor)
