"""Addresses of files on an origin of their own: signed, for one file, once, and only for a minute.

No session is needed there, so that nothing a hostile file could do has anybody's session at hand.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.evidence.queries import OpenedFile, open_original, open_preview, open_rendition
from portal.infra.keys import keys
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, TooManyAttempts

LASTS: Final = timedelta(minutes=1)
_SPENT: Final = Throttle("file-address", 1, timedelta(minutes=10))
_OPEN: Final[Mapping[str, Callable[[Session, UUID], OpenedFile]]] = {
    "original": open_original,
    "rendition": open_rendition,
    "preview": open_preview,
}


def new_address(evidence_id: UUID, what: str) -> str:
    """The last part of an address that opens this file; whoever asks has shown the right to it."""
    until = int((datetime.now(UTC) + LASTS).timestamp())
    signed = f"{evidence_id.hex}.{what}.{until}.{secrets.token_hex(16)}"
    return f"{signed}.{_signature(signed)}"


def open_address(text: str, *, actor: Actor) -> OpenedFile:
    """Open the file once; NotFound the second time, after a minute, and for what is not ours."""
    signed, _, signature = text.rpartition(".")
    if not text.isascii() or not hmac.compare_digest(signature, _signature(signed)):
        raise NotFound("file")
    evidence_id, what, until, nonce = signed.split(".")
    with unit_of_work(actor) as uow:
        if uow.now.timestamp() > int(until):
            raise NotFound("file")
        try:
            _SPENT.attempt(uow, nonce)
        except TooManyAttempts:
            raise NotFound("file") from None
        return _OPEN[what](uow.session, UUID(evidence_id))


def _signature(signed: str) -> str:
    return hmac.digest(keys().session, b"sunline/file/1\x00" + signed.encode(), "sha256").hex()
