"""What triage is given, what it works on, and what it answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from portal.jurisdiction.place import Place, Text, Urgency
from portal.triage.rules.entities import Entities
from portal.triage.rules.mentions import Mention
from portal.triage.rules.sentences import sentence
from portal.triage.rules.table import Asked

_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A report as it was sent; `category` and `region` are None when the reporter was not sure.

    `wish` is the kind of unit that the reporter asked for.
    """

    narrative: str = field(repr=False)
    title: str = field(default="", repr=False)
    urls: tuple[str, ...] = field(default=(), repr=False)
    place: str = field(default="", repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    category: str | None = None
    region: str | None = None
    kind: str = "tip"
    channel: str = "web"
    language: str = "zh-Hans"
    contact_mode: str = "anonymous"
    attachments: tuple[str, ...] = field(default=(), repr=False)
    file_hashes: tuple[str, ...] = ()
    received_at: datetime | None = None
    wish: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the explanation; it never quotes the report, only the pack and public names."""

    code: str
    params: Mapping[str, str]
    sentence: Text


@dataclass(frozen=True, slots=True)
class Alike:
    """An earlier report that looks alike, and by what: codes of `LikenessReason`."""

    reference: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier report that shares something with this one.

    `reference` is that of the report it was merged into, where it was, and `own` is its own.
    `shared` are those of the keys asked for that it has, `signature` its MinHash; `venue` is in
    `kinds` if it names one.
    """

    reference: str
    region: str | None
    category: str
    shared: frozenset[str] = frozenset()
    signature: tuple[int, ...] = ()
    kinds: frozenset[str] = frozenset()
    own: str = ""


class Met(NamedTuple):
    """The earlier reports that share something, each oldest first; one may be in both."""

    by_key: Sequence[Known]
    by_text: Sequence[Known]


class DuplicateLookup(Protocol):
    """The earlier reports; a service answers it from the database, keys blinded with `secret`."""

    @property
    def secret(self) -> bytes: ...

    def look_up(self, keys: frozenset[str], bands: tuple[int, ...]) -> Met:
        """The earlier reports with any of the keys, and those with any of the 16 bands."""


@dataclass(frozen=True, slots=True)
class SplitLead:
    """One of several leads in a report: a region and the unit it goes to."""

    region: str
    department: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a report while it passes the steps; each step returns a richer one."""

    submission: Submission
    place: Place
    known: DuplicateLookup
    text: str = field(default="", repr=False)
    cased: str = field(default="", repr=False)
    shown: str = field(default="", repr=False)
    entities: Entities = field(default_factory=Entities, repr=False)
    mentions: tuple[Mention, ...] = field(default=(), repr=False)
    signals: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)
    category: str = ""
    suggested: str = ""
    scores: tuple[tuple[str, int], ...] = ()
    secondary: tuple[str, ...] = ()
    link_only: str | None = None
    region: str | None = None
    candidates: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    ambiguous: bool = False
    flags: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    duplicate_of: str | None = None
    related_to: tuple[str, ...] = ()
    alike: tuple[Alike, ...] = ()
    same_target: tuple[Alike, ...] = ()
    keys: frozenset[str] = field(default=frozenset(), repr=False)
    signature: tuple[int, ...] = field(default=(), repr=False)
    urgency: Urgency = Urgency.NORMAL
    quality: str = "usable"
    action: str = "route"
    department: str = ""
    unit: str = ""
    co_departments: tuple[str, ...] = ()
    rule: str = ""
    asked: Asked = field(default_factory=Asked)
    excluded: tuple[str, ...] = ()
    split: tuple[SplitLead, ...] = ()
    lines: tuple[Line, ...] = ()

    def told(self, code: str, **params: str | Text) -> "Facts":
        """The same with one more line of explanation."""
        return self.but(lines=(*self.lines, line(code, **params)))

    def flagged(self, *flags: str) -> "Facts":
        """The same with these flags added, in order, none twice."""
        return self.but(flags=tuple(dict.fromkeys((*self.flags, *flags))))

    def without(self, *flags: str) -> "Facts":
        """The same with these flags taken back."""
        return self.but(flags=tuple(flag for flag in self.flags if flag not in flags))

    def but(self, **changes: object) -> "Facts":
        """The same but for these fields; `replace` would fill all of them anew, at every step."""
        held = self.__dict__
        if not held.keys() >= changes.keys():
            raise TypeError(f"facts have no {min(changes.keys() - held.keys())}")
        made = object.__new__(Facts)
        object.__setattr__(made, "__dict__", {**held, **changes})
        return made

    @property
    def latin(self) -> bool:
        """Whether nothing is written in Chinese characters: such a text says less in as many."""
        return _HAN.search(self.text) is None

    def says(self, signal: str) -> bool:
        """Whether the text carries the signal (see signals.toml)."""
        return signal in self.signals


def line(code: str, **params: str | Text) -> Line:
    """An explanation line: the sentence of `code` in both languages, filled in."""
    if not params:
        return Line(code, {}, sentence(code, {}))
    both = {name: p if isinstance(p, Text) else Text(p, p) for name, p in params.items()}
    return Line(code, {name: text.en for name, text in both.items()}, sentence(code, both))


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageResult:
    """What triage decided and why.

    `region_level` is a level of the pack, `ambiguous` or `none`. `same_target` are complaints that
    a tip surely belongs to, or tips that belong to a complaint. `keys` and `signature` are what
    later reports are compared with; `keys` are to be blinded before they are stored. `text` is all
    that was said, folded; it is for looking into, and never stored.
    """

    category: str
    suggested_category: str
    secondary: tuple[str, ...]
    region: str | None
    region_level: str
    region_candidates: tuple[str, ...]
    department: str
    unit: str
    co_departments: tuple[str, ...]
    urgency: Urgency
    quality: str
    action: str
    duplicate_of: str | None
    related_to: tuple[str, ...]
    alike: tuple[Alike, ...]
    same_target: tuple[Alike, ...]
    flags: tuple[str, ...]
    pii: tuple[str, ...]
    rule: str
    asked: Asked
    explanation: tuple[Line, ...]
    excluded_units: tuple[str, ...]
    split: tuple[SplitLead, ...]
    entities: Entities = field(repr=False)
    keys: frozenset[str] = field(repr=False)
    signature: tuple[int, ...] = field(repr=False)
    text: str = field(default="", repr=False, compare=False)
