"""The application's own command line as it is typed: one sentence for everything that is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def sunline(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-P", ROOT / "workers" / "command_line.py", *arguments],
        cwd=tmp_path,
        env={**os.environ, "SUNLINE_VAR": str(tmp_path / "var"), "SUNLINE_ENV": "test"},
        capture_output=True,
        text=True,
        check=False,
    )
