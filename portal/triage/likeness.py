"""Looking up earlier reports about the same thing, by keyed hashes only."""

import hmac
import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Row,
    Table,
    bindparam,
    exists,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.infra.keys import keys
from portal.intake.models import Report
from portal.triage.models import LikenessBand, LikenessKey, Signature
from portal.triage.rules.facts import Known

KEY_BYTES = 16
BAND_BYTES = 8
# A bucket fuller than this is a phrase of the form or a mass campaign: some of it tell as much.
MOST_PER_KEY = 100
MOST_PER_BAND = 50
# No more keys of one report are asked for, and no more reports compared with it.
MOST_ASKED = 40
MOST_COMPARED = 100
# Of those that have a site in common and nothing else, which only ever makes them related.
MOST_OF_A_SITE = 20
_SITE = "domain:"
_STRONGEST = ("file", "phone", "address", "text", "venue", "house", "name", "domain")
# Stands where a report has fewer values than are asked for; no stored one is empty.
_NOTHING = b""
# Statements that ask for so many values more each: a report with few pays for few.
_STEP = 8


@cache
def _any_of(
    id_: InstrumentedAttribute[UUID], value: InstrumentedAttribute[bytes], places: int
) -> CompoundSelect[UUID, bytes]:
    """Report and value of those that have one of the values, so many for each.

    A bucket is never read whole. One statement of a fixed form, made once, costs a sixth of asking
    for each value by itself; there is one for every `_STEP` places.
    """
    buckets = [
        select(id_, value).where(value == bindparam(f"value{n}")).limit(bindparam("most"))
        for n in range(places)
    ]
    return union_all(*(select(*bucket.subquery().c) for bucket in buckets))


_KEY, _BAND, _SIGNATURE = (
    cast("Table", model.__table__).insert() for model in (LikenessKey, LikenessBand, Signature)
)
_leading = aliased(Report)
_KNOWN = (
    select(
        Report.id,
        func.coalesce(_leading.reference, Report.reference).label("reference"),
        func.coalesce(_leading.id, Report.id).label("leading_id"),
        Report.region,
        Report.category,
        Report.received_at,
        Signature.values,
        exists()
        .where(LikenessKey.report_id == Report.id, LikenessKey.kind == "venue")
        .label("names_venue"),
    )
    .outerjoin(_leading, _leading.id == Report.merged_into)
    .outerjoin(Signature, Signature.report_id == Report.id)
    .where(
        Report.id.in_(bindparam("ids", expanding=True)),
        Report.restricted.is_(False),
        Report.conflict.is_(False),
    )
)


