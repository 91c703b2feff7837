"""Looking up earlier reports about the same thing, by keyed hashes only."""

import hmac
import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.infra.keys import keys
from portal.intake.models import Report
from portal.triage.models import LikenessBand, LikenessKey, Signature
from portal.triage.rules.facts import Known

KEY_BYTES = 16
BAND_BYTES = 8
# A bucket fuller than this is a phrase of the form or a mass campaign, not a likeness.
MOST_CANDIDATES = 500


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
        if not asked:
            return []
        blinded = {self.blind(key): key for key in asked}
        rows = self.session.execute(
            select(LikenessKey.report_id, LikenessKey.key)
            .where(LikenessKey.key.in_(list(blinded)), LikenessKey.report_id != self.report_id)
            .limit(MOST_CANDIDATES)
        ).all()
        shared: dict[UUID, set[str]] = {}
        for row in rows:
            shared.setdefault(row.report_id, set()).add(blinded[row.key])
        return self._known(shared)

    def near(self, bands: Collection[int]) -> Sequence[Known]:
        """The earlier reports that have any of the bands, oldest first."""
        if not bands:
            return []
        rows = self.session.scalars(
            select(LikenessBand.report_id)
            .where(
                LikenessBand.band.in_([self.band(band) for band in bands]),
                LikenessBand.report_id != self.report_id,
            )
            .limit(MOST_CANDIDATES)
        ).all()
        return self._known({report_id: set() for report_id in rows})

    def _known(self, shared: dict[UUID, set[str]]) -> list[Known]:
        """Without restricted reports and those about an office: bait finds none of them."""
        if not shared:
            return []
        kinds: dict[UUID, set[str]] = {}
        for report_id, kind in self.session.execute(
            select(LikenessKey.report_id, LikenessKey.kind).where(
                LikenessKey.report_id.in_(list(shared))
            )
        ):
            kinds.setdefault(report_id, set()).add(kind)
        rows = self.session.execute(
            select(Report.id, Report.reference, Report.region, Report.category, Signature.values)
            .outerjoin(Signature, Signature.report_id == Report.id)
            .where(
                Report.id.in_(list(shared)),
                Report.restricted.is_(False),
                Report.conflict.is_(False),
            )
            .order_by(Report.received_at, Report.id)
        )
        return [
            Known(
                reference=row.reference,
                region=row.region,
                category=row.category,
                shared=frozenset(shared[row.id]),
                signature=unpack(row.values),
                kinds=frozenset(kinds.get(row.id, ())),
            )
            for row in rows
        ]

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


def pack(signature: tuple[int, ...]) -> bytes:
    """A signature as bytes, 4 for each value."""
    return struct.pack(f">{len(signature)}I", *signature)


def unpack(values: bytes | None) -> tuple[int, ...]:
    """The inverse of `pack`; nothing stored is an empty signature."""
    return struct.unpack(f">{len(values) // 4}I", values) if values else ()
