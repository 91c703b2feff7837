"""Sending mail by SMTP: one message at a time, and what became of each.

`SUNLINE_MAIL_URL` is `smtps://name:password@host` or `smtp://…`; the latter encrypts with
STARTTLS or sends nothing, except to this machine itself.
"""

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from portal.infra.config import LOOPBACK, settings
from portal.kernel.errors import PortalError

SECONDS: Final = 20
_PORTS: Final = {"smtp": 587, "smtps": 465}


class MailNotSent(PortalError):
    """The server did not take the message, for certain; `code` says at which step."""


class MailUnconfirmed(PortalError):
    """The server had the message and did not say what it did with it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def send_mail(
    to: str, subject: str, text: str, *, message_id: str, attached: Sequence[Attachment] = ()
) -> None:
    """Send one message; `message_id` is the same for every attempt at the same message.

    Raises MailNotSent if it was certainly not sent, and MailUnconfirmed if nobody knows.
    """
    message = EmailMessage()
    message["From"] = settings().mail_from
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{message_id}@{settings().mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    for one in attached:
        kind, _, subtype = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)
    server = _reach(urlsplit(settings().mail_url))
    try:
        server.send_message(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as problem:
        raise MailNotSent("mail-refused", status=_status(problem)) from problem
    except (OSError, smtplib.SMTPException) as problem:
        raise MailUnconfirmed("mail-unconfirmed") from problem
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _status(problem: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> int:
    """The number the server refused with; of several recipients, that of the first."""
    if isinstance(problem, smtplib.SMTPResponseException):
        return problem.smtp_code
    return next((code for code, _words in problem.recipients.values()), 0)


def _reach(url: SplitResult) -> smtplib.SMTP:
    """A connection that is encrypted and signed in; nothing of a message is sent yet."""
    try:
        server = _connect(url)
        try:
            _sign_in(server, url)
        except BaseException:
            server.close()
            raise
    except (OSError, smtplib.SMTPException) as problem:
        raise MailNotSent("mail-server-away") from problem
    return server


def _connect(url: SplitResult) -> smtplib.SMTP:
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    if url.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    return smtplib.SMTP(host, port, timeout=SECONDS)


def _sign_in(server: smtplib.SMTP, url: SplitResult) -> None:
    if url.scheme == "smtp" and url.hostname not in LOOPBACK:
        server.starttls(context=ssl.create_default_context())
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
