"""Looking at the files of an installation as somebody who has stolen them does."""

import subprocess
from pathlib import Path


def content_of(path: Path) -> bytes:
    """What is in a file; in one of a database's, as another process reads it.

    To close a file lets go of every lock that this process has on it: whoever opened the database
    next would cut off the memory it shares, and this process would die of a bus error.
    """
    if ".db" not in path.name:
        return path.read_bytes()
    return subprocess.run(["cat", path], capture_output=True, check=True).stdout
