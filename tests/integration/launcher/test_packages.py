"""What is installed is what the lock file names, however many programs do it."""

from pathlib import Path

import pytest

from workers.launcher import packages

ROOT = Path(__file__).resolve().parents[3]
LOCKS = (packages.RUNTIME_LOCK, packages.DEVELOPMENT_LOCK)


@pytest.mark.parametrize("name", LOCKS)
def test_the_halves_of_a_lock_file_are_the_whole_with_every_hash_under_its_package(name):
    lines = (ROOT / name).read_text(encoding="ascii").splitlines(keepends=True)
    entries = "".join(line for line in lines if not line.lstrip().startswith("#"))

    halves = [half.splitlines(keepends=True) for half in packages.halves("".join(lines))]

    told = {package: hashes for half in halves for package, hashes in _entries(half).items()}
    assert told == _entries(entries.splitlines(keepends=True))
    assert abs(len(_entries(halves[0])) - len(_entries(halves[1]))) <= 1


def _entries(lines):
    """Each package with its hashes."""
    bare = (line for line in lines if not line.lstrip().startswith("#"))
    entries = "".join(bare).replace(" \\\n    ", " ").splitlines()
    found = {package: hashes for package, *hashes in (entry.split() for entry in entries)}
    assert all(found.values())
    return found
