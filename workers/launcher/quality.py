"""`./sunline check`: format, lint, types, imports, templates."""

import time
from collections.abc import Sequence

from workers.launcher import packages, preparation, run
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, say

TOOLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("lint", ("-m", "ruff", "check", ".")),
    ("types", ("-m", "mypy", "--strict", "portal", "workers", "app.py")),
    ("imports", ("-c", "from importlinter.cli import lint_imports_command as c; c()")),
    ("templates", ("-m", "djlint", "templates", "--lint", "--quiet")),
)


def check(here: Installation, arguments: Sequence[str]) -> int:
    """Run every tool, also after one has failed; return 1 if any did."""
    if arguments:
        raise Stop("check takes no arguments: it runs everything.")
    preparation.prepare_folder(here)
    packages.set_up(here, development=True)
    results = []
    for name, words in TOOLS:
        say(f"\n== {name}")
        started = time.monotonic()
        code = run.openly([here.python, *words], environ=here.environ, cwd=here.root)
        results.append((name, code, time.monotonic() - started))
    say()
    for name, code, seconds in results:
        say(f"{'ok' if code == 0 else 'FAILED':7} {name} ({seconds:.1f} s)")
    return int(any(code for _, code, _ in results))
