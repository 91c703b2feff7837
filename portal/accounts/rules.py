"""Pure decisions about signing in: names, time codes, lifetimes."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import pyotp

from portal.access.permissions import GRANTS, Permission
from portal.kernel.actor import Role
from portal.kernel.reference import CROCKFORD

SITE_NAME: Final = "Sunline"  # in a person's own list of accounts and passkeys

IDLE: Final = timedelta(minutes=60)
ABSOLUTE: Final = timedelta(hours=12)
HALF_WAY: Final = timedelta(minutes=10)  # between the password and the second factor
FRESH: Final = timedelta(minutes=10)  # after a step-up
PROPOSAL: Final = timedelta(minutes=10)  # to set up an authenticator app
CHALLENGE: Final = timedelta(minutes=5)  # for a passkey to answer
ONE_TIME_CODE: Final = timedelta(minutes=30)
CONFIRMED_CODE: Final = timedelta(hours=24)  # to give a code that a second person confirmed
SEEN_EVERY: Final = timedelta(minutes=1)

STEP_SECONDS: Final = 30
_DRIFT: Final = 1  # steps a clock may be off, either way
_CODE_SYMBOLS: Final = 20
_GROUP: Final = 5
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]")
_TOKEN_BYTES: Final = 32
IS_DEPARTMENT: Final = "is-department"
"""Under this name the application knows which codes are those of departments."""


# What no one person gives to another: reading reports or the trail, a part in opening a sealed
# identity, and making or confirming those who have it.
_GUARDED: Final = frozenset(
    {
        Permission.READ_REPORTS,
        Permission.READ_TRAIL,
        Permission.ASK_FOR_IDENTITY,
        Permission.APPROVE_OPENING,
        Permission.MANAGE_ACCOUNTS,
        Permission.CONFIRM_ACCOUNTS,
    }
)
_CUSTODIANS: Final = frozenset({Role.CUSTODIAN_R, Role.CUSTODIAN_A})


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who passkeys are for: the name of the host, and the exact origin of the pages."""

    host: str
    origin: str


class AccountWish(StrEnum):
    """What a second person is asked to confirm."""

    ROLES = "roles"
    ENABLE = "enable"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person is there for, and where."""

    roles: frozenset[Role]
    department: str | None
    region: str | None


def needs_second_person(before: Standing, after: Standing) -> bool:
    """Whether a change gives a guarded role, or takes whoever has one to another desk."""
    moved = (before.department, before.region) != (after.department, after.region)
    return is_guarded(after.roles if moved else after.roles - before.roles)


def is_guarded(roles: frozenset[Role]) -> bool:
    """Whether one of the roles is given, and an account with it opened, by two people only."""
    return any(GRANTS[role] & _GUARDED for role in roles)


def needs_department(roles: frozenset[Role]) -> bool:
    """Whether one of the roles works on what a department has, and sees nothing without one."""
    return any(Permission.READ_REPORTS in GRANTS[role] for role in roles)


def holds_both_keys(roles: frozenset[Role]) -> bool:
    """Whether these roles of one person could open a sealed identity without anybody else."""
    return roles >= _CUSTODIANS


def fold_name(typed: str) -> str:
    """A sign-in name as it is stored, however it was typed."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def is_sign_in_name(name: str) -> bool:
    """Whether a folded name may be given: 3 to 40 of a-z, 0-9 and . _ - inside."""
    return _NAME.fullmatch(name) is not None


def new_token() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is stored of a token or one-time code; 32 bytes."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def new_one_time_code() -> str:
    """100 random bits a person can type: 20 symbols in groups of five."""
    symbols = "".join(secrets.choice(CROCKFORD) for _ in range(_CODE_SYMBOLS))
    return "-".join(symbols[at : at + _GROUP] for at in range(0, _CODE_SYMBOLS, _GROUP))


def fold_one_time_code(typed: str) -> str:
    """A one-time code as it was issued, however it was typed."""
    folded = unicodedata.normalize("NFKC", typed).upper().translate(str.maketrans("OIL", "011"))
    symbols = "".join(symbol for symbol in folded if symbol in CROCKFORD)
    return "-".join(symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP))


def step_at(now: datetime) -> int:
    """The number of the 30-second step that `now` is in (RFC 6238)."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The six digits of a base32 secret in one step."""
    return pyotp.TOTP(secret).generate_otp(step)


def matching_step(secret: str, typed: str, now: datetime, *, after: int) -> int | None:
    """The step whose code was typed, one step of drift allowed; None for a wrong or used one.

    Steps up to `after` have been used. Every candidate is compared, so time tells nothing.
    """
    digits = "".join(unicodedata.normalize("NFKC", typed).split()).encode(errors="surrogatepass")
    found = None
    for step in range(step_at(now) - _DRIFT, step_at(now) + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), digits) and step > after:
            found = step
    return found


def next_unused_step(now: datetime, *, after: int) -> int:
    """The step whose code to type now: this one, or the one after the last that was used."""
    return max(step_at(now), after + 1)


def is_accepted_step(step: int, now: datetime) -> bool:
    """Whether the code of `step` would be taken now."""
    return abs(step - step_at(now)) <= _DRIFT
