"""Machines of partners send reports and learn a token; nothing is listed to anybody."""

import base64
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from portal.exchange.models import PartnerKey, PartnerReport
from portal.exchange.service import receiving
from portal.exchange.service.keys import IssueKey, RevokeKey, issue_key, revoke_key
from portal.exchange.service.receiving import XarfReport, receive_xarf
from portal.exchange.states import Scope
from portal.infra.database import db
from portal.infra.throttle import Throttle
from portal.intake.models import Channel, Report, ReporterIdentity, ReportFile
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotPermitted, RuleBroken
from tests.factories import evidence as sent
from tests.factories.cases import today
from tests.factories.casework import make_officer

CONTACT = {"org": "Example", "contact": "abuse@example.org", "domain": "example.org"}
FIELDS = {
    "service_code": "piracy.online",
    "description": "某网站提供教材电子版下载。",
    "address_string": "online",
    "media_url": "https://pirate.example/book",
}


def xarf(**changes):
    return {
        "xarf_version": "4.0.0",
        "report_id": str(uuid4()),
        "timestamp": "2026-11-26T08:30:00Z",
        "reporter": CONTACT,
        "sender": CONTACT,
        "source_identifier": "pirate.example",
        "category": "copyright",
        "type": "copyright",
        "infringing_url": "https://pirate.example/book",
        **changes,
    }


def send(client, report, key):
    return client.post("/xarf/v4/reports", json=report, headers={"Authorization": f"Bearer {key}"})


def reports():
    return db.session.scalar(select(func.count()).select_from(Report))


@pytest.mark.requirement("U41")
def test_a_request_is_a_report_and_the_token_is_the_code_that_opens_it(app, key):
    client = app.test_client()
    fields = {**FIELDS, "api_key": key, "email": "canary@example.net", "first_name": "林"}

    answer = client.post("/open311/v2/requests.json", data=fields)

    assert answer.status_code == 200
    [said] = answer.get_json()
    assert set(said) == {"token", "service_notice", "account_id"}
    report = db.session.scalars(select(Report)).one()
    assert (report.category, report.channel) == ("piracy.online", Channel.HAND_OVER)
    assert db.session.get(ReporterIdentity, report.id).fields == ["email", "name"]
    assert db.session.get(PartnerReport, report.id) is not None
    as_xml = client.post("/open311/v2/requests.xml", data=fields)
    assert b"<service_requests><request><token>" in as_xml.data


@pytest.mark.requirement("U41")
def test_nothing_is_listed_by_get_and_errors_are_as_the_standard_has_them(app, key):
    client = app.test_client()
    client.post("/open311/v2/requests.json", data={**FIELDS, "api_key": key})

    for address in ("requests.json", f"requests/{uuid4()}.json", "tokens/x.json"):
        answer = client.get(f"/open311/v2/{address}?api_key={key}")
        assert answer.status_code == 404
        assert [set(one) for one in answer.get_json()] == [{"code", "description"}]
    listed = client.get("/open311/v2/services.json").get_json()
    assert "piracy.online" in {one["service_code"] for one in listed}
    asked = next(one["service_code"] for one in listed if one["metadata"])
    assert client.get(f"/open311/v2/services/{asked}.json").get_json()["attributes"]
    assert client.get("/open311/v2/services/no.such.xml").status_code == 404
    assert b"<discovery>" in client.get("/open311/v2/discovery.xml").data


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        *(({"api_key": ""}, 403), ({"api_key": "guess"}, 403), ({"service_code": ""}, 400)),
        *(({"service_code": "no.such"}, 404), ({"description": ""}, 400)),
        *(({"address_string": ""}, 400), ({"media_url": "x" * 600}, 400)),
        ({"description": "x" * 20_001}, 400),
    ],
)
def test_a_request_that_is_not_whole_or_has_no_key_is_refused_and_kept_nowhere(
    app, key, changes, status
):
    answer = app.test_client().post(
        "/open311/v2/requests.json", data={**FIELDS, "api_key": key, **changes}
    )

    assert (answer.status_code, reports()) == (status, 0)
    assert answer.get_json()[0]["code"] == status


