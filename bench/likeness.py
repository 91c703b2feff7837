"""P5: `python -m bench.likeness COUNT` measures looking up duplicates among so many reports.

A SQLite file of its own with the real tables, filled in bulk: four keys, sixteen bands and a
signature for each report, some names very common, and one campaign of a single text. What is
measured is what triage asks: both look-ups of a report, as it comes in.
"""

import hashlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID, uuid4

from sqlalchemy import Connection, Table, create_engine, insert

import portal.accounts.models  # noqa: F401  # a report may name an account
from bench import load, table
from bench.running import Installation
from bench.table import Result, load_now
from portal.infra.database import Base
from portal.intake.models import Report
from portal.triage.likeness import StoredLikeness, pack
from portal.triage.models import LikenessBand, LikenessKey, Signature
from portal.triage.rules.minhash import BANDS, ROWS

MILLISECONDS: Final = 5.0
SAMPLES: Final = 400
CHUNK: Final = 20_000
CAMPAIGN: Final = 0.005  # share of the reports that are one and the same text
LIKE_AN_EARLIER: Final = 0.05
TABLES: Final = (Report, LikenessKey, LikenessBand, Signature)
START: Final = datetime(2025, 1, 1, tzinfo=UTC)


class Seeded(StoredLikeness):
    """The look-up with a key of its own: what is here stands in no installation."""

    secret = b"bench"  # instead of one derived from the key file


def main() -> None:
    """Fill, measure, and print the milliseconds as JSON."""
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="sunline-likeness-") as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'likeness.db'}")
        Base.metadata.create_all(engine, [_table(model) for model in TABLES])
        with engine.connect() as connection:
            fill(connection, count)
            print(json.dumps(measure(connection, count)))
        engine.dispose()


def looked_up(here: Installation, many: Sequence[int]) -> Iterator[Result]:
    """One line of the table for each number of stored reports."""
    for count in many:
        found = json.loads(here.python("-m", "bench.likeness", str(count)))
        yield Result(
            "P5",
            f"duplicate look-up, {count:,} stored",
            f"p50 {found['p50']:.1f} ms, p95 {found['p95']:.1f} ms, by CPU {found['cpu']:.1f} ms",
            f"p95 {MILLISECONDS:g} ms",
            "",
            table.at_most(found["p95"], MILLISECONDS, " ms"),
            load_now(),
        )


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


# --- What a report is compared by ---------------------------------------------------------------


class Likenesses:
    """The keys, bands and signature of report number `n`: the same each time it is asked."""

    def keys(self, number: int) -> frozenset[str]:
        """A telephone number, a venue, a house, and a website that many others name too."""
        rng = random.Random(number)
        common = int(rng.paretovariate(0.6)) % 5_000
        return frozenset(
            {
                f"phone:{rng.randrange(10**8)}",
                f"venue:{rng.randrange(200_000)}",
                f"house:{rng.randrange(300_000)}",
                f"domain:{common}",
                f"text:{self.text(number)}",
            }
        )

    def text(self, number: int) -> int:
        """Whose text it is: its own, an earlier one's, or that of the campaign."""
        rng = random.Random(-1 - number)
        drawn = rng.random()
        if drawn < CAMPAIGN:
            return 0
        return rng.randrange(max(number, 1)) if drawn < CAMPAIGN + LIKE_AN_EARLIER else number

    def signature(self, number: int) -> tuple[int, ...]:
        """64 values that only reports with the same text share."""
        seed = hashlib.blake2b(str(self.text(number)).encode(), digest_size=64).digest()
        wide = b"".join(hashlib.blake2b(seed + bytes([i])).digest() for i in range(4))
        return tuple(int.from_bytes(wide[at : at + 4]) for at in range(0, len(wide), 4))

    def bands(self, number: int) -> tuple[int, ...]:
        """16 bands of that signature."""
        signed = self.signature(number)
        return tuple(hash((at, *signed[at * ROWS : (at + 1) * ROWS])) >> 1 for at in range(BANDS))


# --- Filling ------------------------------------------------------------------------------------


def fill(connection: Connection, count: int) -> None:
    """Write the rows in the order of their keys: a tree grown at its end is grown fast."""
    for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-400000"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    connection.exec_driver_sql("CREATE TEMP TABLE staged_band (band BLOB, report_id TEXT)")
    connection.exec_driver_sql("CREATE TEMP TABLE staged_key (key BLOB, report_id TEXT, kind TEXT)")
    looked, made = Seeded(connection, uuid4()), Likenesses()
    for start in range(0, count, CHUNK):
        _write(connection, looked, made, range(start, min(start + CHUNK, count)))
    for name, columns in (("band", "band, report_id"), ("key", "key, report_id, kind")):
        connection.exec_driver_sql(
            f"INSERT INTO likeness_{name} ({columns}) "  # noqa: S608  # our own two names
            f"SELECT DISTINCT {columns} FROM staged_{name} ORDER BY 1, 2"
        )
        connection.exec_driver_sql(f"DROP TABLE staged_{name}")
    connection.exec_driver_sql("ANALYZE")
    connection.commit()


def _write(
    connection: Connection, looked: Seeded, made: Likenesses, numbers: Iterable[int]
) -> None:
    reports: list[dict[str, Any]] = []
    signatures, bands, keys = [], [], []
    for number in numbers:
        own = uuid4()
        reports.append(_report(own, number))
        signatures.append({"report_id": own, "values": pack(made.signature(number))})
        bands += [(looked.band(band), own.hex) for band in made.bands(number)]
        keys += [(looked.blind(key), own.hex, key.partition(":")[0]) for key in made.keys(number)]
    connection.execute(insert(Report), reports)
    connection.execute(insert(Signature), signatures)
    connection.exec_driver_sql("INSERT INTO staged_band VALUES (?, ?)", bands)
    connection.exec_driver_sql("INSERT INTO staged_key VALUES (?, ?, ?)", keys)
    connection.commit()


def _report(own: UUID, number: int) -> dict[str, Any]:
    at = START + timedelta(seconds=30 * number)
    return {
        "id": own,
        "reference": f"SL-{number:08d}",
        "language": "zh-Hans",
        "contact_mode": "anonymous",
        "wants_feedback": True,
        "wants_reward": False,
        "received_at": at,
        "entered_at": at,
        "category": "piracy.print",
        "region": "320412",
        "region_candidates": [],
        "flags": [],
        "excluded_units": [],
        "next_due_on": date(2026, 1, 1),
        "changed_at": at,
    }


# --- Measuring ----------------------------------------------------------------------------------


def measure(connection: Connection, count: int) -> dict[str, float]:
    """Milliseconds of both look-ups of reports that come in next."""
    made, took, worked = Likenesses(), [], []
    for number in range(count, count + SAMPLES + 20):
        looked = Seeded(connection, uuid4())
        keys, bands = made.keys(number), made.bands(number)
        started, busy = time.perf_counter(), time.process_time()
        looked.look_up(keys, bands)
        took.append(time.perf_counter() - started)
        worked.append(time.process_time() - busy)
    del took[:20], worked[:20]  # the first ones also compile the statements
    return {
        "p50": load.percentile(took, 0.5) * 1000,
        "p95": load.percentile(took, 0.95) * 1000,
        "cpu": load.percentile(worked, 0.95) * 1000,
    }


if __name__ == "__main__":
    main()
