"""Pictures that look alike, found by keyed bands: near-identical ones share most of them."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.evidence.models import PictureBand
from portal.evidence.proofs import picture_bands
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork

# A band that more pictures have than these is a frame or a sky, and counts no further.
MOST_PER_BAND: Final = 500
# Of 8: two pictures that have nothing to do with each other share this many by no accident.
LEAST_BANDS: Final = 3


def keep_looks(uow: UnitOfWork, evidence_id: UUID, looks: bytes) -> None:
    """Keep how a picture looks, keyed, and have it compared; nothing for what is no picture."""
    if looks:
        bands = picture_bands(looks)
        uow.session.add_all(PictureBand(band=band, evidence_id=evidence_id) for band in bands)
        uow.task(TaskKind.COMPARE_PICTURE, evidence_id)


def forget_looks(uow: UnitOfWork, evidence_id: UUID) -> None:
    """Let an erased picture be found no more."""
    uow.session.execute(delete(PictureBand).where(PictureBand.evidence_id == evidence_id))


def list_alike(session: Session, evidence_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Other pictures that look like one of these, each with how many bands it shares."""
    own = select(PictureBand.band).where(PictureBand.evidence_id.in_(evidence_ids)).distinct()
    found: Counter[UUID] = Counter()
    for band in session.scalars(own).all():
        sharing = select(PictureBand.evidence_id).where(
            PictureBand.band == band, PictureBand.evidence_id.not_in(evidence_ids)
        )
        found.update(session.scalars(sharing.limit(MOST_PER_BAND)))
    return {other: bands for other, bands in found.items() if bands >= LEAST_BANDS}
