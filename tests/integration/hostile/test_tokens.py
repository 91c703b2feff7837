"""A view that gives a refused form back runs without its token, and must change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from tests.factories.accounts import enter_desk, make_account
from tests.factories.cases import make_case
from tests.factories.decisions import make_party, open_page
from tests.integration.feedback.reporter import Reporter
from tests.integration.intake.conftest import FORM, STEPS, STORY
from tests.pages import Pages

WRITES = ("INSERT", "UPDATE", "DELETE")
ANSWERS = {
    "subject": "piracy.print",
    "where": "unknown",
    "narrative": STORY,
    "urls": "www.example.com",
    "category": "unsure",
    "contact_mode": "anonymous",
    "channel": "telephone",
    "text": STORY,
    "reason": "contest.wrong-place",
    "answered": "5",
    "treated": "5",
    "submission_token": "A" * 22,
}
# These ask for a receipt, a new code, an online case or a shared award first and lead to nothing.
CLOSED = {
    *("intake.receipt", "entry.receipt", "feedback.new_code"),
    *("counter_notices.write", "reward.shares"),
}


@contextmanager
def writes() -> Iterator[list[str]]:
    """Every statement that writes, run meanwhile.

    But for the entry that somebody tried what custodians may do (ADR 0045): it is made before any
    form is looked at, so that no attempt goes without.
    """
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        values = given.values() if isinstance(given, dict) else given
        is_attempt = "audit_event" in statement and any(str(one).endswith(".try") for one in values)
        if statement.upper().startswith(WRITES) and not is_attempt:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def addresses(app: Flask) -> list[str]:
    """Of every view that gives its form back, one address."""
    views = app.view_functions
    rules = [rule for rule in app.url_map.iter_rules() if hasattr(views[rule.endpoint], "typed")]
    found = {rule.rule for rule in rules if not rule.arguments and rule.endpoint not in CLOSED}
    return sorted(found | {path for path, _ in STEPS})


@pytest.fixture
def browser(app: Flask) -> Pages:
    """A browser with an open tracking page, that of a party, a whole draft, and a sign-in."""
    reporter = Reporter(app)
    reporter.send(ReportState.ANSWERED)
    reporter.come_back()
    pages = reporter.browser
    case = make_case()
    pages.post(pages.get("/party"), {"code": open_page(case, make_party(case))})
    enter_desk(pages, make_account(Role.TRIAGE_CLERK))
    page = pages.get("/report")
    for path, answers in STEPS:
        assert page.path == path
        page = pages.post(page, answers, form=FORM)
    assert page.path == "/report/check"
    return pages


def test_without_the_token_no_form_that_comes_back_has_changed_anything(app, browser):
    every = addresses(app)
    assert {"/report/check", "/track/report/erase", "/desk/reports/new"} <= set(every)

    with writes() as seen:
        statuses = {path: browser.client.post(path, data=ANSWERS).status_code for path in every}

    assert seen == []
    # 403: what this reader may not do at all is refused before its form is looked at.
    assert {400} <= set(statuses.values()) <= {400, 403}
