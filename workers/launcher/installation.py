"""Where this installation keeps its things, from the environment and `.env`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from workers.launcher.terminal import Stop

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
HIGHEST_PORT = 65535
MODES = ("demo", "production", "test")
# As SQLAlchemy takes it apart: a password may hold anything but @.
SERVER = re.compile(r"\w+(\+\w+)?://([^:/]*(:[^@]*)?@)?(\[[^/?]+\]|[^/:?]+)?(:\d*)?([/?]|$)")
NUMBER = re.compile(r"/?\d*")
# What an address may begin with, and one to show: the value itself may hold a password.
ADDRESSES = {
    "DATABASE_URL": (
        ("postgresql://", "postgres://", "postgresql+psycopg://", "sqlite:////"),
        "postgresql://sunline:PASSWORD@localhost/sunline",
    ),
    "REDIS_URL": (
        ("redis://", "rediss://", "unix://"),
        "redis://:PASSWORD@localhost:6379/0",
    ),
}


def parse_env(text: str, name: str = ".env") -> dict[str, str]:
    """Read KEY=VALUE lines; quotes around a value are removed, nothing is expanded.

    Refuses a line that is neither empty, a comment (`#`), nor KEY=VALUE.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise Stop(f"{name}, line {number}: write NAME=value, or # before a remark.")
        values[match[1]] = _unquoted(match[2])
    return values


def _unquoted(value: str) -> str:
    """`"a b"` and `'a b'` are a b; without quotes a ` #` starts a remark."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.split(" #", maxsplit=1)[0].rstrip()


@dataclass(frozen=True)
class Installation:
    """One checkout with one data folder."""

    root: Path
    var: Path
    venv: Path
    port: int
    environ: Mapping[str, str]  # what every process of this installation is started with

    @property
    def python(self) -> Path:
        """The interpreter of the environment; never its scripts: they know one absolute path."""
        return self.venv / "bin" / "python"

    @property
    def production(self) -> bool:
        """True when SUNLINE_ENV=production."""
        return self.environ.get("SUNLINE_ENV") == "production"

    @cached_property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None when the database is a server."""
        url = self.environ.get("DATABASE_URL", "")
        if not url:
            return self.var / "sunline.db"
        parts = urlsplit(url)
        if not parts.scheme.startswith("sqlite"):
            return None
        return self.root / unquote(parts.path.removeprefix("/"))


def load_installation(environ: Mapping[str, str], root: Path = ROOT) -> Installation:
    """Combine `.env` with the environment, which wins.

    A relative folder counts from the checkout in `.env`, and from where the command was typed
    in the environment.
    """
    file = root / ".env"
    written = parse_env(_text_of(file)) if file.is_file() else {}
    merged = {**written, **environ}
    folders = {}
    for name, default in (("SUNLINE_VAR", "var"), ("SUNLINE_VENV", ".venv")):
        base = Path.cwd() if environ.get(name) else root
        # not resolve(): a link in the path is meant
        folders[name] = Path(os.path.abspath(base / (merged.get(name) or default)))  # noqa: PTH100
    if merged.get("SUNLINE_ENV", "demo") not in MODES:
        raise Stop(f"SUNLINE_ENV is {merged['SUNLINE_ENV']!r}: write {', '.join(MODES)}.")
    _demand_addresses(merged)
    merged |= {
        "SUNLINE_VAR": str(folders["SUNLINE_VAR"]),
        "SUNLINE_PORT": str(_port(merged.get("SUNLINE_PORT") or "8000")),
        # Flask would look for files called .env on its own, from where the command was typed.
        "FLASK_SKIP_DOTENV": "1",
        "PYTHONUTF8": "1",
    }
    _keep_bytecode(merged, folders["SUNLINE_VENV"])
    return Installation(
        root=root,
        var=folders["SUNLINE_VAR"],
        venv=folders["SUNLINE_VENV"],
        port=int(merged["SUNLINE_PORT"]),
        environ=merged,
    )


def _keep_bytecode(environ: dict[str, str], venv: Path) -> None:
    """Have Python keep what it compiled, outside the checkout, whatever the environment says.

    Without it every process of every start compiles some thousand modules again: two seconds.
    """
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ.setdefault("PYTHONPYCACHEPREFIX", str(venv / "bytecode"))


def _text_of(file: Path) -> str:
    """What editors write as UTF-8, with a mark in front or not."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Stop(f"{file.name} is not UTF-8: save it with that encoding.") from problem


def _demand_addresses(values: Mapping[str, str]) -> None:
    for name, (beginnings, example) in ADDRESSES.items():
        value = values.get(name, "")
        if value and not (value.startswith(beginnings) and _is_whole(name, value)):
            raise Stop(f"{name} is no address that can be used: write one like {example}.")


def _is_whole(name: str, value: str) -> bool:
    """Whether whoever reads the address finds a number where the port is (or nothing)."""
    if name == "DATABASE_URL":
        return value.startswith("sqlite") or SERVER.match(value) is not None
    try:
        parts = urlsplit(value)
        # Of a number that is none the client would take 0, and say nothing.
        return parts.port != 0 and (parts.scheme == "unix" or bool(NUMBER.fullmatch(parts.path)))
    except ValueError:
        return False


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST_PORT:
        return int(text)
    raise Stop(f"SUNLINE_PORT is {text!r}: give a number from 1 to {HIGHEST_PORT}.")
