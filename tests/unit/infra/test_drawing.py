"""Drawing a page: with what a browser needs, and never at the cost of what was fetched."""

import os
import resource
import time
from pathlib import Path

import pytest

from portal.infra.fetching import drawing

# Stands where bubblewrap does: it draws what the process that it was given may have.
WRAP = """#!/bin/sh
while [ "$1" != --bind ]; do shift; done
{ printf '\\211PNG\\r\\n\\032\\n'; ulimit -S -v; } > "$2/page.png"
"""


@pytest.fixture
def programs_here(tmp_path, monkeypatch):
    for name in ("bwrap", "chromium"):
        (tmp_path / name).write_text(WRAP)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing.programs.cache_clear()
    yield
    drawing.programs.cache_clear()


@pytest.mark.requirement("B15")
@pytest.mark.usefixtures("programs_here")
def test_the_browser_is_not_held_to_the_addresses_that_a_worker_may_have():
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 * 1024**3, hard))
    try:
        drawn = drawing.draw("<p>x</p>")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    kilobytes = "unlimited" if hard == resource.RLIM_INFINITY else str(hard // 1024)
    assert (drawn or b"").split(b"\n")[-2].decode() == kilobytes


@pytest.mark.usefixtures("programs_here")
def test_a_page_that_there_is_no_room_for_has_no_picture_and_the_capture_goes_on(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(drawing, "_MEMORY", tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        assert drawing.draw("&" * 100_000) is None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [*tmp_path.glob("sunline-page-*")]


@pytest.mark.usefixtures("programs_here")
def test_what_a_worker_that_was_killed_left_behind_is_gone_after_an_hour(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "_MEMORY", tmp_path)
    old, fresh = (Path(tmp_path, f"sunline-page-{name}") for name in ("old", "fresh"))
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "page.html").write_text("<p>secret</p>")
    before = time.time() - 3700
    os.utime(old, (before, before))

    assert drawing.draw("<p>x</p>")

    assert (old.exists(), fresh.exists()) == (False, True)
