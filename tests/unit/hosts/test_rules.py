"""What may be fetched, when an address is looked at again, and whose it is."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from portal.cases.states import CaseState
from portal.hosts.rules import (
    Owner,
    demand_accepted,
    grouped,
    is_late,
    may_capture,
    next_look,
    owner_of,
    serving_at,
    serving_without,
)
from portal.hosts.states import (
    CAPTURE_LIFECYCLE,
    HOST_NOTICE_LIFECYCLE,
    HostNoticeState,
    Serving,
)
from portal.infra.fetching.guard import NoVisit
from portal.kernel.errors import RuleBroken
from tests.factories.packs import shipped

PACKS = ("cn_culture_market", "en_ip_office")
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.requirement("F21")
@pytest.mark.requirement("B15")
@pytest.mark.parametrize("pack", PACKS)
def test_of_every_category_only_those_that_allow_it_are_fetched_and_no_link_only_one(pack):
    known = shipped(pack).categories
    allowed = {code for code in known if may_capture(known, [code], [])}

    assert {"piracy.online", "online.enabler"} <= allowed
    assert allowed == {code for code, one in known.items() if one.capture}
    for code, one in known.items():
        if one.link_only:
            assert code not in allowed
            assert not any(may_capture(known, [other, code], []) for other in known)


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("flag", ["csam_suspected", "do_not_capture"])
def test_a_flag_or_an_unknown_matter_forbids_it_whatever_else_is_there(flag):
    known = shipped(PACKS[0]).categories

    assert may_capture(known, ["piracy.online"], ["evidence_offered"])
    assert not may_capture(known, ["piracy.online"], ["evidence_offered", flag])
    assert not may_capture(known, ["piracy.online", "no.such"], [])
    assert not may_capture(known, [], [])


@pytest.mark.parametrize(
    ("status", "serving"),
    [
        *((200, Serving.SERVING), (206, Serving.SERVING), (404, Serving.GONE)),
        *((410, Serving.GONE), (451, Serving.GONE), (403, Serving.BARRED), (401, Serving.BARRED)),
        *((500, Serving.SILENT), (302, Serving.SILENT), (429, Serving.SILENT)),
    ],
)
def test_an_answer_says_whether_it_is_still_there(status, serving):
    assert serving_at(status) is serving


def test_a_name_that_is_gone_is_gone_and_a_machine_that_is_silent_may_come_back():
    seen = {why: serving_without(why) for why in NoVisit}

    assert [why for why, one in seen.items() if one is Serving.GONE] == [NoVisit.NO_SUCH_HOST]
    assert set(seen.values()) == {Serving.GONE, Serving.SILENT}


def test_an_address_that_stays_the_same_is_looked_at_less_and_less_but_once_a_week_for_good():
    waits = [next_look(NOW, count) - NOW for count in range(20)]

    assert waits[0] == timedelta(hours=6)
    assert all(one <= two for one, two in pairwise(waits))
    assert waits[-1] == timedelta(days=7)


def test_an_address_belongs_to_the_owner_of_the_nearest_domain_and_to_no_look_alike():
    wide, narrow = Owner(uuid4(), ("example.com",)), Owner(uuid4(), ("shop.example.com", "a.cn"))
    owners = (wide, narrow)

    assert owner_of("example.com", owners) == wide.id
    assert owner_of("www.example.com", owners) == wide.id
    assert owner_of("x.shop.example.com", owners) == narrow.id
    assert owner_of("badexample.com", owners) is None
    assert owner_of("example.com.evil.net", owners) is None
    one, two, three = uuid4(), uuid4(), uuid4()
    addresses = [(one, "https://a.cn/1"), (two, "http://b.cn/"), (three, "http://www.a.cn:8080/")]
    assert grouped(addresses, owners) == {narrow.id: (one, three), None: (two,)}


def test_only_a_case_that_was_taken_on_and_is_not_over_tells_a_host():
    refused = set()
    for state in CaseState:
        try:
            demand_accepted(state)
        except RuleBroken:
            refused.add(state)

    assert refused == {CaseState.PROPOSED, CaseState.CLOSED}


@pytest.mark.requirement("C20")
def test_an_answer_is_late_after_its_day_and_one_that_is_missing_from_then_on():
    due = date(2026, 11, 20)

    assert is_late(due, None, date(2026, 11, 21))
    assert is_late(due, date(2026, 11, 21), date(2026, 11, 30))
    assert not is_late(due, date(2026, 11, 20), date(2026, 11, 30))
    assert not is_late(due, None, due)
    assert not is_late(None, None, due)


def test_what_is_sent_or_unclear_is_never_sent_again_by_the_machine():
    moves = HOST_NOTICE_LIFECYCLE.moves
    to_attempt = {state for state, action in moves if action == "attempt"}

    assert to_attempt == {HostNoticeState.APPROVED}
    assert {*moves.values(), HostNoticeState.DRAFTED} == set(HostNoticeState)
    assert not CAPTURE_LIFECYCLE.actions_from(CAPTURE_LIFECYCLE.moves["asked", "make"])
