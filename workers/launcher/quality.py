"""`./sunline check`: format, lint, types, imports, templates."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from workers.launcher import packages, preparation, run
from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop, say

AT_ONCE = 2
# The slowest first: the others are run beside it.
TOOLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("types", ("-m", "mypy", "--strict", "portal", "workers", "app.py")),
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("lint", ("-m", "ruff", "check", ".")),
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
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [(name, pool.submit(_run, here, words)) for name, words in TOOLS]
        for name, tool in running:
            code, output, seconds = tool.result()
            say(f"\n== {name}\n{output.rstrip()}")
            results.append((name, code, seconds))
    say()
    for name, code, seconds in results:
        say(f"{'ok' if code == 0 else 'FAILED':7} {name} ({seconds:.1f} s)")
    return int(any(code for _, code, _ in results))


def _run(here: Installation, words: Sequence[str]) -> tuple[int, str, float]:
    started = time.monotonic()
    code, output = run.kept([here.python, *words], environ=here.environ, cwd=here.root)
    return code, output, time.monotonic() - started
