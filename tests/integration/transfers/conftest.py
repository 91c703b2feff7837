"""A mail server on this machine, and somebody at the desk."""

import os
import signal
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.infra.config import settings
from portal.kernel.actor import Role
from tests.factories.accounts import actor_of, make_account, sign_in
from tests.pages import Pages

RECEPTION = "TRIAGE@320400"


class Postbox:
    """What a mail server got; `behaviour` says what it does with the next message."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.behaviour = "take"

    async def handle_RCPT(  # noqa: N802  # the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.behaviour == "refuse":
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        if self.behaviour == "hang-up":
            assert server.transport is not None
            server.transport.abort()
        if self.behaviour == "kill":
            os.kill(os.getpid(), signal.SIGALRM)
        return "250 OK"


class AnyPort(Controller):
    """A server on a port that is free, which is looked up once it has one."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    """A real mail server, and the settings that point to it."""
    box = Postbox()
    server = AnyPort(box, hostname="127.0.0.1", port=0)
    server.start()
    monkeypatch.setenv("SUNLINE_MAIL_URL", f"smtp://127.0.0.1:{server.port}")
    monkeypatch.setenv("SUNLINE_MAIL_FROM", "sunline@office.example.org")
    settings.cache_clear()
    yield box
    server.stop()
    settings.cache_clear()


@pytest.fixture
def desk(app):
    """Sign a clerk of reception in, or somebody else; gives the pages and who it is."""

    def enter(role=Role.TRIAGE_CLERK, department=RECEPTION, language="zh-Hans"):
        region = department.partition("@")[2]
        account = make_account(role, department=department, region=region)
        pages = Pages(app, language)
        sign_in(pages, account, "/desk")
        return pages, actor_of(account)

    return enter
