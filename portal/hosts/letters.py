"""What a host is written: a letter for people in its language, and a report for machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from flask_babel import force_locale, format_date, gettext

from portal.hosts.xarf import Incident, demand_valid, report_of
from portal.infra.config import settings
from portal.infra.mail import Attachment

LANGUAGES: Final[Mapping[str, str]] = {"zh-Hans": "zh_Hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Told:
    """One address of a notice, when it was captured last and the hash of what was kept."""

    address_id: UUID
    url: str = field(repr=False)
    captured_at: datetime | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a notice says; who reported the matter is known to none of it."""

    reference: str
    mailbox: str
    language: str
    office: str
    category: str
    words: str = field(repr=False)
    work: str = field(repr=False)
    rights_holder: str = field(repr=False)
    answer_by: date
    about_copying: bool
    addresses: Sequence[Told] = field(repr=False)
    code: str = field(default="", repr=False)


def subject_and_text(letter: Letter) -> tuple[str, str]:
    """The letter in the language of the host."""
    with force_locale(LANGUAGES[letter.language]):
        subject = gettext(
            "Notice %(reference)s about what addresses of yours serve", reference=letter.reference
        )
        parts = [
            gettext(
                "%(office)s has taken on a case about what these addresses serve (%(matter)s):",
                office=letter.office,
                matter=letter.category,
            ),
            "\n".join(f"- {one.url}" for one in letter.addresses),
            *([gettext("Work: %(work)s", work=letter.work)] if letter.work else []),
            *(
                [gettext("Rights-holder: %(name)s", name=letter.rights_holder)]
                if letter.rights_holder
                else []
            ),
            letter.words,
            gettext(
                "Please answer by %(day)s what you have done, to %(mailbox)s, and name "
                "%(reference)s.",
                day=format_date(letter.answer_by, "long"),
                mailbox=settings().mail_from,
                reference=letter.reference,
            ),
        ]
        if letter.code:
            parts.append(_to_hand_on(letter.code))
        if letter.about_copying:
            parts.append(gettext("Each address is attached once more in the XARF v4 format."))
    return str(subject), "\n\n".join(str(part) for part in parts) + "\n"


def _to_hand_on(code: str) -> str:
    """What the host passes on to whoever put the content there."""
    return str(
        gettext(
            "Please hand this on to whoever put the content there:\n\n"
            "A case concerns what you put on the net. On %(page)s the code %(code)s opens a page "
            "that says what is held against you; there you can answer, send proof and file a "
            "counter-notice. Nobody else needs this code.",
            page=f"{settings().base_url}/party",
            code=code,
        )
    )


def attachments(letter: Letter, at: datetime) -> tuple[Attachment, ...]:
    """A report for machines for each address, where the standard has a kind for the matter."""
    if not letter.about_copying:
        return ()
    return tuple(
        Attachment(f"xarf-{place}.json", "application/json", _report(letter, one, at))
        for place, one in enumerate(letter.addresses, start=1)
    )


def _report(letter: Letter, told: Told, at: datetime) -> bytes:
    incident = Incident(
        report_id=told.address_id,
        at=told.captured_at or at,
        org=letter.office,
        contact=settings().mail_from,
        url=told.url,
        work_title=letter.work,
        rights_holder=letter.rights_holder,
        proof=f"WARC, SHA-256 {told.sha256}" if told.sha256 else "",
    )
    return json.dumps(demand_valid(report_of(incident)), ensure_ascii=False).encode()
