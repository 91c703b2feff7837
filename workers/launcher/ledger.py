"""How long the ledger of erasures is, for the copies: whether its end was lost since one was made.

It is written by `portal.infra.erasures`; here its lines are counted and their hashes read, no more.
"""

import json
from pathlib import Path
from typing import Final

from workers.launcher.installation import Installation
from workers.launcher.terminal import Stop

GENESIS: Final = "0" * 64


def ledger_of(here: Installation) -> Path:
    """Where the ledger of erasures lies (portal.infra.erasures)."""
    chosen = here.environ.get("SUNLINE_ERASURES")
    return (Path(chosen) if chosen else here.var / "erasures") / "erasures.jsonl"


def was_ever_written(here: Installation) -> bool:
    """Whether there is a ledger, or the newest checkpoint of the trail knows that there was one."""
    if ledger_of(here).exists():
        return True
    months = sorted((here.var / "checkpoints").glob("*.jsonl"))
    newest = months[-1].read_text(encoding="utf-8").splitlines()[-1:] if months else []
    return any('"erasures:' in line and '"erasures:0:' not in line for line in newest)


def write_head(here: Installation, path: Path) -> None:
    """Note how long the ledger is now, and the hash of its last line."""
    hashes = _hashes(ledger_of(here))
    path.touch(mode=0o600)
    said = {"lines": len(hashes), "hash": hashes[-1] if hashes else GENESIS}
    path.write_text(json.dumps(said), encoding="ascii")


def demand_goes_on(here: Installation, path: Path) -> None:
    """Refuse a ledger that does not have the line any more in which it ended for this copy."""
    if not path.is_file():
        return  # a copy from before heads were noted
    said = json.loads(path.read_text(encoding="ascii"))
    lines, hashes = int(said["lines"]), _hashes(ledger_of(here))
    if lines and (len(hashes) < lines or hashes[lines - 1] != said["hash"]):
        raise Stop(
            f"The ledger of erasures {ledger_of(here)} has lost its end: when this copy was made "
            f"it had {lines} lines, of these it has {_shared(hashes, lines)} at most. Put back its "
            "newest copy; if there is none, restore with --ledger-lost: what was erased since "
            "comes back then, and the trail says so."
        )


def _shared(hashes: list[str], lines: int) -> int:
    return min(len(hashes), lines - 1)


def _hashes(path: Path) -> list[str]:
    """The hash of each whole line."""
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]
    try:
        return [str(json.loads(line)["hash"]) for line in whole.splitlines()]
    except (ValueError, KeyError, TypeError) as problem:
        raise Stop(f"{path} has a line that is none: put back its newest copy.") from problem
