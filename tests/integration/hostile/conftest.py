"""The public form as an attacker has it: any bytes, any shape, straight to the application."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bench.client import hidden_fields
from portal.infra.config import settings
from portal.infra.database import db
from portal.intake.models import Report

FORM = "/report/one-page"
NARRATIVE = "示例路一家书店公开出售盗版教材。"


@dataclass
class Sender:
    """Somebody with a fresh form before them."""

    client: FlaskClient

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a form fetched now, filled in properly."""
        page = self.client.get(FORM)
        assert page.status_code == 200
        plain = {"category": "piracy.print", "narrative": NARRATIVE, "contact_mode": "anonymous"}
        return {**hidden_fields(page.text), **plain}

    def send(self, changes: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send the form with some fields changed."""
        return self.client.post(FORM, data={**self.fields, **(changes or {})}, **options)

    def send_parts(self, changes: Mapping[str, str]) -> TestResponse:
        """Send the form as parts, made here: the test client would keep a large body in a file."""
        parts = [
            f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {**self.fields, **changes}.items()
        ]
        body = "".join([*parts, "--part--\r\n"]).encode()
        return self.send_bytes(body, "multipart/form-data; boundary=part")

    def send_bytes(self, body: bytes, kind: str) -> TestResponse:
        """Send exactly these bytes."""
        return self.client.post(FORM, data=body, content_type=kind)


@pytest.fixture
def sender(app: Flask) -> Sender:
    client = app.test_client()
    client.set_cookie("lang", "en")
    return Sender(client)


@pytest.fixture
def reports(app: Flask) -> Callable[[], int]:
    """How many reports there are."""
    return lambda: db.session.scalar(select(func.count()).select_from(Report)) or 0


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Settings of the installation for one test: `chosen(MAX_FILES=1)`."""

    def choose(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"SUNLINE_{name}", str(value))
        settings.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()
