"""Looking up earlier reports about the same thing, by keyed hashes only."""

import hmac
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, exists, func, insert, select
from sqlalchemy.orm import Session, aliased

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
_STRONGEST = ("file", "phone", "address", "text", "venue", "house", "name", "domain")


_BY_KEY = (
    select(LikenessKey.report_id, LikenessKey.key)
    .where(LikenessKey.key == bindparam("value"), LikenessKey.report_id != bindparam("own"))
    .limit(bindparam("most"))
)
_BY_BAND = (
    select(LikenessBand.report_id, LikenessBand.band)
    .where(LikenessBand.band == bindparam("value"), LikenessBand.report_id != bindparam("own"))
    .limit(bindparam("most"))
)
_leading = aliased(Report)
_KNOWN = (
    select(
        Report.id,
        func.coalesce(_leading.reference, Report.reference).label("reference"),
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
        Report.id.in_(bindparam("ids", expanding=True)),
        Report.restricted.is_(False),
        Report.conflict.is_(False),
    )
    .order_by(Report.received_at, Report.id)
)


@dataclass(frozen=True)
class StoredLikeness:
    """The earlier reports, as the pipeline asks for them; `report_id` is the one in hand."""

    session: Session
    report_id: UUID

    @cached_property
    def secret(self) -> bytes:
        """The key of all hashes here; without it neither keys nor bands tell anything."""
        return hmac.digest(keys().index, b"sunline/likeness/1", "sha256")

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
        for report_id, key in self._found(_BY_KEY, blinded, MOST_PER_KEY):
            shared.setdefault(report_id, set()).add(blinded[key])
        return self._known(_most_alike(shared))

    def near(self, bands: Collection[int]) -> Sequence[Known]:
        """The earlier reports that have any of the bands, oldest first."""
        blinded = {self.band(band): str(band) for band in bands}
        sharing: dict[UUID, set[str]] = {}
        for report_id, band in self._found(_BY_BAND, blinded, MOST_PER_BAND):
            sharing.setdefault(report_id, set()).add(blinded[band])
        return self._known({one: set() for one in _most_alike(sharing)})

    def _found(
        self, wanted: Select[UUID, bytes], values: Iterable[bytes], most: int
    ) -> Iterator[Row[UUID, bytes]]:
        """Report and key of those that have one, so many for each: a bucket is never read whole.

        Statements made once and asked for each value cost a tenth of one made anew for all.
        """
        connection = self.session.connection()
        for value in values:
            given = {"value": value, "own": self.report_id, "most": most}
            yield from connection.execute(wanted, given)

    def _known(self, shared: dict[UUID, set[str]]) -> list[Known]:
        """Without restricted reports and those about an office: bait finds none of them.

        What was merged goes by the name of the report that leads it.
        """
        if not shared:
            return []
        rows = self.session.connection().execute(_KNOWN, {"ids": list(shared)})
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

    def own_keys(self, report_id: UUID, *, kind: str) -> Iterator[bytes]:
        """The stored keys of one kind that a report has."""
        wanted = select(LikenessKey.key).where(
            LikenessKey.report_id == report_id, LikenessKey.kind == kind
        )
        return iter(self.session.scalars(wanted).all())

    def remember(
        self, own_keys: frozenset[str], signature: tuple[int, ...], bands: tuple[int, ...]
    ) -> None:
        """Store what later reports will be compared with, once for each report."""
        kept = {self.blind(key): key.partition(":")[0] for key in own_keys}
        if kept:
            self.session.execute(
                insert(LikenessKey),
                [
                    {"key": key, "report_id": self.report_id, "kind": kind}
                    for key, kind in kept.items()
                ],
            )
        self.session.execute(
            insert(Signature), [{"report_id": self.report_id, "values": pack(signature)}]
        )
        blinded = {self.band(band) for band in bands}
        if blinded:
            self.session.execute(
                insert(LikenessBand),
                [{"band": band, "report_id": self.report_id} for band in blinded],
            )


def _strength(key: str) -> tuple[int, str]:
    """What says most comes first: of a text with very many names not all are asked."""
    kind = key.partition(":")[0]
    return (_STRONGEST.index(kind) if kind in _STRONGEST else len(_STRONGEST), key)


def _most_alike(shared: dict[UUID, set[str]]) -> dict[UUID, set[str]]:
    """The reports that share most, so that a full bucket costs no more than an empty one."""
    if len(shared) <= MOST_COMPARED:
        return shared
    return dict(sorted(shared.items(), key=lambda one: -len(one[1]))[:MOST_COMPARED])


def pack(signature: tuple[int, ...]) -> bytes:
    """A signature as bytes, 4 for each value."""
    return struct.pack(f">{len(signature)}I", *signature)


def unpack(values: bytes | None) -> tuple[int, ...]:
    """The inverse of `pack`; nothing stored is an empty signature."""
    return struct.unpack(f">{len(values) // 4}I", values) if values else ()
