"""The trail is read by auditors, who know no codes."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask_babel import force_locale

from portal.audit.models import AuditEvent
from portal.hosts.states import CAPTURE_LIFECYCLE, HOST_NOTICE_LIFECYCLE
from portal.infra.config import ROOT
from portal.jurisdiction.queries import current_place
from portal.operations.trail_words import action_words, details_of, subject_words
from portal.rights_holders.states import COMPLAINT_LIFECYCLE, ORGANISATION_LIFECYCLE

STAGES = ("rights_holders", "hosts", "exchange")
LIFECYCLES = {
    "capture": CAPTURE_LIFECYCLE,
    "complaint": COMPLAINT_LIFECYCLE,
    "host_notice": HOST_NOTICE_LIFECYCLE,
    "organisation": ORGANISATION_LIFECYCLE,
}


def written_by(stage):
    """Every action that a stage puts on the trail by name."""
    for path in (ROOT / "portal" / stage).rglob("*.py"):
        yield from re.findall(r'record\(\s*uow,\s*"([a-z_.-]+)"', path.read_text())


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_what_rights_holders_hosts_and_partners_leave_on_the_trail_is_said_in_words(app, locale):
    named = {action for stage in STAGES for action in written_by(stage)}
    moves = {f"{kind}.{move}" for kind, own in LIFECYCLES.items() for _state, move in own.moves}

    assert len(named) > 15
    with force_locale(locale):
        bare = {one for one in named | moves if action_words(one) == one}
        kinds = {one.partition(".")[0] for one in named | moves}
        assert (bare, {one for one in kinds if subject_words(one) == one}) == (set(), set())


def entry(**details):
    """An entry as it stands."""
    return AuditEvent(
        seq=1,
        at=datetime.now(UTC),
        actor_kind="staff",
        actor_id=uuid4(),
        actor_name="account",
        action="report.release",
        subject_kind="report",
        subject_id=uuid4(),
        details=details,
        prev="",
        hash="",
    )


def test_who_had_it_where_and_by_what_somebody_signed_in_are_said_in_words(app):
    before = uuid4()
    event = entry(handler_before=before.hex, region="320412", factor="time-code")

    with force_locale("zh_Hans"):
        said = details_of(event, current_place(), "zh-Hans", {before: "李例"})

    assert said == [
        ("原承办人", "李例"),
        ("地区", "江苏省常州市武进区"),
        ("第二重验证", "动态码"),
    ]
