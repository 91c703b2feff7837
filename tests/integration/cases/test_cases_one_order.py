"""A case is locked before its leads, by whoever decides too; and nobody who only reads waits."""

import os

import pytest

from portal.cases.chain_models import CaseLead
from portal.cases.queries.access import get_case
from portal.cases.queries.disputes import get_dispute_line
from portal.cases.service.chain import (
    FollowCase,
    ReturnCaseLead,
    follow_case,
    return_case_lead,
)
from portal.cases.service.disputes import (
    DecideDispute,
    SendAgain,
    decide_dispute,
    send_again,
)
from portal.cases.states import CaseLeadState, ChainDirection
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from tests.factories.cases import make_case
from tests.factories.casework import make_officer, make_supervisor
from tests.integration.meeting import in_a_thread, until_it_waits

pytestmark = pytest.mark.skipif(
    "TEST_DATABASE_URL" not in os.environ,
    reason="SQLite has one writer, so nobody waits in a circle",
)

REGION, THERE = "320402", "CULTURE_ENF@320402"


@pytest.fixture
def disputed(office):
    """A lead that came back twice, on a database where people meet for real."""
    with office.app_context():
        officer, there = make_officer(), make_officer(THERE)
        number = make_case(officer=officer)
        order = FollowCase(number, REGION, THERE, "请查印刷厂。", ChainDirection.UP)
        lead = follow_case(order, actor=officer)
        return_case_lead(ReturnCaseLead(lead, "不归我们。"), actor=there)
        send_again(SendAgain(number, lead, REGION, THERE, "确属贵地。"), actor=officer)
        return_case_lead(ReturnCaseLead(lead, "仍不归我们。"), actor=there)
        yield office, officer, make_supervisor(), number, lead
        db.session.remove()


def test_deciding_a_dispute_and_acting_on_its_case_do_not_wait_for_each_other(disputed):
    office, officer, above, number, lead = disputed
    order = DecideDispute(lead, to_receiver=False, reason="自办")

    with unit_of_work(officer) as uow:
        get_case(uow.session, number, officer, for_update=True)
        done = in_a_thread(office, lambda: decide_dispute(order, actor=above))
        until_it_waits(uow, done)
        held = uow.session.get_one(CaseLead, lead, with_for_update=True)
        assert held.state is CaseLeadState.DISPUTED

    assert done.result(timeout=60) is None


def test_the_page_of_a_dispute_is_read_while_somebody_works_on_the_case(disputed):
    office, officer, above, number, lead = disputed

    with unit_of_work(officer) as uow:
        get_case(uow.session, number, officer, for_update=True)
        done = in_a_thread(office, lambda: get_dispute_line(db.session(), lead, above))
        until_it_waits(uow, done)
        assert done.done()

    assert done.result(timeout=60).id == lead
