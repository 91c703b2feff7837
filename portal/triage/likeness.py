"""Looking up earlier reports about the same thing, by keyed hashes only."""

import hmac
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    Table,
    TextualSelect,
    bindparam,
    exists,
    func,
    select,
    text,
    type_coerce,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import UserDefinedType

from portal.infra.keys import keys
from portal.intake.models import Report
from portal.triage.models import LikenessBand, LikenessKey, Signature
from portal.triage.rules.facts import Known, Met

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
_STRONGEST = ("file", "phone", "target", "address", "text", "venue", "house", "name", "domain")
# Stands where a report has fewer values than are asked for; no stored one is empty.
_NOTHING = b""
# Statements that ask for so many values more each: a report with few pays for few.
_STEP = 8


# An id as the database has it: a hundred reports are met for each that is routed, and few of them
# looked at further, so that ids are made of their letters for those only.
Stored = str | UUID


class _AsStored(UserDefinedType[Stored]):
    """A value as the driver gives and takes it."""

    cache_ok = True


class _Hashes(NamedTuple):
    """A table of keyed hashes by its name, and that of the column with the hash."""

    table: str
    value: str


_KEYS, _BANDS = _Hashes("likeness_key", "key"), _Hashes("likeness_band", "band")


@cache
def _any_of(*wanted: tuple[_Hashes, int, int]) -> TextualSelect:
    """Report and value of those that have one of the values: of a table, so many, so many of each.

    A bucket is never read whole. One statement of a fixed form costs a sixth of asking for each
    value by itself; it is written out, since SQLAlchemy would walk through an expression of forty
    parts each time, which takes longer than what the database does.
    """
    buckets = (
        f'SELECT * FROM (SELECT report_id, "{of.value}" AS value FROM {of.table}'  # noqa: S608
        f' WHERE "{of.value}" = :{of.value}{n} LIMIT {most}) AS {of.value}{n}'
        for of, places, most in wanted
        for n in range(places)
    )
    return text(" UNION ALL ".join(buckets)).columns(value=LargeBinary())


_KEY, _BAND, _SIGNATURE = (
    cast("Table", model.__table__).insert() for model in (LikenessKey, LikenessBand, Signature)
)
_leading = aliased(Report)
_OWN = type_coerce(Report.id, _AsStored())
_KNOWN = (
    select(
        _OWN.label("id"),
        func.coalesce(_leading.reference, Report.reference).label("reference"),
        type_coerce(func.coalesce(_leading.id, Report.id), _AsStored()).label("leading_id"),
        Report.reference.label("own"),
        Report.region,
        Report.category,
        Signature.values,
        exists()
        .where(LikenessKey.report_id == Report.id, LikenessKey.kind == "venue")
        .label("names_venue"),
    )
    .outerjoin(_leading, _leading.id == Report.merged_into)
    .outerjoin(Signature, Signature.report_id == Report.id)
    .where(
        _OWN.in_(bindparam("ids", expanding=True)),
        Report.restricted.is_(False),
        Report.conflict.is_(False),
    )
    .order_by(Report.received_at, Report.id)
)


