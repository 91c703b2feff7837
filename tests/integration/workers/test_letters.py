"""A letter to a reporter, by real processes and a real mail server, while workers are killed."""

import asyncio
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select, text
from sqlalchemy.orm import Session as Records

from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import Report
from tests.factories.custody import PASSPHRASE
from tests.integration.hostile.canaries import found_in, found_under, unpacked
from tests.integration.identities.conftest import EMAIL, NAME, PHONE
from tests.integration.identities.test_news import QUESTION
from tests.integration.workers.conftest import Installation, kill_family, wait_for
from tests.integration.workers.test_processes import everything_in, expire
from workers.launcher.backup import back_up
from workers.launcher.installation import load_installation

pytestmark = pytest.mark.timeout(120)


class SlowServer:
    """A mail server that keeps a client waiting at one step, until told to go on."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.holds_at: str | None = None
        self.waits = threading.Event()
        self.goes_on = threading.Event()

    async def handle_MAIL(  # noqa: N802  # the names that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.mail_from = address
        return await self._answer("MAIL")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return await self._answer("DATA")

    async def _answer(self, step: str) -> str:
        if self.holds_at == step:
            self.waits.set()
            await asyncio.to_thread(self.goes_on.wait)
        return "250 OK"

    def hold_at(self, step: str | None) -> None:
        """Let go whoever waits, and keep whoever comes to `step` from now on."""
        self.goes_on.set()
        self.waits, self.goes_on = threading.Event(), threading.Event()
        self.holds_at = step


@pytest.fixture
def server(installation: Installation) -> Iterator[SlowServer]:
    """The server that the installation knows."""
    slow = SlowServer()
    port = urlsplit(installation.environ["SUNLINE_MAIL_URL"]).port
    controller = Controller(slow, hostname="127.0.0.1", port=port)
    controller.start()
    yield slow
    slow.hold_at(None)
    controller.stop()


def kill_while_it_waits(installation: Installation, server: SlowServer, worker: Any) -> None:
    """Kill the worker in the middle of a step, and give its task to the next one."""
    assert server.waits.wait(30), "the letter came to the server"
    kill_family(worker)
    expire(installation, letter_of(installation).id)


def letter_of(installation: Installation) -> Task:
    with Records(installation.engine, expire_on_commit=False) as session:
        return session.scalars(select(Task).where(Task.kind == TaskKind.TELL_BY_MAIL)).one()


@pytest.mark.requirement("U6", "U23", "G1")
def test_a_letter_goes_out_once_although_workers_are_killed_and_shows_nothing(
    installation, server, redis, tmp_path
):
    writer = installation.start("letter")
    wait_for(lambda: not psutil.pid_exists(writer.pid), "the letter was left")
    installation.start("dispatcher")

    server.hold_at("MAIL")
    kill_while_it_waits(installation, server, installation.start("worker"))
    assert server.messages == []
    server.hold_at("DATA")
    kill_while_it_waits(installation, server, installation.start("worker"))
    server.hold_at(None)
    installation.start("worker")
    wait_for(lambda: letter_of(installation).state == TaskState.DONE, "the letter is done")

    # The server had it when the second one was killed: the next says the same, by the same name.
    assert [one["To"] for one in server.messages] == [EMAIL, EMAIL]
    assert len({one["Message-ID"] for one in server.messages}) == 1
    with Records(installation.engine) as session:
        report = session.scalars(select(Report)).one()
        told = [QUESTION, NAME, PHONE, report.reference, report.id.hex, str(report.id)]
        rows = repr(session.execute(text("SELECT * FROM task")).all())
    for message in server.messages:
        assert (message["Reply-To"], message["Cc"], message["Bcc"]) == (None, None, None)
        whole = f"{message}{message.get_content()}"
        assert [word for word in told if word in whole] == []
    # The server that delivers it has seen the address: no row, queue, file, log or copy has.
    secret = (EMAIL, NAME, PHONE, QUESTION, PASSPHRASE)
    stolen = b"\0".join([unpacked(everything_in(redis)), rows.encode()])
    assert found_in(stolen, *secret) == []
    here = load_installation(installation.environ)
    if here.sqlite_path is not None:
        back_up(here, tmp_path / "copy")
    assert found_under(here.var, *secret) | found_under(tmp_path, *secret) == {}
