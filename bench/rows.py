"""P7: the rows of a rights-holder's sheet, from the upload until each is a report.

`python -m bench.rows make`, run in the settings of an installation that has the staff, makes the
organisation; `python -m bench.rows COUNT` measures so many rows on an installation of its own.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from app import create_app
from bench import table
from bench.client import Citizen, FilePart, Origin, hidden_fields
from bench.desk import signed_in
from bench.running import Installation, cpu_seconds, installation
from bench.table import Result, load_now
from portal.accounts.queries import find_actor
from portal.accounts.service.demo import DEMO_OUTSIDER, create_demo_staff
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.operations.demo_rights import fill_demo_rights
from portal.rights_holders.sheets import write_workbook

ROWS = 5_000
WRONG = 50  # of so many rows one says no facts
SECONDS = 20.0
PATIENCE = 180.0
HEAD = ("作品", "侵权网址", "发现日期", "事实", "权利依据")
OWN = "SELECT number FROM organisation"
FILED = "SELECT count(*) FROM complaint WHERE state = 'filed'"
READY = "SELECT count(*) FROM complaint WHERE state = 'ready'"
MADE = "SELECT count(DISTINCT report_id) FROM complaint WHERE state = 'filed'"


@dataclass(slots=True)
class Took:
    """What a sheet came to: seconds and processor seconds, and what its page said on the way."""

    read: float = 0.0
    declared: float = 0.0
    whole: float = 0.0
    cpu: float = 0.0
    seen: set[int] = field(default_factory=set)


def filed(here: Installation, password: str, count: int = ROWS) -> Iterator[Result]:
    """The line of the table, on an installation that runs."""
    here.python("-m", "bench.rows", "make")
    before, made = _counted(here, FILED), here.count("report")
    rest = here.pss()[0]
    with _Watch(here) as watch:
        took = asyncio.run(_send(here, password, count))
    good = count - count // WRONG
    fault = _fault(here, before + good, made + good)
    said = (
        f"{took.whole:.1f} s ({took.read:.1f} read and validated, {took.declared:.1f} declared), "
    )
    said += f"{took.cpu:.1f} CPU-s, {1000 * took.cpu / count:.1f} CPU-ms a row; "
    said += f"its page showed {len(took.seen)} steps; {watch.peak - rest:+.0f} MB at most"
    yield Result(
        "P7",
        f"{count:,} rows of a rights-holder, one in {WRONG} wrong, {made:,} stored",
        said + (f"; {fault}" if fault else ""),
        f"{SECONDS:g} s",
        "",
        table.at_most(took.whole, SECONDS * count / ROWS, " s") if not fault else "not whole",
        load_now(),
    )


def _fault(here: Installation, complaints: int, reports: int) -> str:
    """What the tables say against it: each right row is one report, and no other row is any."""
    found = _counted(here, FILED), _counted(here, MADE), here.count("report")
    return "" if found == (complaints, complaints, reports) else f"NOT ONCE EACH: {found}"


def _counted(here: Installation, statement: str) -> int:
    return int(str(here.rows(statement)[0][0]))


async def _send(here: Installation, password: str, count: int) -> Took:
    """Upload, declare, and watch as somebody does who loads the page again."""
    origin = Origin(here.base)
    person = await signed_in(here, origin, DEMO_OUTSIDER, password)
    sheets = f"/rights-holders/{here.rows(OWN)[0][0]}/sheets"
    part = FilePart("sheet.xlsx", _sheet(count))
    took, cpu, started = Took(), cpu_seconds(here.family()), time.perf_counter()
    fields = hidden_fields((await person.get(f"{sheets}/add")).demand(200).text, 'type="file"')
    sent = (await person.post_files(f"{sheets}/add", fields, [("table", part)])).demand(303)
    page = (await person.follow(sent)).demand(200)
    took.read = time.perf_counter() - started
    fields = hidden_fields(page.text, "/declare")
    (await person.post(f"{page.path}/declare", fields)).demand(303)
    took.declared = time.perf_counter() - started - took.read
    await _watched(here, person, page.path, took, started)
    took.whole = time.perf_counter() - started
    took.cpu = cpu_seconds(here.family()) - cpu
    origin.close()
    return took


async def _watched(
    here: Installation, person: Citizen, path: str, took: Took, started: float
) -> None:
    """Load the page again twice a second until nothing is left to be filed."""
    while _counted(here, READY):
        if time.perf_counter() - started > PATIENCE:
            raise SystemExit("the rows were not filed")
        (await person.get(path)).demand(200)
        took.seen.add(_counted(here, FILED))
        await asyncio.sleep(0.5)


def _sheet(count: int) -> bytes:
    """A workbook of so many rows, no two about the same."""
    day = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    rows = (
        (
            str(at % 3 + 1),
            f"https://pan{at % 40}.example/s/{at:06x}",
            day,
            "" if at % WRONG == WRONG - 1 else f"整本扫描件，第 {at} 处，任何人都可以下载。",
            "权利人",
        )
        for at in range(count)
    )
    return write_workbook(HEAD, rows)


class _Watch:
    """Looks at the memory of all processes while something runs."""

    def __init__(self, here: Installation) -> None:
        self._here, self._over, self.peak = here, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(1.0):
            self.peak = max(self.peak, self._here.pss()[0])


def make() -> None:
    """An organisation that was verified, with three works."""
    operator = Actor.operator()
    accounts = create_demo_staff({}, actor=operator).accounts
    staff = {name: find_actor(db.session(), one) for name, one in accounts.items()}
    db.session.remove()
    fill_demo_rights({name: one for name, one in staff.items() if one is not None})


def main() -> None:
    """Make what is needed, or measure."""
    if sys.argv[1] == "make":
        with create_app().app_context():
            make()
        return
    with installation() as here:
        here.run("setup", "--empty")
        password = json.loads(here.python("-m", "bench.seeding", "staff"))["password"]
        here.start()
        for result in filed(here, password, int(sys.argv[1])):
            table.say(result)


if __name__ == "__main__":
    main()
