"""Two workers at the same time: they link a tip and a complaint of one target (F16), and end."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import select

from portal.infra.database import db
from portal.intake.models import Report, ReportKind
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


def route_at_once(office, batches):
    """Each batch by a worker of its own."""

    def route(reports):
        with office.app_context():
            service.triage_reports(reports, actor=Actor.system("test"))
            db.session.remove()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(route, batches))


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

    route_at_once(office, sent.values())

    with office.app_context():
        made = db.session.scalars(select(ReportRelation)).all()
        pairs = {frozenset((one.leading_id, one.following_id)) for one in made}
        tips, complaints = sent[ReportKind.TIP], sent[ReportKind.COMPLAINT][::-1]
        assert pairs == {frozenset(pair) for pair in zip(tips, complaints, strict=True)}
        assert [one.reasons for one in made] == [["same-address"]] * 2
        db.session.remove()


WHOLE = (
    "校门口的书店整箱卖盗版教辅，每本十五元，封面没有书号，老板说要多少有多少，晚上九点以后才摆出来。",
    "夜市尽头的摊位卖刻录的电影光盘，十元三张，没有外盒，警察来的时候就收到面包车上，走了再摆。",
)


@pytest.mark.usefixtures("both_have_looked")
def test_two_workers_with_two_mass_texts_crossed_do_not_wait_for_each_other(office):
    with office.app_context():
        sent = [
            [submit(narrative=text).report_id for text in texts] for texts in (WHOLE, WHOLE[::-1])
        ]
        db.session.remove()

    route_at_once(office, sent)

    with office.app_context():
        for pair in zip(sent[0], sent[1][::-1], strict=True):
            stands = {one: db.session.get_one(Report, one).mass_of for one in pair}
            [first] = [one for one, before in stands.items() if before is None]
            assert set(stands.values()) == {None, first}
        db.session.remove()


def test_of_one_text_in_one_transaction_the_later_stand_behind_the_first(office):
    with office.app_context():
        first, *later = [submit(narrative=WHOLE[0]).report_id for _ in range(3)]
        service.triage_reports([first, *later], actor=Actor.system("test"))

        stands = [db.session.get_one(Report, one).mass_of for one in (first, *later)]
        assert stands == [None, first, first]
        db.session.remove()
