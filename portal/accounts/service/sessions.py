"""Sessions of staff: opened, given a new id, seen, ended. The row is the only truth."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, update

from portal.accounts.models import StaffSession
from portal.accounts.rules import ABSOLUTE, FRESH, HALF_WAY, IDLE, SEEN_EVERY, new_token, token_hash
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """What the browser is given; `token` exists nowhere else."""

    session_id: UUID
    token: str = field(repr=False)


def open_half_way(
    uow: UnitOfWork, account_id: UUID, *, chosen_password: bytes | None = None
) -> OpenedSession:
    """Open a session that knows the password only and leads to the second page.

    With a password that was chosen with a one-time code it leads to setting up a second factor.
    """
    token = new_token()
    row = StaffSession(
        id_hash=token_hash(token),
        account_id=account_id,
        created_at=uow.now,
        last_seen_at=uow.now,
        expires_at=uow.now + HALF_WAY,
        chosen_password=chosen_password,
    )
    uow.session.add(row)
    return OpenedSession(row.id, token)


def complete(uow: UnitOfWork, session_id: UUID) -> OpenedSession:
    """Make a half-way session a full one, under a new id; raise NotFound if it has ended."""
    return renew(
        uow,
        session_id,
        second_factor_done=True,
        created_at=uow.now,
        last_seen_at=uow.now,
        expires_at=uow.now + ABSOLUTE,
        fresh_until=uow.now + FRESH,
        chosen_password=None,
    )


def refresh(uow: UnitOfWork, session_id: UUID) -> OpenedSession:
    """Note that the second factor was shown again, under a new id; the session lives no longer."""
    return renew(uow, session_id, fresh_until=uow.now + FRESH)


def renew(uow: UnitOfWork, session_id: UUID, **changes: object) -> OpenedSession:
    """Give a session a new id, so that copies of the cookie die; raise NotFound if it has ended."""
    token = new_token()
    changed = uow.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.expires_at > uow.now)
        .values(id_hash=token_hash(token), challenge=None, challenge_until=None, **changes)
        .returning(StaffSession.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise NotFound("session")
    return OpenedSession(session_id, token)


def end_all(uow: UnitOfWork, account_id: UUID, *, but: UUID | None = None) -> None:
    """End every session of an account, except one if given."""
    ended = delete(StaffSession).where(StaffSession.account_id == account_id)
    if but is not None:
        ended = ended.where(StaffSession.id != but)
    uow.session.execute(ended.execution_options(synchronize_session=False))


def drop(uow: UnitOfWork, session_id: UUID | None) -> None:
    """End the session a browser had before, if any."""
    if session_id is not None:
        uow.session.execute(
            delete(StaffSession)
            .where(StaffSession.id == session_id)
            .execution_options(synchronize_session=False)
        )


def sign_out(session_id: UUID, *, actor: Actor) -> None:
    """End a session and with it every copy of its cookie."""
    with unit_of_work(actor) as uow:
        drop(uow, session_id)
        record(uow, "account.sign-out", "account", actor.id)


def end_session(session_id: UUID, *, actor: Actor) -> None:
    """End one of the actor's own sessions; raise NotFound for anybody else's."""
    with unit_of_work(actor) as uow:
        row = uow.session.get(StaffSession, session_id)
        if row is None or row.account_id != actor.id:
            raise NotFound("session")
        uow.session.delete(row)
        record(uow, "account.end-session", "account", actor.id)


def note_seen(session_id: UUID, *, actor: Actor) -> None:
    """Note that a session is in use, at most once a minute, however many requests come."""
    with unit_of_work(actor) as uow:
        uow.session.execute(
            update(StaffSession)
            .where(
                StaffSession.id == session_id,
                StaffSession.last_seen_at <= uow.now - SEEN_EVERY,
            )
            .values(last_seen_at=uow.now)
            .execution_options(synchronize_session=False)
        )


def forget_old_sessions(*, actor: Actor) -> int:
    """Delete sessions that have run out; return how many. Safe to run twice."""
    with unit_of_work(actor) as uow:
        gone = uow.session.scalars(
            delete(StaffSession)
            .where(
                (StaffSession.expires_at <= uow.now) | (StaffSession.last_seen_at <= uow.now - IDLE)
            )
            .returning(StaffSession.id)
            .execution_options(synchronize_session=False)
        )
        return len(gone.all())
