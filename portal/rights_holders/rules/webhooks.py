"""Calls to programs of an organisation: what they say, how they are signed, when they come again.

Pure Python. Standard Webhooks 1.0.0 (standardwebhooks.com) says how: the same id at every attempt,
`v1` signatures by HMAC-SHA256 over id, time and body.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Self

from portal.infra.fetching.guard import PORTS, NoVisit, is_open_to_all
from portal.intake.states import ReportState
from portal.kernel.errors import RuleBroken

MOST_WEBHOOKS: Final = 5
LONGEST_URL: Final = 500
SECRET_BYTES: Final = 32
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # by this people know what they have found
# So long a secret signs after it was changed, however often that is: a receiver can change over.
OVERLAP: Final = timedelta(days=1)
# Each is a signature of every call; who changes more often in a day waits.
MOST_SECRETS: Final = 6
# How long an attempt may take before another may be made; then the next ones, for a day in all.
UNDER_WAY: Final = timedelta(minutes=5)
WAITS: Final = (
    *(timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15)),
    *(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)),
    timedelta(hours=8),
)
TRIED_FOR: Final = timedelta(days=1)
LONGEST_REST: Final = timedelta(minutes=15)
# An address at which nothing has arrived for so long is called no more.
FAILING_FOR: Final = timedelta(days=5)
KEPT: Final = timedelta(days=30)
_SUCCESS: Final = range(200, 300)
# The receiver says that it wants no more of it.
GONE: Final = HTTPStatus.GONE
# Nobody was reached who could have said something of this one message.
_AWAY: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class WebhookEvent(StrEnum):
    """What an organisation may have its programs told of."""

    STATE_CHANGED = "complaint.state-changed"
    MESSAGE = "complaint.message"
    DECISION = "complaint.decision"
    BATCH_FINISHED = "batch.finished"


class WebhookEnd(StrEnum):
    """Why an address is called no more."""

    FAILING = "failing"
    GONE = "gone"
    OWNER_LEFT = "owner-left"


def is_called_name(host: str, port: int) -> bool:
    """Whether an address may be called as far as it can be told before its name is looked up."""
    if port not in PORTS:
        return False
    is_number = ":" in host or host.replace(".", "").isdigit()
    return is_open_to_all(host, port) if is_number else "." in host


def told_of(failure: NoVisit) -> NoVisit:
    """Why nobody was reached, as outsiders read it: never that a name is known inside this net."""
    return NoVisit.NO_SUCH_HOST if failure is NoVisit.NOT_PUBLIC else failure


def secret_of(random: bytes) -> str:
    """A secret as receivers write it down."""
    return _SECRET_PREFIX + base64.b64encode(random).decode()


def body_of(payload: Mapping[str, object]) -> bytes:
    """A payload as it is sent: the same bytes at every attempt."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()


def payload_of(event: WebhookEvent, at: datetime, data: Mapping[str, object]) -> dict[str, object]:
    """What is said: the kind, the time, and ids and states."""
    return {"type": event.value, "timestamp": at.isoformat(), "data": dict(data)}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the calls to an address are signed with: `newest`, and those before until their end."""

    newest: str = field(repr=False)
    retired: tuple[tuple[str, datetime], ...] = field(default=(), repr=False)

    def in_force(self, now: datetime) -> tuple[str, ...]:
        """All that sign now, the newest first."""
        return (self.newest, *(secret for secret, end in self.retired if now < end))

    def changed(self, secret: str, now: datetime) -> Self:
        """These with another newest one; RuleBroken as long as too many are in force."""
        left = tuple(one for one in self.retired if now < one[1])
        if len(left) + 1 >= MOST_SECRETS:
            raise RuleBroken("secret-changed-too-often")
        return type(self)(secret, ((self.newest, now + OVERLAP), *left))

    def as_json(self) -> dict[str, Any]:
        """As they are kept."""
        retired = [[secret, end.isoformat()] for secret, end in self.retired]
        return {"secret": self.newest, "retired": retired}


def secrets_in(kept: Mapping[str, Any], changed_at: datetime | None) -> Secrets:
    """The secrets as they are kept; `before` is what an earlier release kept of those before."""
    retired = [(secret, datetime.fromisoformat(end)) for secret, end in kept.get("retired", ())]
    if "before" in kept and changed_at is not None:
        retired.append((kept["before"], changed_at + OVERLAP))
    return Secrets(kept["secret"], tuple(retired))


def headers_of_call(
    message_id: str, at: datetime, body: bytes, secrets: Iterable[str]
) -> Mapping[str, str]:
    """The headers of one attempt, with a signature by each secret in force."""
    seconds = int(at.timestamp())
    signed = f"{message_id}.{seconds}.".encode() + body
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(_signature(one, signed) for one in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def arrived(status: int | None) -> bool:
    """Whether the receiver has taken a message."""
    return status in _SUCCESS


def is_away(status: int | None) -> bool:
    """Whether the receiver is not there at all, so that no other message need be tried now."""
    return status is None or status in _AWAY


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts in vain; one that was under way is the first."""
    return WAITS[min(max(attempts, 1), len(WAITS)) - 1]


def rest_after(failures: int) -> timedelta:
    """How long an address is left alone after it was not reached so many times in a row."""
    return min(wait_after(failures), LONGEST_REST)


def is_hopeless(failing_since: datetime, now: datetime, *, given_up: bool) -> bool:
    """Whether an address is called no more: for days nothing arrived, and a message was given up.

    So one that is away for an hour after quiet weeks is called again.
    """
    return given_up and now - failing_since >= FAILING_FOR


def is_given_up(since: datetime, next_at: datetime) -> bool:
    """Whether the next attempt would be later than a message is worth."""
    return next_at - since > TRIED_FOR


def waits_after(action: str, details: Mapping[str, str]) -> bool | None:
    """Whether the office waits for the reporter after an entry; None if that stays as it was."""
    if action == "report.ask":
        return None if "again" in details else True
    return False if action == "report.stop-waiting" else None


def is_decision(details: Mapping[str, str]) -> bool:
    """Whether an entry says that a report was closed or not taken on."""
    return details.get("after") in {ReportState.CLOSED, ReportState.DECLINED}
