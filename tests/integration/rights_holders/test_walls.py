"""Two organisations cannot learn of each other by any route, and none of them has a desk."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.access.permissions import Permission
from portal.infra.database import db
from portal.intake.models import Report
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.service.complaints import (
    FileComplaint,
    SendSheet,
    file_complaint_now,
    send_sheet,
)
from portal.rights_holders.sheets import read_sheet
from tests.factories.accounts import enter_desk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    member_of,
    outsider,
    workbook,
)
from tests.pages import Pages

OURS = re.compile(r"^/(rights-holders/<number>|track/complaint/)")


@pytest.fixture(scope="module")
def two(module_app):
    """A browser of one organisation's person, its number, and what the other one has."""
    one, other = make_outsider(), make_outsider()
    own, theirs = make_organisation(one, works=1), make_organisation(other, works=1, name="他社")
    actor = outsider(other)
    file_complaint_now(FileComplaint(theirs.number, GOOD, "zh-Hans"), actor=actor)
    sheet = read_sheet(workbook(("作品", "侵权网址"), ("1", "a.example")), COMPLAINT_COLUMNS)
    send_sheet(SendSheet(theirs.number, sheet, "zh-Hans"), actor=actor)
    browser = Pages(module_app)
    enter_desk(browser, one)
    return browser, own.number, theirs.number, member_of(theirs, other).id


def addresses(app, number, member):
    """Every address below an organisation, with the ids that the other one's things have."""
    values = {"number": number, "member": member, "complaint": 1, "sheet": 1}
    values |= {
        "kind": "csv",
        "which": "works",
        "work": 1,
        "file": member,
        "notice": member,
        "domain": member,
        "token": member,
        "webhook": 1,
        "message": 1,
    }
    for rule in app.url_map.iter_rules():
        if OURS.match(rule.rule):
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
            yield from ((method, path) for method in (rule.methods or set()) & {"GET", "POST"})


def test_nothing_of_another_organisation_answers_and_an_unknown_one_answers_the_same(
    module_app, two
):
    browser, _own, theirs, member = two
    token = browser.get("/rights-holders/mine/add").find("[name=csrf_token]")[0]["value"]
    said = {}
    for number in (theirs, "RH-0000-0000"):
        for method, path in addresses(module_app, number, member):
            answer = browser.client.open(path, method=method, data={"csrf_token": token})
            body = answer.get_data(as_text=True).replace(number, "")
            said.setdefault(path.replace(number, "*") + method, []).append(
                (answer.status_code, len(body), answer.headers.get("Location", ""))
            )
            assert answer.status_code in {404, 303}, path
            assert "他社" not in body

    assert len(said) > 20
    assert [pair for pair in said.values() if len(set(pair)) != 1] == []


def test_no_page_of_the_desk_opens_for_a_person_of_a_rights_holder(module_app, two):
    browser, *_rest = two
    report = db.session.scalars(select(Report.reference)).first()
    opened = []
    for rule in module_app.url_map.iter_rules():
        view = module_app.view_functions[rule.endpoint]
        if not isinstance(getattr(view, "access", None), Permission) or "GET" not in rule.methods:
            continue
        if view.access in {Permission.KEEP_ACCOUNT, Permission.FILE_COMPLAINTS}:
            continue
        path = re.sub(r"<uuid:\w+>", str(uuid4()), rule.rule)
        path = re.sub(r"<int:\w+>", "1", path)
        path = re.sub(r"<[^>]+>", str(report), path)
        if browser.client.get(path).status_code not in {403, 404}:
            opened.append(path)

    assert opened == []
