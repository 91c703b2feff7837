"""The examples of the guide for programmers work as they stand there."""

import os
import re
import subprocess
import sys

import pytest
from werkzeug.serving import make_server

from portal.infra.config import ROOT
from portal.infra.database import db
from portal.rights_holders.models import Complaint
from tests.factories.rights_holders import make_organisation, make_outsider, make_token

GUIDES = ROOT / "docs" / "guides"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```", re.DOTALL)


def examples(name):
    return dict(BLOCK.findall((GUIDES / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", ["python", "sh"])
def test_the_examples_file_complaints(app, kind, tmp_path):
    person = make_outsider()
    organisation = make_organisation(person, works=1)
    server = make_server("127.0.0.1", 0, app)
    server.timeout = 0.05
    said = {
        "ADDRESS": f"http://127.0.0.1:{server.port}/api/v1",
        "TOKEN": make_token(organisation, person),
        "PATH": os.environ["PATH"],
    }
    shell = [sys.executable, "-c"] if kind == "python" else ["sh", "-ec"]
    command = [*shell, examples("programs.md")[kind]]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=said, cwd=tmp_path, **pipes) as program:
        while program.poll() is None:
            server.handle_request()
        output, wrong = program.communicate()
    server.server_close()

    assert program.returncode == 0, wrong
    states = [one.state for one in db.session.query(Complaint)]
    assert states == (["ready"] * 3 if kind == "python" else ["filed"])
    assert "ready" in output if kind == "python" else '"reference"' in output


def test_both_languages_have_the_same_examples():
    assert examples("programs.md") == examples("programs.zh-Hans.md")
