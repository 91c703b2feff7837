"""The virtual environment and the hash-pinned packages in it."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from workers.launcher import run, stamps
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, step

RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"  # names everything in the runtime lock too


def set_up(here: Installation, *, development: bool = False) -> None:
    """Make the environment and install what the lock file names, unless that is done."""
    if not here.python.exists():
        with step("Making a virtual environment"):
            _make_environment(here)
    lock = here.root / (DEVELOPMENT_LOCK if development else RUNTIME_LOCK)
    stamp, wanted = here.venv / f".{lock.name}.stamp", stamps.fingerprint(sys.version, lock)
    if not stamps.is_fresh(stamp, wanted):
        with step("Installing Python packages" + (" for tests" if development else "")):
            install(here, lock)
        stamps.leave(stamp, wanted)
        if development:
            runtime = stamps.fingerprint(sys.version, here.root / RUNTIME_LOCK)
            stamps.leave(here.venv / f".{RUNTIME_LOCK}.stamp", runtime)


def install(here: Installation, lock: Path, target: Path | None = None) -> None:
    """Install the lock file into the environment, or into a folder beside it.

    No resolver runs and nothing is taken whose hash the lock does not name.
    """
    uv = shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", str(here.python)]
    else:
        command = [str(here.python), "-m", "pip", "install", "--quiet"]
        command += ["--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--no-deps", "--requirement", str(lock)]
    if target:
        command += ["--target", str(target)]
    run.quietly(
        command,
        what="Installing Python packages",
        log=here.var / "log" / "setup-packages.log",
        environ={**here.environ, "PYTHONDONTWRITEBYTECODE": ""},
        cwd=here.root,
    )


def _make_environment(here: Installation) -> None:
    uv = shutil.which("uv")
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        raise Stop(
            f"This Python cannot make virtual environments: install {_venv_package()} "
            "(on Debian and Ubuntu: apt-get install "
            f"{_venv_package()}) or uv, then start again."
        )
    if here.venv.is_dir():  # its interpreter is gone: Python was upgraded or the folder copied
        shutil.rmtree(here.venv)
    command = [uv, "venv", "--quiet", "--python", sys.executable] if uv else _venv_command()
    run.quietly(
        [*command, here.venv],
        what="Making a virtual environment",
        log=here.var / "log" / "setup-environment.log",
        environ=here.environ,
        cwd=here.root,
    )


def _venv_command() -> list[str]:
    return [sys.executable, "-m", "venv"]


def _venv_package() -> str:
    return f"python3.{sys.version_info.minor}-venv" if os.name == "posix" else "ensurepip"
