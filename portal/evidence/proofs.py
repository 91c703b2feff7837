"""What is kept of a file's hash where the hash itself must not stand."""

import hashlib
import hmac

from portal.infra.keys import keys


def dedupe_mac(sha256: str) -> str:
    """What tells that two files are the same without telling which file it is (hex)."""
    return hmac.new(keys().file_mac, bytes.fromhex(sha256), hashlib.sha256).hexdigest()


def commitment(salt: bytes, sha256: str) -> str:
    """What the trail holds of a file: SHA-256 over its salt and its SHA-256 (hex).

    With the row it proves what was received and when; once the row is erased it proves nothing.
    """
    return hashlib.sha256(salt + bytes.fromhex(sha256)).hexdigest()
