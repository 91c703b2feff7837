"""Programs of rights-holders: let in by a token, answered once, and told nothing of others."""

import io
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine
from sqlalchemy import func, select

from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused
from portal.rights_holders.api.application import description
from portal.rights_holders.models import ApiRequest, ApiToken, Complaint
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.tokens import TokenScope, digest_of
from portal.rights_holders.service import tokens as service
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.people import AddPerson, add_person, end_membership
from portal.rights_holders.service.requests import KEPT, Once, forget_requests
from tests.factories.accounts import enter_desk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    make_token,
    member_of,
    outsider,
)
from tests.pages import Pages

SENT = {name.replace("-", "_"): value for name, value in GOOD.items()} | {"declared": True}
KEYS = count(1)


class Program:
    """A program of an organisation, with its token."""

    def __init__(self, app, token):
        self.client, self.token = app.test_client(), token

    def __call__(self, method, path, body=None, *, key=None, **more):
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        headers["Idempotency-Key"] = key or f"test-{next(KEYS)}"
        sent = {} if body is None else {"json": body}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **sent, **more)


@pytest.fixture
def person(app):
    return make_outsider()


@pytest.fixture
def organisation(person):
    return make_organisation(person, works=1)


@pytest.fixture
def program(app, person, organisation):
    return Program(app, make_token(organisation, person))


def complaints():
    return db.session.scalar(select(func.count()).select_from(Complaint))


