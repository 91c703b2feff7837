"""`./sunline bench [--quick | --full]`: every goal of this stage beside its floor, as a table.

--quick   shorter loads and fewer stored reports; what a developer runs
--full    also a million stored reports, and a first start from a clean checkout
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import accepting, binding, desk, likeness, rows, table, triage_quality, triage_rate
from bench.running import ROOT, Installation, free_port, installation
from bench.table import Result, load_now

FEW = 1_000
A_CASE = 5  # of so many planted reports one is in a case
STATEMENTS = {"submission": 10, "list": 6, "record": 14}
REST, LOADED = 350.0, 500.0
SECOND_START, FIRST_START = 3.0, 30.0


@dataclass(frozen=True, slots=True)
class Extent:
    """How long and how much."""

    seconds: float
    steady: float
    burst: int
    many: tuple[int, ...]
    rows: int = rows.ROWS
    first_start: bool = False


QUICK = Extent(4, 8, 200, (10_000,), rows=1_000)
USUAL = Extent(8, 20, 1_000, (100_000,))
FULL = Extent(8, 20, 1_000, (100_000, 1_000_000), first_start=True)


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="sunline bench", description=__doc__.splitlines()[0])
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--quick", action="store_true", help="shorter loads, 10,000 reports")
    chosen.add_argument("--full", action="store_true", help="a million reports, a first start")
    words = parser.parse_args()
    # What was started is stopped on the way out, also when this is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    extent = QUICK if words.quick else FULL if words.full else USUAL
    table.head()
    results = []
    for result in everything(extent):
        table.say(result)
        results.append(result)
    table.foot(results)


def everything(extent: Extent) -> Iterator[Result]:
    """What needs no installation; the rest on one that grows, and a first start on another."""
    yield from triage_quality.quality()
    yield from triage_rate.rate()
    with installation() as here:
        here.run("setup", "--empty")
        password = json.loads(here.python("-m", "bench.seeding", "staff"))["password"]
        took = json.loads(here.python("-m", "bench.triage_rate", "--service"))
        yield triage_rate.in_installation(took)
        yield from living(here, extent, password)
        plant(here, FEW)
        yield from accepting.accepting(here, f"{FEW:,}", extent.seconds)
        yield from statements(here)
        few = lists(here, password)
        stored = FEW
        for many in extent.many:
            plant(here, many - stored)
            stored = many
            yield from accepting.accepting(here, f"{many:,}", extent.seconds)
            yield from desk.compared(few, lists(here, password), f"{many:,}")
        yield from likeness.looked_up(here, extent.many)
    if extent.first_start:
        yield first_start()


def plant(here: Installation, reports: int) -> None:
    """So many reports more, and cases on some of them."""
    here.python("-m", "bench.seeding", str(reports))
    here.python("-m", "bench.case_seeding", str(reports // A_CASE))


def living(here: Installation, extent: Extent, password: str) -> Iterator[Result]:
    """What `up` does: starting, resting, routing, standing a stopped queue, filing a sheet."""
    here.start()
    here.stop()
    took = here.start()
    verdict = table.at_most(took, SECOND_START, " s")
    yield Result(
        "P10", "second `up` to the first page", f"{took:.1f} s", "3 s", "", verdict, load_now()
    )
    yield accepting.memory(here, REST, "at rest")
    yield from accepting.routing(here, extent.steady, extent.burst)
    yield accepting.memory(here, LOADED, "after the burst")
    yield from accepting.hand_off(here, extent.seconds)
    yield from binding.bound(here)
    yield from rows.filed(here, password, extent.rows)
    here.stop()


def lists(here: Installation, password: str) -> dict[str, desk.Cost]:
    """The lists of the desk with what is stored now, the web server alone."""
    here.start("run", "web")
    found = desk.pages(here, password)
    here.stop()
    return found


def statements(here: Installation) -> Iterator[Result]:
    """P12, which no load of the machine can blur."""
    counted = json.loads(here.python("-m", "bench.statements"))
    for name, most in STATEMENTS.items():
        count = counted[name]
        verdict = table.at_most(count, most)
        yield Result(
            "P12", f"SQL statements, {name}", str(count), str(most), "", verdict, load_now()
        )


def first_start() -> Result:
    """P10 from a clean checkout, with the packages that the machine has cached."""
    folder = Path(tempfile.mkdtemp(prefix="sunline-first-"))
    try:
        checkout = folder / "checkout"
        clone = ["git", "clone", "--quiet", "--local", str(ROOT), str(checkout)]
        subprocess.run(clone, check=True)  # fixed words
        own = {"SUNLINE_VENV": str(checkout / ".venv")}
        here = Installation(checkout / "var", free_port(), checkout, own)
        try:
            took = here.start("up")
        finally:
            here.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdict = table.at_most(took, FIRST_START, " s")
    return Result(
        "P10", "first `up`, packages cached", f"{took:.0f} s", "30 s", "", verdict, load_now()
    )


if __name__ == "__main__":
    main()
