"""Settings: what is wrong with one is a sentence that names it and says what would be right."""

import pytest

from portal.infra.config import Settings, SettingsWrong, read_settings

WRONG = [
    ("ENV", "prod", "write one of demo, production, test"),
    ("PORT", "geheim", "write a whole number from 1 to 65535"),
    ("PUBLIC_URL", "geheim.example.org", "write a whole address like https://report.example.org"),
    ("PUBLIC_URL", "https://", "write a whole address like https://report.example.org"),
    ("PUBLIC_URL", "https://[geheim", "write a whole address like https://report.example.org"),
    ("EXIT_URL", "javascript:geheim", "write a whole address like https://report.example.org"),
    ("HTTPS", "geheim", "write true or false"),
    ("NARRATIVE_SEARCH", "geheim", "write true or false"),
    ("TRUSTED_PROXIES", "-1", "write a whole number from 0 to 5"),
    ("TRUSTED_PROXIES", "6", "write a whole number from 0 to 5"),
    ("ERASURES", "geheim", "write the whole path of a folder, beginning with /"),
    ("MAX_FILES", "1.5", "write a whole number, 0 or more"),
    ("MAX_FILE_BYTES", "50MB", "write a whole number, 1 or more"),
    ("MAX_REPORT_BYTES", "-1", "write a whole number, 1 or more"),
    ("MAX_NARRATIVE", "0", "write a whole number, 1 or more"),
    ("MAX_FORM_BYTES", "1000", "write a whole number, 65536 or more"),
    ("MAX_FORM_PARTS", "10", "write a whole number, 100 or more"),
    ("MIN_FREE_BYTES", "-1", "write a whole number, 0 or more"),
    ("MIN_FREE_SHARE", "10%", "write a number from 0 to 1"),
    ("MIN_FREE_SHARE", "nan", "write a number from 0 to 1"),
    ("FILES_ORIGIN", "https://geheim.example.org/files", "nothing behind it"),
    ("FILES_ORIGIN", "https://geheim.example.org:99999", "nothing behind it"),
    ("FILES_ORIGIN", "http://127.0.0.1:9", "name another host than the one of SUNLINE_PUBLIC_URL"),
    ("SUBMISSIONS_PER_HOUR", "geheim", "write a whole number, 0 or more"),
    ("SUBMISSIONS_BEFORE_PROOF", "-1", "write a whole number, 0 or more"),
    ("UPLOADS_PER_HOUR", "-1", "write a whole number, 0 or more"),
    ("UPLOAD_MEGABYTES_PER_HOUR", "-1", "write a whole number, 0 or more"),
    ("MAX_UNOWNED_BYTES", "-1", "write a whole number, 0 or more"),
    ("CLAMD_SOCKET", "geheim", "write the path of a socket, or host:port"),
    ("CLAMD_SOCKET", "geheim:clamd", "write the path of a socket, or host:port"),
    ("CLAMD_SOCKET", "geheim:99999", "write the path of a socket, or host:port"),
    ("CLAMD_SOCKET", "geheim:3310?x", "write the path of a socket, or host:port"),
    ("CLAMD_SOCKET", "geh eim:3310", "write the path of a socket, or host:port"),
    ("CLAMD_SOCKET", "geheim:0", "write the path of a socket, or host:port"),
    ("MAIL_URL", "geheim", "write one like smtps://name:password@mail.example.org"),
    ("MAIL_FROM", "geheim", "write an address like sunline@example.org, and nothing else"),
    ("QUEUE_LIMIT", "0", "write a whole number, 1 or more"),
    ("GRACE", "geheim", "write a number, 0 or more"),
    ("GRACE", "inf", "write a number, 0 or more"),
]
# Any text may be right; whether it is shows where it is used, by the launcher's own sentences.
ANY_TEXT = {"VAR", "HOST", "PACK", "DATABASE_URL", "REDIS_URL", "METRICS_TOKEN"}


@pytest.fixture(autouse=True)
def _nothing_else_is_set(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SUNLINE_{name.upper()}", raising=False)


@pytest.mark.parametrize(("name", "value", "right"), WRONG)
def test_a_wrong_setting_is_one_sentence_that_says_what_would_be_right(
    monkeypatch, name, value, right
):
    monkeypatch.setenv(f"SUNLINE_{name}", value)

    with pytest.raises(SettingsWrong) as refused:
        read_settings()

    (said,) = refused.value.args
    assert said.startswith(f"SUNLINE_{name}: ")
    assert right in said
    assert "geheim" not in said


def test_every_setting_that_can_be_wrong_is_tried():
    names = {name.upper() for name in Settings.model_fields}

    assert {name for name, _value, _right in WRONG} == names - ANY_TEXT


def test_a_folder_for_the_ledger_that_is_a_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / "ledger").touch()
    monkeypatch.setenv("SUNLINE_ERASURES", str(tmp_path / "ledger"))

    with pytest.raises(SettingsWrong, match=r"^SUNLINE_ERASURES: write the whole path of a folder"):
        read_settings()


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
def test_an_empty_setting_counts_as_none(monkeypatch, name):
    usual = read_settings()
    of_others = {"DATABASE_URL", "REDIS_URL"}
    monkeypatch.setenv(name if name in of_others else f"SUNLINE_{name}", "")

    assert read_settings() == usual


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "https://report.example.org:8443"),
        ("files_origin", "https://files.example.org"),
        ("clamd_socket", "/run/clamav/clamd.ctl"),
        ("clamd_socket", "127.0.0.1:3310"),
        ("clamd_socket", "[::1]:3310"),
        ("mail_from", "sunline@example.org"),
        ("mail_from", "Sunline@Office.Example.ORG"),
    ],
)
def test_what_is_right_is_taken_as_it_is(monkeypatch, name, value):
    monkeypatch.setenv(f"SUNLINE_{name.upper()}", value)

    assert getattr(read_settings(), name) == value
