"""Signing in: the password, then the second factor; and showing the second factor again."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.accounts.models import Account, StaffSession
from portal.accounts.passwords import is_password
from portal.accounts.queries import Credentials, find_credentials
from portal.accounts.service import sessions, time_codes
from portal.accounts.service.brakes import Brakes, code_brakes, password_brakes
from portal.accounts.service.sessions import OpenedSession
from portal.audit.trail import record
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """The first page: a name and a password from a network; `replaces` is the session before."""

    name: str
    password: str = field(repr=False)
    network: str
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class CheckTimeCode:
    """A time code for a session, half-way or full."""

    session_id: UUID
    code: str = field(repr=False)
    network: str


def check_password(command: CheckPassword, *, actor: Actor) -> OpenedSession | None:
    """Open a half-way session, or None for a wrong name, a wrong password or a closed account.

    The attempt is counted before the password is compared, and the slow hash runs outside any
    transaction. Raises TooManyAttempts.
    """
    brakes = password_brakes(command.name, command.network)
    with unit_of_work(actor) as uow:
        held = brakes.attempt(uow)
        known = find_credentials(uow.session, command.name)
    right = is_password(known.password_hash if known else None, command.password)
    with unit_of_work(actor) as uow:
        if known is None or not right or not _still_holds(uow, known):
            account_id = known.account_id if known else None
            record(uow, "account.refuse-password", "account", account_id, held=held or None)
            return None
        brakes.passed(uow)
        sessions.drop(uow, command.replaces)
        return sessions.open_half_way(uow, known.account_id)


def check_time_code(command: CheckTimeCode, *, actor: Actor) -> OpenedSession | None:
    """Complete a half-way session, or make a full one fresh; None for a wrong or used code.

    Raises TooManyAttempts, and NotFound if the session has ended meanwhile.
    """
    with unit_of_work(actor) as uow:
        row = open_session_row(uow, command.session_id)
        brakes = code_brakes(row.account_id, command.network)
        held = brakes.attempt(uow)
        if not time_codes.use(uow, row.account_id, command.code):
            record(uow, "account.refuse-code", "account", row.account_id, held=held or None)
            return None
        return admit(uow, row, brakes, factor="time-code")


def admit(uow: UnitOfWork, row: StaffSession, brakes: Brakes, *, factor: str) -> OpenedSession:
    """What a right second factor opens: a full session at sign-in, a fresh one afterwards.

    Not for a session that is about to set up another one: it knows no password of the account.
    """
    if row.starting:
        raise NotPermitted("step-up-needed")
    brakes.passed(uow)
    act = "account.step-up" if row.second_factor_done else "account.sign-in"
    record(uow, act, "account", row.account_id, factor=factor)
    renew = sessions.refresh if row.second_factor_done else sessions.complete
    return renew(uow, row.id)


def open_session_row(uow: UnitOfWork, session_id: UUID) -> StaffSession:
    """The session, locked; raise NotFound if it has ended or its account is closed."""
    row = uow.session.get(StaffSession, session_id, with_for_update=True)
    if row is None or row.expires_at <= uow.now:
        raise NotFound("session")
    account = uow.session.get(Account, row.account_id)
    if account is None or account.disabled_at is not None:
        raise NotFound("session")
    return row


def _still_holds(uow: UnitOfWork, known: Credentials) -> bool:
    """Whether the account is open and its password the one just compared, now that it counts."""
    account = uow.session.get(Account, known.account_id, with_for_update=True)
    return (
        account is not None
        and account.disabled_at is None
        and account.password_hash == known.password_hash
    )
