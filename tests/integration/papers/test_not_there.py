"""Every page under the cases of the desk: what is another's, or nowhere, is not there."""

import pytest

from portal.intake.states import ReportState
from portal.kernel.actor import Role
from tests.addresses import addresses
from tests.factories.cases import make_case
from tests.factories.casework import make_officer
from tests.factories.decisions import make_decision, make_party
from tests.factories.intake import make_report

ELSEWHERE = {"department": "CULTURE_ENF@320402", "region": "320402"}
NAMED = {"number": "no-such-case", "reference": "SL-0000-0000", "code": "penalty-decision"}


def about(app, number=None):
    """Each route about a case, with ids that nothing has.

    With a number only those are meant that are about something in the case.
    """
    named = NAMED if number is None else {**NAMED, "number": number}
    for method, path, parts in addresses(app, "/desk/cases/", named):
        beyond = set(parts) - {"number", "action", "code"}
        if number is None or "number" not in parts or beyond:
            yield method, path


def answers(pages, asked, token):
    found = {}
    for method, path in asked:
        if method == "GET":
            found[method, path] = pages.client.get(path).status_code
        else:
            found[method, path] = pages.client.post(path, data=token).status_code
    return found


def token_of(pages, number):
    said = pages.get(f"/desk/cases/{number}/add-note").fields()
    return {name: said[name] for name in ("csrf_token", "seen")}


@pytest.mark.requirement("F13")
def test_what_is_not_in_a_case_has_no_page_there_and_nothing_can_be_sent_to_it(desk):
    pages, _supervisor = desk(Role.SUPERVISOR)
    number = make_case()
    app, token = pages.client.application, token_of(pages, number)

    found = answers(pages, about(app, number), token)

    assert len(found) > 60
    assert {asked: status for asked, status in found.items() if status != 404} == {}


@pytest.mark.requirement("F13")
def test_every_page_of_a_case_of_another_unit_is_not_there_as_if_there_were_no_case(desk):
    pages, _supervisor = desk(Role.SUPERVISOR, **ELSEWHERE)
    officer = make_officer(ELSEWHERE["department"])
    there = make_report(state=ReportState.ACCEPTED, department=officer.department, officer=officer)
    number, own = make_case(), make_case(there, officer=officer)
    make_decision(number, approved=False)
    party = make_party(number)
    app, token = pages.client.application, token_of(pages, own)
    asked = [
        (method, path.replace("no-such-case", number).replace("/987", "/1"))
        for method, path in about(app)
    ]
    asked += [("GET", f"/desk/cases/{number}/parties/{party}/{act}") for act in ("page", "hearing")]

    found = answers(pages, asked, token)

    assert len(found) > 100
    assert {asked: status for asked, status in found.items() if status != 404} == {}
