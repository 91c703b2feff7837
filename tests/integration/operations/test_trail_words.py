"""The trail is read by auditors, who know no codes."""

import re
from datetime import UTC, datetime
from importlib import import_module
from uuid import uuid4

import pytest
from flask_babel import force_locale

from portal.audit.models import AuditEvent
from portal.infra.config import ROOT
from portal.jurisdiction.queries import current_place
from portal.kernel.lifecycle import Lifecycle
from portal.operations.trail_words import action_words, details_of, subject_words

# An entry, and the kind of what it is about, where both are said by name.
ENTRY = re.compile(r'record\(\s*(?:uow|self\.uow),\s*"([a-z_]+\.[a-z_-]+)"(?:,\s*"([a-z_]+)")?')
MODULES = sorted((ROOT / "portal").rglob("*.py"))


def lifecycles():
    """Every lifecycle of the program, as `docs/lifecycles.md` finds them."""
    for path in MODULES:
        if path.name == "states.py":
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            known = vars(import_module(name)).values()
            yield from (one for one in known if isinstance(one, Lifecycle))


@pytest.mark.parametrize("locale", ["en", "zh_Hans"])
def test_everything_that_is_left_on_the_trail_is_said_in_words(app, locale):
    found = [one for path in MODULES for one in ENTRY.findall(path.read_text(encoding="utf-8"))]
    actions = {action for action, _kind in found}
    actions |= {f"{own.subject}.{move}" for own in lifecycles() for _state, move in own.moves}
    kinds = {kind for _action, kind in found if kind} | {own.subject for own in lifecycles()}

    assert (len(actions) > 200, len(kinds) > 30) == (True, True)
    with force_locale(locale):
        assert sorted(one for one in actions if action_words(one) == one) == []
        assert sorted(one for one in kinds if subject_words(one) == one) == []


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
