"""What slows down guessing of passwords and codes.

By name and network together, so that a stranger who guesses holds himself and not the person;
by network against spraying, at first only for names that have failed from there, so that
colleagues behind one address can sign in; by name alone, with short holds, against many networks.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from portal.accounts.rules import fold_name
from portal.infra.throttle import Throttle, bucket_of_name
from portal.infra.uow import UnitOfWork

_HOUR: Final = timedelta(hours=1)
_FIRST_HOLD: Final = timedelta(minutes=1)
_LONGEST_HOLD: Final = timedelta(minutes=15)

PASSWORDS_HERE: Final = Throttle("password", 5, _HOUR, _FIRST_HOLD, _LONGEST_HOLD)
PASSWORDS_ANYWHERE: Final = Throttle("password-name", 50, _HOUR, _FIRST_HOLD, _LONGEST_HOLD)
# Of names that have failed from the network before; and of all names, against a flood.
PASSWORDS_OF_NETWORK: Final = Throttle("password-network", 30, _HOUR, _LONGEST_HOLD, _HOUR)
PASSWORDS_FLOOD: Final = Throttle("password-flood", 300, _HOUR, _LONGEST_HOLD, _HOUR)
CODES_HERE: Final = Throttle("second-factor", 10, _HOUR, _FIRST_HOLD, _LONGEST_HOLD)
CODES_ANYWHERE: Final = Throttle("second-factor-any", 30, _HOUR, _FIRST_HOLD, _LONGEST_HOLD)
ONE_TIME_HERE: Final = Throttle("one-time-code", 5, _HOUR, _FIRST_HOLD, _LONGEST_HOLD)


Counted = tuple[Throttle, str]


@dataclass(slots=True)
class Brakes:
    """The throttles one attempt passes, each with its bucket.

    `own` belongs to one person at one network and is forgotten when the right person shows;
    what is `shared` with others only gets this one attempt back. `after_failing` is shared too,
    and passed only by whoever has failed at `own` before.
    """

    own: Counted
    shared: tuple[Counted, ...]
    after_failing: tuple[Counted, ...] = ()
    _counted: list[tuple[Throttle, str, bool]] = field(default_factory=list, init=False)

    def attempt(self, uow: UnitOfWork) -> bool:
        """Count an attempt with each; return whether it starts a hold; raise TooManyAttempts."""
        throttle, bucket = self.own
        failed_before = throttle.count(uow.session, bucket, uow.now) > 0
        passed = (*self.shared, *(self.after_failing if failed_before else ()))
        self._counted = [(one, where, one.attempt(uow, where)) for one, where in passed]
        return any([throttle.attempt(uow, bucket), *(held for *_, held in self._counted)])

    def passed(self, uow: UnitOfWork) -> None:
        """Undo an attempt that turned out well."""
        throttle, bucket = self.own
        throttle.succeeded(uow, bucket)
        for shared, where, held in self._counted:
            shared.give_back(uow, where, held=held)


def password_brakes(name: str, network: str) -> Brakes:
    """For a name as typed, known or not: unknown ones are held in the same way."""
    label = bucket_of_name(fold_name(name))
    return Brakes(
        own=(PASSWORDS_HERE, f"{label}:{network}"),
        shared=((PASSWORDS_FLOOD, network), (PASSWORDS_ANYWHERE, label)),
        after_failing=((PASSWORDS_OF_NETWORK, network),),
    )


def code_brakes(account_id: UUID, network: str) -> Brakes:
    """For the second factor of an account."""
    return Brakes(
        own=(CODES_HERE, f"{account_id.hex}:{network}"),
        shared=((CODES_ANYWHERE, account_id.hex),),
    )


def one_time_brakes(name: str, network: str) -> Brakes:
    """For one-time codes; they have 100 bits, so this is against noise rather than luck."""
    label = bucket_of_name(fold_name(name))
    return Brakes(
        own=(ONE_TIME_HERE, f"{label}:{network}"),
        shared=((PASSWORDS_FLOOD, network),),
        after_failing=((PASSWORDS_OF_NETWORK, network),),
    )
