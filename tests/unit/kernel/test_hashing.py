"""The slow hash is the standard's, and never more than two run at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError, Lock

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from portal.kernel import hashing
from portal.kernel.hashing import slow_hash


def test_it_is_argon2id_as_another_library_computes_it():
    salt = b"s" * 32
    other = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=64)

    assert slow_hash(b"secret", salt, passes=2, memory_kib=64) == other.derive(b"secret")


def test_a_third_hash_waits_for_one_of_two(monkeypatch: pytest.MonkeyPatch):
    running, most, lock = 0, 0, Lock()
    third = Barrier(3)

    def watched(*_: object, **__: object) -> bytes:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Three at once would meet here; two wait in vain.
        with pytest.raises(BrokenBarrierError):
            third.wait(timeout=0.3)
        with lock:
            running -= 1
        return b""

    monkeypatch.setattr(hashing, "hash_secret_raw", watched)
    with ThreadPoolExecutor(6) as threads:
        for _ in range(6):
            threads.submit(slow_hash, b"", b"", passes=1, memory_kib=1)

    assert most == 2
