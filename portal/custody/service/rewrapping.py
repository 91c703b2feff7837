"""Wrapping again what is sealed to an older version of the groups' keys, after somebody has left.

One approver does it. The approvers' layer is taken off; what is inside stays sealed to the
requesters, and is sealed to the newest keys of both groups around that. Nothing becomes readable
meanwhile, and whoever holds older keys only opens neither the outer layer nor the one under it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from portal.audit.trail import record
from portal.custody.models import Custodian
from portal.custody.queries import get_group_key
from portal.custody.sealing import GroupKeys, Sealed, wrap_again
from portal.custody.service.unlocking import OpenKey
from portal.infra.uow import UnitOfWork


class SealedRow(Protocol):
    """A row that keeps something sealed; any table that has these columns."""

    body: bytes
    wrap: bytes
    key_version: int
    layers: list[int]
    wrap_version: int


@dataclass(slots=True)
class Rewrapper:
    """An approver at work: their key, and the versions of the group's key opened so far."""

    uow: UnitOfWork
    approver: Custodian
    key: OpenKey = field(repr=False)
    pinned: GroupKeys
    _opened: dict[int, bytes] = field(default_factory=dict, repr=False)

    def rewrap(self, rows: Iterable[tuple[SealedRow, str]]) -> int:
        """Wrap rows again, each with the one place it may stand in; return how many."""
        count = 0
        for row, context in rows:
            sealed = wrap_again(self._key(row.wrap_version), sealed_of(row), self.pinned, context)
            row.wrap, row.layers = sealed.wrap, list(sealed.layers)
            row.wrap_version = sealed.wrap_version
            count += 1
        version = self.pinned.version
        record(self.uow, "custody.wrap-again", "custody", None, count=count, version=version)
        return count

    def _key(self, version: int) -> bytes:
        if version not in self._opened:
            found = get_group_key(self.uow.session, self.approver, self.key.private, version)
            self._opened[version] = found
        return self._opened[version]


def sealed_of(row: SealedRow) -> Sealed:
    """What a row keeps sealed."""
    return Sealed(row.body, row.wrap, row.key_version, tuple(row.layers))
