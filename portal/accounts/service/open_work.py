"""What an account that closes or moves leaves behind on the desk."""

from uuid import UUID

from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork


def give_open_work_away(uow: UnitOfWork, account_id: UUID) -> None:
    """Have the desk find somebody for what the account may not work on any more (U14)."""
    for kind in (TaskKind.GIVE_WORK_AWAY, TaskKind.GIVE_CASES_AWAY):
        uow.task(kind, account_id, cause=uow.now.isoformat())
