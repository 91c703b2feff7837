"""The examples of the guide for programmers work as they stand there."""

import json
import os
import re
import subprocess
import sys

import pytest
from werkzeug.serving import make_server
from werkzeug.wsgi import get_input_stream

from portal.infra.config import ROOT
from portal.infra.database import db
from portal.rights_holders.models import Complaint
from tests.factories.rights_holders import make_organisation, make_outsider, make_token

GUIDES = ROOT / "docs" / "guides"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```", re.DOTALL)


def examples(name):
    return dict(BLOCK.findall((GUIDES / name).read_text(encoding="utf-8")))


def as_served(app):
    """The application with bodies that end, as gunicorn gives them."""

    def served(environ, start_response):
        environ["wsgi.input"] = get_input_stream(environ)
        return app(environ, start_response)

    return served


def run(app, kind, token, folder):
    """Run an example against a site with this token; its exit, what it said, what went wrong."""
    server = make_server("127.0.0.1", 0, as_served(app))
    server.timeout = 0.05
    said = {
        "ADDRESS": f"http://127.0.0.1:{server.port}/api/v1",
        "TOKEN": token,
        "PATH": os.environ["PATH"],
    }
    shell = [sys.executable, "-c"] if kind == "python" else ["sh", "-ec"]
    command = [*shell, examples("programs.md")[kind]]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=said, cwd=folder, **pipes) as program:
        while program.poll() is None:
            server.handle_request()
        output, wrong = program.communicate()
    server.server_close()
    return program.returncode, output, wrong


@pytest.mark.parametrize("kind", ["python", "sh"])
def test_the_examples_file_complaints(app, kind, tmp_path):
    person = make_outsider()
    organisation = make_organisation(person, works=1)

    status, output, wrong = run(app, kind, make_token(organisation, person), tmp_path)

    assert status == 0, wrong
    states = [one.state for one in db.session.query(Complaint)]
    assert states == (["ready"] * 3 if kind == "python" else ["filed"])
    assert "ready" in output if kind == "python" else '"reference"' in output


def test_the_example_for_curl_ends_with_what_was_wrong_when_it_is_refused(app, tmp_path):
    status, output, _wrong = run(app, "sh", "no-token-of-anybody", tmp_path)

    assert (status, json.loads(output)["status"]) == (1, 401)


def test_both_languages_have_the_same_examples():
    assert examples("programs.md") == examples("programs.zh-Hans.md")
