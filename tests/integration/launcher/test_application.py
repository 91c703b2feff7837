"""The application's command line as the launcher uses it while it sets up."""

import os
from dataclasses import replace

import psutil
import pytest

from workers.launcher import preparation
from workers.launcher.application import application
from workers.launcher.installation import load_installation
from workers.launcher.terminal import Stop


@pytest.fixture
def here(tmp_path):
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    installation = load_installation({**environ, "SUNLINE_VAR": str(tmp_path / "数 据")})
    preparation.prepare_folder(installation)
    preparation.make_keys(installation)
    return installation


def test_several_commands_are_one_start_and_the_one_that_fails_says_why(here):
    with application(here) as app:
        assert preparation.upgrade_database(app)
        started = app.process
        with pytest.raises(Stop, match=r"Loading failed: .* is missing.*whole output"):
            app.run(("pack", "load", "nix"), what="Loading", name="pack")
        assert "accounts" in app.run(("--help",), what="Asking", name="help")
        assert app.process is started
        assert started is not None
        family = [psutil.Process(started.pid), *psutil.Process(started.pid).children()]

    assert [one for one in family if one.is_running()] == []
    assert preparation.stored_revision(here) is not None


def test_a_wrong_setting_is_named_as_it_is_written_and_its_value_is_not_repeated(here):
    wrong = {"SUNLINE_MAX_FILES": "geheim", "SUNLINE_TRUSTED_PROXIES": "9"}
    there = replace(here, environ={**here.environ, **wrong})

    with application(there) as app, pytest.raises(Stop) as refused:
        app.run(("db", "upgrade"), what="Preparing", name="database")

    assert "SUNLINE_MAX_FILES: write a whole number, 0 or more." in str(refused.value)
    assert "SUNLINE_TRUSTED_PROXIES: write a whole number from 0 to 5." in str(refused.value)
    assert "geheim" not in (here.var / "log" / "setup-application.log").read_text()


def test_what_cannot_even_start_says_why(here):
    (here.var / "keys" / "server.json").unlink()
    with application(here) as app, pytest.raises(Stop, match="Preparing the database failed"):
        preparation.upgrade_database(app)
