"""P2 and P3: the desk over HTTP; lists of reports to a clerk, cases to an officer."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bench import load, table
from bench.case_seeding import LONG
from bench.client import Citizen, Origin, hidden_fields
from bench.running import Installation, cpu_seconds
from bench.table import Result, load_now

SIGN_IN = "/desk/sign-in"
VIEWS = {
    "open work": "/desk/reports?state=routed",
    "everything, newest first": "/desk/reports?sort=newest",
    "the board": "/desk",
}
LONG_CASE = "page of a case with 200 entries"
CASE_VIEWS = {
    "open cases": "/desk/cases",
    "every case, newest first": "/desk/cases?list=all",
    "tasks in cases": "/desk/cases/tasks",
    "the board of an officer": "/desk",
    LONG_CASE: f"/desk/cases/{LONG}",
}
NEXT = re.compile(r'<a[^>]*rel="next"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*rel="next"')
DEEP = 15  # pages to walk before the deep page is measured
SAMPLES = 40
GROWTH, OF_A_LIST, OF_A_RECORD = 1.3, 30.0, 40.0  # times, and milliseconds


@dataclass(frozen=True, slots=True)
class Cost:
    """What a page took, one request at a time, and what it cost the server, in milliseconds."""

    p50: float
    cpu: float

    def __str__(self) -> str:
        """One cell of the table."""
        return f"p50 {self.p50:.1f} ms, {self.cpu:.1f} CPU-ms"


def pages(here: Installation, password: str) -> dict[str, Cost]:
    """The cost of each view."""
    return asyncio.run(_pages(here, password))


async def _pages(here: Installation, password: str) -> dict[str, Cost]:
    origin = Origin(here.base)
    clerk = await signed_in(here, origin, "clerk", password)
    found = {name: await _cost(here, clerk, path) for name, path in VIEWS.items()}
    deep = await _walk(clerk, VIEWS["everything, newest first"])
    found[f"page {DEEP} of everything"] = await _cost(here, clerk, deep)
    officer = await signed_in(here, origin, "officer", password)
    found |= {name: await _cost(here, officer, path) for name, path in CASE_VIEWS.items()}
    deep = await _walk(officer, CASE_VIEWS["every case, newest first"])
    found[f"page {DEEP} of every case"] = await _cost(here, officer, deep)
    origin.close()
    return found


async def signed_in(here: Installation, origin: Origin, name: str, password: str) -> Citizen:
    """Somebody of the demonstration, signed in with password and code."""
    who = Citizen(origin)
    page = (await who.get(SIGN_IN)).demand(200)
    fields = hidden_fields(page.text) | {"name": name, "password": password}
    second = (await who.follow((await who.post(SIGN_IN, fields)).demand(302, 303))).demand(200)
    code = here.run("code", name).split()[-1]
    fields = hidden_fields(second.text, 'name="code"') | {"code": code}
    (await who.post(f"{SIGN_IN}/second", fields)).demand(302, 303)
    return who


async def _cost(here: Installation, clerk: Citizen, path: str) -> Cost:
    for _ in range(3):
        (await clerk.get(path)).demand(200)
    del clerk.seconds[:]
    before = cpu_seconds(here.family())
    for _ in range(SAMPLES):
        (await clerk.get(path)).demand(200)
    spent = cpu_seconds(here.family()) - before
    return Cost(load.percentile(clerk.seconds, 0.5) * 1000, spent * 1000 / SAMPLES)


async def _walk(clerk: Citizen, path: str) -> str:
    """The fifteenth page, or the last full one: one with fewer lines would cost less."""
    full = path
    for _ in range(DEEP + 1):
        found = NEXT.search((await clerk.get(path)).demand(200).text)
        if found is None:
            break
        full, path = path, (found[1] or found[2]).replace("&amp;", "&")
    return full


def compared(few: dict[str, Cost], many: dict[str, Cost], stored: str) -> Iterator[Result]:
    """Each view at many reports beside itself at few."""
    for name, cost in many.items():
        ratio = cost.p50 / few[name].p50
        goal, bound = ("P3", OF_A_RECORD) if name == LONG_CASE else ("P2", OF_A_LIST)
        growth = table.at_most(ratio, GROWTH, " x")
        speed = table.at_most(cost.p50, bound, " ms")
        yield Result(
            goal,
            f"{name}, {stored} stored",
            str(cost),
            f"{few[name]} at 1,000",
            f"{ratio:.2f} (by CPU {cost.cpu / few[name].cpu:.2f})",
            "reached" if {growth, speed} == {"reached"} else f"growth {growth}; {speed}",
            load_now(),
        )
