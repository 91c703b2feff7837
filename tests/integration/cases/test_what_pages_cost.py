"""P12 for every page of a case that has something of everything, and for the lists of cases."""

import pytest

from portal.cases.service.advice import AskAdviser, ask_adviser
from portal.cases.service.chain import FollowCase, ReturnCaseLead, follow_case, return_case_lead
from portal.cases.service.meetings import RecordMeeting, record_meeting
from portal.cases.states import ChainDirection, MeetingKind
from portal.kernel.actor import Role
from tests.e2e import full_case
from tests.factories.cases import today
from tests.factories.casework import make_officer
from tests.integration.cases.walk import walk

RECORD, LIST = 14, 6
LISTS = (
    *("", "?list=mine", "?list=all", "/leads", "/leads/late", "/joint", "/tasks", "/tasks/due"),
    *("/standing", "/supervised", "/to-serve", "/files"),
)


@pytest.fixture
def number(app):
    """A case with something of everything, and some of it more than once."""
    made, officer = full_case.make()
    for _one in range(3):
        lead = FollowCase(made, "320481", full_case.NEIGHBOUR, "请查。", ChainDirection.UP)
        back = ReturnCaseLead(follow_case(lead, actor=officer), "不在本地。")
        return_case_lead(back, actor=make_officer(full_case.NEIGHBOUR))
    ask_adviser(AskAdviser(made, "法制科", "是否构成？"), actor=officer)
    order = RecordMeeting(made, MeetingKind.JOINT, today(), "会商", "文化、公安", "分头取证")
    record_meeting(order, actor=officer)
    return made


def counting(pages, counted):
    """What visits a page: its answer, and how many statements it took."""

    def visit(address):
        with counted() as statements:
            answer = pages.client.get(address)
        assert answer.status_code == 200, address
        return answer, len(statements)

    return visit


@pytest.mark.requirement("P12")
@pytest.mark.usefixtures("known_place")
def test_every_page_of_a_case_and_every_list_takes_few_statements_whatever_is_in_it(
    desk, counted, number
):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    pages.client.get(f"/desk/cases/{number}")  # that it is opened is noted, once an hour

    found = walk(f"/desk/cases/{number}", counting(pages, counted))
    taken = {page: count for page, (_answer, count) in found}

    assert {page: count for page, count in taken.items() if count > RECORD} == {}
    assert len(taken) > 50
    for path in (*(f"/desk/cases{one}" for one in LISTS), "/desk/reviews", "/desk/transfers"):
        with counted() as statements:
            assert pages.client.get(path).status_code == 200, path
        assert len(statements) <= LIST, (path, statements)
