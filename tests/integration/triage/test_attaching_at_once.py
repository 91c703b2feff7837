"""Two workers that route a tip and a complaint of one target at the same time link them (F16)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import ReportKind
from portal.kernel.actor import Actor
from portal.triage import service
from portal.triage.models import ReportRelation
from tests.factories.intake import submit

PAGES = ("https://pirate.example/book/1", "https://pirate.example/book/2")
SAID = {ReportKind.TIP: "这个网址在传播盗版小说。", ReportKind.COMPLAINT: "未经许可提供全书下载。"}


@pytest.fixture
def both_have_looked(monkeypatch):
    """Nobody goes on before both have looked for what is alike; one alone waits a moment."""
    ready, attach = Barrier(2), service.attach

    def wait_and_attach(*given):
        with suppress(BrokenBarrierError):
            ready.wait(timeout=3)
        return attach(*given)

    monkeypatch.setattr(service, "attach", wait_and_attach)


@pytest.mark.requirement("F16")
@pytest.mark.usefixtures("both_have_looked")
def test_a_tip_and_a_complaint_that_two_workers_route_at_once_are_linked_once(office):
    with office.app_context():
        sent = {
            kind: [
                submit(kind=kind, narrative=SAID[kind], urls=(page,)).report_id for page in pages
            ]
            for kind, pages in ((ReportKind.TIP, PAGES), (ReportKind.COMPLAINT, PAGES[::-1]))
        }
        db.session.remove()

    def route(reports):
        with office.app_context():
            service.triage_reports(reports, actor=Actor.system("test"))
            db.session.remove()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(route, sent.values()))

    with office.app_context():
        made = db.session.scalars(select(ReportRelation)).all()
        pairs = {frozenset((one.leading_id, one.following_id)) for one in made}
        tips, complaints = sent[ReportKind.TIP], sent[ReportKind.COMPLAINT][::-1]
        assert pairs == {frozenset(pair) for pair in zip(tips, complaints, strict=True)}
        assert [one.reasons for one in made] == [["same-address"]] * 2
        db.session.remove()
