"""Settings of the launcher: `.env`, the environment, and what is refused."""

from pathlib import Path

import pytest

from workers.launcher.installation import load_installation, parse_env
from workers.launcher.terminal import Stop


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SUNLINE_PORT=8001", {"SUNLINE_PORT": "8001"}),
        ("export A = b", {"A": "b"}),
        ('A="b # c"', {"A": "b # c"}),
        ("A='阳光 热线'", {"A": "阳光 热线"}),
        ("A=b # a remark", {"A": "b"}),
        ("A=b#c", {"A": "b#c"}),
        ("A=", {"A": ""}),
        ("# A=b", {}),
        ("", {}),
    ],
)
def test_a_line_of_the_env_file_is_a_name_and_a_value(line, expected):
    assert parse_env(line) == expected


def test_a_wrong_line_of_the_env_file_is_named():
    with pytest.raises(Stop, match=r"\.env, line 2: write NAME=value"):
        parse_env("A=b\nnot a setting\n")


def test_an_env_file_may_begin_with_the_mark_some_editors_write(tmp_path):
    (tmp_path / ".env").write_text("SUNLINE_PORT=8001\n", encoding="utf-8-sig")

    assert load_installation({}, tmp_path).port == 8001


def test_an_env_file_in_another_encoding_is_refused_in_words(tmp_path):
    (tmp_path / ".env").write_bytes("# 端口\n".encode("gb18030"))

    with pytest.raises(Stop, match=r"^\.env is not UTF-8: save it with that encoding\.$"):
        load_installation({}, tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://sunline:geheim@localhost/sunline"),
        ("DATABASE_URL", "sqlite:///sunline.db"),  # relative to what?
        ("DATABASE_URL", "geheim"),
        ("DATABASE_URL", "postgresql://sunline:geheim@localhost:54x2/sunline"),
        ("REDIS_URL", "http://:geheim@localhost"),
        ("REDIS_URL", "redis://:geheim/1@localhost:6379/0"),  # / is %2F in there
        ("REDIS_URL", "redis://:geheim@localhost:6379/first"),
    ],
)
def test_an_address_of_no_use_is_refused_with_one_to_copy_and_not_repeated(tmp_path, name, value):
    with pytest.raises(Stop, match=f"^{name} is no address .*: write one like .*@localhost") as no:
        load_installation({name: value}, tmp_path)

    assert "geheim" not in str(no.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://sunline:ge/he:im@[::1]:5432/sunline?sslmode=require"),
        ("DATABASE_URL", "postgresql+psycopg:///sunline?host=/run/postgresql"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=1"),
        ("REDIS_URL", "redis://:geheim@localhost"),
        ("REDIS_URL", "rediss://:geheim@localhost:6379/1?timeout=2"),
    ],
)
def test_an_address_is_taken_as_whoever_uses_it_takes_it(tmp_path, name, value):
    assert load_installation({name: value}, tmp_path).environ[name] == value


def test_the_environment_wins_over_the_env_file(tmp_path):
    (tmp_path / ".env").write_text("SUNLINE_PORT=8001\nSUNLINE_PACK=en_ip_office\n")

    here = load_installation({"SUNLINE_PORT": "8002"}, tmp_path)

    assert here.port == 8002
    assert here.environ["SUNLINE_PACK"] == "en_ip_office"


def test_a_relative_folder_counts_from_the_file_it_is_written_in(tmp_path):
    (tmp_path / ".env").write_text("SUNLINE_VAR=data\n")

    assert load_installation({}, tmp_path).var == tmp_path / "data"


def test_a_relative_folder_in_the_environment_counts_from_where_the_command_was_typed(
    tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    assert load_installation({"SUNLINE_VAR": "data"}, tmp_path).var == elsewhere / "data"


def test_every_process_is_told_the_whole_path_of_the_data_folder(tmp_path):
    here = load_installation({}, tmp_path)

    assert here.environ["SUNLINE_VAR"] == str(tmp_path / "var")


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "８０"])
def test_a_port_that_is_none_is_refused(tmp_path, port):
    with pytest.raises(Stop, match="SUNLINE_PORT"):
        load_installation({"SUNLINE_PORT": port}, tmp_path)


def test_a_mode_that_is_none_is_refused(tmp_path):
    with pytest.raises(Stop, match="SUNLINE_ENV is 'prod'"):
        load_installation({"SUNLINE_ENV": "prod"}, tmp_path)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/%E6%95%B0%E6%8D%AE/a.db", Path("/srv/数据/a.db")),
        ("postgresql://localhost/sunline", None),
    ],
)
def test_the_database_is_a_file_or_on_a_server(tmp_path, url, path):
    assert load_installation({"DATABASE_URL": url}, tmp_path).sqlite_path == path