def refused(answer, status, code):
    """Whether an answer is a problem as RFC 9457 has it."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    said = answer.get_json()
    assert (said["status"], said["code"]) == (status, code)
    return said


def test_a_complaint_is_a_report_with_its_clock_and_is_read_and_listed(program):
    made = program("POST", "/complaints", SENT)

    assert made.status_code == 201
    said = made.get_json()
    assert (said["state"], said["stage"]) == ("filed", "being-routed")
    assert said["reference"]
    assert said["promised_on"]
    assert program("GET", made.headers["Location"].removeprefix("/api/v1")).get_json() == said
    assert program("GET", "/complaints?state=filed&work=1").get_json()["items"] == [said]
    refused(program("POST", f"/complaints/{said['number']}/withdrawal"), 409, "move-refused")


def test_a_request_that_comes_twice_makes_one_thing_and_a_key_serves_one_request(program):
    first = program("POST", "/complaints", SENT, key="one")
    again = program("POST", "/complaints", SENT, key="one")
    other = program("POST", "/complaints", SENT | {"facts": "another"}, key="one")

    assert first.get_json() == again.get_json()
    refused(other, 422, "key-of-another-request")
    assert complaints() == 1
    missing = program.client.post(
        "/api/v1/complaints", json=SENT, headers={"Authorization": f"Bearer {program.token}"}
    )
    assert refused(missing, 422, "unprocessable-entity")["errors"][0]["pointer"] == (
        "/Idempotency-Key"
    )


def test_of_two_same_requests_at_once_the_later_changes_nothing(person, organisation, program):
    token = db.session.scalars(select(ApiToken.id)).one()
    once = Once(token, digest_of("key"), digest_of("request"))
    command = FileComplaint(organisation.number, GOOD, "en", once=once)
    file_complaint_now(command, actor=outsider(person))

    with pytest.raises(MoveRefused):
        file_complaint_now(command, actor=outsider(person))

    assert complaints() == 1
    with unit_of_work(Actor.operator()) as uow:
        row = uow.session.scalars(select(ApiRequest)).one()
        row.answered_at -= KEPT
    assert forget_requests(actor=Actor.system("clock")) == 1


def test_wrong_rows_of_a_batch_are_told_mended_by_number_and_filed_when_declared(program):
    row = {name: value for name, value in SENT.items() if name != "declared"}
    rows = [row | {"url": f"https://pirate.example/{at}"} for at in range(3)]
    sent = program("POST", "/batches", {"rows": [*rows, {"work": "9"}, rows[0]]})

    batch = sent.get_json()
    assert (batch["counts"]["ready"], batch["counts"]["repeated"]) == (3, 1)
    [wrong] = program("GET", "/complaints?batch=1&state=needs-information").get_json()["items"]
    assert (wrong["row"], wrong["problems"][0]["fault"]) == (4, "not-in-register")
    mended = rows[0] | {"url": "https://pirate.example/9", "number": wrong["number"]}
    program("POST", "/batches", {"rows": [mended]})
    assert program("GET", f"/complaints/{wrong['number']}").get_json()["state"] == "ready"
    declared = program("POST", "/batches/1/declaration", {"declared": True}).get_json()
    assert declared["under_way"] == 3
    kinds = select(func.count()).where(Task.kind == TaskKind.FILE_COMPLAINT)
    assert db.session.scalar(kinds) == 3


def test_works_are_entered_once_proved_by_a_file_and_listed_in_parts(program):
    isbn = [{"scheme": "isbn", "value": "978-7-02-000872-9"}]
    for title in ("甲", "乙"):
        made = program("POST", "/works", {"title": title, "kind": "book"})
        assert (made.status_code, made.get_json()["proved"]) == (201, False)
    same = program("POST", "/works", {"title": "乙", "kind": "book"})
    file = {"file": (io.BytesIO("权属证明".encode()), "证书.txt")}
    proved = program("POST", "/works/3/proof", data=file)

    assert same.get_json()["number"] == 3
    assert proved.get_json()["proved"] is True
    first = program("GET", "/works?limit=2").get_json()
    rest = program("GET", f"/works?limit=2&after={first['next']}").get_json()
    assert [one["number"] for one in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next"] is None
    wrong = program("POST", "/works", {"title": "丙", "kind": "book", "identifiers": isbn})
    refused(wrong, 422, "identifier-wrong")


def test_a_token_opens_what_it_names_until_it_ends_and_dies_with_its_owner(
    app, person, organisation
):
    number, actor = organisation.number, outsider(person)
    reader = Program(app, make_token(organisation, person, TokenScope.READ))
    assert reader("GET", "/works").status_code == 200
    refused(reader("POST", "/complaints", SENT), 403, "api-scope")

    other, second = make_outsider(), Program(app, "sunline_x")
    add_person(AddPerson(number, MemberRole.OWNER, sign_in_name=other.name), actor=actor)
    second.token = make_token(organisation, other)
    line = db.session.scalars(select(ApiToken.id).where(ApiToken.made_by == person.id)).one()
    service.revoke_token(number, line, actor=outsider(other))
    answer = reader("GET", "/works")
    refused(answer, 401, "api-token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    end_membership(number, member_of(organisation, other).id, actor=actor)
    refused(second("GET", "/works"), 401, "api-token")
    add_person(AddPerson(number, MemberRole.OWNER, sign_in_name=other.name), actor=actor)
    refused(second("GET", "/works"), 401, "api-token")


def test_a_token_that_is_over_and_the_cookie_of_a_person_open_nothing(app, person, program):
    browser = Pages(app)
    enter_desk(browser, person)
    refused(browser.client.get("/api/v1/works"), 401, "api-token")
    refused(program.client.get("/api/v1/works"), 401, "api-token")

    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        refused(program("GET", "/works"), 401, "api-token")


def test_what_is_not_as_described_is_told_with_its_place(program):
    wrong = program("POST", "/batches", {"rows": [{"url": 5}, {"nonsense": "x"}]})
    places = {one["pointer"] for one in refused(wrong, 422, "unprocessable-entity")["errors"]}
    assert places == {"/rows/0/url", "/rows/1/nonsense"}
    refused(program("GET", "/nothing"), 404, "not-found")
    gone = program("DELETE", "/works")
    refused(gone, 405, "method-not-allowed")
    assert "POST" in gone.headers["Allow"]
    refused(program("GET", "/works?after=x"), 400, "bad-request")
    deep = {"data": b"[" * 100_000, "content_type": "application/json"}
    refused(program("POST", "/works", **deep), 400, "bad-request")


def test_what_is_left_is_told_and_beyond_it_when_to_come_again(program, monkeypatch):
    assert program("GET", "/works").headers["RateLimit"].startswith('"api-calls";r=3599;t=')
    few = Throttle("api-calls", 3, service.CALLS.window)
    monkeypatch.setattr(service, "CALLS", few)
    program("GET", "/works")

    assert ";r=0;" in program("GET", "/works").headers["RateLimit"]
    answer = program("GET", "/works")
    refused(answer, 429, "too-many-attempts")
    assert int(answer.headers["Retry-After"]) > 3000


def test_nothing_of_another_organisation_is_there_in_any_operation(app, program):
    other = make_outsider()
    theirs = Program(app, make_token(make_organisation(other, works=3, name="他社"), other))
    theirs("POST", "/complaints", SENT)
    theirs("POST", "/batches", {"rows": [{"work": "1"}]})
    paths = description()["paths"]
    numbered = [path for path in paths if "{number}" in path]
    for path in numbered:
        [method] = [one for one in paths[path] if one != "parameters"]
        number = "3" if "works" in path else "1"
        address = path.removeprefix("/api/v1").replace("{number}", number)
        body = {"declared": True} if path.endswith("declaration") else None
        file = {"file": (io.BytesIO(b"x"), "x.txt")} if path.endswith("proof") else None
        answer = program(method.upper(), address, body, data=file)
        refused(
            answer, 404, {"works": "work", "batches": "sheet"}.get(path.split("/")[3], "complaint")
        )

    assert len(numbered) >= 6
    for path in ("/works", "/complaints", "/batches"):
        answer = program("GET", path)
        assert answer.status_code == 200
        assert "他社" not in answer.get_data(as_text=True)
    refused(program("GET", "/complaints?batch=1"), 404, "sheet")


def test_a_list_takes_as_many_statements_for_one_as_for_many(program, counted):
    program("POST", "/complaints", SENT)
    with counted() as few:
        program("GET", "/complaints")
    rows = [{"work": "1", "url": f"https://pirate.example/{at}"} for at in range(20)]
    program("POST", "/batches", {"rows": rows})
    with counted() as many:
        program("GET", "/complaints")

    assert len(many) == len(few)
