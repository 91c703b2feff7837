"""Renditions and previews on the disk, under the key of their original."""

import io
from dataclasses import dataclass
from uuid import UUID

from portal.evidence.kinds import FileKind
from portal.evidence.queries import context_of
from portal.evidence.renditions import Rendered
from portal.infra.storage import StoredFile, storage
from portal.infra.vault import ContentKey


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A rendition on the disk, with its preview and how it looks if it is of an image."""

    kind: FileKind
    rendition: StoredFile
    preview: StoredFile | None
    looks: bytes = b""


def store_copy(evidence_id: UUID, key: ContentKey, rendered: Rendered) -> StoredCopy:
    """Put what was rendered on the disk; raise Unavailable when there is no room."""
    disk, preview = storage(), None
    content = io.BytesIO(rendered.content)
    rendition = disk.store(content, key, context_of("rendition", evidence_id))
    if rendered.preview:
        small = io.BytesIO(rendered.preview)
        preview = disk.store(small, key, context_of("preview", evidence_id))
    return StoredCopy(rendered.kind, rendition, preview, rendered.looks)


def remove_copy(copy: StoredCopy) -> None:
    """Take a copy that nobody needs off the disk."""
    storage().remove(copy.rendition.name)
    if copy.preview is not None:
        storage().remove(copy.preview.name)
