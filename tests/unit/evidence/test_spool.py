"""An upload waits encrypted, is read from anywhere, and is dropped when the volume is full."""

import errno
import io
import os
from pathlib import Path

import pytest

from portal.infra import spool as module
from portal.infra.spool import MEMORY_BYTES, Spool


def _filled(folder: Path, content: bytes, step: int = 60_000) -> Spool:
    spool = Spool(folder)
    for start in range(0, len(content), step):
        spool.write(content[start : start + step])
    spool.seek(0)
    return spool


@pytest.mark.parametrize("size", [0, 1, 4096, MEMORY_BYTES, MEMORY_BYTES + 1, 2_000_003])
def test_what_was_written_is_read(tmp_path, size):
    content = os.urandom(size)

    with _filled(tmp_path, content) as spool:
        assert spool.read() == content
        assert spool.seek(0, io.SEEK_END) == size


@pytest.mark.parametrize("at", [0, 1, 15, 16, 17, 600_001, 999_990])
def test_it_is_read_from_anywhere(tmp_path, at):
    content = os.urandom(1_000_000)

    with _filled(tmp_path, content, 7_777) as spool:
        spool.seek(at)
        assert spool.read(33) == content[at : at + 33]
        spool.seek(-5, io.SEEK_END)
        assert spool.read() == content[-5:]


def test_a_large_one_has_no_name_and_is_not_in_clear(tmp_path):
    content = b"canary" * 200_000

    with _filled(tmp_path, content) as spool:
        assert list(tmp_path.iterdir()) == []
        kept = spool._file  # noqa: SLF001  # what a disk found later would show
        kept.seek(0)
        assert b"canary" not in kept.read()


class _Full(io.BytesIO):
    def write(self, _chunk: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")


def test_a_full_volume_drops_the_file_and_lets_the_form_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr(module.tempfile, "TemporaryFile", lambda **_options: _Full())

    with _filled(tmp_path, bytes(1_000_000)) as spool:
        assert spool.dropped
        assert spool.read() == b""
        assert spool.seek(0, io.SEEK_END) == 1_000_000


def test_without_room_nothing_is_kept_from_the_start(tmp_path):
    with Spool(tmp_path, has_room=False) as spool:
        assert spool.write(b"abc") == 3
        assert spool.dropped
