"""A set-up that is told to stop ends at once with all it has started, and the next begins anew."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from workers.launcher import preparation

ROOT = Path(__file__).parents[3]
PATIENCE = 30  # seconds; the machine may have other work
# What it does is noted; an installation lasts, in a child, unless there is a file `quick`.
UV = """#!/bin/sh
echo $1 >> "{folder}"/done
if [ $1 = venv ]; then
    for last; do :; done
    mkdir -p "$last/bin" && touch "$last/bin/of-this-making" && ln -sf "{python}" "$last/bin/python"
    exit
fi
[ -e "{folder}"/quick ] && exit
sleep 600 &
echo $! >> "{folder}"/pids
wait
"""
NPM = """#!/bin/sh
[ -e "{folder}"/quick ] && exit 1
sleep 600 &
echo $! >> "{folder}"/pids
wait
"""


@pytest.fixture
def checkout(tmp_path):
    """As much of a clone as its set-up needs until the packages are there."""
    folder = tmp_path / "阳光 热线"
    shutil.copytree(ROOT / "workers" / "launcher", folder / "workers" / "launcher")
    (folder / preparation.PACKS / preparation.DEFAULT_PACK).mkdir(parents=True)
    for name in ("sunline", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def programs(tmp_path):
    """A uv and an npm that only seem to work."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, text in (("uv", UV), ("npm", NPM)):
        (folder / name).write_text(text.format(folder=folder, python=sys.executable))
        (folder / name).chmod(0o755)
    return folder


def set_up(checkout, programs):
    return subprocess.Popen(
        [checkout / "sunline", "setup"],
        env={"PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background may have put Ctrl-C out of action for them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def both_at_work(programs):
    """The children of uv and npm, once both are there."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with suppress(FileNotFoundError):
            pids = (programs / "pids").read_text().split()
            if len(pids) > 1:
                return [psutil.Process(int(pid)) for pid in pids]
        time.sleep(0.05)
    raise AssertionError("they have not begun")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)]
)
def test_a_set_up_that_is_told_to_stop_ends_what_it_has_started_and_waits_for_nothing(
    checkout, programs, number, code
):
    running = set_up(checkout, programs)
    children = both_at_work(programs)

    running.send_signal(number)
    said, _complaint = running.communicate(timeout=PATIENCE)

    assert running.returncode == code
    assert said.endswith("Installing Python packages … stopped\n")
    _gone, left = psutil.wait_procs(children, timeout=PATIENCE)
    assert not left


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_broken_off_while_installing_is_made_anew_at_the_next_start(
    checkout, programs, number
):
    running = set_up(checkout, programs)
    children = both_at_work(programs)
    half = checkout / ".venv" / "lib" / "half-installed"
    half.mkdir(parents=True)
    running.send_signal(number)
    running.communicate(timeout=PATIENCE)
    for child in children:  # those of a launcher that was killed live on
        with suppress(psutil.NoSuchProcess):
            child.kill()
    (programs / "quick").touch()

    set_up(checkout, programs).communicate(timeout=PATIENCE)

    assert (programs / "done").read_text().split() == ["venv", "pip", "venv", "pip"]
    assert not half.exists()
    assert sorted(one.name for one in checkout.glob(".venv*")) == [".venv"]


def test_an_installation_that_failed_by_itself_keeps_the_environment(checkout, programs):
    (programs / "uv").write_text(
        UV.replace("sleep", "exit 1 #").format(folder=programs, python=sys.executable)
    )
    for _time in range(2):
        running = set_up(checkout, programs)
        _said, complaint = running.communicate(timeout=PATIENCE)
        assert "Installing Python packages failed" in complaint

    assert (programs / "done").read_text().split() == ["venv", "pip", "pip"]


def test_what_is_still_written_into_does_not_stay(checkout, programs):
    """The compiler that a killed set-up had started goes on for a while."""
    half = checkout / ".venv" / "half"
    half.mkdir(parents=True)
    writes = (
        "import sys, time\nfrom pathlib import Path\n"
        "ends = time.monotonic() + 1\n"
        "while time.monotonic() < ends:\n"
        "    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)\n"
        "    Path(sys.argv[1], 'x').touch()\n"
    )
    (programs / "quick").touch()
    with subprocess.Popen([sys.executable, "-c", writes, half]):
        set_up(checkout, programs).communicate(timeout=PATIENCE)

    assert (programs / "done").read_text().split() == ["venv", "pip"]
