"""What may be chosen for a field that holds codes: the rows there are, with one's own drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy.orm import Session

from portal.administration.naming import name_of
from portal.jurisdiction.candidate import with_drafts
from portal.jurisdiction.changing import list_drafts, newest_place
from portal.jurisdiction.conditions import OPERATORS, Field, Lists, Operator
from portal.jurisdiction.pack_shapes import Entry, RegionShape
from portal.jurisdiction.parts import PARTS, Entries, Part
from portal.jurisdiction.place import Place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.triage.rules.sentences import sentence
from portal.triage.rules.wording import value_text

# Tables short enough to choose from; regions are thousands, and are typed.
SHORT: Final = ("department_kinds", "categories")
Choice = tuple[str, str]


@dataclass(frozen=True)
class Choosing:
    """The rows that a row may name, in the language of the reader."""

    base: Place
    tables: Mapping[str, Entries]
    language: str

    def codes(self, table: str) -> list[Choice]:
        """The rows of a short table by code and name."""
        rows = self.tables[table]
        return [(code, f"{name_of(rows[code], self.language)} ({code})") for code in rows]

    def values(self, field: Field, operator: Operator) -> list[Choice]:
        """What a condition may name, as `conditions` has it."""
        known = self._lists.values(field, operator)
        order = [*self.tables["categories"], *sorted(known)]
        return [(one, self._value(field, one)) for one in dict.fromkeys(order) if one in known]

    def _value(self, field: Field, code: str) -> str:
        entry = self.tables["categories"].get(code)
        if entry is not None and field in {Field.CATEGORY, Field.SECONDARY}:
            return name_of(entry, self.language)
        return value_text(self.base, field, code).in_(self.language)

    @cached_property
    def _lists(self) -> Lists:
        regions = [entry.row for entry in self.tables["regions"].values()]
        return Lists(
            frozenset(self.tables["categories"]),
            {row.code: row.level.value for row in regions},
            {row.code: row.parent for row in regions},
        )

    def regions_called(self, words: str) -> list[str]:
        """The codes of the regions that a code or a name may mean."""
        if words in self.tables["regions"]:
            return [words]
        return self._named_regions.get(words, [])

    @cached_property
    def _named_regions(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, entry in self.tables["regions"].items():
            row: RegionShape = entry.row
            whole = {self.base.region_name(code, one) for one in ("zh", "en")}
            for name in {row.name, row.name_en, row.short, *whole} - {""}:
                found.setdefault(name, []).append(code)
        return found

    def region_name(self, code: str) -> str:
        """The whole name of a region, with its code."""
        entry: Entry[Any] = self.tables["regions"][code]
        whole = self.base.region_name(code, self.language) or name_of(entry, self.language)
        return f"{whole} ({code})"


def choosing_of(session: Session, actor: Actor, language: str) -> Choosing:
    """What the actor may choose, in a fixed number of statements."""
    base, drafts = newest_place(session), list_drafts(session, actor)
    names = (*SHORT, "regions")
    return Choosing(base, {one: with_drafts(base, PARTS[one], drafts) for one in names}, language)


def other_rows(session: Session, actor: Actor, part: Part, key: str, language: str) -> list[Choice]:
    """The rows that one of an ordered table may be put before; NotFound if it is not there."""
    base, drafts = newest_place(session), list_drafts(session, actor)
    rows = with_drafts(base, part, drafts)
    if not part.ordered or key not in rows:
        raise NotFound("place-row")
    return [(one, f"{name_of(rows[one], language)} ({one})") for one in rows if one != key]


def chosen_first(offered: Sequence[Choice], has: Sequence[str]) -> list[Choice]:
    """What is on offer, with what a row has in front, known or not."""
    names = dict(offered)
    return [*((one, names.pop(one, one)) for one in has), *names.items()]


# Every way to ask, as the key of a condition has it.
WAYS: Final[Mapping[str, tuple[Field, Operator]]] = {
    field.value if one is Operator.ANY else f"{field}.{one}": (field, one)
    for field, operators in OPERATORS.items()
    for one in operators
}


def field_words(field: Field, language: str) -> str:
    """What a condition asks about."""
    return sentence(f"field.{field}", {}).in_(language)
