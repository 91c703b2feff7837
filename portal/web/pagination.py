"""Places in a list as they stand in a URL: opaque to people, validated on the way in."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from flask import request
from werkzeug.exceptions import BadRequest

from portal.kernel.page import Key, Page, Window

MAX_CURSOR = 512

__all__ = ["Page", "Window", "decode_cursor", "encode_cursor", "requested_window"]


def encode_cursor(key: Key) -> str:
    """The text of a key; must hold ids, times and numbers only, for it goes into the URL."""
    parts = [
        part.isoformat()
        if isinstance(part, datetime)
        else str(part)
        if isinstance(part, UUID)
        else part
        for part in key
    ]
    text = json.dumps(parts, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str, kinds: tuple[type, ...]) -> Key:
    """The key that `encode_cursor` wrote, one part for each of `kinds`; raise BadRequest if not."""
    if len(text) > MAX_CURSOR:
        raise BadRequest("cursor")
    try:
        parts = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise BadRequest("cursor")
        return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadRequest("cursor") from error


def _part(part: object, kind: type) -> str | int | datetime | UUID:
    """One part of a key as its kind; raise ValueError if it is anything else."""
    if kind is int and type(part) is int and abs(part) < 2**63:
        return part
    if not isinstance(part, str) or "\0" in part:
        raise ValueError(kind)
    if kind is str:
        part.encode()
        return part
    if kind is UUID:
        return UUID(part)
    moment = datetime.fromisoformat(part)
    if kind is not datetime or moment.tzinfo is None:
        raise ValueError(kind)
    return moment.astimezone(UTC)  # the first and the last day of all are in no UTC


def requested_window(*kinds: type, limit: int = 50) -> Window:
    """The window that `after` or `before` in the URL asks for; `kinds` are the types of the key."""
    for name, backwards in (("before", True), ("after", False)):
        if name in request.args:
            return Window(decode_cursor(request.args[name], kinds), backwards, limit)
    return Window(limit=limit)
