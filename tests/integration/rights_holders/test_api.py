"""Programs of rights-holders: let in by a token, answered once, and told nothing of others."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Response
from sqlalchemy import func, select

from portal.casework.service.acceptance import DeclineReport, decline_report
from portal.casework.service.conversation import AskReporter, ask_reporter
from portal.evidence.models import Evidence
from portal.infra.database import db
from portal.infra.fetching.visiting import Network
from portal.infra.tasks import Task, TaskKind
from portal.infra.throttle import Throttle
from portal.infra.uow import unit_of_work
from portal.intake.models import ReportFile
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused
from portal.rights_holders.api.blueprint import opened_by, tell_limits
from portal.rights_holders.models import ApiRequest, ApiToken, Complaint
from portal.rights_holders.rules.endings import Ending
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.tokens import TokenScope, digest_of
from portal.rights_holders.service import files
from portal.rights_holders.service import tokens as service
from portal.rights_holders.service.calling import call_over
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.files import forget_sent_files
from portal.rights_holders.service.news import spread_news
from portal.rights_holders.service.people import (
    AddPerson,
    add_person,
    answer_invitation,
    end_membership,
)
from portal.rights_holders.service.requests import KEPT, Once, forget_requests
from portal.rights_holders.webhook_models import Webhook
from tests.factories.accounts import enter_desk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    make_token,
    member_of,
    outsider,
    with_its_unit,
)
from tests.integration.counting import counted
from tests.pages import Pages
from tests.programs import SENT, Program, refused


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


@pytest.mark.requirement("B5")
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


@pytest.mark.requirement("F16")
@pytest.mark.requirement("U38")
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


@pytest.mark.requirement("B5")
def test_a_file_is_sent_ahead_named_by_one_complaint_and_gone_after_a_day_if_none_names_it(
    program, monkeypatch
):
    def sent(key, words=b"a screenshot"):
        file = {"file": (io.BytesIO(words), "shot.txt")}
        return program("POST", "/files", data=file, key=key)

    first, again, other = sent("file"), sent("file"), sent("file", b"another")
    assert (first.get_json(), first.status_code) == (again.get_json(), 201)
    refused(other, 422, "key-of-another-request")
    assert program("GET", first.headers["Location"].removeprefix("/api/v1")).status_code == 200
    made = program("POST", "/complaints", SENT | {"files": [1]}).get_json()
    assert made["state"] == "filed"
    [file] = program("GET", f"/complaints/{made['number']}/files").get_json()["items"]
    assert (file["name"], file["size"]) == ("shot.txt", 12)
    assert db.session.query(ReportFile).count() == 1
    assert sent("file").get_json() == first.get_json() == {"number": 1, **file_said(file)}
    refused(program("GET", "/files/1"), 404, "file")
    later = SENT | {"url": "https://pirate.example/later", "files": [1]}
    refused(program("POST", "/complaints", later), 422, "no-such-file")

    monkeypatch.setattr(files, "_AT_ONCE", 1)
    sent("next")
    sent("more")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=23)):
        assert forget_sent_files(actor=Actor.system("clock")) == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert [forget_sent_files(actor=Actor.system("clock")) for _time in range(2)] == [2, 0]
    kept = db.session.query(ReportFile.evidence_id)
    assert {one.id for one in db.session.query(Evidence)} >= {one for (one,) in kept}
    refused(program("GET", "/files/2"), 404, "file")
    assert complaints() == 1


@pytest.mark.requirement("U38")
def test_a_file_that_was_missing_is_added_once_and_the_complaint_is_filed(program):
    file = {"file": (io.BytesIO(b"a certificate"), "proof.txt")}
    unproved = {"title": "无证作品", "kind": "book"}
    work = program("POST", "/works", unproved).get_json()["number"]
    made = program("POST", "/complaints", SENT | {"work": str(work)}).get_json()
    assert (made["state"], [one["fault"] for one in made["problems"]]) == (
        "needs-information",
        ["no-proof"],
    )
    program("POST", "/files", data=file)
    address = f"/complaints/{made['number']}/files"
    refused(program("POST", address, {"files": [7]}), 422, "no-such-file")
    refused(program("POST", "/complaints/99/files", {"files": [1]}), 404, "complaint")
    refused(program("POST", address, {"files": []}), 422, "unprocessable-entity")

    added = program("POST", address, {"files": [1]}, key="add")
    again = program("POST", address, {"files": [1]}, key="add")

    assert added.status_code == again.status_code == 200
    assert added.get_json() == again.get_json()
    assert (added.get_json()["state"], added.get_json()["problems"]) == ("filed", [])
    assert db.session.query(ReportFile).count() == complaints() == 1
    refused(program("POST", address, {"files": [1]}), 409, "changed-meanwhile")


@pytest.mark.usefixtures("two_files_at_most")
def test_a_complaint_takes_no_more_files_than_a_report_may_have(program):
    waits = SENT | {"facts": ""}
    for at in range(4):
        program("POST", "/files", data={"file": (io.BytesIO(b"%d" % at), f"{at}.txt")})
    refused(program("POST", "/complaints", waits | {"files": [1, 2, 3]}), 422, "files-too-many")
    number = program("POST", "/complaints", waits | {"files": [1]}).get_json()["number"]
    address = f"/complaints/{number}/files"
    assert program("POST", address, {"files": [2]}).status_code == 200

    refused(program("POST", address, {"files": [3]}), 422, "files-too-many")

    assert program("GET", "/files/3").status_code == 200, "it still waits"
    assert len(program("GET", address).get_json()["items"]) == 2


def test_a_file_for_a_row_that_was_not_declared_files_nothing(program):
    file = {"file": (io.BytesIO(b"a certificate"), "proof.txt")}
    work = program("POST", "/works", {"title": "无证作品", "kind": "book"}).get_json()["number"]
    row = {name: said for name, said in SENT.items() if name != "declared"} | {"work": str(work)}
    program("POST", "/batches", {"rows": [row]})
    program("POST", "/files", data=file)

    added = program("POST", "/complaints/1/files", {"files": [1]}).get_json()

    assert added["state"] == "ready"
    assert (
        program("POST", "/batches/1/declaration", {"declared": True}).get_json()["under_way"] == 1
    )


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"file": [(io.BytesIO(b"one"), "1.txt"), (io.BytesIO(b"two"), "2.txt")]}, "file"),
        ({"file": (io.BytesIO(b"one"), "1.txt"), "other": (io.BytesIO(b"2"), "2.txt")}, "other"),
        ({"file": (io.BytesIO(b"one"), "1.txt"), "note": "more"}, "note"),
    ],
)
def test_a_second_part_is_refused_by_its_name_and_nothing_is_kept(program, parts, named):
    answer = program("POST", "/files", data=parts)

    refused(answer, 422, "unprocessable-entity")
    [error] = answer.get_json()["errors"]
    assert (error["in"], error["pointer"]) == ("files", f"/{named}")
    assert "file" in error["detail"]
    refused(program("GET", "/files/1"), 404, "file")


@pytest.mark.requirement("U41")
def test_where_a_complaint_has_stood_is_read_with_its_times(program):
    made = program("POST", "/complaints", SENT).get_json()
    report, officer = with_its_unit()
    ask_reporter(AskReporter(report.reference, "哪一版？"), actor=officer)
    decline_report(DeclineReport(report.reference, "decline.no-breach"), actor=officer)

    items = program("GET", f"/complaints/{made['number']}/history").get_json()["items"]

    assert [(one["state"], one["stage"]) for one in items] == [
        ("ready", None),
        ("filed", "being-routed"),
        ("filed", "with-department"),
        ("filed", "waiting-for-you"),
        ("filed", "not-taken-on"),
    ]
    assert [one["at"] for one in items] == sorted(one["at"] for one in items)
    refused(program("GET", "/complaints/9/history"), 404, "complaint")


def file_said(file):
    return {"name": file["name"], "size": file["size"]}


def test_tokens_that_open_nothing_are_counted_by_network_and_then_refused_without_writing(
    app, program, monkeypatch
):
    monkeypatch.setattr(service, "UNKNOWN", Throttle("api-unknown", 2, timedelta(hours=1)))
    guess = Program(app, "sunline_guess")
    for _time in range(2):
        refused(guess("GET", "/works"), 401, "api-token")
    with counted() as seen:
        refused(guess("GET", "/works"), 429, "too-many-attempts")
        refused(Program(app, "")("GET", "/works"), 401, "api-token")

    assert not {"INSERT", "UPDATE", "DELETE"} & {one.split()[0].upper() for one in seen}
    assert program("GET", "/works").status_code == 200


def test_the_description_is_printed_and_is_the_one_that_is_served(app, program):
    printed = app.test_cli_runner().invoke(args=["api", "spec"])

    said = json.loads(printed.output)
    assert said["openapi"].startswith("3.1")
    assert said == program("GET", "/openapi.json").get_json()


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
    answer_invitation(member_of(organisation, other).id, accepted=True, actor=outsider(other))
    second.token = make_token(organisation, other)
    line = db.session.scalars(select(ApiToken.id).where(ApiToken.made_by == person.id)).one()
    service.revoke_token(number, line, actor=outsider(other))
    answer = reader("GET", "/works")
    refused(answer, 401, "api-token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    end_membership(number, member_of(organisation, other).id, actor=actor)
    refused(second("GET", "/works"), 401, "api-token")
    add_person(AddPerson(number, MemberRole.OWNER, sign_in_name=other.name), actor=actor)
    answer_invitation(member_of(organisation, other).id, accepted=True, actor=outsider(other))
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


def test_a_list_takes_as_many_statements_for_one_as_for_many(program, counted):
    program("POST", "/complaints", SENT)
    with counted() as few:
        program("GET", "/complaints")
    rows = [{"work": "1", "url": f"https://pirate.example/{at}"} for at in range(20)]
    program("POST", "/batches", {"rows": rows})
    with counted() as many:
        program("GET", "/complaints")

    assert len(many) == len(few)


def test_a_program_sets_up_an_address_reads_its_log_and_has_it_told_again(program, organisation):
    spread_news(actor=Actor.system("clock"))
    wanted = {"url": "https://hooks.example/a", "events": ["complaint.state-changed"]}
    made = program("POST", "/webhooks", wanted, key="hook")
    again = program("POST", "/webhooks", wanted, key="hook")

    assert made.get_json()["secret"].startswith("whsec_")
    assert again.get_json() == made.get_json() | {"secret": None}
    assert "secret" not in program("GET", "/webhooks/1").get_json()
    program("POST", "/complaints", SENT)
    spread_news(actor=Actor.system("clock"))
    webhook = db.session.scalars(select(Webhook.id)).one()
    nowhere = Network(lambda *_: (), lambda *_: False, "")
    call_over(nowhere, webhook, actor=Actor.system("call_webhook"))
    [line] = program("GET", "/webhooks/1/messages").get_json()["items"]
    assert line["payload"]["data"]["organisation"] == organisation.number
    assert [one["failure"] for one in line["attempts"]] == ["no-such-host"]
    assert program("POST", "/webhooks/1/messages/1/resend").get_json()["id"] == line["id"]
    assert program("POST", "/webhooks/1/secret").get_json()["secret"] != made.get_json()["secret"]
    assert program("POST", "/webhooks/1/ending").get_json()["ended_at"] is not None
    refused(program("POST", "/webhooks/1/secret"), 422, "webhook-not-called")
    inside = program("POST", "/webhooks", wanted | {"url": "https://127.0.0.1/"})
    refused(inside, 422, "webhook-not-public")


def test_an_operation_that_will_end_says_so_in_every_answer_and_in_the_description(app, program):
    since, gone = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)
    ending = Ending(since, gone, "https://tips.example/ends")
    old = opened_by(TokenScope.READ, ending=ending)(dict)
    headers = {"Authorization": f"Bearer {program.token}"}
    with app.test_request_context("/api/v1/old", headers=headers):
        old()
        answer = tell_limits(Response())

    assert answer.headers["Deprecation"] == f"@{int(since.timestamp())}"
    assert answer.headers["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert 'rel="deprecation"' in answer.headers["Link"]
    told = vars(old)["_apidoc"]["manual_doc"]
    assert told["deprecated"] is True
    assert "Deprecation" not in program("GET", "/works").headers


def test_a_request_that_the_token_does_not_open_is_counted_like_any_other(
    app, organisation, person
):
    reader = Program(app, make_token(organisation, person, TokenScope.READ))

    for _time in range(2):
        refused(reader("POST", "/complaints", SENT), 403, "api-scope")

    assert reader("GET", "/works").headers["RateLimit"].startswith('"api-calls";r=3597;t=')
