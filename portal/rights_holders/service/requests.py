"""Requests that a program may send again: the second time the answer is that of the first."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, RuleBroken
from portal.rights_holders.models import ApiRequest

KEPT: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Once:
    """A request as it is known again: whose it is, its key, and a hash of what it says."""

    token_id: UUID
    key: bytes = field(repr=False)
    request: bytes = field(repr=False)


def find_result(session: Session, once: Once) -> int | None:
    """The number of what a request made when it came before; None if it did not.

    Raises RuleBroken if the key came with another request.
    """
    found = session.get(ApiRequest, (once.token_id, once.key), populate_existing=True)
    if found is None:
        return None
    if found.request != once.request:
        raise RuleBroken("key-of-another-request")
    return found.result


def note_result(uow: UnitOfWork, once: Once | None, result: int) -> None:
    """Write down what a request comes to, in the transaction of its effect.

    Raises MoveRefused if the same request has come to something meanwhile: nothing is done twice.
    """
    if once is None:
        return
    row = ApiRequest(
        token_id=once.token_id,
        key=once.key,
        request=once.request,
        result=result,
        answered_at=uow.now,
    )
    if not uow.insert_once(row):
        raise MoveRefused("request-under-way", subject="request", state="answered")


def forget_requests(*, actor: Actor) -> int:
    """Delete what is too old to be sent again; return how many. Safe to run twice."""
    with unit_of_work(actor) as uow:
        gone = uow.session.scalars(
            delete(ApiRequest)
            .where(ApiRequest.answered_at <= uow.now - KEPT)
            .returning(ApiRequest.key)
            .execution_options(synchronize_session=False)
        )
        return len(gone.all())
