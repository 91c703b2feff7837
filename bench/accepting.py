"""P1, P6, P9 and P13: accepting reports, and what happens to them afterwards."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from bench import load, table
from bench.running import Installation, cpu_seconds, reference_server
from bench.table import Result, load_now

CITIZENS = 8
RATE = 20
HUSH_LINE, CRT = 46, 5  # a second at c=8, as docs/benchmarks.md tells
ROUTED_P50, ROUTED_P99, BURST_SECONDS = 1.0, 5.0, 10.0
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Flow:
    """The rate, the latency, and what one report cost the server in processor time."""

    tally: load.Tally
    cpu_ms: float

    def __str__(self) -> str:
        """One cell of the table."""
        tally = self.tally
        cell = f"{tally.rate:.0f}/s, p50 {tally.at(0.5):.0f} p99 {tally.at(0.99):.0f} ms, "
        cell += f"{self.cpu_ms:.1f} CPU-ms"
        return cell + (f", refused {dict(tally.refusals)}" if tally.refusals else "")


def measure(base: str, send: load.Send, pids: list[psutil.Process], seconds: float) -> Flow:
    """Warm up, then load with eight citizens."""
    load.closed_loop(base, send, citizens=CITIZENS, seconds=max(1.0, seconds / 3), seed=7)
    before = cpu_seconds(pids)
    tally = load.closed_loop(base, send, citizens=CITIZENS, seconds=seconds)
    return Flow(tally, 1000 * (cpu_seconds(pids) - before) / max(1, tally.accepted))


def measure_floor(seconds: float) -> Flow:
    """The reference flow on granian, in the same minute on the same machine."""
    with reference_server() as (base, process):
        head = psutil.Process(process.pid)
        return measure(
            base, load.send_to_reference, [head, *head.children(recursive=True)], seconds
        )


def accepting(here: Installation, stored: str, seconds: float) -> Iterator[Result]:
    """P1 with what is stored now; the web server alone, as the floor is."""
    floor = measure_floor(seconds)
    here.start("run", "web")
    before = here.count("report")
    flow = measure(here.base, load.send_report, here.family(), seconds)
    rows = here.count("report") - before
    here.stop()
    ratio = flow.tally.rate / floor.tally.rate
    kept = "" if rows >= flow.tally.accepted else f" NOT DURABLE: {rows} rows"
    yield Result(
        "P1",
        f"accepting a report, c={CITIZENS}, {stored} stored",
        str(flow) + kept,
        str(floor),
        f"{ratio:.2f} (by CPU {floor.cpu_ms / flow.cpu_ms:.2f})",
        table.at_least(ratio, 0.5),
        load_now(),
    )


def routing(here: Installation, seconds: float, burst: int) -> Iterator[Result]:
    """P6, with everything running: a steady stream, then a burst; P9 under that load."""
    seen = _Seen(here)
    tally = load.open_loop(here.base, load.send_report, rate=RATE, seconds=seconds)
    waited = seen.until_all_routed(PATIENCE)
    p50, p99 = load.percentile(waited, 0.5), load.percentile(waited, 0.99)
    verdict = table.at_most(p50, ROUTED_P50, " s"), table.at_most(p99, ROUTED_P99, " s")
    yield Result(
        "P6",
        f"submission to routed at {RATE}/s",
        f"p50 {p50:.2f} p99 {p99:.2f} s; form p50 {tally.at(0.5):.0f} ms, "
        f"{tally.accepted} accepted, {sum(tally.refusals.values())} refused",
        f"p50 {ROUTED_P50:g} s, p99 {ROUTED_P99:g} s",
        "",
        "reached" if set(verdict) == {"reached"} else f"p50 {verdict[0]}; p99 {verdict[1]}",
        load_now(),
    )
    yield _burst(here, burst)


def _burst(here: Installation, size: int) -> Result:
    seen, sent = _Seen(here), 0
    while sent < size:
        tally = load.closed_loop(
            here.base, load.send_report, citizens=CITIZENS, seconds=2.0, seed=100 + sent
        )
        sent += tally.accepted
    last = time.time()
    seen.until_all_routed(PATIENCE)
    took = time.time() - last
    return Result(
        "P6",
        f"a burst of {sent}, all routed after the last",
        f"{took:.1f} s",
        f"{BURST_SECONDS:g} s",
        "",
        table.at_most(took, BURST_SECONDS, " s"),
        load_now(),
    )


def hand_off(here: Installation, seconds: float) -> Iterator[Result]:
    """P13: the same load with the queue server running and standing still."""
    running = measure(here.base, load.send_report, here.family(), seconds)
    _Seen(here).until_all_routed(PATIENCE)
    before = here.count("report")
    server = here.named("valkey-server")
    server.suspend()
    try:
        stopped = measure(here.base, load.send_report, here.family(), seconds)
    finally:
        server.resume()
    lost = stopped.tally.accepted - (here.count("report") - before)
    ratio = stopped.tally.rate / running.tally.rate if running.tally.rate else float("nan")
    yield Result(
        "P13",
        "accepting with the queue server stopped",
        f"{stopped.tally.rate:.0f}/s, {max(0, lost)} lost",
        f"{running.tally.rate:.0f}/s running",
        f"{ratio:.2f}",
        table.at_least(ratio, 0.95),
        load_now(),
    )


def memory(here: Installation, goal: float, when: str) -> Result:
    """P9: proportional set size of every process, in MB."""
    size, processes = here.pss()
    return Result(
        "P9",
        f"memory of everything `up` runs, {when}",
        f"{size:.0f} MB PSS, {processes} processes",
        f"{goal:g} MB",
        "",
        table.at_most(size, goal, " MB"),
        load_now(),
    )


class _Seen:
    """Watches the database file for routing decisions, in commit order."""

    def __init__(self, here: Installation) -> None:
        self.here = here
        self.since = self._last()

    def _last(self) -> int:
        return int(str(self.here.rows("SELECT coalesce(max(rowid), 0) FROM report")[0][0]))

    def until_all_routed(self, patience: float) -> list[float]:
        """Seconds from receipt to decision of each report since this began to watch.

        A report that is not routed within the patience counts with the whole of it.
        """
        give_up = time.monotonic() + patience
        while self._left() and time.monotonic() < give_up:
            time.sleep(0.05)
        moments = "(julianday(d.decided_at) - julianday(r.received_at)) * 86400"
        rows = self.here.rows(
            f"SELECT {moments} FROM report r LEFT JOIN routing_decision d"  # noqa: S608  # ours
            " ON d.report_id = r.id WHERE r.rowid > ?",
            self.since,
        )
        return [patience if row[0] is None else float(str(row[0])) for row in rows]

    def _left(self) -> int:
        left = "SELECT count(*) FROM report WHERE rowid > ? AND state = 'received'"
        return int(str(self.here.rows(left, self.since)[0][0]))
