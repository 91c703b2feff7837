"""Files of a real multipart form, through a real request."""

import io

import pytest
from flask import Flask, request
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.evidence.uploads import UploadRequest
from portal.infra.config import settings


@pytest.fixture
def echo() -> Flask:
    """The smallest application that reads a form with files."""
    app = Flask("echo")
    app.request_class = UploadRequest

    @app.post("/")
    def read():
        (file,) = request.files.getlist("files")
        dropped = file.stream.dropped
        return {"text": request.form["text"], "size": len(file.read()), "dropped": dropped}

    return app


def _send(app: Flask, content: bytes) -> dict[str, object]:
    fields = {"text": "盗版", "files": FileStorage(io.BytesIO(content), "a.jpg")}
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return app.test_client().post("/", data=body, content_type=kind).get_json()


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_file_of_a_form_comes_through_the_spool(echo, size):
    assert _send(echo, bytes(size)) == {"text": "盗版", "size": size, "dropped": False}
    assert [path for path in settings().evidence_dir.rglob("*") if path.is_file()] == []


@pytest.mark.requirement("T54")
@pytest.mark.requirement("G1")
def test_on_a_full_volume_the_text_of_the_form_still_arrives(echo, monkeypatch):
    monkeypatch.setenv("SUNLINE_MIN_FREE_SHARE", "1")
    settings.cache_clear()
    try:
        answer = _send(echo, bytes(3_000_000))
    finally:
        monkeypatch.undo()
        settings.cache_clear()

    assert answer == {"text": "盗版", "size": 0, "dropped": True}
