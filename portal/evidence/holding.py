"""Taking a file for good for a record that is no report."""

from uuid import UUID

from portal.evidence.models import Evidence
from portal.infra.uow import UnitOfWork
from portal.kernel.errors import NotFound


def hold_file(uow: UnitOfWork, evidence_id: UUID) -> None:
    """Take a kept file, which is then not swept up as one that nobody has.

    Raises NotFound for a file that is not there, or that a record holds already.
    """
    file = uow.session.get(Evidence, evidence_id, with_for_update=True)
    if file is None or file.held_at is not None:
        raise NotFound("file")
    file.held_at = uow.now