def test_a_xarf_report_is_one_report_however_often_it_comes_with_its_evidence(app, key):
    picture = sent.picture()
    item = {
        "content_type": "image/jpeg",
        "payload": base64.b64encode(picture).decode(),
        "hash": f"sha256:{hashlib.sha256(picture).hexdigest()}",
    }
    report = xarf(evidence=[item], work_title="示例教材")

    answers = [send(app.test_client(), report, key) for _time in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert reports() == 1
    assert len(db.session.scalars(select(ReportFile)).all()) == 1


@pytest.mark.requirement("F21")
def test_pictures_of_what_nobody_may_have_are_refused_and_the_address_goes_its_way(app, key):
    secret = {"category": "content", "type": "csam"}
    item = {"content_type": "image/jpeg", "payload": base64.b64encode(sent.picture()).decode()}
    refused = send(app.test_client(), xarf(**secret, evidence=[item]), key)
    assert (refused.status_code, reports()) == (400, 0)

    taken = send(app.test_client(), xarf(**secret), key)

    report = db.session.scalars(select(Report)).one()
    assert taken.status_code == 201
    assert current_place().categories[report.category].link_only


@pytest.mark.parametrize(
    ("report", "field"),
    [
        *((None, "report"), ([], "report"), (xarf(timestamp="today"), "timestamp")),
        (xarf(evidence=[{"content_type": "application/x-nothing", "payload": ""}]), "evidence"),
    ],
)
def test_what_is_not_as_the_standard_says_is_refused_with_the_field_it_is_about(
    app, key, report, field
):
    answer = send(app.test_client(), report, key)

    assert (answer.status_code, reports()) == (400, 0)
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["field"] == field


def test_a_key_opens_what_it_is_for_until_it_ends_and_no_more_than_so_often(
    app, administrator, monkeypatch
):
    client, last = app.test_client(), today() + timedelta(days=1)
    order = IssueKey("某中心", (Scope.XARF,), "piracy.online", last)
    own = issue_key(order, actor=administrator)
    made = db.session.scalars(select(PartnerKey)).one()
    assert own.encode() not in made.digest
    wrong = client.post("/open311/v2/requests.json", data={**FIELDS, "api_key": own})
    assert wrong.status_code == 403

    monkeypatch.setattr(receiving, "BY_KEY", Throttle("partner-key", 2, timedelta(hours=1)))
    assert [send(client, xarf(), own).status_code for _time in range(3)] == [201, 201, 429]
    revoke_key(RevokeKey(made.id), actor=administrator)
    assert send(client, xarf(), own).status_code == 403
    assert send(client, xarf(), "").status_code == 403


def test_only_administrators_issue_keys_and_none_for_long_or_for_what_takes_addresses_only(
    administrator,
):
    good = {"scopes": (Scope.XARF,), "category": "piracy.online", "expires_on": today()}
    with pytest.raises(NotPermitted):
        issue_key(IssueKey("某中心", **good), actor=make_officer())
    for wrong in (
        *({"scopes": ()}, {"category": "child_abuse.material"}, {"category": "no.such"}),
        *(
            {"expires_on": today() - timedelta(days=1)},
            {"expires_on": today() + timedelta(days=400)},
        ),
    ):
        with pytest.raises(RuleBroken):
            issue_key(IssueKey("某中心", **{**good, **wrong}), actor=administrator)


def test_brackets_in_brackets_are_no_report_and_no_fault_of_ours(app, key):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    answer = app.test_client().post("/xarf/v4/reports", data="[" * 100_000, headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (400, "xarf-field")


@pytest.mark.requirement("U41")
def test_a_request_that_is_sent_again_by_its_name_is_one_report(app, key):
    client, fields = app.test_client(), {**FIELDS, "api_key": key}

    def token(**headers):
        answer = client.post("/open311/v2/requests.json", data=fields, headers=headers)
        return answer.get_json()[0]["token"]

    first = token(**{"Idempotency-Key": "A-1"})
    assert token(**{"Idempotency-Key": "A-1"}) == first
    assert len({first, token(**{"Idempotency-Key": "A-2"}), token(), token()}) == 4
    assert reports() == 4


def test_nothing_of_a_body_is_read_before_its_key_is_admitted(app):
    asked = []

    def never():
        asked.append(1)

    with pytest.raises(NotPermitted):
        receive_xarf(XarfReport("nothing", never), actor=Actor.public())
    assert asked == []
