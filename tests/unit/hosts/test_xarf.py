"""Reports for machines: what is made is as the standard says, and what is not is refused."""

import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from portal.hosts.xarf import Incident, XarfRefused, demand_valid, report_of

INCIDENT = Incident(
    report_id=uuid4(),
    at=datetime(2026, 11, 26, 8, 30, tzinfo=UTC),
    org="某市文化市场综合执法支队",
    contact="notices@office.example.org",
    url="https://pirate.example/看?a=1",
    work_title="示例教材",
    proof="WARC, SHA-256 " + "0" * 64,
)
CONTACT = {"org": "Example", "contact": "abuse@example.org", "domain": "example.org"}


def changed(**fields):
    return {**report_of(INCIDENT), **fields}


def test_what_is_made_is_valid_names_the_office_and_leaves_out_what_is_not_known():
    made = demand_valid(report_of(INCIDENT))

    assert made["reporter"] == made["sender"]
    assert made["reporter"]["domain"] == "office.example.org"
    assert made["source_identifier"] == "pirate.example"
    assert made["timestamp"] == "2026-11-26T08:30:00Z"
    assert "rights_holder" not in made
    assert "_internal" not in made
    assert base64.b64decode(made["evidence"][0]["payload"]).startswith(b"WARC")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("xarf_version", "3.1.0"), ("xarf_version", 4), ("report_id", "1"), ("timestamp", "now")),
        *(("timestamp", "2026-11-26T08:30:00"), ("reporter", "Example"), ("sender", {})),
        ("reporter", {**CONTACT, "phone": "1"}),
        ("reporter", {**CONTACT, "contact": "nobody"}),
        ("reporter", {**CONTACT, "domain": "not a domain"}),
        ("reporter", {**CONTACT, "org": "x" * 201}),
        *(("category", "gossip"), ("category", ["copyright"]), ("type", ""), ("type", 3)),
        *(("source_identifier", ""), ("infringing_url", "no address"), ("infringing_url", None)),
        *(("work_title", "x" * 501), ("infringement_type", "borrowing")),
        *(("evidence", {}), ("evidence", [1]), ("evidence", [{"content_type": "a/b"}])),
        ("evidence", [{"content_type": "a/b", "payload": "not base64!"}]),
        ("evidence", [{"content_type": "a/b", "payload": "", "hash": "sha256"}]),
        ("evidence", [{"content_type": "a/b", "payload": "", "size": 6_000_000}]),
        ("evidence", [{"content_type": "a/b", "payload": "", "more": 1}]),
        ("evidence", [{"content_type": "a/b", "payload": ""}] * 51),
        *(("tags", ["no colon"]), ("tags", "a:b"), ("description", "x" * 1001)),
    ],
)
def test_a_field_that_is_not_as_the_standard_says_is_named(field, value):
    with pytest.raises(XarfRefused) as refused:
        demand_valid(changed(**{field: value}))

    assert refused.value.field == field


@pytest.mark.parametrize(
    "field",
    [
        *("xarf_version", "report_id", "timestamp", "reporter"),
        *("sender", "source_identifier", "category", "type"),
        "infringing_url",
    ],
)
def test_a_field_that_must_be_there_is_named(field):
    report = report_of(INCIDENT)
    del report[field]

    with pytest.raises(XarfRefused) as refused:
        demand_valid(report)

    assert refused.value.field == field


@pytest.mark.parametrize("report", [None, [], "x", 1])
def test_what_is_no_object_is_refused(report):
    with pytest.raises(XarfRefused):
        demand_valid(report)
