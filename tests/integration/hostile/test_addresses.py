"""Addresses in a report are words: the server goes to none of them (T19)."""

import socket

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.service import index_report
from portal.kernel.actor import Actor
from portal.triage.service import triage_report

WORKER = Actor.system("worker")


@pytest.fixture
def listening():
    """A port of this machine, and whether somebody came to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.mark.requirement("T19")
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/a.xml",
        "http://[::ffff:127.0.0.1]:{port}/",
        "hxxp://2130706433.example.com:{port}/",
        "http://127.0.0.1.example.com:{port}/",
    ],
)
def test_no_address_of_a_report_is_ever_fetched(sender, listening, address):
    port = listening.getsockname()[1]
    urls = f"{address.format(port=port)}\nhttp://127.0.0.1:{port}/second"

    assert sender.send({"urls": urls, "narrative": urls + "示例"}).status_code == 303
    report = db.session.scalars(select(Report)).one()
    triage_report(report.id, actor=WORKER)
    index_report(report.id, actor=WORKER)

    with pytest.raises(BlockingIOError):
        listening.accept()
