"""A bag as it comes back from somebody's disk: whatever became of it is said, file by file."""

import io
import zipfile

import pytest

from portal.papers.bag import Fault, verify_bag, write_bag

PAYLOAD = {
    "case-file.pdf": b"%PDF-1.7 the whole file",
    "papers/001-x.pdf": b"%PDF-1.7 one paper",
    "trail.jsonl": b"",
}


@pytest.fixture
def packed():
    return write_bag("case-1", PAYLOAD, {"Bag-Software-Agent": "Sunline"}).getvalue()


def faults(tmp_path, body):
    path = tmp_path / "bag.zip"
    path.write_bytes(body)
    return verify_bag(path)


def spans(packed):
    """Where the bytes of each file lie in the ZIP."""
    with zipfile.ZipFile(io.BytesIO(packed)) as bag:
        for one in bag.infolist():
            start = one.header_offset + 30 + len(one.filename.encode())
            yield one.filename.partition("/")[2], range(start, start + one.file_size)


@pytest.mark.requirement("B7")
def test_every_byte_of_every_file_of_a_packed_bag_is_named_once_it_is_changed(tmp_path, packed):
    for name, span in spans(packed):
        for at in span:
            changed = bytearray(packed)
            changed[at] ^= 1

            assert Fault(name, "was changed") in faults(tmp_path, changed), (name, at)


def test_a_byte_changed_in_the_zip_itself_is_never_the_end_of_the_check(tmp_path, packed):
    for at in range(len(packed)):
        changed = bytearray(packed)
        changed[at] ^= 0xFF

        faults(tmp_path, changed)


@pytest.mark.requirement("B7")
@pytest.mark.parametrize("packing", range(1, 100))
def test_a_file_that_is_said_to_be_packed_in_another_way_is_named(tmp_path, packing):
    # A picture is long enough that its first bytes can be taken for a head of any packing.
    made = write_bag("case-1", {"photo.jpg": b"\xff\xd8\xff\xe0" + bytes(70_000)}, {}).getvalue()
    said = made.index(b"PK\x01\x02", made.index(b"PK\x01\x02") + 4)
    for at in (said, made.rindex(b"PK\x01\x02")):
        changed = bytearray(made)
        changed[at + 10] = packing

        assert "was changed" in {one.what for one in faults(tmp_path, changed)}


def test_a_name_in_another_script_that_was_changed_is_never_the_end_of_the_check(tmp_path):
    made = write_bag("案卷", {"x.pdf": b"%PDF-1.7"}, {}).getvalue()
    for at in range(len(made)):
        changed = bytearray(made)
        changed[at] ^= 0xFF

        assert isinstance(faults(tmp_path, changed), list)


def test_a_list_that_is_broken_is_named_and_not_the_files_it_would_have_named(tmp_path, packed):
    [span] = [span for name, span in spans(packed) if name == "manifest-sha512.txt"]
    changed = bytearray(packed)
    changed[span[0]] ^= 1

    assert faults(tmp_path, changed) == [Fault("manifest-sha512.txt", "was changed")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("data/case-file.pdf", "lies outside the bag"),
        ("case-1/data/case-file.pdf", "is there twice"),
        ("case-1/data/more.pdf", "is in no list of the bag"),
    ],
)
def test_a_second_file_that_could_be_taken_for_one_of_the_bag_is_named(
    tmp_path, packed, name, what
):
    forged = io.BytesIO(packed)
    with zipfile.ZipFile(forged, "a") as bag:
        bag.writestr(name, b"%PDF-1.7 the whole file")

    found = faults(tmp_path, forged.getvalue())

    assert Fault(name.removeprefix("case-1/"), what) in found


def test_a_description_that_no_list_names_is_said_to_be_in_none(tmp_path, packed):
    without = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as bag, zipfile.ZipFile(without, "w") as made:
        for one in bag.infolist():
            body = bag.read(one)
            if one.filename.endswith("tagmanifest-sha512.txt"):
                kept = [line for line in body.splitlines(keepends=True) if b"bag-info" not in line]
                body = b"".join(kept)
            made.writestr(one, body)

    expected = [Fault("bag-info.txt", "is in no list of the bag")]
    assert faults(tmp_path, without.getvalue()) == expected
