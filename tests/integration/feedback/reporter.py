"""What a reporter does: send a report, come back with the code, read the page."""

from collections.abc import Iterator
from typing import Any

from flask import Flask

from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.service import Submitted
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.reference import CROCKFORD, ReceiptCode, parse_receipt
from portal.triage.service import RouteReport
from tests.factories.casework import make_clerk, make_officer
from tests.factories.intake import DEPARTMENT, submit, walk
from tests.pages import Page, Pages


class Reporter:
    """One person with one report; every browser of theirs starts without cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.sent: Submitted
        self.officer: Actor
        self.browser = Pages(app)

    def send(self, state: ReportState = ReportState.RECEIVED, **changes: Any) -> Report:
        """Send a report and have the desk bring it into `state`."""
        self.sent = submit(**changes)
        if state is not ReportState.RECEIVED:
            clerk, self.officer = make_clerk(), make_officer()
            order = RouteReport(self.sent.reference, DEPARTMENT, "按职责分工")
            route_report(order, actor=clerk)
            walk(self.sent.reference, self.sent.report_id, state, self.officer, DEPARTMENT)
        return self.report

    @property
    def report(self) -> Report:
        """The report as it is stored now."""
        db.session.expire_all()
        return db.session.get_one(Report, self.sent.report_id)

    def erase(self) -> None:
        """Have the report erased, as retention does: the key goes, and with it the words."""
        report = self.report
        with db.session.no_autoflush:
            report.content = None
            report.content_key = None
        db.session.commit()

    @property
    def code(self) -> str:
        """The code as the receipt shows it."""
        return self.sent.code.text

    def come_back(self, code: str | None = None, language: str = "zh-Hans") -> Page:
        """Open the tracking page in a fresh browser."""
        self.browser = Pages(self.app, language)
        return type_code(self.browser, code or self.code)

    def page(self, name: str = "") -> Page:
        """A page of the report."""
        return self.browser.get(f"/track/report{name}")


def type_code(browser: Pages, code: str) -> Page:
    """Fill in the form for the code."""
    return browser.post(browser.get("/track"), {"code": code})


def wrong_codes(code: str) -> Iterator[str]:
    """Codes that are well-formed, have the locator of `code`, and are wrong."""
    right = parse_receipt(code)
    assert right is not None
    for symbol in CROCKFORD:
        if symbol != right.secret[-1]:
            yield ReceiptCode(right.locator, right.secret[:-1] + symbol).text
