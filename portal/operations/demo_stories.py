"""The reports of the demonstration, as `demo_reports.toml` tells them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from portal.intake.models import Channel, ContactMode, ReportKind
from portal.intake.service import Identity

FILE: Final = Path(__file__).with_name("demo_reports.toml")


@dataclass(frozen=True, slots=True)
class Step:
    """One act after the report came in; `by` is a demonstration account, "" whoever has it."""

    act: str
    by: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One report: what was sent, `days_ago`, by whom it was entered, and the steps after it.

    One that is to be left is not triaged here, but by the workers as any other report.
    """

    name: str
    days_ago: float
    narrative: str
    title: str = ""
    place: str = ""
    region: str | None = None
    category: str | None = None
    urls: tuple[str, ...] = ()
    photos: int = 0
    language: str = "zh-Hans"
    kind: ReportKind = ReportKind.TIP
    channel: Channel = Channel.WEB
    mode: ContactMode = ContactMode.ANONYMOUS
    sender: Identity = field(default_factory=Identity)
    wants_feedback: bool = True
    wants_reward: bool = False
    by: str = ""
    leave: bool = False
    steps: tuple[Step, ...] = ()


@cache
def stories() -> tuple[Story, ...]:
    """Every report of the demonstration, in the order of the file."""
    with FILE.open("rb") as file:
        return tuple(map(_story, tomllib.load(file)["report"]))


def _story(row: dict[str, Any]) -> Story:
    typed: dict[str, Any] = {
        "kind": ReportKind(row.pop("kind", ReportKind.TIP)),
        "channel": Channel(row.pop("channel", Channel.WEB)),
        "mode": ContactMode(row.pop("mode")),
        "sender": Identity(**row.pop("sender", {})),
        "urls": tuple(row.pop("urls", ())),
        "steps": tuple(map(_step, row.pop("steps", ()))),
    }
    return Story(**row, **typed)


def _step(row: dict[str, Any]) -> Step:
    return Step(row.pop("act"), row.pop("by", ""), row)
