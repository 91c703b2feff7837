"""`./sunline test`: everything tests need, then all tests, on both databases."""

import shutil
import time
from collections.abc import Mapping, Sequence

from workers.launcher import assets, machine, packages, postgres, preparation, run, stamps
from workers.launcher.installation import Installation
from workers.launcher.terminal import complain, say, step

PROCESSES = "2"
# A test decides these for itself; what the developer has set must not reach it.
OWN_SETTINGS = ("SUNLINE_", "DATABASE_URL", "REDIS_URL", "FLASK_")


def test(here: Installation, arguments: Sequence[str]) -> int:
    """Run pytest once with `arguments`, or everything without; return 1 if anything failed."""
    preparation.prepare_folder(here)
    missing = set_up(here)
    environ = {
        name: value for name, value in here.environ.items() if not name.startswith(OWN_SETTINGS)
    } | {"SUNLINE_VENV": str(here.venv)}
    if arguments:
        return _pytest(here, environ, arguments)
    results = [("tests on SQLite", *_timed(here, environ, _everything(missing)))]
    programs = machine.postgres_programs()
    if programs:
        say("\n== tests/integration on PostgreSQL")
        with postgres.throwaway_cluster(programs) as url:
            again = ["tests/integration", "--ignore=tests/integration/launcher"]
            again += ["-m", "not chaos"]  # these start installations of their own
            again += ["--numprocesses", PROCESSES, "--dist", "loadgroup"]
            on_server = {**environ, "TEST_DATABASE_URL": url}
            results.append(("tests on PostgreSQL", *_timed(here, on_server, again)))
    return _summary(results, missing, strict=here.environ.get("CI", "") not in ("", "false", "0"))


def set_up(here: Installation) -> list[machine.Need]:
    """Install packages, style sheets, axe and what the machine lacks; return what is missing."""
    with assets.set_up_beside(here):
        packages.set_up(here, development=True)
    stamp = here.root / "node_modules" / ".axe-stamp"
    wanted = stamps.fingerprint(here.root / "package-lock.json")
    if shutil.which("npm") and not stamps.is_fresh(stamp, wanted):
        with step("Fetching the accessibility checker"):
            assets.fetch(here)
        stamps.leave(stamp, wanted)
    return machine.provide(here)


def _everything(missing: Sequence[machine.Need]) -> list[str]:
    say("\n== tests on SQLite")
    left_out = [f"--ignore=tests/{folder}" for need in missing for folder in need.folders]
    return ["--numprocesses", PROCESSES, "--dist", "loadgroup", *left_out]


def _timed(
    here: Installation, environ: Mapping[str, str], arguments: Sequence[str]
) -> tuple[int, float]:
    started = time.monotonic()
    return _pytest(here, environ, arguments), time.monotonic() - started


def _pytest(here: Installation, environ: Mapping[str, str], arguments: Sequence[str]) -> int:
    return run.openly([here.python, "-m", "pytest", *arguments], environ=environ, cwd=here.root)


def _summary(
    results: Sequence[tuple[str, int, float]], missing: Sequence[machine.Need], *, strict: bool
) -> int:
    say()
    for name, code, seconds in results:
        say(f"{'ok' if code == 0 else 'FAILED':7} {name} ({seconds:.0f} s)")
    for need in missing:
        complain(f"left out: {need.lost} (install {need.package}, for example with apt-get)")
    if missing and strict:
        complain("sunline: in CI nothing may be left out: install the packages named above.")
    failed = any(code for _, code, _ in results)
    return int(failed or (bool(missing) and strict))
