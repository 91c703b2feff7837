"""What an account that closes or moves leaves behind on the desk."""

from uuid import UUID

from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork


def give_open_work_away(uow: UnitOfWork, account_id: UUID) -> None:
    """Have the desk find somebody for what the account may not work on any more (U14)."""
    uow.task(TaskKind.GIVE_WORK_AWAY, account_id, cause=uow.now.isoformat())
