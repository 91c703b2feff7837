"""`@tries`: what custodians may do, where also those who may not leave an entry on the trail."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from portal.access.guard import current_actor, requires
from portal.access.permissions import Permission, may
from portal.custody.service.attempts import note_refusal
from portal.kernel.actor import ActorKind

V = TypeVar("V", bound=Callable[..., Any])


def tries(permission: Permission, kind: str, attempt: str, named: str = "") -> Callable[[V], V]:
    """`@requires(permission)`, and an attempt without it is noted; `named` is the id in the URL."""

    def decorate(view: V) -> V:
        guarded = requires(permission)(view)

        @wraps(guarded)
        def watched(*args: object, **kwargs: object) -> object:
            actor = current_actor()
            if actor.kind is ActorKind.STAFF and not may(actor, permission):
                subject = kwargs.get(named)
                subject_id = subject if isinstance(subject, UUID) else None
                note_refusal(kind, attempt, subject_id, "not-permitted", actor=actor)
            return guarded(*args, **kwargs)

        return watched  # type: ignore[return-value]

    return decorate
