"""Codes of authenticator apps (RFC 6238): set up, shown once, used once."""

from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import TimeCode
from portal.accounts.rules import PROPOSAL, matching_step
from portal.infra.uow import UnitOfWork
from portal.infra.vault import vault


def propose(uow: UnitOfWork, account_id: UUID, session_id: UUID | None = None) -> str:
    """Store a new secret that is not in use yet, in place of an earlier proposal; return it.

    Only the session named may see and confirm it; without one it is there to be adopted at once.
    """
    secret = pyotp.random_base32()
    key, wrapped = vault().new_key()
    discard(uow, account_id, in_use=False)
    uow.session.add(
        TimeCode(
            account_id=account_id,
            in_use=False,
            wrapped_key=wrapped,
            secret=key.encrypt_text(secret, _context(account_id)),
            created_at=uow.now,
            session_id=session_id,
        )
    )
    uow.session.flush()
    return secret


def find_proposal(session: Session, session_id: UUID, now: datetime) -> TimeCode | None:
    """What this session is setting up; None for what another began, or too long ago."""
    return session.scalar(
        select(TimeCode).where(
            TimeCode.session_id == session_id,
            TimeCode.in_use.is_(False),
            TimeCode.created_at > now - PROPOSAL,
        )
    )


def secret_of(row: TimeCode) -> str:
    """The base32 secret in clear: for comparing a code, and for the page that sets it up."""
    return vault().open_key(row.wrapped_key).decrypt_text(row.secret, _context(row.account_id))


def use(uow: UnitOfWork, account_id: UUID, typed: str, *, in_use: bool = True) -> bool:
    """Whether `typed` is a code not used before; it is used up by this, even in parallel."""
    row = uow.session.get(TimeCode, (account_id, in_use))
    if row is None:
        return False
    step = matching_step(secret_of(row), typed, uow.now, after=row.last_step)
    if step is None:
        return False
    taken = uow.session.execute(
        update(TimeCode)
        .where(
            TimeCode.account_id == account_id,
            TimeCode.in_use.is_(in_use),
            TimeCode.last_step < step,
        )
        .values(last_step=step)
        .returning(TimeCode.account_id)
        .execution_options(synchronize_session=False)
    ).first()
    return taken is not None


def adopt(uow: UnitOfWork, account_id: UUID) -> None:
    """Put the proposed secret to use in place of the one before."""
    discard(uow, account_id, in_use=True)
    uow.session.execute(
        update(TimeCode)
        .where(TimeCode.account_id == account_id)
        .values(in_use=True, session_id=None)
        .execution_options(synchronize_session=False)
    )
    uow.session.expire_all()


def discard(uow: UnitOfWork, account_id: UUID, *, in_use: bool) -> None:
    """Delete a secret."""
    uow.session.execute(
        delete(TimeCode)
        .where(TimeCode.account_id == account_id, TimeCode.in_use.is_(in_use))
        .execution_options(synchronize_session="fetch")
    )


def _context(account_id: UUID) -> str:
    return f"time_code/{account_id.hex}"
