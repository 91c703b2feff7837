"""The launcher as it is typed: from any folder, by any path, one sentence for an error."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path):
    """The launcher alone, in a folder whose name is not plain."""
    folder = tmp_path / "阳光 热线" / "sun line"
    (folder / "workers").mkdir(parents=True)
    shutil.copy(ROOT / "sunline", folder)
    shutil.copy(ROOT / "workers" / "__init__.py", folder / "workers")
    shutil.copytree(ROOT / "workers" / "launcher", folder / "workers" / "launcher")
    return folder


def sunline(launcher, *arguments, cwd="/", **environ):
    """Run it with a clean environment; nothing is installed for it."""
    return subprocess.run(
        [sys.executable, "-S", launcher, *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_and_needs_nothing_but_python(checkout):
    done = sunline(checkout / "sunline", "help")

    assert done.returncode == 0, done.stderr
    for command in ("up", "setup", "code", "run", "ready", "test", "check", "bench"):
        assert f"./sunline {command}" in done.stdout


def test_it_may_be_called_by_a_link_from_any_folder(checkout, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(checkout / "sunline")

    assert sunline(link, "help", cwd=tmp_path).returncode == 0


def test_no_command_at_all_shows_the_help(checkout):
    assert "./sunline up" in sunline(checkout / "sunline").stdout


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        (["report", "show", "X"], {}, "Sunline is not set up here: run `./sunline setup` first."),
        (["run", "web"], {}, "Sunline is not set up here: run `./sunline setup` first."),
        (
            ["run", "queue"],
            {},
            ("Name one process, for example: ./sunline run web (web, dispatcher, worker, clock)."),
        ),
        (["code"], {}, "Name one account, for example: ./sunline code officer."),
        (["up", "--emtpy"], {}, "'--emtpy' is not known here: see ./sunline help."),
        (["check", "now"], {}, "check takes no arguments: it runs everything."),
        (["up"], {"SUNLINE_PORT": "x"}, "SUNLINE_PORT is 'x': give a number from 1 to 65535."),
        (["up"], {"SUNLINE_ENV": "x"}, "SUNLINE_ENV is 'x': write demo, production, test."),
        (
            ["up"],
            {"SUNLINE_VAR": "/proc/none"},
            (
                "The data folder /proc/none cannot be made (No such file or directory): "
                "choose another with SUNLINE_VAR."
            ),
        ),
    ],
)
def test_every_error_is_one_sentence_that_says_what_to_do(checkout, arguments, environ, sentence):
    done = sunline(checkout / "sunline", *arguments, **environ)

    assert done.returncode == 1
    assert done.stderr == f"sunline: {sentence}\n"


@pytest.fixture
def readiness_says(checkout, tmp_path):
    """An environment whose Python answers for the modules of the launcher, one line a module."""

    def answer(code):
        python = tmp_path / "environment" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\necho "$2"\ntest "$2" != workers.readiness || exit {code}\n')
        python.chmod(0o755)
        return {"SUNLINE_VENV": str(tmp_path / "environment"), "SUNLINE_VAR": str(tmp_path / "var")}

    return answer


@pytest.mark.parametrize("process", ["web", "dispatcher", "worker", "clock"])
def test_production_starts_no_single_process_either_while_anything_is_missing(
    checkout, readiness_says, process
):
    environ = readiness_says(1)

    done = sunline(checkout / "sunline", "run", process, **environ, SUNLINE_ENV="production")

    assert (done.returncode, done.stdout) == (1, "workers.readiness\n")


def test_production_starts_a_single_process_when_nothing_is_missing(checkout, readiness_says):
    environ = readiness_says(0)

    done = sunline(checkout / "sunline", "run", "web", **environ, SUNLINE_ENV="production")

    assert (done.returncode, done.stdout) == (0, "workers.readiness\nworkers.supervisor\n")