@dataclass(frozen=True)
class StoredLikeness:
    """The earlier reports, as the pipeline asks for them; `report_id` is the one in hand.

    `met` are the ids of those that were found, as stored, by their references.
    """

    connection: Connection
    report_id: UUID
    met: dict[str, Stored] = field(default_factory=dict, init=False)
    _blind: dict[str | int, bytes] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def secret(self) -> bytes:
        """The key of all hashes here; without it neither keys nor bands tell anything."""
        return hmac.digest(keys().index, b"sunline/likeness/1", "sha256")

    def blind(self, key: str) -> bytes:
        """The stored form of a key; what is asked for and kept is hashed once."""
        if key not in self._blind:
            named = b"key\x00" + key.encode()
            self._blind[key] = hmac.digest(self.secret, named, "sha256")[:KEY_BYTES]
        return self._blind[key]

    def band(self, band: int) -> bytes:
        """The stored form of a band."""
        if band not in self._blind:
            named = b"band\x00" + struct.pack(">Q", band % 2**64)
            self._blind[band] = hmac.digest(self.secret, named, "sha256")[:BAND_BYTES]
        return self._blind[band]

    def look_up(self, keys: frozenset[str], bands: Collection[int]) -> Met:
        """The earlier reports with any of the keys, and those with any of the bands."""
        strongest = sorted(keys, key=_strength)[:MOST_ASKED]
        by_key = {self.blind(key): key for key in strongest}
        by_band = {self.band(band): str(band) for band in bands}
        by_its_key: dict[Stored, set[str]] = {}
        by_its_text: dict[Stored, set[str]] = {}
        for report, value in self._found([*by_key], [*by_band]):
            if value in by_key:
                by_its_key.setdefault(report, set()).add(by_key[value])
            else:
                by_its_text.setdefault(report, set()).add(by_band[value])
        sharing, near = self._others(by_its_key), self._others(by_its_text)
        rows = self._rows({*sharing, *near})
        return Met(
            [_known(row, sharing[row.id]) for row in rows if row.id in sharing],
            [_known(row) for row in rows if row.id in near],
        )

    def id_of(self, reference: str) -> UUID:
        """The id of a report that was met."""
        stored = self.met[reference]
        return stored if isinstance(stored, UUID) else UUID(hex=stored)

    def _others(self, found: dict[Stored, set[str]]) -> dict[Stored, set[str]]:
        """The other reports that share most, of those found, by their ids."""
        found.pop(self.report_id, None)
        found.pop(self.report_id.hex, None)
        return _most_alike(found)

    def _found(self, keys: Sequence[bytes], bands: Sequence[bytes]) -> Sequence[Row[Any, Any]]:
        """Report, as the database has it, and value of those that have one of these."""
        if not keys and not bands:
            return ()
        asked_keys, asked_bands = _filled_up(keys), _filled_up(bands)
        wanted = _any_of(
            (_KEYS, len(asked_keys), MOST_PER_KEY), (_BANDS, len(asked_bands), MOST_PER_BAND)
        )
        given = {f"{_KEYS.value}{n}": one for n, one in enumerate(asked_keys)}
        given |= {f"{_BANDS.value}{n}": one for n, one in enumerate(asked_bands)}
        return self.connection.execute(wanted, given).all()

    def _rows(self, ids: Collection[Stored]) -> Sequence[Row[Any]]:
        """What is known of reports, oldest first.

        Without restricted reports and those about an office: bait finds none of them. What was
        merged goes by the name of the report that leads it.
        """
        if not ids:
            return ()
        found = self.connection.execute(_KNOWN, {"ids": [*ids]})
        rows = cast("Sequence[Row[Any]]", found.all())
        self.met.update((row.reference, row.leading_id) for row in rows)
        self.met.update((row.own, row.id) for row in rows)
        return rows

    def text_key(self, own_keys: frozenset[str]) -> bytes | None:
        """The stored key of the whole text, if it is long enough to have one."""
        return next((self.blind(key) for key in own_keys if key.startswith("text:")), None)

    def remember(
        self, own_keys: frozenset[str], signature: tuple[int, ...], bands: tuple[int, ...]
    ) -> None:
        """Store what later reports will be compared with, once for each report."""
        connection, own = self.connection, self.report_id
        kinds = {self.blind(key): key.partition(":")[0] for key in own_keys}
        rows = [{"key": key, "report_id": own, "kind": kind} for key, kind in kinds.items()]
        if rows:
            connection.execute(_KEY, rows)
        connection.execute(_SIGNATURE, {"report_id": own, "values": pack(signature)})
        blinded = {self.band(band) for band in bands}
        if blinded:
            connection.execute(_BAND, [{"band": band, "report_id": own} for band in blinded])


def _filled_up(values: Sequence[bytes]) -> Sequence[bytes]:
    """As many values as a statement has places for."""
    return [*values, *[_NOTHING] * (-len(values) % _STEP)]


def _known(row: Row[Any], shared: Collection[str] = ()) -> Known:
    return Known(
        reference=row.reference,
        region=row.region,
        category=row.category,
        shared=frozenset(shared),
        signature=unpack(row.values),
        kinds=frozenset({"venue"} if row.names_venue else ()),
        own=row.own,
    )


def _strength(key: str) -> tuple[int, str]:
    """What says most comes first: of a text with very many names not all are asked."""
    kind = key.partition(":")[0]
    return (_STRONGEST.index(kind) if kind in _STRONGEST else len(_STRONGEST), key)


def _most_alike(shared: dict[Stored, set[str]]) -> dict[Stored, set[str]]:
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
