"""Custody in tests: the real passphrase hash, with less memory than a real one is given."""

import pytest

from portal.custody import keyring


@pytest.fixture(autouse=True)
def _light_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each group made costs several hashes; tests/unit/custody measures by the real one."""
    monkeypatch.setattr(keyring, "_MEMORY_KIB", 1024)
