"""Files on the volume: encrypted, durable, private, and nothing left behind by a failure."""

import hashlib
import io
import os
import re
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.infra.storage import Storage
from portal.infra.vault import ContentKey
from portal.kernel.errors import NotFound, Unavailable

CONTENT = os.urandom(200_000)


@pytest.fixture
def volume(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "证据 files", 0, 0.0)


@pytest.fixture
def key() -> ContentKey:
    return ContentKey(os.urandom(32))


def _left(volume: Storage) -> list[Path]:
    return [path for path in volume.root.rglob("*") if path.is_file()]


def test_a_stored_file_comes_back_with_its_size_and_hash(volume, key):
    stored = volume.store(io.BytesIO(CONTENT), key, "evidence:1")

    with volume.open_stored(stored.name) as sealed:
        assert b"".join(key.decrypt_stream(sealed, "evidence:1")) == CONTENT
    assert (stored.size, stored.sha256) == (
        len(CONTENT),
        hashlib.sha256(CONTENT).hexdigest(),
    )


def test_what_lies_on_the_disk_is_encrypted_and_private(volume, key):
    stored = volume.store(io.BytesIO(CONTENT), key, "evidence:1")

    (path,) = _left(volume)
    assert path.relative_to(volume.root).parts == (
        stored.name[:2],
        stored.name[2:4],
        stored.name,
    )
    assert re.fullmatch("[0-9a-f]{32}", stored.name)
    assert CONTENT[:64] not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    folders = (volume.root, path.parent, path.parent.parent, volume.root / "partial")
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


class _CutOff(io.BytesIO):
    """An upload whose connection breaks half way."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 100_000:
            raise ConnectionResetError
        return super().read(size)


@pytest.mark.requirement("T24")
def test_a_connection_cut_half_way_leaves_nothing_behind(volume, key):
    with pytest.raises(ConnectionResetError):
        volume.store(_CutOff(CONTENT), key, "evidence:1")

    assert _left(volume) == []


@pytest.mark.parametrize("limits", [(1 << 60, 0.0), (0, 1.0)])
def test_a_volume_that_is_nearly_full_refuses_before_writing(tmp_path, key, limits):
    volume = Storage(tmp_path / "evidence", *limits)

    with pytest.raises(Unavailable) as refused:
        volume.store(io.BytesIO(b"x"), key, "evidence:1")

    assert refused.value.code == "no-room-for-files"
    assert _left(volume) == []


@pytest.mark.requirement("T54")
@pytest.mark.requirement("G1")
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small volume needs root")
def test_a_volume_that_fills_up_while_writing_refuses_and_keeps_no_partial_file(tmp_path, key):
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        volume = Storage(tmp_path, 0, 0.0)
        kept = volume.store(io.BytesIO(CONTENT), key, "evidence:1")

        with pytest.raises(Unavailable) as refused:
            volume.store(io.BytesIO(bytes(3_000_000)), key, "evidence:2")

        assert refused.value.code == "no-room-for-files"
        assert [path.name for path in _left(volume)] == [kept.name]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 32, "0" * 31, "0" * 32])
def test_a_name_that_is_not_ours_finds_nothing(volume, name):
    with pytest.raises(NotFound):
        volume.open_stored(name)


def test_removing_twice_is_no_error(volume, key):
    stored = volume.store(io.BytesIO(b"x"), key, "evidence:1")

    volume.remove(stored.name)
    volume.remove(stored.name)

    assert not volume.exists(stored.name)


def test_the_sweep_takes_old_partial_files_and_leaves_new_ones(volume, key):
    stored = volume.store(io.BytesIO(b"x"), key, "evidence:1")
    old, new = volume.root / "partial" / "old", volume.root / "partial" / "new"
    for path in (old, new):
        path.write_bytes(b"")
    os.utime(old, (0, 0))

    assert volume.sweep_partials(datetime.now(UTC) - timedelta(hours=1)) == 1

    assert new.exists()
    assert not old.exists()
    assert [found.name for found in volume.files()] == [stored.name]
