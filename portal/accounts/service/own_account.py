"""What people do about their own account: start it, change the password, set up time codes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, OneTimeCode, Passkey, StaffSession
from portal.accounts.passwords import check_new_password, hash_password, is_password
from portal.accounts.queries import SignedIn, get_account
from portal.accounts.rules import SITE_NAME, fold_name, fold_one_time_code, token_hash
from portal.accounts.service import sessions, time_codes
from portal.accounts.service.brakes import code_brakes, one_time_brakes, password_brakes
from portal.accounts.service.sessions import OpenedSession
from portal.accounts.service.sign_in import open_session_row
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class StartAccount:
    """The first sign-in, or the one after a reset: name, one-time code, a password of one's own."""

    name: str
    code: str = field(repr=False)
    new_password: str = field(repr=False)
    network: str


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """A new password, by somebody who knows the present one."""

    session_id: UUID
    name: str
    password: str = field(repr=False)
    new_password: str = field(repr=False)
    network: str


@dataclass(frozen=True, slots=True)
class ConfirmTimeCode:
    """The first code of a newly set up app."""

    session_id: UUID
    code: str = field(repr=False)
    network: str


def start_account(command: StartAccount, *, actor: Actor) -> OpenedSession | None:
    """Use up a one-time code, and open a half-way session that may set up a second factor.

    None for a wrong, used or expired code or name, after the same work. Until the factor is
    confirmed the account is as it was: there is never a password without a second factor. Raises
    RuleBroken for a bad password, and TooManyAttempts.
    """
    check_new_password(command.new_password, sign_in_name=fold_name(command.name))
    brakes = one_time_brakes(command.name, command.network)
    with unit_of_work(actor) as uow:
        held = brakes.attempt(uow)
    password_hash = hash_password(command.new_password)
    with unit_of_work(actor) as uow:
        account = _take_one_time_code(uow, command)
        if account is None:
            record(uow, "account.refuse-one-time-code", "account", None, held=held or None)
            return None
        brakes.passed(uow)
        record(uow, "account.start", "account", account.id)
        opened = sessions.open_half_way(uow, account.id, chosen_password=password_hash)
        time_codes.propose(uow, account.id, opened.session_id)
        return opened


def change_password(command: ChangePassword, *, actor: Actor) -> OpenedSession | None:
    """Set a new password, end all other sessions and give this one a new id.

    None if the present password is wrong. Raises RuleBroken for a bad new one, TooManyAttempts.
    """
    check_new_password(command.new_password, sign_in_name=command.name)
    brakes = password_brakes(command.name, command.network)
    with unit_of_work(actor) as uow:
        held = brakes.attempt(uow)
        account_id = open_session_row(uow, command.session_id).account_id
        before = get_account(uow.session, account_id).password_hash
    right = is_password(before, command.password)
    password_hash = hash_password(command.new_password)
    with unit_of_work(actor) as uow:
        account = get_account(uow.session, account_id, lock=True)
        if not right or account.password_hash != before:
            record(uow, "account.refuse-password", "account", account_id, held=held or None)
            return None
        brakes.passed(uow)
        account.password_hash = password_hash
        sessions.end_all(uow, account_id, but=command.session_id)
        record(uow, "account.change-password", "account", account_id)
        return sessions.renew(uow, command.session_id)


def begin_time_code(session_id: UUID, *, actor: Actor) -> None:
    """Make a new secret to be shown once; the one in use stays until the new one is confirmed."""
    with unit_of_work(actor) as uow:
        row = _enrolling_row(uow, session_id)
        time_codes.propose(uow, row.account_id, row.id)


def confirm_time_code(command: ConfirmTimeCode, *, actor: Actor) -> OpenedSession | None:
    """Put the proposed secret to use, end all other sessions, and give this one a new id.

    None for a wrong code, or a secret that another session proposed or too long ago. A session
    that began with a one-time code is complete then: its password and this factor are the only
    ones of the account.
    """
    with unit_of_work(actor) as uow:
        row = _enrolling_row(uow, command.session_id)
        brakes = code_brakes(row.account_id, command.network)
        brakes.attempt(uow)
        if time_codes.find_proposal(uow.session, row.id, uow.now) is None:
            return None
        if not time_codes.use(uow, row.account_id, command.code, in_use=False):
            return None
        brakes.passed(uow)
        starting = row.starting
        if starting:
            get_account(uow.session, row.account_id, lock=True).password_hash = row.chosen_password
            _forget_passkeys(uow, row.account_id)
        time_codes.adopt(uow, row.account_id)
        sessions.end_all(uow, row.account_id, but=row.id)
        record(uow, "account.set-time-code", "account", row.account_id)
        return (sessions.complete if starting else sessions.renew)(uow, row.id)


def find_proposed_uri(session: Session, met: SignedIn) -> str | None:
    """The `otpauth://` address of the secret this session is setting up; None if there is none."""
    secret = _proposed_secret(session, met)
    if secret is None:
        return None
    return pyotp.TOTP(secret).provisioning_uri(name=met.name, issuer_name=SITE_NAME)


def find_proposed_secret(session: Session, met: SignedIn) -> str | None:
    """The same secret for typing by hand, in groups of four."""
    secret = _proposed_secret(session, met)
    if secret is None:
        return None
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _proposed_secret(session: Session, met: SignedIn) -> str | None:
    """Shown to whom it may be confirmed by, and nobody else: a password alone must not read it."""
    now = datetime.now(UTC)
    _demand_enrolling(met, now)
    row = time_codes.find_proposal(session, met.session_id, now)
    return None if row is None else time_codes.secret_of(row)


def _enrolling_row(uow: UnitOfWork, session_id: UUID) -> StaffSession:
    """The session, locked, if it may set up a factor."""
    row = open_session_row(uow, session_id)
    _demand_enrolling(row, uow.now)
    return row


def _demand_enrolling(met: StaffSession | SignedIn, now: datetime) -> None:
    """Raise NotPermitted unless the session is fresh, or began with a one-time code."""
    fresh = met.fresh_until is not None and met.fresh_until > now
    if not fresh and not met.starting:
        raise NotPermitted("step-up-needed")


def _take_one_time_code(uow: UnitOfWork, command: StartAccount) -> Account | None:
    """The account whose code this is, once: the deleting itself is the check."""
    account = uow.session.scalar(
        select(Account).where(
            Account.name == fold_name(command.name), Account.disabled_at.is_(None)
        )
    )
    taken = uow.session.execute(
        delete(OneTimeCode)
        .where(
            OneTimeCode.account_id == (account.id if account else None),
            OneTimeCode.code_hash == token_hash(fold_one_time_code(command.code)),
            OneTimeCode.expires_at > uow.now,
        )
        .returning(OneTimeCode.account_id)
        .execution_options(synchronize_session=False)
    ).first()
    return account if taken else None


def _forget_passkeys(uow: UnitOfWork, account_id: UUID) -> None:
    uow.session.execute(
        delete(Passkey)
        .where(Passkey.account_id == account_id)
        .execution_options(synchronize_session="fetch")
    )
