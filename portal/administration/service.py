"""What an official does with drafts beyond keeping them: trying them on many reports."""

from dataclasses import dataclass
from uuid import UUID

from portal.access.permissions import Permission, demand
from portal.infra.database import db
from portal.jurisdiction.candidate import candidate_of
from portal.jurisdiction.changing import newest_place
from portal.jurisdiction.handed_in import drafts_for
from portal.jurisdiction.place import Place
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.rewards.queries.simulation import Simulated, simulate
from portal.triage.preview import PreviewRouting, preview_routing


@dataclass(frozen=True, slots=True)
class TryDrafts:
    """The order to try one's drafts, or what was handed in, on so many of the newest decisions."""

    reports: int
    request_id: UUID | None = None


def try_drafts(command: TryDrafts, *, actor: Actor) -> UUID:
    """Begin a preview of the place with drafts; RuleBroken while it is wrong."""
    base, candidate = _with_drafts(command.request_id, actor)
    order = PreviewRouting(candidate, command.reports, base)
    return preview_routing(order, actor=actor)


def try_schemes(request_id: UUID | None, *, actor: Actor) -> tuple[Simulated, ...]:
    """What the schemes with drafts would have given; RuleBroken while the place is wrong."""
    _base, candidate = _with_drafts(request_id, actor)
    return simulate(db.session(), candidate)


def _with_drafts(request_id: UUID | None, actor: Actor) -> tuple[Place, Place]:
    """The newest place, and what it would be."""
    demand(actor, Permission.MANAGE_PLACE)
    session = db.session()
    base = newest_place(session)
    candidate = candidate_of(base, drafts_for(session, actor, request_id))
    if candidate.place is None:
        raise RuleBroken("place-is-wrong")
    return base, candidate.place
