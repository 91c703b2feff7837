"""Every attempt that is refused is on the trail: who, at what, and the code of the refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from portal.audit.trail import record
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError


@contextmanager
def noted(kind: str, attempt: str, subject_id: UUID | None, actor: Actor) -> Iterator[None]:
    """Put a refused attempt on the trail, in a transaction of its own."""
    try:
        yield
    except PortalError as refused:
        note_refusal(kind, attempt, subject_id, refused.code, actor=actor)
        raise


def note_refusal(
    kind: str, attempt: str, subject_id: UUID | None, code: str, *, actor: Actor
) -> None:
    """Write down that somebody tried what they may not do."""
    with unit_of_work(actor) as uow:
        record(uow, f"{kind}.try", kind, subject_id, attempt=attempt, refusal=code)