@dataclass(frozen=True)
class StoredLikeness:
    """The earlier reports, as the pipeline asks for them; `report_id` is the one in hand.

    `met` are the ids of those that were found, by their references.
    """

    session: Session
    report_id: UUID
    met: dict[str, UUID] = field(default_factory=dict, init=False)
    _read: dict[UUID, Row[Any] | None] = field(default_factory=dict, init=False)

    @cached_property
    def secret(self) -> bytes:
        """The key of all hashes here; without it neither keys nor bands tell anything."""
        return hmac.digest(keys().index, b"sunline/likeness/1", "sha256")

    @cached_property
    def _connection(self) -> Connection:
        """What the session runs on; asking it each time costs as much as a small statement."""
        return self.session.connection()

    def blind(self, key: str) -> bytes:
        """The stored form of a key."""
        return hmac.digest(self.secret, b"key\x00" + key.encode(), "sha256")[:KEY_BYTES]

    def band(self, band: int) -> bytes:
        """The stored form of a band."""
        packed = struct.pack(">Q", band % 2**64)
        return hmac.digest(self.secret, b"band\x00" + packed, "sha256")[:BAND_BYTES]

    def sharing(self, asked: frozenset[str]) -> Sequence[Known]:
        """The earlier reports that have any of the keys, oldest first."""
        blinded = {self.blind(key): key for key in sorted(asked, key=_strength)[:MOST_ASKED]}
        shared: dict[UUID, set[str]] = {}
        columns = LikenessKey.report_id, LikenessKey.key
        for report_id, key in self._found(*columns, [*blinded], MOST_PER_KEY):
            shared.setdefault(report_id, set()).add(blinded[key])
        return self._known(_most_alike(shared))

    def near(self, bands: Collection[int]) -> Sequence[Known]:
        """The earlier reports that have any of the bands, oldest first."""
        blinded = {self.band(band): str(band) for band in bands}
        sharing: dict[UUID, set[str]] = {}
        columns = LikenessBand.report_id, LikenessBand.band
        for report_id, band in self._found(*columns, [*blinded], MOST_PER_BAND):
            sharing.setdefault(report_id, set()).add(blinded[band])
        return self._known({one: set() for one in _most_alike(sharing)})

    def _found(
        self,
        id_: InstrumentedAttribute[UUID],
        value: InstrumentedAttribute[bytes],
        values: Sequence[bytes],
        most: int,
    ) -> Iterator[Row[UUID, bytes]]:
        """Report and value of the others that have one of these."""
        if not values:
            return
        places = -(-len(values) // _STEP) * _STEP
        padded = [*values, *[_NOTHING] * (places - len(values))]
        given = {f"value{n}": one for n, one in enumerate(padded)}
        wanted = _any_of(id_, value, places)
        rows = self._connection.execute(wanted, {**given, "most": most})
        yield from (row for row in rows if row.report_id != self.report_id)

    def _known(self, shared: dict[UUID, set[str]]) -> list[Known]:
        """Without restricted reports and those about an office: bait finds none of them.

        What was merged goes by the name of the report that leads it.
        """
        rows = self._rows(shared)
        self.met.update((row.reference, row.leading_id) for row in rows)
        return [
            Known(
                reference=row.reference,
                region=row.region,
                category=row.category,
                shared=frozenset(shared[row.id]),
                signature=unpack(row.values),
                kinds=frozenset({"venue"} if row.names_venue else ()),
            )
            for row in rows
        ]

    def _rows(self, ids: Collection[UUID]) -> list[Row[Any]]:
        """What is known of reports, oldest first; what two look-ups find is read once."""
        new = [one for one in ids if one not in self._read]
        if new:
            rows = self._connection.execute(_KNOWN, {"ids": new})
            self._read.update(dict.fromkeys(new))
            self._read.update({row.id: row for row in rows})
        found = [row for one in ids if (row := self._read[one]) is not None]
        return sorted(found, key=lambda row: (row.received_at, row.id))

    def text_key(self, own_keys: frozenset[str]) -> bytes | None:
        """The stored key of the whole text, if it is long enough to have one."""
        return next((self.blind(key) for key in own_keys if key.startswith("text:")), None)

    def remember(
        self, own_keys: frozenset[str], signature: tuple[int, ...], bands: tuple[int, ...]
    ) -> None:
        """Store what later reports will be compared with, once for each report."""
        connection, own = self._connection, self.report_id
        kept = {self.blind(key): key.partition(":")[0] for key in own_keys}
        rows = [{"key": key, "report_id": own, "kind": kind} for key, kind in kept.items()]
        if rows:
            connection.execute(_KEY, rows)
        connection.execute(_SIGNATURE, {"report_id": own, "values": pack(signature)})
        blinded = {self.band(band) for band in bands}
        if blinded:
            connection.execute(_BAND, [{"band": band, "report_id": own} for band in blinded])


def _strength(key: str) -> tuple[int, str]:
    """What says most comes first: of a text with very many names not all are asked."""
    kind = key.partition(":")[0]
    return (_STRONGEST.index(kind) if kind in _STRONGEST else len(_STRONGEST), key)


def _most_alike(shared: dict[UUID, set[str]]) -> dict[UUID, set[str]]:
    """The reports that share most, so that a full bucket costs no more than an empty one."""
    by_site = [one for one, keys in shared.items() if all(k.startswith(_SITE) for k in keys)]
    left_out = set(by_site[MOST_OF_A_SITE:])
    kept = {one: keys for one, keys in shared.items() if one not in left_out}
    if len(kept) <= MOST_COMPARED:
        return kept
    return dict(sorted(kept.items(), key=lambda one: -len(one[1]))[:MOST_COMPARED])


def pack(signature: tuple[int, ...]) -> bytes:
    """A signature as bytes, 4 for each value."""
    return struct.pack(f">{len(signature)}I", *signature)


def unpack(values: bytes | None) -> tuple[int, ...]:
    """The inverse of `pack`; nothing stored is an empty signature."""
    return struct.unpack(f">{len(values) // 4}I", values) if values else ()
