"""Passkeys (WebAuthn): asked for, checked, added, removed."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, update

from portal.accounts.models import Passkey, StaffSession
from portal.accounts.queries import factors_of, get_account
from portal.accounts.rules import CHALLENGE, RelyingParty
from portal.accounts.service import sessions
from portal.accounts.service.brakes import code_brakes
from portal.accounts.service.sessions import OpenedSession
from portal.accounts.service.sign_in import admit, open_session_row
from portal.audit.trail import record
from portal.infra.config import settings
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken

MOST_PASSKEYS: Final = 10


@dataclass(frozen=True, slots=True)
class CheckPasskey:
    """What the browser answered, as JSON, for a session, half-way or full."""

    session_id: UUID
    answer: str = field(repr=False)
    network: str


@dataclass(frozen=True, slots=True)
class AddPasskey:
    """A new credential, as JSON, and the name its owner gives it."""

    session_id: UUID
    answer: str = field(repr=False)
    name: str


def relying_party() -> RelyingParty | None:
    """Who passkeys would be for; None where browsers offer none, at a bare network address.

    Locally that is `localhost`, which browsers trust without HTTPS.
    """
    parts = urlsplit(settings().base_url)
    host = parts.hostname or ""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        return RelyingParty(host, f"{parts.scheme}://{parts.netloc}")
    return RelyingParty("localhost", f"http://localhost:{parts.port}") if loopback else None


def ask_for_passkey(session_id: UUID, *, actor: Actor) -> str:
    """Return the options for `navigator.credentials.get`, as JSON; the challenge is kept."""
    from portal.accounts import authenticators  # noqa: PLC0415  # it says why

    with unit_of_work(actor) as uow:
        row = open_session_row(uow, session_id)
        known = factors_of(uow.session, row.account_id).passkeys
        options, challenge = authenticators.ask(_party(), known)
        _keep(uow, row, challenge)
        return options


def check_passkey(command: CheckPasskey, *, actor: Actor) -> OpenedSession | None:
    """Complete a half-way session, or make a full one fresh; None if the answer is not genuine.

    Raises TooManyAttempts, and NotFound if the session has ended meanwhile.
    """
    with unit_of_work(actor) as uow:
        row = open_session_row(uow, command.session_id)
        brakes = code_brakes(row.account_id, command.network)
        held = brakes.attempt(uow)
        if not _is_genuine(uow, row, command.answer):
            record(uow, "account.refuse-passkey", "account", row.account_id, held=held or None)
            return None
        return admit(uow, row, brakes, factor="passkey")


def ask_for_new_passkey(session_id: UUID, *, actor: Actor) -> str:
    """Return the options for `navigator.credentials.create`, as JSON; the challenge is kept."""
    from portal.accounts import authenticators  # noqa: PLC0415  # it says why

    with unit_of_work(actor) as uow:
        row = _fresh_row(uow, session_id)
        account = get_account(uow.session, row.account_id)
        known = factors_of(uow.session, row.account_id).passkeys
        if len(known) >= MOST_PASSKEYS:
            raise RuleBroken("too-many-passkeys", most=MOST_PASSKEYS)
        options, challenge = authenticators.ask_for_new(_party(), account, known)
        _keep(uow, row, challenge)
        return options


def add_passkey(command: AddPasskey, *, actor: Actor) -> None:
    """Store a new passkey; needs a fresh session; refuse an answer that is not genuine."""
    from portal.accounts import authenticators  # noqa: PLC0415  # it says why

    with unit_of_work(actor) as uow:
        row = _fresh_row(uow, command.session_id)
        challenge = _take_challenge(uow, row)
        made = challenge and authenticators.registration(_party(), challenge, command.answer)
        if not made or _find(uow, made.credential_id) is not None:
            raise RuleBroken("passkey-refused")
        passkey = Passkey(
            account_id=row.account_id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=command.name,
            created_at=uow.now,
        )
        uow.session.add(passkey)
        sessions.end_all(uow, row.account_id, but=row.id)
        record(uow, "account.add-passkey", "account", row.account_id, passkey=passkey.id.hex)


def remove_passkey(passkey_id: UUID, session_id: UUID, *, actor: Actor) -> None:
    """Delete one of the actor's own passkeys, unless it is the last second factor."""
    with unit_of_work(actor) as uow:
        row = _fresh_row(uow, session_id)
        passkey = uow.session.get(Passkey, passkey_id)
        if passkey is None or passkey.account_id != row.account_id:
            raise NotFound("passkey")
        if factors_of(uow.session, row.account_id).count == 1:
            raise RuleBroken("last-factor")
        uow.session.delete(passkey)
        sessions.end_all(uow, row.account_id, but=row.id)
        record(uow, "account.remove-passkey", "account", row.account_id, passkey=passkey_id.hex)


def _fresh_row(uow: UnitOfWork, session_id: UUID) -> StaffSession:
    """The session if its owner showed a second factor a moment ago; raise NotPermitted if not."""
    row = open_session_row(uow, session_id)
    if row.fresh_until is None or row.fresh_until <= uow.now:
        raise NotPermitted("step-up-needed")
    return row


def _party() -> RelyingParty:
    party = relying_party()
    if party is None:
        raise RuleBroken("passkeys-need-a-name")
    return party


def _keep(uow: UnitOfWork, row: StaffSession, challenge: bytes) -> None:
    row.challenge, row.challenge_until = challenge, uow.now + CHALLENGE


def _take_challenge(uow: UnitOfWork, row: StaffSession) -> bytes | None:
    """The challenge in the air, once."""
    challenge, until = row.challenge, row.challenge_until
    row.challenge = row.challenge_until = None
    return challenge if until is not None and until > uow.now else None


def _find(uow: UnitOfWork, credential_id: bytes) -> Passkey | None:
    return uow.session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def _is_genuine(uow: UnitOfWork, row: StaffSession, answer: str) -> bool:
    """Whether the answer was signed by a passkey of this account, for this challenge, just now."""
    from portal.accounts import authenticators  # noqa: PLC0415  # it says why

    challenge = _take_challenge(uow, row)
    credential_id = authenticators.credential_of(answer)
    passkey = None if credential_id is None else _find(uow, credential_id)
    if challenge is None or passkey is None or passkey.account_id != row.account_id:
        return False
    count = authenticators.new_count(_party(), challenge, passkey, answer)
    return count is not None and _counted(uow, passkey, count)


def _counted(uow: UnitOfWork, passkey: Passkey, new_count: int) -> bool:
    """Note the use; False if another request has used the passkey meanwhile."""
    changed = uow.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
        .values(sign_count=new_count, last_used_at=uow.now)
        .returning(Passkey.id)
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None
