"""What a report says, as it is kept: one encrypted JSON document under the report's own key."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.infra.vault import ContentKey
from portal.intake.answers import Answer

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Content:
    """The words of the reporter, and the hashes of the files that came with them.

    An instruction from above names its author and its day (`2026-11-20`) (B3). `answers` are those
    to the questions of the category that was chosen.
    """

    narrative: str = field(repr=False)
    place: str = field(default="", repr=False)
    when: str = field(default="", repr=False)
    urls: tuple[str, ...] = field(default=(), repr=False)
    title: str = field(default="", repr=False)
    instructed_by: str = field(default="", repr=False)
    instructed_on: str = ""
    file_hashes: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = field(default=(), repr=False)

    def canonical(self) -> bytes:
        """The same bytes for the same content, on any machine: what commitments are made over.

        Without answers it is what it was before there were any.
        """
        said = asdict(self)
        if not self.answers:
            del said["answers"]
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_context(report_id: UUID) -> str:
    """The one place this envelope may stand in."""
    return f"report.content:{report_id}"


def message_context(message_id: UUID) -> str:
    """The one place a message's envelope may stand in."""
    return f"message.body:{message_id}"


def close_content(key: ContentKey, report_id: UUID, content: Content) -> bytes:
    """Encrypt the content under the report's key."""
    return key.encrypt_json(asdict(content), content_context(report_id))


def open_content(key: ContentKey, report_id: UUID, envelope: bytes) -> Content:
    """Decrypt what `close_content` made."""
    kept = key.decrypt_json(envelope, content_context(report_id))
    return Content(
        **{
            **kept,
            "urls": tuple(kept["urls"]),
            "file_hashes": tuple(kept["file_hashes"]),
            "answers": tuple(Answer.from_kept(one) for one in kept.get("answers", ())),
        }
    )


def commitment(secret: str, content: Content, category: str | None) -> str:
    """What the receipt and the trail both carry: SHA-256 of a salt, the content and the category.

    The salt comes from the receipt's secret, so only the reporter can show what was reported.
    """
    salt = HKDF(SHA256(), SALT_BYTES, None, b"sunline/commitment/1").derive(secret.encode())
    said = content.canonical() + b"\0" + (category or "").encode()
    return hashlib.sha256(salt + said).hexdigest()
