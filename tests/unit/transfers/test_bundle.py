"""A bundle checks itself with the tools everybody has, and tells nothing of who packed it."""

import hashlib
import json
import subprocess
import zipfile

import pytest

from portal.kernel.errors import RuleBroken
from portal.transfers.bundle import NO_TIME, Member, pack, read_within

MEMBERS = (Member("sheet.pdf", "sheet", b"%PDF-1.7"), Member("files/01.jpg", "copy", b"\xff\xd8x"))


@pytest.mark.requirement("U12")
def test_what_is_packed_is_listed_with_its_size_and_hash():
    with zipfile.ZipFile(pack("SL-1-1", MEMBERS)) as bundle:
        listed = json.loads(bundle.read("manifest.json"))
        names = bundle.namelist()

    assert names == ["sheet.pdf", "files/01.jpg", "manifest.json", "SHA256SUMS", "VERIFY.txt"]
    assert listed["bundle"] == "SL-1-1"
    assert [(one["name"], one["what"], one["size"]) for one in listed["files"]] == [
        ("sheet.pdf", "sheet", 8),
        ("files/01.jpg", "copy", 3),
    ]
    assert listed["files"][0]["sha256"] == hashlib.sha256(b"%PDF-1.7").hexdigest()


@pytest.mark.requirement("B14")
def test_the_instruction_inside_finds_a_changed_byte(tmp_path):
    with zipfile.ZipFile(pack("SL-1-1", MEMBERS)) as bundle:
        bundle.extractall(tmp_path)
    check = ["sha256sum", "-c", "SHA256SUMS"]

    sound = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "files/01.jpg").write_bytes(b"\xff\xd8y")
    changed = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (sound.returncode, sound.stdout.count("OK")) == (0, 3)
    assert changed.returncode == 1
    assert "files/01.jpg: FAILED" in changed.stdout


def test_the_same_content_makes_the_same_bytes_with_no_time_in_it():
    first, second = pack("SL-1-1", MEMBERS), pack("SL-1-1", MEMBERS)

    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as bundle:
        assert {entry.date_time for entry in bundle.infolist()} == {NO_TIME}


def test_a_file_that_does_not_fit_is_refused_before_all_of_it_is_read():
    read = iter([b"x" * 10, b"x" * 10, b"never"])

    with pytest.raises(RuleBroken, match="bundle-too-large"):
        read_within(read, room=15)

    assert next(read) == b"never"
