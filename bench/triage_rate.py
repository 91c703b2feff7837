"""P5: `python -m bench.triage_rate [--profile | --service | --alone]`, what triage costs.

The rules alone, over the samples of tests/data with the numbers in them changed each time, so that
no two texts are equal; nothing earlier is known. One process, its own processor time: what else
runs on the machine blurs it least. `--service` measures the whole task in the settings of an
installation: decrypting, rules, stored likeness, decision, clocks and trail, committed, as a worker
does it that has more than one to do; `--alone` one report in a transaction.
"""

import argparse
import cProfile
import json
import pstats
import random
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from uuid import UUID

from app import create_app
from bench import table
from bench.table import Result, at_least, load_now
from portal.infra.tasks import TaskKind
from portal.intake.content import Content
from portal.intake.models import ContactMode
from portal.intake.service import SubmitReport, submit_report
from portal.kernel.actor import Actor
from portal.triage.rules.facts import Met, Submission
from portal.triage.rules.pipeline import triage
from portal.triage.service import make_ready, triage_reports
from tests.unit.triage.samples import place_of, records, submission_of
from workers.kinds import KINDS

FILES = ("tips.jsonl", "more_tips.jsonl", "held_out_tips.jsonl")
GOAL = 250.0
ROUNDS = 5
ROWS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Nothing:
    """No earlier report."""

    secret: bytes = b"bench"

    def look_up(self, keys: frozenset[str], bands: tuple[int, ...]) -> Met:  # noqa: ARG002  # as asked
        return Met((), ())


def reports(seed: int) -> Iterator[tuple[str, Submission]]:
    """Pack and submission of every sample, with other digits than before."""
    words = random.Random(seed)
    for name in FILES:
        for record in records(name):
            sent = submission_of(record)
            text = re.sub(r"\d", lambda _: str(words.randrange(10)), sent.narrative)
            yield record["pack"], replace(sent, narrative=f"{text} {words.randrange(10**9)}")


def once(seed: int) -> list[float]:
    """CPU-ms of every report of one round."""
    took = []
    for pack, sent in reports(seed):
        place, begun = place_of(pack), time.process_time()
        triage(sent, place, Nothing())
        took.append((time.process_time() - begun) * 1000)
    return took


def rate() -> Iterator[Result]:
    """The line of the table; the first round, which builds what is kept, is not counted."""
    once(0)
    took = [one for seed in range(1, ROUNDS + 1) for one in once(seed)]
    mean = sum(took) / len(took)
    worst = sorted(took)[len(took) * 99 // 100]
    yield Result(
        "P5",
        "triage, the rules alone, on one worker",
        f"{1000 / mean:.0f}/s; {mean:.2f} CPU-ms a report, p50 {median(took):.2f}, p99 {worst:.2f}",
        f"{GOAL:.0f}/s",
        "",
        at_least(1000 / mean, GOAL, "/s"),
        load_now(),
    )


def service(at_once: int) -> list[float]:
    """CPU-ms of the whole task for every Chinese sample, sent in as people send them."""
    took = []
    with create_app().app_context():
        make_ready()
        for some in batched(_sent_in(), at_once):
            begun = time.process_time()
            triage_reports(some, actor=Actor.system("bench"))
            took.append((time.process_time() - begun) * 1000 / len(some))
    return took


def batched(ids: Sequence[UUID], most: int) -> Iterator[Sequence[UUID]]:
    """So many at a time, without what is left over."""
    return (ids[at : at + most] for at in range(0, len(ids) - most + 1, most))


def _sent_in() -> Sequence[UUID]:
    """The samples as reports of the installation."""
    ids = []
    for pack, sent in reports(0):
        if pack != "cn-culture" or sent.kind != "tip":
            continue
        order = SubmitReport(
            token=secrets.token_bytes(16),
            content=Content(narrative=sent.narrative, title=sent.title),
            contact_mode=ContactMode.ANONYMOUS,
            language="zh-Hans",
        )
        ids.append(submit_report(order, actor=Actor.public()).report_id)
    return ids


def in_installation(took: Sequence[float]) -> Result:
    """The line of what `--service` printed."""
    middle = median(took)
    said = f"{middle:.1f} CPU-ms a report (median), {1000 / middle:.0f}/s"
    return Result("P5", "triage, the whole task", said, load=load_now())


def main() -> None:
    """Print the line, or where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--profile", action="store_true", help="print where the time goes")
    chosen.add_argument("--service", action="store_true", help="the whole task, as JSON")
    chosen.add_argument("--alone", action="store_true", help="the same, one at a time")
    asked = parser.parse_args()
    if asked.service or asked.alone:
        print(json.dumps(service(1 if asked.alone else KINDS[TaskKind.TRIAGE_REPORT].at_once)))
        return
    if not asked.profile:
        table.head()
        for result in rate():
            table.say(result)
        return
    once(0)
    profile = cProfile.Profile()
    profile.runcall(once, 1)
    pstats.Stats(profile).sort_stats("tottime").print_stats(ROWS_SHOWN)


if __name__ == "__main__":
    main()
