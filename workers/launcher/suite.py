"""`./sunline test`: everything tests need, then all tests, on both databases."""

import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from workers.launcher import assets, machine, packages, postgres, preparation, run, stamps
from workers.launcher.installation import Installation
from workers.launcher.terminal import complain, say, step

# Each process takes its half in the order of the files, so what a file prepares is made once.
SPREAD = ("--numprocesses", "2", "--dist", "worksteal")
# These start whole installations and a browser: each in processes that nothing else has begun in.
APART = ("e2e", "chaos")
# A browser and the server it asks take turns, so two of each are done in little more than half the
# time of one; what a file has brought about in its installation, the rest of the file needs.
BY_FILE = ("--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder")
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
    results = [_timed(here, environ, "tests on SQLite", [*SPREAD, *_without(APART)])]
    results += _apart(here, environ, [name for name in APART if name not in _lost(missing)])
    programs = machine.postgres_programs()
    if programs:
        with postgres.throwaway_cluster(programs) as url:
            again = ["tests/integration", *_without(["integration/launcher"]), *SPREAD]
            again += ["-m", "not chaos"]  # these start installations of their own
            on_server = {**environ, "TEST_DATABASE_URL": url}
            results.append(_timed(here, on_server, "tests on PostgreSQL", again))
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


def _without(folders: Sequence[str]) -> list[str]:
    return [f"--ignore=tests/{folder}" for folder in folders]


def _lost(missing: Sequence[machine.Need]) -> set[str]:
    return {folder for need in missing for folder in need.folders}


def _apart(
    here: Installation, environ: Mapping[str, str], folders: Sequence[str]
) -> list[tuple[str, int, float]]:
    """Run the folders beside each other; what the later ones said is shown when they are done."""
    first, *others = folders
    with ThreadPoolExecutor() as pool:
        beside = [pool.submit(_kept, here, environ, name) for name in others]
        spread = BY_FILE if first == "e2e" else ()
        results = [_timed(here, environ, f"tests/{first}", [f"tests/{first}", *spread])]
        for waited in beside:
            name, code, seconds, output = waited.result()
            say(f"\n== {name}\n{output.rstrip()}")
            results.append((name, code, seconds))
    return results


def _kept(
    here: Installation, environ: Mapping[str, str], folder: str
) -> tuple[str, int, float, str]:
    name, started = f"tests/{folder}", time.monotonic()
    code, output = run.kept([here.python, "-m", "pytest", name], environ=environ, cwd=here.root)
    return name, code, time.monotonic() - started, output


def _timed(
    here: Installation, environ: Mapping[str, str], name: str, arguments: Sequence[str]
) -> tuple[str, int, float]:
    say(f"\n== {name}")
    started = time.monotonic()
    return name, _pytest(here, environ, arguments), time.monotonic() - started


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
