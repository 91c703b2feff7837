"""Production refuses to start, and names everything that is missing at once."""

import pytest

from portal.custody.pins import FILE_NAME
from portal.infra import keys
from portal.infra.config import Settings, settings
from portal.infra.database import db
from workers import readiness
from workers.launcher.preparation import DEMONSTRATION_MARK

PROPER = {
    "env": "production",
    "public_url": "https://report.example.org",
    "https": True,
    "trusted_proxies": 1,
}


@pytest.fixture
def proper(tmp_path):
    keys.create(tmp_path / "keys")
    return Settings(**PROPER, var=tmp_path)


def named(sentences):
    return [sentence.split(":")[0] for sentence in sentences]


def test_proper_settings_lack_nothing(proper):
    assert list(readiness.missing_settings(proper, {})) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"public_url": ""}, "SUNLINE_PUBLIC_URL"),
        ({"public_url": "http://report.example.org"}, "SUNLINE_PUBLIC_URL"),
        ({"https": False}, "SUNLINE_HTTPS"),
        ({"trusted_proxies": 0}, "SUNLINE_TRUSTED_PROXIES"),
        ({"host": "0.0.0.0"}, "SUNLINE_HOST"),  # noqa: S104  # the address that is refused
        ({"REDIS_URL": "redis://queue.example.org/0"}, "REDIS_URL"),
    ],
)
def test_a_setting_that_endangers_people_is_named(change, name):
    chosen = Settings(**{**PROPER, **change})

    assert named(readiness.missing_settings(chosen, {})) == [name]


def test_debugging_is_named(proper):
    assert named(readiness.missing_settings(proper, {"FLASK_DEBUG": "1"})) == ["FLASK_DEBUG"]


def test_own_keys_that_nobody_else_can_read_lack_nothing(proper):
    assert list(readiness.missing_keys(proper.keys_dir)) == []


def test_keys_of_a_demonstration_are_named(proper):
    (proper.keys_dir / DEMONSTRATION_MARK).touch(mode=0o400)

    (sentence,) = readiness.missing_keys(proper.keys_dir)
    assert "made for a demonstration" in sentence


def test_keys_that_others_can_read_are_named(proper):
    (proper.keys_dir / "server.json").chmod(0o444)

    (sentence,) = readiness.missing_keys(proper.keys_dir)
    assert "can read them" in sentence


def test_missing_keys_and_a_missing_database_are_named_together(tmp_path):
    nowhere = {"var": tmp_path / "none", "DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    found = readiness.what_is_missing(Settings(**PROPER, **nowhere), {})

    assert named(found) == ["Keys", "Database"]


def test_a_database_server_that_does_not_answer_is_named(tmp_path):
    url = f"postgresql+psycopg://sunline@/sunline?host={tmp_path}"

    (sentence,) = readiness.missing_in_database(url, tmp_path)
    assert "does not answer" in sentence


def test_without_the_groups_of_custodians_production_does_not_start(app, tmp_path):
    (sentence,) = readiness.missing_custodians(db.session.connection(), tmp_path)

    assert sentence.startswith("Custodians: ")
    assert "./sunline custody create" in sentence


def test_groups_whose_keys_are_pinned_lack_nothing_and_others_are_named(app, tmp_path):
    connection, folder = db.session.connection(), settings().keys_dir
    assert list(readiness.missing_custodians(connection, folder)) == []

    pinned = (folder / FILE_NAME).read_text().replace('"version": 1', '"version": 2')
    (tmp_path / FILE_NAME).write_text(pinned)

    (sentence,) = readiness.missing_custodians(connection, tmp_path)
    assert "not the pinned one" in sentence


@pytest.mark.parametrize(
    "settings_of",
    [
        {"SUNLINE_PUBLIC_URL": "https://report.example.org"},
        {"SUNLINE_PUBLIC_URL": "https://report.example.org:8443"},
        {"SUNLINE_PUBLIC_URL": "", "SUNLINE_HOST": "report.example.org"},
    ],
)
def test_files_have_a_host_name_of_their_own_or_it_is_said(monkeypatch, capsys, settings_of):
    for name, value in settings_of.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SUNLINE_FILES_ORIGIN", "https://report.example.org")

    assert readiness.main() == 1

    assert capsys.readouterr().err.splitlines()[1:] == [
        (
            "  - SUNLINE_FILES_ORIGIN: name another host than the one of SUNLINE_PUBLIC_URL, "
            "or leave it empty."
        )
    ]
