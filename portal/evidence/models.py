"""Files as they are stored: what is known of the original, its copy, and who touched it."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.evidence.kinds import FileKind
from portal.evidence.states import (
    EVIDENCE_LIFECYCLE,
    RENDITION_LIFECYCLE,
    CustodyAct,
    EvidenceAction,
    EvidenceState,
    NoRendition,
    RenditionState,
)
from portal.infra.database import Base
from portal.kernel.actor import ActorKind


class Evidence(Base):
    """One file as it was received; which report it belongs to is the report's business.

    The original, its name, its SHA-256 and the salt of the commitment on the trail are
    encrypted under the file's own key, which `content_key` holds wrapped: whoever has a copy of
    the database and a candidate file cannot tell by hash which report it came with.
    `claimed_at` is when a draft of the public form last said that it waits with the file, and
    `held_at` when a record other than a report took it for good.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("size > 0", name="not_empty"),
        CheckConstraint(
            "(state IN ('clean', 'infected')) = (checked_at IS NOT NULL)", name="checked_has_time"
        ),
        Index("ix_evidence_dedupe_mac", "dedupe_mac"),
    )
    lifecycle = EVIDENCE_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    content_key: Mapped[bytes]
    stored_name: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    sha256_sealed: Mapped[bytes]
    salt_sealed: Mapped[bytes]
    dedupe_mac: Mapped[str]
    kind: Mapped[FileKind]
    name_sealed: Mapped[bytes]
    received_at: Mapped[datetime]
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    held_at: Mapped[datetime | None] = mapped_column(default=None)
    state: Mapped[EvidenceState] = mapped_column(default=EvidenceState.RECEIVED)
    checked_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def open_actions(self) -> tuple[EvidenceAction, ...]:
        """What may become of the file next."""
        return self.lifecycle.actions_from(self.state)


class Rendition(Base):
    """The copy without metadata that staff look at, under the key of its original.

    Only images and PDF have one; `preview_name` is the small grey blurred picture of an image.
    """

    __tablename__ = "rendition"
    __table_args__ = (
        CheckConstraint("(state = 'made') = (stored_name IS NOT NULL)", name="made_has_file"),
        CheckConstraint("(state = 'made') = (kind IS NOT NULL)", name="made_has_kind"),
        CheckConstraint("(state = 'made') = (made_at IS NOT NULL)", name="made_has_time"),
        CheckConstraint("(state = 'impossible') = (reason IS NOT NULL)", name="why_impossible"),
    )
    lifecycle = RENDITION_LIFECYCLE

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), unique=True)
    state: Mapped[RenditionState] = mapped_column(default=RenditionState.PENDING)
    stored_name: Mapped[str | None] = mapped_column(unique=True, default=None)
    preview_name: Mapped[str | None] = mapped_column(unique=True, default=None)
    kind: Mapped[FileKind | None] = mapped_column(default=None)
    size: Mapped[int | None] = mapped_column(default=None)
    made_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[NoRendition | None] = mapped_column(default=None)


class CustodyEntry(Base):
    """Who had a file in hand, when, and what for (U42); append-only, and it outlives the file.

    There is no foreign key, so that an erased file keeps its history; `reason_sealed` is
    under the file's key and goes with it.
    """

    __tablename__ = "custody_entry"
    __table_args__ = (Index("ix_custody_entry_evidence_id_at", "evidence_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    evidence_id: Mapped[UUID]
    at: Mapped[datetime]
    act: Mapped[CustodyAct]
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[UUID | None]
    reason_sealed: Mapped[bytes | None] = mapped_column(default=None)


class PictureBand(Base):
    """One of the keyed bands of how an image looks; pictures that share some look alike.

    Without the key a band tells nothing: neither what is in the picture nor whether a picture
    that somebody has is here.
    """

    __tablename__ = "picture_band"
    __table_args__ = (Index("ix_picture_band_evidence_id", "evidence_id"),)

    band: Mapped[bytes] = mapped_column(primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)


class MadeFile(Base):
    """A file that the office itself has made of what it has: a bundle for another body, say.

    Encrypted under a key of its own, its SHA-256 too: whoever has a copy of the database cannot
    tell what is in it. Which record it belongs to is the business of a later stage.
    """

    __tablename__ = "made_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content_key: Mapped[bytes]
    stored_name: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    sha256_sealed: Mapped[bytes]
    made_at: Mapped[datetime]
