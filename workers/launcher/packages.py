"""The virtual environment and the hash-pinned packages in it."""

import errno
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path

from workers.launcher import run, stamps
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, step

RUNTIME_LOCK = "requirements.lock"
DEVELOPMENT_LOCK = "requirements-dev.lock"  # names everything in the runtime lock too
PIP_FOR_OTHERS = (22, 3)  # the first with --python
OWN_CODE = ("app.py", "portal", "workers")
STILL_WRITES = 20.0  # seconds that our own code may take to be compiled


def set_up(here: Installation, *, development: bool = False) -> None:
    """Make the environment and install what the lock file names, unless that is done."""
    unfinished = here.venv.with_name(f"{here.venv.name}.unfinished")
    if unfinished.exists() or not here.python.exists():
        with step("Making a virtual environment"), _marked(unfinished):
            _make_environment(here)
    lock = here.root / (DEVELOPMENT_LOCK if development else RUNTIME_LOCK)
    stamp, wanted = here.venv / f".{lock.name}.stamp", stamps.fingerprint(sys.version, lock)
    if not stamps.is_fresh(stamp, wanted):
        title = "Installing Python packages" + (" for tests" if development else "")
        with step(title), _marked(unfinished), _own_code_compiled_beside(here):
            install(here, lock)
        stamps.leave(stamp, wanted)
        if development:
            runtime = stamps.fingerprint(sys.version, here.root / RUNTIME_LOCK)
            stamps.leave(here.venv / f".{RUNTIME_LOCK}.stamp", runtime)


@contextmanager
def _marked(unfinished: Path) -> Iterator[None]:
    """Leave a mark when the block is broken off, even by force: the next start begins anew.

    A program that ended by itself has put back what it could not finish.
    """
    unfinished.touch()
    try:
        yield
    except Stop:
        unfinished.unlink()
        raise
    unfinished.unlink()


def install(here: Installation, lock: Path, target: Path | None = None) -> None:
    """Install the lock file into the environment, or into a folder beside it.

    No resolver runs and nothing is taken whose hash the lock does not name.
    """
    command = [*_installer(here), "--require-hashes", "--no-deps"]
    command += ["--target", str(target)] if target else []
    texts = halves(lock.read_text(encoding="ascii")) if command[2] == "pip" and not target else ()
    with tempfile.TemporaryDirectory(prefix="sunline-lock-") as folder:
        locks = [Path(folder, f"{number}.lock") for number in range(len(texts))] or [lock]
        for path, text in zip(locks, texts, strict=False):
            path.write_text(text, encoding="ascii")
        with run.beside(len(locks)) as threads:
            parts = [threads.submit(_install, here, command, path) for path in locks]
            wait(parts)  # each to its end, also where another has failed
            for part in parts:
                part.result()


def _install(here: Installation, command: Sequence[str], lock: Path) -> None:
    run.quietly(
        [*command, "--requirement", lock],
        what="Installing Python packages",
        log=here.var / "log" / f"setup-packages-{lock.stem}.log",
        environ=here.environ,
        cwd=here.root,
    )


def halves(lock: str) -> tuple[str, str]:
    """Every other package of a lock file: pip uses one core, and none here depends on another."""
    entries: list[str] = []
    for line in lock.splitlines(keepends=True):
        if line[:1].isalnum():
            entries.append(line)
        elif entries:
            entries[-1] += line
    return "".join(entries[::2]), "".join(entries[1::2])


@contextmanager
def _own_code_compiled_beside(here: Installation) -> Iterator[None]:
    """Compile what comes with the clone meanwhile; what cannot be is compiled when imported."""
    command = [sys.executable, "-m", "compileall", "-qq", *OWN_CODE]
    with subprocess.Popen(
        command,
        cwd=here.root,
        env=dict(here.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as compiling:
        try:
            yield
        except BaseException:
            compiling.terminate()
            raise


def _clear(folder: Path) -> None:
    """Remove it, also while what a set-up that was killed had started still writes into it."""
    ends = time.monotonic() + STILL_WRITES
    while folder.is_dir():
        try:
            shutil.rmtree(folder)
        except OSError as problem:
            if problem.errno != errno.ENOTEMPTY or time.monotonic() > ends:
                raise
            time.sleep(0.1)


def _make_environment(here: Installation) -> None:
    """Make it empty where something outside can fill it: that takes a moment, not five seconds."""
    uv = shutil.which("uv")
    if not uv and not _own_pip() and importlib.util.find_spec("ensurepip") is None:
        package = f"python3.{sys.version_info.minor}-venv"
        raise Stop(
            f"This Python cannot install packages: install {package} (on Debian and Ubuntu: "
            f"apt-get install {package}) or uv, and start again."
        )
    if here.venv.is_dir():  # its interpreter is gone: Python was upgraded or the folder copied
        _clear(here.venv)
    command = [uv, "venv", "--quiet", "--python"] if uv else []
    command += [sys.executable]
    if not uv:
        command += ["-m", "venv", *(["--without-pip"] if _own_pip() else [])]
    run.quietly(
        [*command, here.venv],
        what="Making a virtual environment",
        log=here.var / "log" / "setup-environment.log",
        environ=here.environ,
        cwd=here.root,
    )


def _installer(here: Installation) -> list[str]:
    """Pick what installs into the environment: uv, the pip in it, or the pip of this Python."""
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", str(here.python)]
    inside = any(here.venv.glob("lib/python*/site-packages/pip/__main__.py"))
    pip = [str(here.python), "-m", "pip"]
    if not inside:
        pip = [sys.executable, "-m", "pip", "--python", str(here.python)]
    # Compiled when first imported: most of it never is.
    return [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]


def _own_pip() -> bool:
    """Whether this Python has a pip that can install for another one."""
    try:
        major, minor = importlib.metadata.version("pip").split(".")[:2]
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False
    return (int(major), int(minor)) >= PIP_FOR_OTHERS
