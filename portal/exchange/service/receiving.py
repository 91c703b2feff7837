"""Reports that machines of partners send: taken as from anybody, and answered with a token."""

import base64
import hashlib
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from portal.audit.trail import record
from portal.evidence.kinds import KINDS
from portal.evidence.service import IncomingFile
from portal.exchange.models import PartnerReport
from portal.exchange.service.keys import admit
from portal.exchange.states import Scope
from portal.hosts.xarf import XarfRefused, demand_valid
from portal.infra.config import settings
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.intake.answers import answers_to
from portal.intake.content import Content
from portal.intake.models import Channel, ContactMode
from portal.intake.service import Identity, SubmitReport, submit_report
from portal.jurisdiction.place import Place
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken

# So many reports an hour by one key, whatever they are.
BY_KEY: Final = Throttle("partner-key", 600, timedelta(hours=1))
TOKEN_BYTES: Final = 16
_SECRET_KINDS: Final = frozenset({"csam", "csem"})
_ENDINGS: Final[Mapping[str, str]] = {
    facts.media_type: facts.endings[0] for facts in KINDS.values()
}


@dataclass(frozen=True, slots=True)
class Open311Request:
    """What a partner sends by Open311; `replies` by the codes of the questions.

    `own_name` is what the partner calls the request: the same one twice is one report.
    """

    key: str = field(repr=False)
    service_code: str
    description: str = field(repr=False)
    language: str
    place: str = field(default="", repr=False)
    media_url: str = field(default="", repr=False)
    identity: Identity = field(default_factory=Identity)
    replies: Mapping[str, str] = field(default_factory=dict, repr=False)
    own_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class XarfReport:
    """What a partner sends in the format of XARF; `read` gives it once the key is admitted."""

    key: str = field(repr=False)
    read: Callable[[], object] = field(repr=False)


def receive_request(command: Open311Request, *, actor: Actor) -> str:
    """Take a request as a report; return the receipt code, the token of the standard.

    Raises NotPermitted for a key that does not open this, RuleBroken for what the category does
    not allow, NotFound for a service there is not, and TooManyAttempts.
    """
    key_id, _category = _admitted(command.key, Scope.OPEN311, actor)
    place = current_place()
    category = place.categories.get(command.service_code)
    if category is None or not category.offered:
        raise NotFound("service")
    content = Content(
        narrative=command.description,
        place=command.place,
        urls=(command.media_url,) if command.media_url else (),
        answers=answers_to(category, command.replies),
    )
    order = SubmitReport(
        token=_named(key_id, command.own_name),
        content=content,
        contact_mode=_mode(command.identity),
        language=command.language,
        category=category.code,
        identity=command.identity,
        channel=Channel.HAND_OVER,
    )
    return _receive(order, key_id, actor)


def receive_xarf(command: XarfReport, *, actor: Actor) -> str:
    """Take a report for machines; return the receipt code. The same one twice is one report.

    Pictures of what nobody may have are refused, and so is what is not as the standard says.
    """
    key_id, category = _admitted(command.key, Scope.XARF, actor)
    try:
        report = demand_valid(command.read())
    except XarfRefused as wrong:
        raise RuleBroken("xarf-field", field=wrong.field) from None
    secret = report["category"] == "content" and report["type"] in _SECRET_KINDS
    if secret and report.get("evidence"):
        raise RuleBroken("category-takes-no-files")
    sender = report["sender"]
    order = SubmitReport(
        token=_token(key_id, str(report["report_id"])),
        content=Content(narrative=_narrative(report), urls=_urls(report)),
        contact_mode=ContactMode.CONFIDENTIAL,
        language="en",
        category=_link_only(current_place()) if secret else category,
        identity=Identity(name=sender["org"], email=sender["contact"]),
        uploads=_uploads(report),
        channel=Channel.HAND_OVER,
    )
    return _receive(order, key_id, actor)


def _admitted(key: str, scope: Scope, actor: Actor) -> tuple[UUID, str]:
    """Whose key it is and where its reports lie; the attempt is counted before anything is read."""
    with unit_of_work(actor) as uow:
        found = admit(uow, key, scope)
        BY_KEY.attempt(uow, found.id.hex)
        return found.id, found.category


def _receive(order: SubmitReport, key_id: UUID, actor: Actor) -> str:
    sent = submit_report(order, actor=actor)
    with unit_of_work(actor) as uow:
        link = PartnerReport(report_id=sent.report_id, key_id=key_id, at=uow.now)
        if uow.insert_once(link):
            details = {"report": sent.report_id.hex}
            record(uow, "partner_key.receive", "partner_key", key_id, **details)
    return sent.code.text


def _mode(identity: Identity) -> ContactMode:
    return ContactMode.CONFIDENTIAL if identity.given else ContactMode.ANONYMOUS


def _named(key_id: UUID, own: str) -> bytes:
    """The token of a request; one without a name of its own is always another."""
    return _token(key_id, f"open311:{own}") if own else os.urandom(TOKEN_BYTES)


def _token(key_id: UUID, own: str) -> bytes:
    """The token of a form, made of the name that a partner gives its report."""
    return hashlib.sha256(key_id.bytes + own.lower().encode()).digest()[:TOKEN_BYTES]


def _link_only(place: Place) -> str:
    found = (one.code for one in place.categories.values() if one.link_only)
    return next(found, place.unsure_category)


def _narrative(report: Mapping[str, Any]) -> str:
    """What a report says, in lines that people can read."""
    names = (
        *("category", "type", "timestamp", "source_identifier", "work_title", "rights_holder"),
        *("infringement_type", "original_url", "evidence_source", "description"),
    )
    said = (f"{name}: {report[name]}" for name in names if report.get(name))
    return "\n".join(("XARF", *said))[: settings().max_narrative]


def _urls(report: Mapping[str, Any]) -> tuple[str, ...]:
    named = (report.get(name) for name in ("infringing_url", "url"))
    return tuple(dict.fromkeys(str(one) for one in named if isinstance(one, str) and one))


def _uploads(report: Mapping[str, Any]) -> tuple[IncomingFile, ...]:
    """The files in a report; what they are is found out by content, as with any file."""
    files = []
    for place, one in enumerate(report.get("evidence", []), start=1):
        ending = _ENDINGS.get(one["content_type"].partition(";")[0].strip().lower())
        if ending is None:
            raise RuleBroken("xarf-field", field="evidence")
        content = io.BytesIO(base64.b64decode(one["payload"]))
        files.append(IncomingFile(content, f"evidence-{place}.{ending}"))
    return tuple(files)
