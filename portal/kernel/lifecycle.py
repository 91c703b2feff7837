"""States and moves of a record, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from portal.kernel.errors import MoveRefused

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[S, A]):
    """The legal moves of one kind of record.

    The table drives the refusal, the buttons, the exhaustive test and the generated diagram.
    """

    subject: str
    moves: Mapping[tuple[S, A], S]

    def after(self, state: S, action: A) -> S:
        """Return the state that `action` leads to; raise MoveRefused if it leads nowhere."""
        if (state, action) not in self.moves:
            raise MoveRefused("move-refused", subject=self.subject, state=state, action=action)
        return self.moves[state, action]

    def actions_from(self, state: S) -> tuple[A, ...]:
        """The actions open to a record in `state`, in table order."""
        return tuple(action for (start, action) in self.moves if start == state)
