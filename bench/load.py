"""Closed and open loops of citizens who send reports, and what they cost."""

import asyncio
import random
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.client import Citizen, FilePart, Origin, Rejected, hidden_fields
from bench.texts import make_text

ONE_PAGE = "/report/one-page"
REFERENCE = "/report"
REPOSE = 0.05  # seconds before a citizen who was refused tries again

Send = Callable[[Citizen, str], Awaitable[object]]
PROBLEMS = (OSError, asyncio.IncompleteReadError)


@dataclass(slots=True)
class Tally:
    """What came of a load: seconds for each accepted report, and refusals by reason."""

    seconds: list[float] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    late: int = 0  # accepted after the clock had stopped: work done, not in the rate
    span: float = 0.0
    client_cpu: float = 0.0  # cores the client itself used; near 1 it is the bottleneck

    @property
    def accepted(self) -> int:
        """Everything the portal took."""
        return len(self.seconds) + self.late

    @property
    def rate(self) -> float:
        """Reports accepted a second."""
        return len(self.seconds) / self.span if self.span else 0.0

    def at(self, share: float) -> float:
        """The latency below which `share` of the reports stayed, in milliseconds."""
        return percentile(self.seconds, share) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie; not a number for none."""
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


async def send_report(citizen: Citizen, text: str) -> None:
    """The form, its hidden fields with a text, and the redirect to the receipt."""
    page = (await citizen.get(ONE_PAGE)).demand(200)
    fields = hidden_fields(page.text) | {
        "category": "piracy.print",
        "narrative": text,
        "place": "学院路12号",
        "region": "",
        "urls": "",
        "contact_mode": "confidential",
        "name": "张三",
        "phone": "13800000000",
        "email": "",
        "wants_feedback": "y",
    }
    (await citizen.post(ONE_PAGE, fields)).demand(303)


async def send_and_read_receipt(citizen: Citizen, text: str) -> str:
    """The same, and the receipt page that follows."""
    await send_report(citizen, text)
    return (await citizen.get("/report/receipt")).demand(200).text


async def send_to_reference(citizen: Citizen, text: str) -> None:
    """The flow of `bench.reference`."""
    page = (await citizen.get(REFERENCE)).demand(200)
    fields = hidden_fields(page.text) | {"narrative": text, "category": "piracy.print"}
    (await citizen.post(REFERENCE, fields)).demand(303)


async def send_file(citizen: Citizen, text: str, part: FilePart) -> None:
    """A report with a file."""
    page = (await citizen.get(ONE_PAGE)).demand(200)
    fields = hidden_fields(page.text) | {
        "category": "piracy.print",
        "narrative": text,
        "contact_mode": "anonymous",
    }
    (await citizen.post_files(ONE_PAGE, fields, [("files", part)])).demand(303)


def closed_loop(base: str, send: Send, *, citizens: int, seconds: float, seed: int = 1) -> Tally:
    """So many citizens at once, each starting over as soon as the last report was accepted."""
    return asyncio.run(_closed(base, send, citizens, seconds, seed))


def open_loop(base: str, send: Send, *, rate: float, seconds: float, seed: int = 1) -> Tally:
    """Arrivals on a fixed schedule whatever the server does.

    Latency counts from the moment the report was due, so that a server that stands still is
    not flattered.
    """
    return asyncio.run(_open(base, send, rate, seconds, seed))


async def _closed(base: str, send: Send, citizens: int, seconds: float, seed: int) -> Tally:
    tally, origin = Tally(), Origin(base)
    cpu, started = _own_cpu(), time.perf_counter()

    async def run(number: int) -> None:
        rng = random.Random(seed * 100_003 + number)
        while time.perf_counter() - started < seconds:
            if not await _one(origin, send, rng, tally, None, started + seconds):
                await asyncio.sleep(REPOSE)

    await asyncio.gather(*(run(number) for number in range(citizens)))
    tally.client_cpu = (_own_cpu() - cpu) / (time.perf_counter() - started)
    tally.span = seconds
    origin.close()
    return tally


async def _open(base: str, send: Send, rate: float, seconds: float, seed: int) -> Tally:
    tally, origin, rng = Tally(), Origin(base), random.Random(seed)
    cpu, started = _own_cpu(), time.perf_counter()
    running = []
    for number in range(int(rate * seconds)):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        own = random.Random(rng.getrandbits(64))
        running.append(asyncio.create_task(_one(origin, send, own, tally, due, float("inf"))))
    await asyncio.gather(*running)
    tally.span = time.perf_counter() - started
    tally.client_cpu = (_own_cpu() - cpu) / tally.span
    origin.close()
    return tally


async def _one(
    origin: Origin, send: Send, rng: random.Random, tally: Tally, due: float | None, end: float
) -> bool:
    started = time.perf_counter() if due is None else due
    try:
        await send(Citizen(origin), make_text(rng))
    except (Rejected, *PROBLEMS) as problem:
        words = str(problem) if isinstance(problem, Rejected) else type(problem).__name__
        tally.refusals[words] += 1
        return False
    now = time.perf_counter()
    if now > end:
        tally.late += 1
    else:
        tally.seconds.append(now - started)
    return True


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
