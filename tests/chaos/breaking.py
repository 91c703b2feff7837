"""Ways to break a running installation, as a bad day or a bad operator would."""

import contextlib
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator

import psutil
from redis import Redis, RedisError

from bench.running import Installation
from workers.leases import LEASES
from workers.queue_server import embedded

# By the names the processes show; "web" is the server and its two workers.
VICTIMS = ("sunline web", "sunline worker", "sunline dispatch", "valkey-server", "sunline clock")
PROMISED = 180  # seconds: G3, after any single crash
# A message of a task that failed before may be under way for longer, doubling up to this.
AFTER_MANY = 2 * int(LEASES.longest.total_seconds())


def rage(here: Installation, seconds: float, rng: random.Random) -> Counter[str]:
    """Kill processes at random and wipe the queue, about once a second; count what was done."""
    done: Counter[str] = Counter()
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        victim = rng.choice([*VICTIMS, "wipe"])
        done[victim] += wipe(here) if victim == "wipe" else kill(here, victim, rng)
        time.sleep(rng.uniform(0.6, 1.4))
    return done


def kill(here: Installation, name: str, rng: random.Random) -> bool:
    """End one process of that name without a warning, whether parent or child."""
    found = [one for one in here.family() if _name(one).startswith(name)]
    if not found:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        rng.choice(found).kill()
    return True


def wipe(here: Installation) -> bool:
    """Empty the queue; False when it is not there at the moment."""
    try:
        with Redis.from_url(embedded(here.var).url, socket_timeout=1) as connection:
            return bool(connection.flushall())
    except RedisError:
        return False


def let_time_pass(here: Installation, seconds: int = PROMISED) -> None:
    """Let the leases of the tasks grow older at once, instead of waiting for it."""
    moment = "strftime('%Y-%m-%d %H:%M:%f000', {0}, ?)"
    statement = (  # put together of fixed words
        f"UPDATE task SET lease_until = {moment.format('lease_until')},"  # noqa: S608
        f" not_before = {moment.format('not_before')} WHERE state = 'pending'"
    )
    ago = f"-{seconds} seconds"
    with contextlib.closing(sqlite3.connect(here.var / "sunline.db", timeout=10)) as connection:
        connection.execute(statement, (ago, ago))
        connection.commit()


@contextlib.contextmanager
def no_room_on_the_disk(here: Installation) -> Iterator[None]:
    """Let no process of the web server make any file longer, as on a disk without room."""
    found = [one for one in here.family() if _name(one).startswith("sunline web")]
    before = [one.rlimit(psutil.RLIMIT_FSIZE) for one in found]
    for one, (_soft, hard) in zip(found, before, strict=True):
        one.rlimit(psutil.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for one, limits in zip(found, before, strict=True):
            one.rlimit(psutil.RLIMIT_FSIZE, limits)


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""
