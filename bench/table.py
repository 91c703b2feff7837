"""What is printed: one line for each goal, beside its floor, with the load of the machine."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Result:
    """One goal as it was measured; `verdict` says whether it was reached, or by how much not."""

    goal: str
    what: str
    measured: str
    floor: str = ""
    ratio: str = ""
    verdict: str = ""
    load: str = ""


HEAD = Result("goal", "what", "measured", "floor or bound", "ratio", "verdict", "load")
COLUMNS = ("goal", "what", "measured", "floor", "ratio", "verdict", "load")


def load_now() -> str:
    """The load average of the last minute; above the number of cores others are at work."""
    return f"{os.getloadavg()[0]:.1f}"


def at_least(value: float, goal: float, unit: str = "") -> str:
    """Reached, or the share of the goal that is missing."""
    if value >= goal:
        return "reached"
    return f"missed by {100 * (1 - value / goal):.0f} % (goal {goal:g}{unit})"


def at_most(value: float, goal: float, unit: str = "") -> str:
    """Reached, or by how much the goal is exceeded."""
    if value <= goal:
        return "reached"
    return f"over by {100 * (value / goal - 1):.0f} % (goal {goal:g}{unit})"


def say(result: Result) -> None:
    """Print one line as soon as it is known."""
    cells = [getattr(result, name) for name in COLUMNS]
    print("| " + " | ".join(cells) + " |", flush=True)


def head() -> None:
    """Print where this runs, and the head of the table."""
    memory = psutil.virtual_memory().total / 2**30
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"load {load_now()} at the start.\n"
    )
    say(HEAD)
    print("|" + "---|" * len(COLUMNS), flush=True)


def foot(results: Sequence[Result]) -> None:
    """Print how many goals were reached."""
    judged = [one for one in results if one.verdict]
    reached = [one for one in judged if one.verdict == "reached"]
    print(f"\n{len(reached)} of {len(judged)} lines with a goal reached it.")
