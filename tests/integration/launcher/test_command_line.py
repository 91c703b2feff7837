"""The application's own command line as it is typed: one sentence for everything that is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from portal.infra import keys
from workers.command_line import main, sentence

ROOT = Path(__file__).parents[3]


def sunline(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-P", ROOT / "workers" / "command_line.py", *arguments],
        cwd=tmp_path,
        env={**os.environ, "SUNLINE_VAR": str(tmp_path / "var"), "SUNLINE_ENV": "test"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def installed(tmp_path):
    """A data folder with keys: more the command line needs not."""
    keys.create(tmp_path / "var" / "keys")
    return tmp_path


WRONG = {
    "frobnicate": "No such command 'frobnicate': see ./sunline help.",
    "shell": "No such command 'shell': see ./sunline help.",  # nor anything else of Flask's
    "pack load": "Missing argument 'PACK': see ./sunline pack load --help.",
}


@pytest.mark.parametrize("typed", WRONG)
def test_what_is_typed_wrong_is_one_sentence(built_app, capsys, typed):
    code = main(typed.split(), built_app)

    assert (code, *capsys.readouterr()) == (2, "", f"sunline: {WRONG[typed]}\n")


def test_a_process_of_its_own_ends_with_the_sentence_and_the_code_of_what_was_typed_wrong(
    installed,
):
    done = sunline(installed, "frobnicate")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"sunline: {WRONG['frobnicate']}\n"


def test_a_database_that_is_away_or_full_or_empty_is_one_sentence(installed):
    done = sunline(installed, "report", "show", "SL-0000-0000")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("sunline: the database cannot be read or written now")
    assert done.stderr.count("\n") == 1


def test_settings_that_do_not_go_together_are_one_sentence_in_every_command(installed, monkeypatch):
    monkeypatch.setenv("SUNLINE_MAIL_URL", "smtp://localhost")

    done = sunline(installed, "report", "show", "SL-0000-0000")
    said = "SUNLINE_MAIL_FROM: it must name the sender that SUNLINE_MAIL_URL sends as."

    assert (done.returncode, done.stderr) == (1, f"sunline: {said}\n")


def test_keys_that_cannot_be_read_are_one_sentence(installed):
    (installed / "var" / "keys" / "server.json").unlink()

    done = sunline(installed, "report", "show", "SL-0000-0000")

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "sunline: The keys cannot be read (server.json: FileNotFoundError)" in done.stderr


def test_what_is_right_works_from_any_folder(installed):
    done = sunline(installed, "pack", "check", "en_ip_office")

    assert (done.returncode, done.stdout) == (0, "en_ip_office: nothing is wrong with it.\n")


def test_a_refusal_of_a_command_has_its_own_words():
    assert sentence(click.ClickException("There is no\n account.")) == "There is no account."
